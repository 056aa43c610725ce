#pragma once
#include "speaker_verification/deployment/sparse_model_file.hpp"
#include "speaker_verification/training/checkpoints/checkpoint.hpp"

#include <Eigen/Core>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

namespace speaker_verification {

/// All that comparing two recordings takes.
struct speaker_model {
    trained_network trained; ///< of `run` the model, the features and the levels; the head may be missing
    Eigen::RowVectorXf mean; ///< mean embedding of the training speech, which is subtracted
    std::optional<decision_threshold> threshold;
};

/// What a model file weighs.
struct sparse_model_size {
    std::int64_t parameters = 0, nonzeros = 0; ///< of all tensors, running statistics included
    std::int64_t dense_bytes = 0;              ///< the same tensors as float32
    std::int64_t file_bytes = 0;               ///< everything
    std::map<std::string, std::int64_t> tensors_by_encoding;
};

/// Writes a sealed file (see common/sealed_file.hpp) of magic "BRGMSPRS", atomically. Its table has
///
///     network    architecture and widths        features   settings of the filter bank
///     levels     what levels a crop             trained    how it was trained, for people
///     mean       its size                       threshold  if there is one
///     tensors    [name, shape, encoding, bytes] each, under WeSpeaker's names
///
/// and its payload the mean and the tensors in that order, each tensor in the smallest encoding (see
/// model/tensor_encoding.hpp). Left out are the classifier unless `with_head`, and the counters of batches,
/// which only training reads.
///
/// Throws std::runtime_error with one sentence when the file cannot be written.
sparse_model_size write_sparse_model(const std::filesystem::path& path, const speaker_model& model,
                                     bool with_head = false);

/// The network of such a file, in evaluation mode on the CPU, every weight as it was.
///
/// Throws std::runtime_error with one sentence when the file is missing, foreign, of another version,
/// truncated or corrupt, or describes a network that it does not hold.
speaker_model read_sparse_model(const std::filesystem::path& path);

} // namespace speaker_verification

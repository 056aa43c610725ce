#pragma once
#include "common/sealed_file.hpp"
#include "speaker_verification/model/tensor_encoding.hpp"
#include "speaker_verification/training/checkpoints/run_description.hpp"

#include <Eigen/Core>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace speaker_verification {

/// Two voices are taken for one where the cosine is at least this.
struct decision_threshold {
    double cosine = 0;  ///< in [-1, 1]
    double eer = 0;     ///< error rate on the trials that it was chosen by, a share
    std::string trials; ///< which these were
};

/// A tensor as a sparse model file has it.
struct model_tensor {
    std::string name; ///< WeSpeaker's
    std::vector<std::int64_t> shape;
    tensor_encoding encoding = tensor_encoding::dense;
    std::string_view bytes; ///< of the file that it is read from

    /// Throws std::invalid_argument when the bytes are no such tensor.
    std::vector<float> values() const { return decode(bytes, matrix_of(shape), encoding); }
    /// use(row, column, value) for what is not zero of it as a matrix.
    template <class Use>
    void for_each_nonzero(const Use& use) const {
        speaker_verification::for_each_nonzero(bytes, matrix_of(shape), encoding, use);
    }
};

/// What a sparse model file (see sparse_model.hpp) says, without a network and without LibTorch.
struct sparse_model_file {
    run_description run;     ///< the model, the features and the levels
    Eigen::RowVectorXf mean; ///< mean embedding of the training speech, which is subtracted
    std::optional<decision_threshold> threshold;
    std::vector<model_tensor> tensors; ///< in the network's order, and perhaps the classifier's last
};

inline constexpr examples::sealed_file_kind sparse_model_kind{
    "BRGMSPRS", 1, "sparse model", "a sparse model of speaker verification", "export", "export it anew"};

/// The classifier's weight, which a file need not have.
inline constexpr std::string_view head_name = "projection.weight";
inline constexpr std::string_view head_bias_name = "projection.bias"; ///< of training alone: no file has it

/// Reads the file and calls `use` with what it says; the tensors' bytes are gone afterwards. What `use` throws for a network
/// that the file does not hold (std::logic_error, such as std::invalid_argument) is reported as the file's fault.
///
/// Throws std::runtime_error with one sentence when the file is missing, foreign, of another version, truncated or corrupt,
/// or describes a network that it does not hold.
void with_sparse_model_file(const std::filesystem::path& path, const std::function<void(sparse_model_file&)>& use);

/// Throws std::invalid_argument unless a tensor of this name can hold such values: finite ones, and no negative variance.
void require_possible(const std::string& name, const std::vector<float>& values);

} // namespace speaker_verification

#pragma once
#include "speaker_verification/data/features/filter_bank.hpp"
#include "speaker_verification/deployment/sparse_model_file.hpp"

#include <Eigen/Core>
#include <cstdint>
#include <filesystem>
#include <memory>

namespace speaker_verification {

/// A speaker network in evaluation mode that needs no LibTorch: each layer multiplies with its non-zeros alone where that is
/// faster (bregman/sparse/layers), batch normalisation is part of the layers, and ReLU and sums are part of the products.
/// Embeddings are LibTorch's within rounding. One network serves several threads; a thread keeps its own memory from call to
/// call. With OpenMP a call uses OMP_NUM_THREADS threads, and the bits do not depend on their number.
class embedding_network {
  public:
    virtual ~embedding_network() = default;

    /// The embedding of features that are levelled already, of 9 frames or more: E numbers.
    virtual Eigen::RowVectorXf embed(feature_view levelled) const = 0;

    /// What its weights take in memory.
    virtual std::int64_t bytes() const = 0;

    /// Neurons, filters and other rows of its layers, as trained and as they are here.
    struct row_count {
        std::int64_t trained = 0, left = 0;
    };
    row_count rows;
};

/// What becomes of the channels that are constant, since their rows are zero, and of those that nobody reads.
enum class dead_channels {
    removed, ///< with what they add in the biases behind them: the same embedding within rounding, to the bit without any
    kept
};

/// The network of a sparse model's tensors. Throws std::invalid_argument with one sentence when they are another network's,
/// or have values that no training makes.
std::unique_ptr<embedding_network> make_embedding_network(const sparse_model_file& file,
                                                          dead_channels dead = dead_channels::removed);

/// All that comparing two recordings takes, without LibTorch.
struct embedding_model {
    run_description run;     ///< the model, the features and the levels
    Eigen::RowVectorXf mean; ///< mean embedding of the training speech, which is subtracted
    std::optional<decision_threshold> threshold;
    std::unique_ptr<embedding_network> network;
    filter_bank bank; ///< of run.features

    /// Features as the network's filter bank makes them; levelled here. Throws std::invalid_argument for fewer than 9 frames.
    Eigen::RowVectorXf embed(feature_view features) const;
};

/// The model in a file that `export` wrote. Throws std::runtime_error with one sentence, see with_sparse_model_file.
embedding_model read_embedding_model(const std::filesystem::path& path, dead_channels dead = dead_channels::removed);

} // namespace speaker_verification

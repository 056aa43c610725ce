#pragma once
#include "speaker_verification/deployment/sparse_model_file.hpp"

#include <bregman/sparse/csr_matrix.hpp>
#include <bregman/sparse/layers/batch_norm.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace speaker_verification {

/// Hands out a file's tensors in the order of PyTorch's state_dict, to who says their names and shapes. Throws
/// std::invalid_argument with one sentence when the file has another one there, or values that no training makes.
class network_tensors {
  public:
    explicit network_tensors(const std::vector<model_tensor>& tensors) : tensors_(tensors) {}

    std::vector<float> vector(const std::string& name, std::int64_t size);
    /// The first extent x the product of the others.
    bregman::sparse::csr_matrix<float> matrix(const std::string& name, const std::vector<std::int64_t>& shape);
    /// weight, bias, running_mean and running_var below `name`.
    bregman::sparse::folded_batch_norm<float> batch_norm(const std::string& name, std::int64_t channels);

    /// Nothing is left but a classifier of embeddings of this size.
    void require_end(std::int64_t embedding) const;

  private:
    const model_tensor& next(const std::string& name, const std::vector<std::int64_t>& shape);

    const std::vector<model_tensor>& tensors_;
    std::size_t next_ = 0;
};

} // namespace speaker_verification

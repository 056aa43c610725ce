#pragma once

#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include <bregman/base/error.hpp>
#include <bregman/sparse/csr_matrix.hpp>
#include <bregman/sparse/layers/layer_weights.hpp>

namespace bregman::sparse {

/// Batch normalisation of a trained network, y = (x - mean) / sqrt(variance + epsilon) * weight + bias for each channel, as
///
///     y = scale * x + shift,   scale = weight / sqrt(variance + epsilon),   shift = bias - mean * scale
///
/// computed in double. Throws std::invalid_argument when the four vectors have different lengths, or where
/// variance + epsilon is not positive.
template <class T>
struct folded_batch_norm {
    std::vector<T> scale; ///< one for each channel
    std::vector<T> shift; ///< the same

    folded_batch_norm(const std::vector<T>& weight, const std::vector<T>& bias, const std::vector<T>& mean,
                      const std::vector<T>& variance, double epsilon = 1e-5) {
        const std::size_t size = weight.size();
        require(bias.size() == size && mean.size() == size && variance.size() == size, "channels of a batch norm", size,
                "the same for weight, bias, mean and variance", "pass the four tensors of one layer");
        for (std::size_t c = 0; c < size; ++c) {
            const double spread = double(variance[c]) + epsilon;
            require(spread > 0, "variance + epsilon of channel " + std::to_string(c), spread, "> 0",
                    "pass the running variance that training left");
            const double factor = double(weight[c]) / std::sqrt(spread);
            scale.push_back(T(factor));
            // With the rounded scale: its error counts for x - mean then, and not for x.
            shift.push_back(T(double(bias[c]) - double(mean[c]) * double(scale.back())));
        }
    }

    /// Behind ReLU: relu(W x + b) * scale + shift. Nothing of the weights changes.
    void after_relu(layer_epilogue<T>& end) const {
        end.scale = scale;
        end.shift = shift;
    }
    /// Before it: scale * (W x + b) + shift = (scale W) x + (scale b + shift). Zeros of W stay zero. Throws
    /// std::invalid_argument when the matrix has another number of rows.
    csr_matrix<T> into(const csr_matrix<T>& weight, layer_epilogue<T>& end) const {
        require(weight.rows() == index_t(scale.size()), "channels of a batch norm", scale.size(),
                "the rows of the weights, " + std::to_string(weight.rows()), "pass the norm that follows this layer");
        require(end.bias.empty() || end.bias.size() == scale.size(), "bias of a layer", end.bias.size(),
                "as many as outputs, " + std::to_string(scale.size()), "pass one number for each row of the weights");
        if (end.bias.empty()) end.bias.assign(scale.size(), T(0));
        for (std::size_t c = 0; c < scale.size(); ++c) end.bias[c] = end.bias[c] * scale[c] + shift[c];
        return csr_matrix<T>::from_entries(weight.rows(), weight.cols(), [&](const auto& put) {
            for (index_t r = 0; r < weight.rows(); ++r)
                for (std::int32_t k = weight.starts()[std::size_t(r)]; k < weight.starts()[std::size_t(r) + 1]; ++k) {
                    const auto& entry = weight.entries()[std::size_t(k)];
                    put(r, index_t(entry.column), entry.value * scale[std::size_t(r)]);
                }
        });
    }
};

} // namespace bregman::sparse

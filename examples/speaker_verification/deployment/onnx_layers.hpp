#pragma once
#include "speaker_verification/deployment/onnx_file.hpp"
#include "speaker_verification/deployment/onnx_network.hpp"

#include <bregman/sparse/layers/batch_norm.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace speaker_verification {

struct float_tensor {
    std::vector<std::int64_t> shape;
    std::vector<float> values;
};

/// The layers of a network as operators of ONNX, with the tensors that it has under a layer's name. Each takes the name of what
/// it reads and returns the name of what it makes.
class onnx_layers {
  public:
    static constexpr float deviation_floor = 1e-7f; ///< added to a variance before its root, or the least of it

    onnx_layers(const speaker_embedder& network, onnx_batch_norm norms);
    /// Without a network: for who gives the numbers of each layer.
    onnx_layers() : norms_(onnx_batch_norm::folded) {}

    onnx_graph graph;

    /// Of a convolution, alike in both directions where there are two; padded so that a stride of 1 keeps the size.
    struct window {
        std::int64_t kernel = 1, stride = 1, dilation = 1;
    };

    std::string relu(const std::string& x, const std::string& result) { return graph.add("Relu", {x}, result); }

    /// With a bias where the network has one.
    std::string convolution(const std::string& x, const std::string& layer, window size);
    /// With these numbers instead, of which the bias may be empty.
    std::string convolution(const std::string& x, const std::string& layer, const float_tensor& weight,
                            const std::vector<float>& bias, window size);
    /// Convolution, batch normalisation.
    std::string normalised_convolution(const std::string& x, const std::string& layer, const std::string& norm,
                                       window size);
    /// Convolution, ReLU, batch normalisation.
    std::string time_delay(const std::string& x, const std::string& layer, const std::string& norm, window size);

    /// scale relu(W x + b) + shift with these numbers, of which the bias may be empty, folded; `norm` names the bounds.
    std::string scaled_relu(const std::string& x, const std::string& layer, const std::string& norm,
                            float_tensor weight, const std::vector<float>& bias, const std::vector<float>& scale,
                            const std::vector<float>& shift, window size);

    /// y = W x + b of vectors.
    std::string linear(const std::string& x, const std::string& layer, const std::string& result);
    std::string linear(const std::string& x, const std::string& layer, const float_tensor& weight,
                       const std::vector<float>& bias, const std::string& result);
    /// Batch normalisation of vectors, then that.
    std::string normalised_linear(const std::string& x, const std::string& norm, const std::string& layer,
                                  const std::string& result);

    struct statistics {
        std::string mean, deviation;
    };
    /// Over the axis `time`, the last one, of which one place is left: the mean and sqrt(variance + deviation_floor), the
    /// variance unbiased.
    statistics statistics_over(const std::string& x, std::int64_t time);

    /// Attentive statistics of x under these scores of channels and frames: the mean, then sqrt(max(variance, deviation_floor)),
    /// as a vector.
    std::string attentive_statistics(const std::string& x, const std::string& scores);

    const float_tensor& tensor(const std::string& name) const { return state_.at(name); }

  private:
    using folded_norm = bregman::sparse::folded_batch_norm<float>;

    std::string batch_norm(const std::string& x, const std::string& layer);
    folded_norm folded(const std::string& norm) const;
    /// The layer's own bias, which may be none.
    std::vector<float> bias_of(const std::string& layer) const;
    /// scale (W x + b) + shift.
    std::string scaled_convolution(const std::string& x, const std::string& layer, float_tensor weight,
                                   const std::vector<float>& bias, const std::vector<float>& scale,
                                   const std::vector<float>& shift, window size);

    onnx_batch_norm norms_;
    std::map<std::string, float_tensor> state_;
};

} // namespace speaker_verification

#pragma once
#include "speaker_verification/deployment/embedding_network.hpp"
#include "speaker_verification/deployment/resnet_weights.hpp"

#include <bregman/sparse/layers/conv2d.hpp>

#include <vector>

namespace speaker_verification {

/// ResNet34 as model/resnet34.hpp defines it, on panels of 32 pixels.
class resnet_network : public embedding_network {
  public:
    explicit resnet_network(resnet_weights weights);

    Eigen::RowVectorXf embed(feature_view levelled) const override;
    std::int64_t bytes() const override;

  private:
    using layer = bregman::sparse::conv2d<float>;

    /// relu(second(first(x)) + shortcut(x)).
    struct block {
        layer first, second;
        std::vector<layer> shortcut; ///< none: x itself
    };

    layer first_;
    std::vector<block> blocks_;
    bregman::sparse::csr_matrix<float> embedding_;
    std::vector<float> embedding_bias_;
};

} // namespace speaker_verification

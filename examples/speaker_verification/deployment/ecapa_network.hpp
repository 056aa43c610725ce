#pragma once
#include "speaker_verification/deployment/ecapa_weights.hpp"
#include "speaker_verification/deployment/embedding_network.hpp"

#include <bregman/sparse/layers/conv1d.hpp>
#include <bregman/sparse/layers/linear.hpp>

#include <array>
#include <vector>

namespace speaker_verification {

/// ECAPA-TDNN as model/ecapa_tdnn.hpp defines it, on panels of 32 frames.
class ecapa_network : public embedding_network {
  public:
    explicit ecapa_network(ecapa_weights weights);

    Eigen::RowVectorXf embed(feature_view levelled) const override;
    std::int64_t bytes() const override;

  private:
    using layer = bregman::sparse::conv1d<float>;
    using matrix = bregman::sparse::csr_matrix<float>;

    /// x + gate(leave(res2(enter(x)))).
    struct block {
        layer enter, leave;
        std::vector<layer> parts; ///< of Res2, without the last, which passes
        matrix squeeze, excite;
        std::vector<float> squeeze_bias, excite_bias;
    };
    static block make_block(ecapa_weights::block weights);
    struct memory;
    void run_block(const block& each, bregman::sparse::panel_view<const float> x, bregman::sparse::panel_view<float> y,
                   memory& m) const;
    /// Mean and deviation of the aggregated frames under attention.
    std::vector<float> pool(memory& m) const;

    layer first_, aggregate_, attention_of_frames_, attention_;
    std::array<block, 3> blocks_;
    matrix attention_of_context_; ///< what attention sees of the whole utterance
    std::vector<float> attention_bias_, pooled_scale_, pooled_shift_, embedding_bias_;
    matrix embedding_;
};

} // namespace speaker_verification

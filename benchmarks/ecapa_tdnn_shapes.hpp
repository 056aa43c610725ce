#pragma once

#include <vector>

#include <bregman/tensors/tensor.hpp>

namespace bench {

/// The shapes of ECAPA-TDNN's trainable tensors in the order of its modules (Desplanques, Thienpondt,
/// Demuynck, Interspeech 2020): 80 filter-bank channels in, 192 numbers out, `channels` in between. 512
/// channels make 6,190,720 parameters, 1024 channels 14,657,088. Most tensors are biases and batch norms of a
/// few hundred elements.
inline std::vector<bregman::tensor_shape> ecapa_tdnn_shapes(bregman::index_t channels) {
    using bregman::index_t, bregman::tensor_extents;
    constexpr index_t res2_splits = 8, bottleneck = 128, pooled = 1536, embedding = 192;
    std::vector<bregman::tensor_shape> shapes;
    const auto vector_of = [&](index_t size) { shapes.push_back({{size}}); };
    const auto weight_and_bias = [&](const tensor_extents& weight) {
        shapes.push_back({weight});
        vector_of(weight.front());
    };
    const auto batch_norm = [&](index_t width) { vector_of(width), vector_of(width); };

    weight_and_bias({channels, 80, 5});
    batch_norm(channels);
    for (int block = 0; block < 3; ++block) {
        const index_t split = channels / res2_splits;
        weight_and_bias({channels, channels, 1});
        batch_norm(channels);
        for (index_t i = 1; i < res2_splits; ++i) weight_and_bias({split, split, 3});
        for (index_t i = 1; i < res2_splits; ++i) batch_norm(split);
        weight_and_bias({channels, channels, 1});
        batch_norm(channels);
        weight_and_bias({bottleneck, channels}); // squeeze and excitation
        weight_and_bias({channels, bottleneck});
    }
    weight_and_bias({pooled, 3 * channels, 1});
    weight_and_bias({bottleneck, 3 * pooled, 1}); // attentive statistics pooling
    weight_and_bias({pooled, bottleneck, 1});
    batch_norm(2 * pooled);
    weight_and_bias({embedding, 2 * pooled});
    return shapes;
}

} // namespace bench

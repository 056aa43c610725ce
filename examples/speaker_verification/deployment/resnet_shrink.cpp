#include "speaker_verification/deployment/channel_lists.hpp"
#include "speaker_verification/deployment/panel_math.hpp"
#include "speaker_verification/deployment/resnet_weights.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace speaker_verification {

using bregman::index_t;

namespace {

using namespace bregman::sparse;
using constants = channel_constants<float>;

/// What leaves a block whose input has these constants.
constants fold_block(resnet_weights::block& each, const constants& x) {
    constants through = x;
    if (each.shortcut) {
        fold_constant_inputs(*each.shortcut, x);
        through = constant_outputs(*each.shortcut);
    }
    fold_constant_inputs(each.first, x);
    fold_constant_inputs(each.second, constant_outputs(each.first));
    const bool relu = std::exchange(each.second.end.relu, false); // it comes after the sum
    auto y = constant_outputs(each.second);
    each.second.end.relu = relu;
    for (std::size_t c = 0; c < y.size(); ++c)
        y[c] = y[c] && through[c] ? std::optional(std::max(*y[c] + *through[c], 0.f)) : std::nullopt;
    return y;
}

/// Who reads the channels of stage s, its blocks' first layers and what comes behind.
std::vector<bool> read_of_stage(const resnet_weights& network, std::size_t s) {
    const auto& blocks = network.stages[s].blocks;
    std::vector<bool> read(std::size_t(blocks.front().second.outputs()), false);
    for (std::size_t i = s == 0 ? 0 : 1; i < blocks.size(); ++i) also(read, inputs_read(blocks[i].first));
    if (s + 1 < network.stages.size()) {
        const auto& next = network.stages[s + 1].blocks.front();
        also(read, inputs_read(next.first));
        also(read, inputs_read(*next.shortcut));
    } else {
        const auto both = inputs_read(network.embedding);
        also(read, part_of(both, 0, index_t(read.size())));
        also(read, part_of(both, index_t(read.size()), index_t(read.size())));
    }
    return read;
}

void keep_of_stage(resnet_weights& network, std::size_t s, const std::vector<index_t>& kept) {
    auto& blocks = network.stages[s].blocks;
    const index_t channels = blocks.front().second.outputs();
    keep_outputs(s == 0 ? network.first : *blocks.front().shortcut, kept);
    for (std::size_t i = 0; i < blocks.size(); ++i) {
        if (s == 0 || i > 0) keep_inputs(blocks[i].first, kept);
        keep_outputs(blocks[i].second, kept);
    }
    if (s + 1 < network.stages.size()) {
        auto& next = network.stages[s + 1].blocks.front();
        keep_inputs(next.first, kept);
        keep_inputs(*next.shortcut, kept);
    } else {
        keep_inputs(network.embedding, in_both(kept, channels));
    }
}

} // namespace

void shrink(resnet_weights& network) {
    auto x = constant_outputs(network.first);
    for (auto& stage : network.stages)
        for (auto& each : stage.blocks) x = fold_block(each, x);
    auto statistics = x; // a constant's mean, and its deviation
    for (auto& each : x)
        if (each) each = float(std::sqrt(double(variance_floor)));
    append(statistics, x);
    fold_constant_inputs(network.embedding, statistics);

    // Who is dropped reads nothing, so that others may no longer be read.
    for (index_t before = 0; before != network.neurons();) {
        before = network.neurons();
        for (std::size_t s = network.stages.size(); s-- > 0;) {
            keep_of_stage(network, s, places_of(read_of_stage(network, s)));
            for (auto& each : network.stages[s].blocks) {
                const auto inner = places_of(inputs_read(each.second));
                keep_outputs(each.first, inner);
                keep_inputs(each.second, inner);
            }
        }
    }
}

} // namespace speaker_verification

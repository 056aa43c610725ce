#include "speaker_verification/deployment/channel_lists.hpp"
#include "speaker_verification/deployment/ecapa_weights.hpp"
#include "speaker_verification/deployment/panel_math.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

namespace speaker_verification {

using bregman::index_t;

namespace {

using namespace bregman::sparse;
using constants = channel_constants<float>;
using block = ecapa_weights::block;

/// What leaves a block whose input has these constants.
constants fold_block(block& each, const constants& x) {
    fold_constant_inputs(each.enter, x);
    const auto entered = constant_outputs(each.enter);
    constants split, before;
    index_t begin = 0;
    for (auto& part : each.res2) {
        auto sums = part_of(entered, begin, part.inputs());
        for (std::size_t j = 0; j < before.size(); ++j)
            sums[j] = sums[j] && before[j] ? std::optional(*sums[j] + *before[j]) : std::nullopt;
        begin += part.inputs();
        fold_constant_inputs(part, sums);
        before = constant_outputs(part);
        append(split, before);
    }
    append(split, part_of(entered, begin, each.passed()));
    fold_constant_inputs(each.leave, split);
    const auto left = constant_outputs(each.leave);
    fold_constant_inputs(each.squeeze, left); // the mean of a constant
    fold_constant_inputs(each.excite, constant_outputs(each.squeeze));
    const auto gate = constant_outputs(each.excite);
    constants y(x.size());
    for (std::size_t c = 0; c < x.size(); ++c) {
        if (!x[c] || !left[c]) continue;
        if (*left[c] == 0)
            y[c] = x[c];
        else if (gate[c])
            y[c] = *x[c] + *left[c] / (1 + std::exp(-*gate[c]));
    }
    return y;
}

void fold_pooling(ecapa_weights& network) {
    const float deviation_of_constant = float(std::sqrt(double(variance_floor)));
    auto pooled = constant_outputs(network.aggregate);
    for (auto& each : pooled)
        if (each && *each != 0) each.reset();
    const std::size_t size = pooled.size();
    constants context(2 * size), statistics(2 * size);
    for (std::size_t c = 0; c < size; ++c) {
        if (!pooled[c]) continue;
        context[c] = 0.f;
        context[size + c] = deviation_of_constant;
        for (const std::size_t i : {c, size + c}) {
            statistics[i] = *context[i] * network.pooled_scale[i] + network.pooled_shift[i];
            if (!std::isfinite(*statistics[i])) statistics[i].reset();
        }
    }
    fold_constant_inputs(network.attention_of_frames, pooled);
    fold_constant_inputs(network.attention_of_context, context);
    fold_constant_inputs(network.embedding, statistics);
    auto hidden = constant_outputs(network.attention_of_frames);
    const auto of_context = constant_outputs(network.attention_of_context);
    for (std::size_t h = 0; h < hidden.size(); ++h)
        hidden[h] = hidden[h] && of_context[h] ? std::optional(std::tanh(*hidden[h] + *of_context[h])) : std::nullopt;
    fold_constant_inputs(network.attention, hidden);
}

void drop_unread_of_pooling(ecapa_weights& network) {
    const index_t size = network.aggregate.outputs();
    auto read = inputs_read(network.attention_of_frames);
    for (const auto* reader : {&network.attention_of_context, &network.embedding}) {
        const auto both = inputs_read(*reader);
        also(read, part_of(both, 0, size));
        also(read, part_of(both, size, size));
    }
    const auto kept = places_of(read), twice = in_both(kept, size);
    keep_outputs(network.aggregate, kept);
    keep_inputs(network.attention_of_frames, kept);
    keep_inputs(network.attention_of_context, twice);
    keep_outputs(network.attention, kept);
    keep_inputs(network.embedding, twice);
    contract::keep_numbers(network.pooled_scale, twice);
    contract::keep_numbers(network.pooled_shift, twice);

    const auto hidden = places_of(inputs_read(network.attention));
    keep_outputs(network.attention_of_frames, hidden);
    keep_outputs(network.attention_of_context, hidden);
    keep_inputs(network.attention, hidden);
}

/// Within a block; between blocks channels stay as they are.
void drop_unread_of_block(block& each) {
    const auto squeezed = places_of(inputs_read(each.excite));
    keep_inputs(each.excite, squeezed);
    keep_outputs(each.squeeze, squeezed);

    // A channel that is added to stays where its slice of `enter` does, so that both have the same places.
    const auto leaves = inputs_read(each.leave);
    std::vector<index_t> entered, split;
    index_t end_of_split = index_t(leaves.size()) - each.passed(),
            end_of_entered = each.enter.outputs() - each.passed();
    const auto keep_before = [](std::vector<index_t>& all, const std::vector<index_t>& kept, index_t begin) {
        std::vector<index_t> moved;
        for (const index_t place : kept) moved.push_back(begin + place);
        all.insert(all.begin(), moved.begin(), moved.end());
    };
    auto needed = part_of(leaves, end_of_split, each.passed());
    keep_before(entered, places_of(needed), end_of_entered);
    keep_before(split, places_of(needed), end_of_split);
    needed.clear();
    for (std::size_t i = each.res2.size(); i-- > 0;) {
        auto& part = each.res2[i];
        auto outputs = part_of(leaves, end_of_split - part.outputs(), part.outputs());
        if (i + 1 < each.res2.size()) outputs = needed;
        end_of_split -= part.outputs();
        keep_before(split, places_of(outputs), end_of_split);
        keep_outputs(part, places_of(outputs));
        needed = inputs_read(part);
        if (i > 0) {
            const index_t before = each.res2[i - 1].outputs();
            also(needed, part_of(leaves, end_of_split - before, before));
        }
        end_of_entered -= part.inputs();
        keep_before(entered, places_of(needed), end_of_entered);
        keep_inputs(part, places_of(needed));
    }
    keep_outputs(each.enter, entered);
    keep_inputs(each.leave, split);
}

/// The channels that all blocks add to.
void drop_unread_between_blocks(ecapa_weights& network) {
    const index_t size = network.first.outputs();
    std::vector<bool> read(std::size_t(size), false);
    const auto aggregated = inputs_read(network.aggregate);
    for (std::size_t i = 0; i < network.blocks.size(); ++i) {
        also(read, inputs_read(network.blocks[i].enter));
        also(read, inputs_read(network.blocks[i].squeeze));
        also(read, part_of(aggregated, index_t(i) * size, size));
    }
    const auto kept = places_of(read);
    keep_outputs(network.first, kept);
    std::vector<index_t> joined;
    for (std::size_t i = 0; i < network.blocks.size(); ++i) {
        auto& each = network.blocks[i];
        keep_inputs(each.enter, kept);
        keep_outputs(each.leave, kept);
        keep_inputs(each.squeeze, kept);
        keep_outputs(each.excite, kept);
        for (const index_t place : kept) joined.push_back(index_t(i) * size + place);
    }
    keep_inputs(network.aggregate, joined);
}

} // namespace

void shrink(ecapa_weights& network) {
    auto x = constant_outputs(network.first);
    constants joined;
    for (auto& each : network.blocks) {
        x = fold_block(each, x);
        append(joined, x);
    }
    fold_constant_inputs(network.aggregate, joined);
    fold_pooling(network);

    drop_unread_of_pooling(network);
    // Who is dropped reads nothing, so that others may no longer be read.
    for (index_t before = 0; before != network.neurons();) {
        before = network.neurons();
        for (auto& each : network.blocks) drop_unread_of_block(each);
        drop_unread_between_blocks(network);
    }
}

} // namespace speaker_verification

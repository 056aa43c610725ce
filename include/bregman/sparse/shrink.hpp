#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <bregman/base/error.hpp>
#include <bregman/base/finite.hpp>
#include <bregman/sparse/csr_matrix.hpp>
#include <bregman/sparse/layers/layer_weights.hpp>

/// \file
/// Channels that a trained network does without. A row of zeros makes its channel a constant, relu(bias) * scale + shift: who
/// reads it can have that in its bias. A channel that nobody reads is not needed either. `shrink_layers` takes both out of a chain of
/// layers; the functions before it are its steps, for networks that are no chain.

namespace bregman::sparse {

/// A layer before it is made: linear<T>(weight, end), conv1d<T>(weight, settings, end), conv2d<T>(weight, settings, end).
template <class T>
struct layer_parts {
    csr_matrix<T> weight;    ///< outputs x (inputs * taps)
    layer_epilogue<T> end{}; ///< bias, ReLU, scale and shift after the product
    index_t taps = 1;        ///< columns of one input channel: 1, kernel, or kernel * kernel in conv2d
    bool zero_padding =
        false; ///< zeros are added at edges: a constant is less there. None or mirrored padding is no matter

    index_t inputs() const { return weight.cols() / taps; }
    index_t outputs() const { return weight.rows(); }
};

/// What each channel always is, where it is always the same.
template <class T>
using channel_constants = std::vector<std::optional<T>>;

namespace contract {

/// each(entry of row r), for the rows' entries one after the other.
template <class T, class Each>
void for_entries_of_row(const csr_matrix<T>& weight, index_t row, const Each& each) {
    const auto begin = std::size_t(weight.starts()[std::size_t(row)]);
    const auto end = std::size_t(weight.starts()[std::size_t(row) + 1]);
    for (std::size_t k = begin; k < end; ++k) each(weight.entries()[k]);
}

template <class T>
void require_parts(const layer_parts<T>& layer) {
    const auto& [weight, end, taps, zero_padding] = layer;
    require(taps >= 1, "taps", taps, ">= 1", "pass kernel, or kernel * kernel of a convolution of images");
    require(weight.cols() % taps == 0, "columns of the weights", weight.cols(),
            "a multiple of taps, " + std::to_string(taps), "pass the taps of the trained layer");
    const auto require_length = [rows = weight.rows()](const char* name, const std::vector<T>& values) {
        require(values.empty() || index_t(values.size()) == rows, std::string(name) + " of a layer", values.size(),
                "as many as outputs, " + std::to_string(rows), "pass one number for each row of the weights");
    };
    require_length("bias", end.bias);
    require_length("scale", end.scale);
    require_length("shift", end.shift);
}

inline void require_kept(const std::vector<index_t>& kept, index_t channels) {
    index_t before = -1;
    for (const index_t channel : kept) {
        require(channel > before && channel < channels, "kept channel", channel,
                "ascending, within [0, " + std::to_string(channels) + ")", "name each channel once, in order");
        before = channel;
    }
}

template <class T>
void keep_numbers(std::vector<T>& values, const std::vector<index_t>& kept) {
    if (values.empty()) return;
    std::vector<T> result;
    result.reserve(kept.size());
    for (const index_t channel : kept) result.push_back(values[std::size_t(channel)]);
    values = std::move(result);
}

} // namespace contract

/// The outputs whose rows are zero, relu(bias) * scale + shift each, in the layer's own arithmetic; where that is not finite
/// the channel is left alone. Throws std::invalid_argument when the parts do not fit each other.
template <class T>
channel_constants<T> constant_outputs(const layer_parts<T>& layer) {
    contract::require_parts(layer);
    channel_constants<T> constants(std::size_t(layer.outputs()));
    for (std::size_t r = 0; r < constants.size(); ++r) {
        if (layer.weight.starts()[r] != layer.weight.starts()[r + 1]) continue;
        T value = layer.end.bias.empty() ? T(0) : layer.end.bias[r];
        if (layer.end.relu && value < T(0)) value = T(0);
        if (!layer.end.scale.empty()) value *= layer.end.scale[r];
        if (!layer.end.shift.empty()) value += layer.end.shift[r];
        if (is_finite(value)) constants[r] = value;
    }
    return constants;
}

/// Which inputs have a weight that is not zero.
template <class T>
std::vector<bool> inputs_read(const layer_parts<T>& layer) {
    contract::require_parts(layer);
    std::vector<bool> read(std::size_t(layer.inputs()));
    index_t others = layer.inputs(); // that no row has read yet: of most networks the first rows read all
    for (const auto& entry : layer.weight.entries()) {
        if (others == 0) break;
        const auto input = std::size_t(layer.taps == 1 ? entry.column : entry.column / layer.taps);
        if (read[input]) continue;
        read[input] = true;
        --others;
    }
    return read;
}

/// The same layer, which no longer reads inputs that are constant: what they add is in the bias. Between zeros that pad an
/// input a constant is no constant, and no bias can say so. There all constants go through one of them, the largest: it is
/// still read, with the weights sum_j w_j c_j / c. Constants that are zero are dropped. Sums are in double. Without a
/// constant that is read nothing changes.
///
/// Throws std::invalid_argument when there are not as many constants as inputs, before anything changes.
template <class T>
void fold_constant_inputs(layer_parts<T>& layer, const channel_constants<T>& inputs) {
    contract::require_parts(layer);
    require(index_t(inputs.size()) == layer.inputs(), "constants", inputs.size(),
            "one for each input, " + std::to_string(layer.inputs()), "pass those of the layer before");
    const index_t taps = layer.taps;
    if (std::none_of(inputs.begin(), inputs.end(), [](const auto& each) { return each.has_value(); })) return;
    const std::vector<bool> read = inputs_read(layer);
    index_t folded = 0, carrier = -1;
    for (std::size_t j = 0; j < inputs.size(); ++j) {
        if (!inputs[j] || !read[j]) continue;
        if (layer.zero_padding && *inputs[j] != T(0) &&
            (carrier < 0 || std::abs(*inputs[j]) > std::abs(*inputs[std::size_t(carrier)])))
            carrier = index_t(j);
        ++folded;
    }
    if (carrier >= 0 && folded == 1) return; // it would carry itself
    if (folded == 0) return;
    std::vector<double> bias(static_cast<std::size_t>(layer.outputs()));
    for (std::size_t r = 0; r < layer.end.bias.size(); ++r) bias[r] = double(layer.end.bias[r]);
    std::vector<double> carried(static_cast<std::size_t>(taps));
    const double share_of = carrier >= 0 ? double(*inputs[std::size_t(carrier)]) : 1;
    layer.weight = csr_matrix<T>::from_entries(layer.outputs(), layer.weight.cols(), [&](const auto& put) {
        for (index_t r = 0; r < layer.outputs(); ++r) {
            carried.assign(carried.size(), 0);
            contract::for_entries_of_row(layer.weight, r, [&](const csr_entry<T>& entry) {
                const auto& constant = inputs[std::size_t(entry.column / taps)];
                if (!constant) return;
                const double added = double(entry.value) * double(*constant);
                if (layer.zero_padding)
                    carried[std::size_t(entry.column % taps)] += added / share_of;
                else
                    bias[std::size_t(r)] += added;
            });
            bool waiting = carrier >= 0;
            const auto put_carried = [&] {
                for (index_t t = 0; t < taps; ++t)
                    if (const T value = T(carried[std::size_t(t)]); value != T(0)) put(r, carrier * taps + t, value);
                waiting = false;
            };
            contract::for_entries_of_row(layer.weight, r, [&](const csr_entry<T>& entry) {
                if (inputs[std::size_t(entry.column / taps)]) return;
                if (waiting && entry.column / taps > carrier) put_carried();
                put(r, index_t(entry.column), entry.value);
            });
            if (waiting) put_carried();
        }
    });
    if (layer.zero_padding) return;
    layer.end.bias.resize(bias.size());
    for (std::size_t r = 0; r < bias.size(); ++r) layer.end.bias[r] = T(bias[r]);
}

/// The layer with these inputs alone, ascending; what it read of the others is lost. Throws std::invalid_argument for an
/// input that is not there, before anything changes.
template <class T>
void keep_inputs(layer_parts<T>& layer, const std::vector<index_t>& kept) {
    contract::require_parts(layer);
    contract::require_kept(kept, layer.inputs());
    if (index_t(kept.size()) == layer.inputs()) return;
    const index_t taps = layer.taps;
    std::vector<index_t> place(std::size_t(layer.inputs()), -1);
    for (std::size_t i = 0; i < kept.size(); ++i) place[std::size_t(kept[i])] = index_t(i);
    layer.weight = csr_matrix<T>::from_entries(layer.outputs(), index_t(kept.size()) * taps, [&](const auto& put) {
        for (index_t r = 0; r < layer.outputs(); ++r)
            contract::for_entries_of_row(layer.weight, r, [&](const csr_entry<T>& entry) {
                const index_t input = place[std::size_t(entry.column / taps)];
                if (input >= 0) put(r, input * taps + entry.column % taps, entry.value);
            });
    });
}

/// The layer with these outputs alone, ascending. Throws std::invalid_argument for one that is not there, before anything
/// changes.
template <class T>
void keep_outputs(layer_parts<T>& layer, const std::vector<index_t>& kept) {
    contract::require_parts(layer);
    contract::require_kept(kept, layer.outputs());
    if (index_t(kept.size()) == layer.outputs()) return;
    layer.weight = csr_matrix<T>::from_entries(index_t(kept.size()), layer.weight.cols(), [&](const auto& put) {
        for (std::size_t i = 0; i < kept.size(); ++i)
            contract::for_entries_of_row(layer.weight, kept[i], [&](const csr_entry<T>& entry) {
                put(index_t(i), index_t(entry.column), entry.value);
            });
    });
    contract::keep_numbers(layer.end.bias, kept);
    contract::keep_numbers(layer.end.scale, kept);
    contract::keep_numbers(layer.end.shift, kept);
}

/// The places where it is true.
inline std::vector<index_t> places_of(const std::vector<bool>& is) {
    std::vector<index_t> places;
    for (std::size_t i = 0; i < is.size(); ++i)
        if (is[i]) places.push_back(index_t(i));
    return places;
}

/// Takes the channels out of a chain, each layer reading what the one before writes, that are constant or that nobody reads;
/// the chain's inputs and its last layer's outputs stay. The result differs by rounding, and where there is no such channel
/// nothing changes. A convolution in groups is given by its matrix over all inputs.
///
///     std::vector<layer_parts<float>> chain{{csr_matrix<float>(w1), {.bias = b1, .relu = true}}, {csr_matrix<float>(w2), {b2}}};
///     const auto kept = shrink_layers(chain); // kept[0]: the hidden neurons that are left, as they were numbered
///     const linear<float> hidden(chain[0].weight, chain[0].end), scores(chain[1].weight, chain[1].end);
///
/// Returns what is left of the outputs of each layer but the last. Throws std::invalid_argument when layers do not fit each
/// other, before anything changes.
template <class T>
std::vector<std::vector<index_t>> shrink_layers(std::vector<layer_parts<T>>& chain) {
    for (std::size_t i = 0; i < chain.size(); ++i) {
        contract::require_parts(chain[i]);
        require(i == 0 || chain[i].inputs() == chain[i - 1].outputs(), "inputs of layer " + std::to_string(i),
                chain[i].inputs(), "the outputs before it, " + std::to_string(i ? chain[i - 1].outputs() : 0),
                "give the layers in their order, each with its taps");
    }
    for (std::size_t i = 0; i + 1 < chain.size(); ++i) fold_constant_inputs(chain[i + 1], constant_outputs(chain[i]));
    std::vector<std::vector<index_t>> kept(chain.empty() ? 0 : chain.size() - 1);
    for (std::size_t i = kept.size(); i-- > 0;) { // the last first: who is not kept reads nothing
        kept[i] = places_of(inputs_read(chain[i + 1]));
        keep_inputs(chain[i + 1], kept[i]);
        keep_outputs(chain[i], kept[i]);
    }
    return kept;
}

} // namespace bregman::sparse

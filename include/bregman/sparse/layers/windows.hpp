#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <bregman/sparse/csr_matrix.hpp>
#include <bregman/sparse/kernels.hpp>
#include <bregman/sparse/panels.hpp>
#include <bregman/sparse/processor.hpp>

/// \file
/// What a convolution reads for 32 neighbouring outputs, side by side, so that it becomes a product. A tap of a kernel over
/// an input without strides reads 32 neighbouring inputs, and all taps of a row of the kernel read one window of them: it is
/// copied once, and the weights of the taps point into it. Whatever else (strides, mirrored edges) is copied tap by tap.

namespace bregman::sparse::contract {

/// Memory of a thread for the windows of one panel, kept from call to call.
template <class T>
T* window_memory(index_t size) {
    thread_local panels<T> memory;
    const index_t rows = size / panel_width + 1;
    if (memory.channels() < rows) memory.resize(rows, panel_width);
    return memory.view().data;
}

template <class T>
inline constexpr T zeros_for_windows[2 * std::size_t(panel_width)] = {};

/// Where the panels lie that the windows of all channels are cut from, and where the windows go.
template <class T>
struct window_copy {
    static constexpr index_t most = 8;
    const T* source[std::size_t(most)];
    index_t row_step[std::size_t(most)]; ///< from channel to channel: 32, or 0 where there is no panel but zeros
    bool half[std::size_t(most)];        ///< whether the window takes no more than half a panel's width from it
    index_t parts, skipped;              ///< panels, and elements of the first one that the window leaves out
    index_t channels, step;
    T* to;

    /// In the processor's registers: a network of 3 x 3 kernels spends a third of its time here otherwise.
    template <int Bytes>
    BREGMAN_INLINE void run() const {
        for (index_t c = 0; c < channels; ++c) {
            T* row = to + c * step;
            for (index_t m = 0; m < parts; ++m) {
                const T* from = source[m] + c * row_step[m];
                T* at = row + (m == 0 ? 0 : m * panel_width - skipped);
                copy<Bytes, panel_width / 2>(from, at);
                if (!half[m]) copy<Bytes, panel_width / 2>(from + panel_width / 2, at + panel_width / 2);
            }
        }
    }

  private:
    template <int Bytes, index_t Count>
    BREGMAN_INLINE static void copy(const T* from, T* to) {
        constexpr index_t length = Bytes / index_t(sizeof(T));
        BREGMAN_UNROLL
        for (index_t i = 0; i < Count; i += length) {
            typename wide<T, Bytes>::type value;
            load(value, from + i);
            store(value, to + i);
        }
    }
};

/// Copies x(c, from + 0 .. from + width - 1) to `to + c * step` for all channels, zeros for positions that x does not have.
/// Rows of panels or halves of them are copied: what they have too much is written over by the next channel, and `to` needs 64
/// elements more than channels * step.
template <class T>
void copy_windows(const panel_view<const T>& x, index_t from, index_t width, index_t step, T* to) {
    const index_t panel = from >= 0 ? from / panel_width : -((-from + panel_width - 1) / panel_width);
    window_copy<T> copy;
    copy.skipped = from - panel * panel_width;
    copy.parts = (copy.skipped + width + panel_width - 1) / panel_width;
    copy.channels = x.channels;
    copy.step = step;
    copy.to = to;
    for (index_t m = 0; m < copy.parts; ++m) {
        const bool there = panel + m >= 0 && panel + m < x.count();
        copy.source[m] = there ? x.panel(panel + m) + (m == 0 ? copy.skipped : 0) : zeros_for_windows<T>;
        const index_t begin = std::max<index_t>(m * panel_width, copy.skipped);
        const index_t end = std::min((m + 1) * panel_width, copy.skipped + width);
        copy.half[m] = end - begin <= panel_width / 2;
        copy.row_step[m] = there ? panel_width : 0;
    }
    run_on_processor(copy);
}

/// The widest window that copy_windows takes.
inline constexpr index_t widest_window = 6 * panel_width;

/// Copies x(c, at[i]) to `to + c * step + i` for all channels and places; a negative place gives zero. Places are those of
/// channel 0 in x's memory.
template <class T>
void copy_places(const panel_view<const T>& x, const std::vector<index_t>& at, index_t step, T* to) {
    for (index_t c = 0; c < x.channels; ++c) {
        const T* channel = x.data + c * panel_width;
        T* row = to + c * step;
        for (std::size_t i = 0; i < at.size(); ++i) row[i] = at[i] < 0 ? T(0) : channel[at[i]];
    }
}

/// Where position p of channel 0 lies in x's memory.
template <class T>
index_t place_of(const panel_view<const T>& x, index_t p) {
    return p / panel_width * x.stride + p % panel_width;
}

/// The matrix of a convolution in groups, outputs x (inputs of a group * taps), as one over all inputs: what a row does not
/// see is zero, which costs nothing.
template <class T>
csr_matrix<T> over_all_groups(const csr_matrix<T>& weight, index_t groups) {
    if (groups == 1) return weight;
    const index_t outputs = weight.rows() / groups;
    return csr_matrix<T>::from_entries(weight.rows(), weight.cols() * groups, [&](const auto& put) {
        for (index_t r = 0; r < weight.rows(); ++r)
            for (std::int32_t k = weight.starts()[std::size_t(r)]; k < weight.starts()[std::size_t(r) + 1]; ++k) {
                const auto& entry = weight.entries()[std::size_t(k)];
                put(r, r / outputs * weight.cols() + entry.column, entry.value);
            }
    });
}

} // namespace bregman::sparse::contract

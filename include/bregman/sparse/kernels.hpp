#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include <bregman/sparse/csr_matrix.hpp>
#include <bregman/sparse/panels.hpp>
#include <bregman/sparse/processor.hpp>

/// \file
/// One panel of a product. A row's non-zeros are walked over the panel's 32 columns, which stay in registers: two of 64
/// bytes, four of 32 or eight of 16 for floats. A matrix that is not sparse goes four rows at a time.

namespace bregman::sparse {

/// What follows the product, on each row r: max(sum + bias[r] + residual, 0) * scale[r] + shift[r]. What is not given is
/// left out; ReLU before scale and shift is the order of networks with batch normalisation behind it.
template <class T>
struct epilogue {
    const T* bias = nullptr;
    panel_view<const T> residual{}; ///< of the result's channels and positions
    bool relu = false;
    const T* scale = nullptr;
    const T* shift = nullptr;
};

namespace contract {

template <class Register, class T>
BREGMAN_INLINE void load(Register& to, const T* from) {
    std::memcpy(&to, from, sizeof to);
}
template <class Register, class T>
BREGMAN_INLINE void store(const Register& from, T* to) {
    std::memcpy(to, &from, sizeof from);
}
/// NaN stays NaN.
template <class Register>
BREGMAN_INLINE void rectify(Register& x) {
    const Register zero{};
#if defined(BREGMAN_PLAIN_LANES)
    x = choose(zero > x, zero, x);
#else
    x = zero > x ? zero : x;
#endif
}

/// The epilogue of one register; `residual` is where it reads, or nullptr.
template <class Register, class T>
BREGMAN_INLINE void finish(Register& x, const epilogue<T>& end, const T* residual, index_t row) {
    if (end.bias) x = x + (end.bias[row] - Register{});
    if (residual) {
        Register other;
        load(other, residual);
        x = x + other;
    }
    if (end.relu) rectify(x);
    if (end.scale) x = x * (end.scale[row] - Register{});
    if (end.shift) x = x + (end.shift[row] - Register{});
}

/// y = epilogue(W x) for a panel of x, where the entry of column j reads at x + j * Step.
template <class T, int Step>
struct csr_panel {
    const std::int32_t* starts;
    const csr_entry<T>* entries;
    index_t rows;
    const T* x;
    T* y;
    epilogue<T> end;
    const T* residual;

    template <int Bytes>
    BREGMAN_INLINE void run() const {
        using vector = typename wide<T, Bytes>::type;
        constexpr int length = Bytes / int(sizeof(T));
        constexpr int in_panel = int(panel_width) / length;
        constexpr int held = in_panel < 8 ? in_panel : 8;
        // Sums that do not wait for each other: a processor starts two products before the first is done.
        constexpr int sums = held <= 4 ? 2 : 1;
        for (index_t r = 0; r < rows; ++r) {
            for (int first = 0; first < in_panel; first += held) {
                vector sum[std::size_t(sums)][std::size_t(held)] = {};
                std::int32_t k = starts[r];
                const std::int32_t last = starts[r + 1];
                for (; k + sums <= last; k += sums) {
                    BREGMAN_UNROLL
                    for (int s = 0; s < sums; ++s) add(sum[s], entries[k + s], first * length);
                }
                if (k < last) add(sum[0], entries[k], first * length);
                BREGMAN_UNROLL
                for (int v = 0; v < held; ++v) {
                    vector total = sum[0][v];
                    if constexpr (sums == 2) total = total + sum[1][v];
                    const index_t at = r * panel_width + (first + v) * length;
                    finish(total, end, residual ? residual + at : nullptr, r);
                    store(total, y + at);
                }
            }
        }
    }

  private:
    template <class Register, std::size_t Held>
    BREGMAN_INLINE void add(Register (&sum)[Held], const csr_entry<T>& entry, int first) const {
        const T* from = x + index_t(entry.column) * Step + first;
        const Register weight = entry.value - Register{};
        BREGMAN_UNROLL
        for (int v = 0; v < int(Held); ++v) {
            Register value;
            load(value, from + v * int(sizeof(Register) / sizeof(T)));
            sum[v] = sum[v] + weight * value;
        }
    }
};

/// Rows that a dense product takes at a time; they are stored together, column by column.
inline constexpr index_t rows_together = 4;

/// The same for a matrix that has all its elements, in groups of four rows; column j reads at x + places[j].
template <class T>
struct dense_panel {
    const T* weights;
    const std::int32_t* places;
    index_t rows, cols;
    const T* x;
    T* y;
    epilogue<T> end;
    const T* residual;

    template <int Bytes>
    BREGMAN_INLINE void run() const {
        using vector = typename wide<T, Bytes>::type;
        constexpr int length = Bytes / int(sizeof(T));
        constexpr int held = 2;
        for (index_t r = 0; r < rows; r += rows_together) {
            const T* group = weights + r * cols;
            for (index_t first = 0; first < panel_width; first += held * length) {
                vector sum[std::size_t(rows_together)][held] = {};
                for (index_t c = 0; c < cols; ++c) {
                    const T* from = x + places[c] + first;
                    vector value[held];
                    load(value[0], from);
                    load(value[1], from + length);
                    BREGMAN_UNROLL
                    for (int i = 0; i < rows_together; ++i) {
                        const vector weight = group[c * rows_together + i] - vector{};
                        sum[i][0] = sum[i][0] + weight * value[0];
                        sum[i][1] = sum[i][1] + weight * value[1];
                    }
                }
                BREGMAN_UNROLL
                for (int i = 0; i < rows_together; ++i) {
                    if (r + i >= rows) break;
                    for (int v = 0; v < held; ++v) {
                        const index_t at = (r + i) * panel_width + first + v * length;
                        finish(sum[i][v], end, residual ? residual + at : nullptr, r + i);
                        store(sum[i][v], y + at);
                    }
                }
            }
        }
    }
};

/// The same for blocks of four rows and one column, of group g blocks starts[g] .. starts[g + 1] - 1; the block of column j
/// reads at x + j * Step.
template <class T, int Step>
struct block_panel {
    const std::int32_t* starts;
    const std::int32_t* columns;
    const T* values;
    index_t rows;
    const T* x;
    T* y;
    epilogue<T> end;
    const T* residual;

    template <int Bytes>
    BREGMAN_INLINE void run() const {
        using vector = typename wide<T, Bytes>::type;
        constexpr int length = Bytes / int(sizeof(T));
        constexpr int held = 2;
        for (index_t r = 0; r < rows; r += rows_together) {
            const std::int32_t* range = starts + r / rows_together;
            for (index_t first = 0; first < panel_width; first += held * length) {
                vector sum[std::size_t(rows_together)][held] = {};
                for (std::int32_t k = range[0]; k < range[1]; ++k) {
                    const T* from = x + index_t(columns[k]) * Step + first;
                    vector value[held];
                    load(value[0], from);
                    load(value[1], from + length);
                    BREGMAN_UNROLL
                    for (int i = 0; i < rows_together; ++i) {
                        const vector weight = values[index_t(k) * rows_together + i] - vector{};
                        sum[i][0] = sum[i][0] + weight * value[0];
                        sum[i][1] = sum[i][1] + weight * value[1];
                    }
                }
                BREGMAN_UNROLL
                for (int i = 0; i < rows_together; ++i) {
                    if (r + i < rows) {
                        BREGMAN_UNROLL
                        for (int v = 0; v < held; ++v) {
                            const index_t at = (r + i) * panel_width + first + v * length;
                            finish(sum[i][v], end, residual ? residual + at : nullptr, r + i);
                            store(sum[i][v], y + at);
                        }
                    }
                }
            }
        }
    }
};

} // namespace contract
} // namespace bregman::sparse

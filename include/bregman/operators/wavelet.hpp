#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include <bregman/operators/linear_operator.hpp>

namespace bregman {

/// The wavelets that wavelet_synthesis knows, by the length of their filters.
enum class wavelet_family {
    haar,        ///< 2 taps: piecewise constant images
    daubechies_4 ///< 4 taps, two vanishing moments: piecewise linear ones
};

/// The image x = W c of wavelet coefficients c (Mallat 1989; Daubechies 1988), periodic and orthonormal: W^T W is the
/// identity, `apply_transposed` is the analysis, and ||W|| = 1. Compose it behind an operator on images to ask for an
/// image that is sparse in wavelets. T is real or complex.
///
/// Images are vectors of rows * cols elements, column-major; cols = 1 is a signal. Both extents, unless 1, are divisible
/// by 2^levels. Coefficients are an image too: the coarse part in the corner at 0, each level's details around it. Holds
/// work memory: not for use by two threads at once, copy it.
template <class T>
class wavelet_synthesis {
  public:
    using real = real_of<T>;

    wavelet_synthesis(index_t rows, index_t cols, int levels, wavelet_family family = wavelet_family::haar)
        : rows_(rows), cols_(cols), levels_(levels) {
        require(rows >= 1 && cols >= 1, "image extents", std::min(rows, cols), ">= 1",
                "pass rows and columns of the image");
        require(levels >= 0 && levels < 31, "levels", levels, "[0, 30]", "3 or 4 is usual");
        for (const index_t extent : {rows, cols})
            require(extent == 1 || extent % (index_t(1) << levels) == 0, "image extent", extent,
                    "divisible by 2^levels", "take fewer levels, or pad the image");
        const double root = std::sqrt(3.0), scale = 4 * std::sqrt(2.0);
        if (family == wavelet_family::haar)
            low_ = {real(std::sqrt(0.5)), real(std::sqrt(0.5))};
        else
            low_ = {real((1 + root) / scale), real((3 + root) / scale), real((3 - root) / scale),
                    real((1 - root) / scale)};
        for (std::size_t k = 0; k < low_.size(); ++k)
            high_.push_back((k % 2 == 0 ? real(1) : real(-1)) * low_[low_.size() - 1 - k]);
    }

    index_t rows() const { return rows_ * cols_; }
    index_t cols() const { return rows_ * cols_; }

    /// x = W c.
    void apply(const dense_vector<T>& c, dense_vector<T>& x) const {
        x = c;
        for (int level = levels_ - 1; level >= 0; --level) {
            const index_t height = part(rows_, level), width = part(cols_, level);
            lines(x, 1, rows_, width, height, false);
            lines(x, rows_, 1, height, width, false);
        }
    }
    /// c = W^T x.
    void apply_transposed(const dense_vector<T>& x, dense_vector<T>& c) const {
        c = x;
        for (int level = 0; level < levels_; ++level) {
            const index_t height = part(rows_, level), width = part(cols_, level);
            lines(c, rows_, 1, height, width, true);
            lines(c, 1, rows_, width, height, true);
        }
    }
    real norm_squared() const { return real(1); }

  private:
    static index_t part(index_t extent, int level) { return extent == 1 ? 1 : extent >> level; }

    /// One level along the lines of `length` elements `stride` apart, which start `next` apart.
    void lines(dense_vector<T>& x, index_t stride, index_t next, index_t count, index_t length, bool analyse) const {
        if (length == 1) return;
        line_.resize(length), half_.resize(length);
        const index_t half = length / 2, taps = index_t(low_.size());
        for (index_t i = 0; i < count; ++i) {
            T* const at = x.data() + i * next;
            for (index_t j = 0; j < length; ++j) line_[j] = at[j * stride];
            half_.setZero();
            for (index_t j = 0; j < half; ++j)
                for (index_t k = 0; k < taps; ++k) {
                    const index_t place = (2 * j + k) % length;
                    const real low = low_[std::size_t(k)], high = high_[std::size_t(k)];
                    if (analyse)
                        half_[j] += low * line_[place], half_[half + j] += high * line_[place];
                    else
                        half_[place] += low * line_[j] + high * line_[half + j];
                }
            for (index_t j = 0; j < length; ++j) at[j * stride] = half_[j];
        }
    }

    index_t rows_, cols_;
    int levels_;
    std::vector<real> low_, high_;
    mutable dense_vector<T> line_, half_;
};

} // namespace bregman

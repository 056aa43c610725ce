#pragma once

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstddef>
#include <numeric>
#include <utility>
#include <vector>

#include <unsupported/Eigen/FFT>

#include <bregman/operators/linear_operator.hpp>
#include <bregman/operators/sampling_mask.hpp>

namespace bregman {

/// Some coefficients of the unitary discrete Fourier transform of a signal or an image: what a magnetic resonance scanner
/// measures. T is the scalar of b, std::complex<float> or std::complex<double>.
///
///     X(k, l) = 1 / sqrt(rows cols) sum over (p, q) of x(p, q) exp(-2 pi i (k p / rows + l q / cols))
///
/// A x holds X at the positions `kept`, so that A A^* is the identity and ||A|| = 1. Images are vectors of rows * cols
/// elements, column-major, as Eigen stores a matrix, and so are the positions: k + rows l. Frequency 0 is position 0 (no
/// shift). A signal is one column.
///
/// Two passes of Eigen's FFT module (KissFFT; extents 2^a 3^b 5^c are fast), of which the second leaves out the rows, or
/// the columns, without a sample. Holds plans and work memory: not for use by two threads at once, copy it.
template <class T>
class partial_fourier {
    static constexpr bool is_complex = !std::is_same_v<T, real_of<T>> && is_solver_scalar<T>;
    static_assert(is_complex,
                  "bregman: Fourier coefficients are complex: take partial_fourier<std::complex<double>> and a b "
                  "of that scalar");

  public:
    using real = real_of<T>;

    /// Of a signal of n elements.
    partial_fourier(index_t n, std::vector<index_t> kept) : partial_fourier(n, 1, std::move(kept)) {}
    /// Of a rows x cols image.
    partial_fourier(index_t rows, index_t cols, std::vector<index_t> kept)
        : extents_{rows, cols}, kept_(std::move(kept)), scale_(real(1) / std::sqrt(real(rows) * real(cols))) {
        require(rows >= 1 && cols >= 1, "image extents", std::min(rows, cols), ">= 1",
                "pass rows and columns of the image");
        require_positions(kept_, rows * cols, "partial_fourier positions");
        fft_.SetFlag(Eigen::FFT<real>::Unscaled);
        std::vector<char> lines[2] = {std::vector<char>(std::size_t(rows)), std::vector<char>(std::size_t(cols))};
        for (const index_t position : kept_)
            lines[0][std::size_t(position % rows)] = lines[1][std::size_t(position / rows)] = 1;
        // The transforms of the second pass run along the other index; a transform of one element is none.
        const auto sampled = [&](int index) { return std::count(lines[index].begin(), lines[index].end(), char(1)); };
        last_ = cols > 1 && (rows == 1 || sampled(0) * cols <= sampled(1) * rows) ? 1 : 0;
        for (std::size_t i = 0; i < lines[1 - last_].size(); ++i)
            if (lines[1 - last_][i]) needed_.push_back(index_t(i));
    }

    index_t rows() const { return index_t(kept_.size()); }
    index_t cols() const { return extents_[0] * extents_[1]; }
    const std::vector<index_t>& kept() const { return kept_; }

    void apply(const dense_vector<T>& x, dense_vector<T>& y) const {
        image_ = x;
        transform(1 - last_, false, nullptr);
        transform(last_, false, &needed_);
        y.resize(rows());
        for (index_t i = 0; i < rows(); ++i) y[i] = scale_ * image_[kept_[std::size_t(i)]];
    }
    void apply_transposed(const dense_vector<T>& y, dense_vector<T>& x) const {
        image_.setZero(cols());
        for (index_t i = 0; i < rows(); ++i) image_[kept_[std::size_t(i)]] = scale_ * y[i];
        transform(last_, true, &needed_);
        transform(1 - last_, true, nullptr);
        x = image_;
    }
    real norm_squared() const { return real(1); }

  private:
    /// Transforms along index 0 (columns) or 1 (rows) in place: all lines, or those at the places given.
    void transform(int along, bool inverse, const std::vector<index_t>* only) const {
        const index_t length = extents_[along], lines = extents_[1 - along], stride = along == 0 ? 1 : extents_[0],
                      next = along == 0 ? extents_[0] : 1;
        if (length == 1) return;
        const index_t count = only ? index_t(only->size()) : lines;
        in_.resize(length * group), out_.resize(length * group);
        for (index_t first = 0; first < count; first += group) { // rows in groups, so that a cache line is read once
            const index_t many = std::min(group, count - first);
            const auto start = [&](index_t i) { return (only ? (*only)[std::size_t(first + i)] : first + i) * next; };
            if (stride == 1)
                for (index_t i = 0; i < many; ++i) in_.segment(i * length, length) = image_.segment(start(i), length);
            else
                for (index_t j = 0; j < length; ++j)
                    for (index_t i = 0; i < many; ++i) in_[i * length + j] = image_[start(i) + j * stride];
            for (index_t i = 0; i < many; ++i) {
                T* const to = out_.data() + i * length;
                const T* const from = in_.data() + i * length;
                inverse ? fft_.inv(to, from, length) : fft_.fwd(to, from, length);
            }
            if (stride == 1)
                for (index_t i = 0; i < many; ++i) image_.segment(start(i), length) = out_.segment(i * length, length);
            else
                for (index_t j = 0; j < length; ++j)
                    for (index_t i = 0; i < many; ++i) image_[start(i) + j * stride] = out_[i * length + j];
        }
    }

    static constexpr index_t group = 8;

    index_t extents_[2];
    std::vector<index_t> kept_, needed_; ///< `needed_`: the lines of the last pass that hold a sample
    real scale_;
    int last_ = 0; ///< the index along which the last pass of A x transforms
    mutable Eigen::FFT<real> fft_;
    mutable dense_vector<T> image_, in_, out_;
};

} // namespace bregman

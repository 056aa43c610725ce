#pragma once

#include <cmath>
#include <complex>
#include <type_traits>
#include <utility>
#include <vector>

#include <unsupported/Eigen/FFT>

#include <bregman/operators/linear_operator.hpp>
#include <bregman/operators/sampling_mask.hpp>

namespace bregman {

/// The orthonormal discrete cosine transform of type II of length n,
///
///     X_k = s_k sum_i x_i cos(pi (i + 1/2) k / n),   s_0 = sqrt(1/n), s_k = sqrt(2/n),
///
/// from one real Fourier transform of length n (Makhoul 1980). Eigen's FFT module (KissFFT) does that one;
/// n = 2^a 3^b 5^c is fast. Holds the plan and work memory: use one object per thread.
template <class T>
class cosine_transform {
    static_assert(std::is_floating_point_v<T>,
                  "bregman: partial_dct is of real signals; partial_fourier takes complex ones");
    using real = real_of<T>;

  public:
    explicit cosine_transform(index_t n) : n_(n), twiddles_(std::size_t(n / 2 + 1)), spectrum_(twiddles_.size()) {
        require(n >= 2, "transform length", n, ">= 2", "choose the length of the signal");
        work_.resize(n);
        fft_.SetFlag(Eigen::FFT<real>::HalfSpectrum);
        for (index_t k = 0; k <= n / 2; ++k)
            twiddles_[std::size_t(k)] =
                std::complex<real>(std::polar(1.0, -std::acos(-1.0) * double(k) / double(2 * n)));
    }

    /// The length of the signals.
    index_t size() const { return n_; }

    /// out = DCT-II of in.
    void forward(const dense_vector<T>& in, dense_vector<T>& out) {
        for (index_t i = 0; 2 * i < n_; ++i) work_[i] = in[2 * i];
        for (index_t i = 0; 2 * i + 1 < n_; ++i) work_[n_ - 1 - i] = in[2 * i + 1];
        fft_.fwd(spectrum_.data(), work_.data(), n_);
        out.resize(n_);
        const T scale = std::sqrt(T(2) / T(n_));
        for (index_t k = 0; k <= n_ / 2; ++k) {
            const std::complex<T> v = twiddles_[std::size_t(k)] * spectrum_[std::size_t(k)];
            out[k] = scale * v.real();
            if (k > 0) out[n_ - k] = -scale * v.imag();
        }
        out[0] *= std::sqrt(T(0.5));
    }

    /// out = the inverse, which is the transposed transform.
    void inverse(const dense_vector<T>& in, dense_vector<T>& out) {
        const T scale = std::sqrt(T(n_) / T(2));
        spectrum_[0] = std::complex<T>(in[0] * std::sqrt(T(n_)), T(0));
        for (index_t k = 1; k <= n_ / 2; ++k)
            spectrum_[std::size_t(k)] =
                scale * std::conj(twiddles_[std::size_t(k)]) * std::complex<T>(in[k], -in[n_ - k]);
        fft_.inv(work_.data(), spectrum_.data(), n_);
        out.resize(n_);
        for (index_t i = 0; 2 * i < n_; ++i) out[2 * i] = work_[i];
        for (index_t i = 0; 2 * i + 1 < n_; ++i) out[2 * i + 1] = work_[n_ - 1 - i];
    }

  private:
    index_t n_;
    Eigen::FFT<real> fft_;
    std::vector<std::complex<real>> twiddles_; // exp(-i pi k / 2n)
    std::vector<std::complex<real>> spectrum_;
    dense_vector<T> work_;
};

/// Some rows of the orthonormal DCT-II matrix: A x = the coefficients of x at the given positions, so that
/// A A^T is the identity and ||A|| = 1. Cost: one Fourier transform per product, O(n log n).
/// Not for use by two threads at once: copy it.
template <class T>
class partial_dct {
  public:
    partial_dct(index_t n, std::vector<index_t> kept) : transform_(n), kept_(std::move(kept)) {
        require_positions(kept_, n, "partial_dct positions");
    }

    index_t rows() const { return index_t(kept_.size()); }
    index_t cols() const { return transform_.size(); }
    const std::vector<index_t>& kept() const { return kept_; }

    void apply(const dense_vector<T>& x, dense_vector<T>& y) const {
        transform_.forward(x, coefficients_);
        y.resize(rows());
        for (index_t i = 0; i < rows(); ++i) y[i] = coefficients_[kept_[std::size_t(i)]];
    }
    void apply_transposed(const dense_vector<T>& y, dense_vector<T>& x) const {
        coefficients_.setZero(cols());
        for (index_t i = 0; i < rows(); ++i) coefficients_[kept_[std::size_t(i)]] = y[i];
        transform_.inverse(coefficients_, x);
    }
    T norm_squared() const { return T(1); }

  private:
    mutable cosine_transform<T> transform_;
    mutable dense_vector<T> coefficients_;
    std::vector<index_t> kept_;
};

} // namespace bregman

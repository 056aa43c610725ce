#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <vector>

#include <Eigen/Core>

#include <bregman/base/finite.hpp>
#include <bregman/tensors/tensor.hpp>

/// \file
/// What total_variation_2d is made of: the images of a tensor, their dual variable, and the ascent on it.

namespace bregman {

namespace contract {
template <class T>
inline constexpr bool is_complex_number = false;
template <class T>
inline constexpr bool is_complex_number<std::complex<T>> = true;

template <class T>
struct real_part_type {
    using type = std::remove_const_t<T>;
};
template <class T>
struct real_part_type<std::complex<T>> {
    using type = T;
};
/// T, or T of std::complex<T>.
template <class T>
using real_part_of = typename real_part_type<T>::type;

template <class T>
inline constexpr int channels_of = is_complex_number<T> ? 2 : 1;
/// In double.
template <class T>
using wide = std::conditional_t<is_complex_number<T>, std::complex<double>, double>;

/// The images of a tensor: `lines` contiguous lines of `length` pixels each, one image behind the other.
struct image_layout {
    index_t length = 1, lines = 1, images = 1;

    explicit image_layout(const tensor_shape& shape) {
        const std::size_t order = shape.extents.size();
        if (order == 0) return;
        const bool row_major = shape.order == storage_order::row_major;
        length = shape.extents[row_major ? order - 1 : 0];
        if (order > 1) lines = shape.extents[row_major ? order - 2 : 1];
        images = size() > 0 ? shape.size() / size() : 0;
    }
    index_t size() const { return length * lines; }
};

} // namespace contract

/// The dual variable of total_variation_2d::prox, where the next call starts: of an iterate that moves little, the next
/// prox then takes few iterations. Not for use by two threads at once.
class total_variation_dual {
  public:
    std::int64_t iterations = 0; ///< of the last prox
    double relative_gap = 0;     ///< that it reached: duality gap over objective, of images the largest

    /// Forgets it: the next prox starts from 0.
    void clear() { values_.clear(); }

  private:
    friend struct total_variation_2d;

    void fit(const tensor_shape& shape, int channels, const contract::image_layout& layout) {
        iterations = 0;
        relative_gap = 0;
        per_image_ = std::size_t(2 * channels * layout.size());
        const std::size_t all = per_image_ * std::size_t(layout.images);
        if (values_.size() == all && shape == shape_ && channels == channels_) return;
        values_.assign(all, 0);
        shape_ = shape;
        channels_ = channels;
    }
    /// For each channel the differences along the lines, then those across them.
    double* image(index_t i) { return values_.data() + std::size_t(i) * per_image_; }
    /// That of the differences along (0) or across (1) the lines at a pixel of the tensor.
    template <class Wide>
    Wide at(index_t pixel, const contract::image_layout& layout, int direction) const {
        const double* const p =
            values_.data() + std::size_t(pixel / layout.size()) * per_image_ + pixel % layout.size();
        if constexpr (contract::is_complex_number<Wide>)
            return {p[direction * layout.size()], p[(2 + direction) * layout.size()]};
        else
            return p[direction * layout.size()];
    }

    std::vector<double> values_;
    std::size_t per_image_ = 0;
    tensor_shape shape_;
    int channels_ = 0;
};

namespace contract {

/// The dual problem of one image of real (1 channel) or complex numbers (2: real and imaginary parts).
///
/// One sweep over the lines is one iteration: x = y - t D^T p of line j + 1 is made just before p of line j moves, so that
/// every array goes through the cache once.
template <std::size_t Channels>
class total_variation_ascent {
    using plane = Eigen::ArrayXXd;
    using planes = std::array<plane, Channels>;
    using line = Eigen::ArrayXd;

  public:
    total_variation_ascent(const image_layout& layout, bool anisotropic, double t)
        : n_(layout.length), m_(layout.lines), anisotropic_(anisotropic), t_(t) {
        for (std::size_t c = 0; c < Channels; ++c) {
            y_[c].resize(n_, m_);
            along_before_[c].resize(n_, m_), across_before_[c].resize(n_, m_);
            along_slope_[c].setZero(n_), across_slope_[c].setZero(n_);
        }
    }

    template <class T>
    void load(const T* image) {
        for (index_t i = 0; i < y_[0].size(); ++i)
            if constexpr (Channels == 1)
                y_[0].data()[i] = double(image[i]);
            else
                y_[0].data()[i] = double(image[i].real()), y_[1].data()[i] = double(image[i].imag());
        x_ = y_;
    }
    template <class T>
    void store(T* image) const {
        for (index_t i = 0; i < x_[0].size(); ++i)
            if constexpr (Channels == 1)
                image[i] = T(x_[0].data()[i]);
            else
                image[i] = T(real_part_of<T>(x_[0].data()[i]), real_part_of<T>(x_[1].data()[i]));
    }

    /// Improves p until the gap is small enough, and leaves x = y - t D^T p.
    template <class Report>
    void run(double* p, double gap, int max_iterations, Report& report) {
        const double curvature = largest_eigenvalue(n_) + largest_eigenvalue(m_);
        if (!(curvature > 0)) return; // one pixel
        step_ = 1 / (t_ * curvature);
        for (std::size_t c = 0; c < Channels; ++c) {
            new (&along_[c]) view(p + index_t(2 * c) * n_ * m_, n_, m_);
            new (&across_[c]) view(p + index_t(2 * c + 1) * n_ * m_, n_, m_);
            along_before_[c] = along_[c], across_before_[c] = across_[c];
        }
        double momentum = 1, beta = 0;
        for (int k = 1;; ++k) {
            // Square roots and a sum: the gap is looked at in every fourth iteration.
            const bool last = k == max_iterations, look = last || k % 4 == 1;
            sweep(beta, look);
            if (look) {
                const double objective = fidelity_ + t_ * variation_, rounding = 64 * epsilon * t_ * variation_;
                const bool enough = t_ * excess_ <= gap * objective + rounding;
                if (enough || last || !is_finite(objective)) {
                    const double relative = objective > 0 ? std::max(t_ * excess_, 0.0) / objective : 0.0;
                    report.relative_gap = std::max(report.relative_gap, relative);
                    report.iterations = std::max(report.iterations, std::int64_t(k));
                    break;
                }
            }
            const double next = (1 + std::sqrt(1 + 4 * momentum * momentum)) / 2;
            beta = uphill_ > 0 ? 0 : (momentum - 1) / next;
            momentum = uphill_ > 0 ? 1 : next;
        }
        for (std::size_t c = 0; c < Channels; ++c)
            along_[c] = along_before_[c], across_[c] = across_before_[c]; // those of x
    }

  private:
    using view = Eigen::Map<plane>;
    static constexpr double epsilon = std::numeric_limits<double>::epsilon();

    /// Of D^T D of a line of n pixels.
    static double largest_eigenvalue(index_t n) {
        const double sine = std::sin(std::acos(-1.0) / 2 * double(n - 1) / double(n));
        return 4 * sine * sine;
    }

    void sweep(double beta, bool look) {
        fidelity_ = variation_ = excess_ = uphill_ = 0;
        make_line(0, beta, look);
        for (index_t j = 0; j < m_; ++j) {
            for (std::size_t c = 0; c < Channels; ++c) here_[c].swap(next_[c]);
            if (j + 1 < m_) make_line(j + 1, beta, look);
            if (look) measure(j);
            move(j, beta);
        }
    }

    /// Line j of x, and of the extrapolated x in `next_`.
    void make_line(index_t j, double beta, bool look) {
        for (std::size_t c = 0; c < Channels; ++c) {
            auto x = x_[c].col(j);
            next_[c] = -beta * x;
            x = y_[c].col(j) + t_ * (along_[c].col(j) + across_[c].col(j));
            x.tail(n_ - 1) -= t_ * along_[c].col(j).head(n_ - 1);
            if (j > 0) x -= t_ * across_[c].col(j - 1);
            next_[c] += (1 + beta) * x;
            if (look) fidelity_ += (x - y_[c].col(j)).matrix().squaredNorm() / 2;
        }
    }

    /// The terms of pixels in line j: |D x|, and |D x| - <p, D x>, none of which is negative.
    void measure(index_t j) {
        squares_.setZero(n_), others_.setZero(n_), product_.setZero(n_);
        for (std::size_t c = 0; c < Channels; ++c) {
            slopes(c, x_[c].col(j), x_[c].col(std::min(j + 1, m_ - 1)));
            squares_ += along_slope_[c].square();
            (anisotropic_ ? others_ : squares_) += across_slope_[c].square();
            product_ += along_[c].col(j) * along_slope_[c] + across_[c].col(j) * across_slope_[c];
        }
        squares_ = squares_.sqrt();
        if (anisotropic_) squares_ += others_.sqrt();
        variation_ += squares_.sum();
        excess_ += (squares_ - product_).sum();
    }

    /// p of line j <- projection of q + step D x(q), where q = p + beta (p - p before).
    void move(index_t j, double beta) {
        squares_.setZero(n_), others_.setZero(n_);
        for (std::size_t c = 0; c < Channels; ++c) {
            slopes(c, here_[c], j + 1 < m_ ? next_[c] : here_[c]);
            along_q_[c] = (1 + beta) * along_[c].col(j) - beta * along_before_[c].col(j);
            across_q_[c] = (1 + beta) * across_[c].col(j) - beta * across_before_[c].col(j);
            along_slope_[c] = along_q_[c] + step_ * along_slope_[c];
            across_slope_[c] = across_q_[c] + step_ * across_slope_[c];
            squares_ += along_slope_[c].square();
            (anisotropic_ ? others_ : squares_) += across_slope_[c].square();
        }
        squares_ = squares_.max(1.0).sqrt().inverse();
        if (anisotropic_) others_ = others_.max(1.0).sqrt().inverse();
        for (std::size_t c = 0; c < Channels; ++c) {
            const auto commit = [&](auto&& p, auto&& before, const line& q, line& moved, const line& scale) {
                moved *= scale;
                before = p;
                p = moved;
                uphill_ += ((q - moved) * (moved - before)).sum();
            };
            commit(along_[c].col(j), along_before_[c].col(j), along_q_[c], along_slope_[c], squares_);
            commit(across_[c].col(j), across_before_[c].col(j), across_q_[c], across_slope_[c],
                   anisotropic_ ? others_ : squares_);
            along_slope_[c][n_ - 1] = 0;
        }
    }

    /// Differences to the next pixel and to the next line.
    template <class Here, class Below>
    void slopes(std::size_t c, const Here& here, const Below& below) {
        along_slope_[c].head(n_ - 1) = here.tail(n_ - 1) - here.head(n_ - 1);
        across_slope_[c] = below - here;
    }

    index_t n_, m_;
    bool anisotropic_;
    double t_, step_ = 0;
    planes y_, x_, along_before_, across_before_;
    std::array<view, Channels> along_ = empty_views(), across_ = empty_views();
    std::array<line, Channels> here_, next_, along_slope_, across_slope_, along_q_, across_q_;
    line squares_, others_, product_;
    double fidelity_ = 0, variation_ = 0, excess_ = 0, uphill_ = 0;

    static std::array<view, Channels> empty_views() {
        if constexpr (Channels == 1)
            return {view(nullptr, 0, 0)};
        else
            return {view(nullptr, 0, 0), view(nullptr, 0, 0)};
    }
};

} // namespace contract

} // namespace bregman

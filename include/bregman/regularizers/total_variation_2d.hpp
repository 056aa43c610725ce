#pragma once

#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>
#include <vector>

#include <bregman/base/error.hpp>
#include <bregman/base/finite.hpp>
#include <bregman/regularizers/total_variation_ascent.hpp>
#include <bregman/tensors/tensor.hpp>

namespace bregman {

/// J(X) = the total variation of an image (Rudin, Osher, Fatemi 1992), from forward differences without a wrap-around:
///
///     isotropic      sum over pixels of sqrt(|X(i+1, j) - X(i, j)|^2 + |X(i, j+1) - X(i, j)|^2)
///     anisotropic    sum over pixels of      |X(i+1, j) - X(i, j)|   + |X(i, j+1) - X(i, j)|
///
/// where a difference across the border is 0. prox denoises: it keeps edges and makes the rest flat. The images of a
/// tensor are its matrices along the last two indices of a row-major one, the first two of a column-major one; J is their
/// sum. A vector is an image of one line, where both are `total_variation`. T is real or complex; of complex numbers
/// differences are taken by their modulus.
///
/// prox maximises its dual by accelerated projected gradients (Chambolle 2004; Beck, Teboulle 2009) with restarts
/// (O'Donoghue, Candes 2015):
///
///     x = y - t D^T p,    p <- projection(p + D x / (t ||D||^2)) onto |p| <= 1,      D x all the differences,
///
/// until the duality gap t (J(x) - <p, D x>), which bounds ||x - prox(y)||^2 / 2, is at most `gap` of its objective: some
/// 300 iterations to 1e-4, 1500 to 1e-6, of about 10 ns per pixel, in double for every T. A tensor regularizer: it runs on
/// the host and allocates. With a `total_variation_dual` prox starts where an earlier call ended and says what it has
/// reached; the solvers keep one.
struct total_variation_2d {
    static constexpr bool is_seminorm = true; // for solvers (solver_regularizer.hpp)
    static constexpr const char* name = "total_variation_2d";
    using warm_start = total_variation_dual; // solvers keep one from prox to prox

    bool anisotropic = false;   ///< |dx| + |dy| in place of sqrt(dx^2 + dy^2)
    double gap = 1e-6;          ///< relative duality gap of prox, >= 0; 0: down to rounding
    int max_iterations = 10000; ///< of one prox, >= 1

    void validate() const {
        require(gap >= 0 && is_finite(gap), "total_variation_2d.gap", gap, ">= 0, finite", "1e-6 is the default");
        require(max_iterations >= 1, "total_variation_2d.max_iterations", max_iterations, ">= 1",
                "10000 is the default");
    }

    template <class T>
    auto value(const tensor_view<const T>& x) const {
        using real = contract::real_part_of<T>;
        double sum = 0;
        for_each_difference(x, [&](auto, auto, auto, const auto& along, const auto& across) {
            sum += anisotropic ? std::abs(along) + std::abs(across) : std::sqrt(std::norm(along) + std::norm(across));
        });
        return real(sum);
    }

    /// D^T p with p = D x / |D x|, 0 where D x is. (Where x is flat there are smaller ones, which would cost a prox.)
    template <class T>
    void subgradient(const tensor_view<const T>& x, const tensor_view<T>& result) const {
        std::fill_n(result.data, result.size(), T(0));
        for_each_difference(x, [&](index_t i, index_t next, index_t below, const auto& along, const auto& across) {
            const double a = std::abs(along), b = std::abs(across), both = std::hypot(a, b);
            const auto add = [&](index_t to, const auto& difference, double size) {
                if (!(size > 0) || difference == 0.0) return;
                const T p = T(difference / (anisotropic ? size : both));
                result.data[i] -= p, result.data[to] += p;
            };
            if (next >= 0) add(next, along, a);
            if (below >= 0) add(below, across, b);
        });
    }

    /// x <- argmin over u of t J(u) + ||u - x||^2 / 2.
    template <class T>
    void prox(const tensor_view<T>& x, contract::real_part_of<T> t) const {
        total_variation_dual dual;
        prox(x, t, dual);
    }

    /// The same from an earlier dual variable (of another x and t too; empty: from 0), which is replaced, with the gap and
    /// the iterations that it took. A shape other than that of the last call starts anew.
    template <class T>
    void prox(const tensor_view<T>& x, contract::real_part_of<T> t, total_variation_dual& dual) const {
        validate();
        require(t >= 0 && is_finite(t), "t", t, ">= 0, finite", "0 leaves x as it is");
        const contract::image_layout layout(x.shape);
        constexpr int channels = contract::channels_of<T>;
        dual.fit(x.shape, channels, layout);
        if (t == 0 || x.size() == 0) return;
        for (index_t image = 0; image < layout.images; ++image) {
            contract::total_variation_ascent<std::size_t(channels)> ascent(layout, anisotropic, double(t));
            ascent.load(x.data + image * layout.size());
            ascent.run(dual.image(image), gap, max_iterations, dual);
            ascent.store(x.data + image * layout.size());
        }
    }

    /// How far x is from prox_t(y), by a dual variable: the duality gap t (J(x) - <p, D x>) + ||x - (y - t D^T p)||^2 / 2 of
    /// x and p, which is at least ||x - prox_t(y)||^2 / 2. One pass with plain loops, which shares nothing with prox.
    template <class T>
    double certificate(const tensor_view<const T>& y, const tensor_view<const T>& x, contract::real_part_of<T> t,
                       const total_variation_dual& dual) const {
        using wide = contract::wide<T>;
        const bool fits = y.size() == x.size() && dual.shape_ == x.shape && dual.channels_ == contract::channels_of<T>;
        require(fits, "dual variable", "that of another shape or scalar", "that of prox on the tensor y",
                "pass the one that prox filled");
        const contract::image_layout layout(x.shape);
        std::vector<wide> expected(std::size_t(x.size())); // y - t D^T p
        for (index_t i = 0; i < x.size(); ++i) expected[std::size_t(i)] = wide(y.data[i]);
        double excess = 0, largest = 0;
        for_each_difference(x, [&](index_t i, index_t next, index_t below, const wide& along, const wide& across) {
            const wide p = dual.template at<wide>(i, layout, 0), q = dual.template at<wide>(i, layout, 1);
            const double a = next >= 0 ? std::abs(p) : 0, b = below >= 0 ? std::abs(q) : 0;
            largest = std::max({largest, anisotropic ? std::max(a, b) : std::hypot(a, b)});
            const double variation =
                anisotropic ? std::abs(along) + std::abs(across) : std::hypot(std::abs(along), std::abs(across));
            excess += variation - std::real(std::conj(p) * along) - std::real(std::conj(q) * across);
            const auto add = [&](index_t to, const wide& share) {
                if (to < 0) return;
                expected[std::size_t(i)] += double(t) * share;
                expected[std::size_t(to)] -= double(t) * share;
            };
            add(next, p), add(below, q);
        });
        double distance = 0;
        for (index_t i = 0; i < x.size(); ++i) distance += std::norm(wide(x.data[i]) - expected[std::size_t(i)]);
        if (!(largest <= 1 + 1e-12)) return infinity_of<double>(); // p bounds nothing
        return std::max(double(t) * excess, 0.0) + distance / 2;
    }

    /// An upper bound of the least s with z in s dJ(0), for duality gaps: infinite where the sum of an image is not 0, as J of
    /// a constant is; else the largest |p| of one p with D^T p = z, running sums along the lines and of their means.
    template <class T>
    auto polar(const tensor_view<const T>& z) const {
        using real = contract::real_part_of<T>;
        using wide = contract::wide<T>;
        const contract::image_layout layout(z.shape);
        const double rounding = 64 * double(std::numeric_limits<real>::epsilon());
        double largest = 0;
        for (index_t image = 0; image < layout.images; ++image) {
            const T* const first = z.data + image * layout.size();
            wide all = 0;
            double size = 0;
            std::vector<wide> across(std::size_t(layout.lines) + 1, wide(0)); // constant along each line
            for (index_t j = 0; j < layout.lines; ++j) {
                for (index_t i = 0; i < layout.length; ++i)
                    all += wide(first[j * layout.length + i]), size += std::abs(wide(first[j * layout.length + i]));
                across[std::size_t(j) + 1] = all / double(layout.length);
            }
            if (!(std::abs(all) <= rounding * size)) return is_finite(size) ? infinity_of<real>() : nan_of<real>();
            for (index_t j = 0; j < layout.lines; ++j) {
                const wide mean = across[std::size_t(j) + 1] - across[std::size_t(j)];
                const double below = j + 1 < layout.lines ? std::abs(across[std::size_t(j) + 1]) : 0;
                wide along = 0;
                for (index_t i = 0; i < layout.length; ++i) {
                    along += wide(first[j * layout.length + i]) - mean;
                    const double next = i + 1 < layout.length ? std::abs(along) : 0;
                    largest = std::max(largest, anisotropic ? std::max(next, below) : std::hypot(next, below));
                }
            }
        }
        return real(largest);
    }

  private:
    /// f(i, next, below, along, across) at each pixel: positions of the pixel and of its neighbours (-1: there is none),
    /// and the differences to them in double.
    template <class T, class Function>
    static void for_each_difference(const tensor_view<const T>& x, const Function& f) {
        using wide = contract::wide<T>;
        const contract::image_layout layout(x.shape);
        for (index_t i = 0; i < x.size(); ++i) {
            const index_t next = (i + 1) % layout.length != 0 ? i + 1 : -1;
            const index_t below = i / layout.length % layout.lines + 1 < layout.lines ? i + layout.length : -1;
            const auto difference = [&](index_t to) { return to < 0 ? wide(0) : wide(x.data[to]) - wide(x.data[i]); };
            f(i, next, below, difference(next), difference(below));
        }
    }
};

} // namespace bregman

#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <limits>
#include <memory>
#include <type_traits>

#include <bregman/base/error.hpp>
#include <bregman/base/finite.hpp>
#include <bregman/solvers/losses.hpp>

namespace bregman {

/// What a loss of your own needs, T the scalar of b: both element by element, convex in p, the gradient that of the value.
///
///     real_of<T> value(T p, T b) const;            // l(p, b)
///     T gradient(T p, T b) const;                  // its derivative in p
///
/// Optional, each for what it makes possible:
///
///     real_of<T> conjugate(T u, T b) const;        // sup over p of u p - l(p, b), infinity where there is none: the duality gap
///     double curvature() const;                    // a bound of the second derivative: a first step at no cost
///     T intercept(const dense_vector<T>& p, const dense_vector<T>& b) const;   // argmin over c of sum l(p_i + c, b_i)
///     void validate(const dense_vector<T>& b) const;             // throws on data that the loss does not take
///     void validate_intercept(const dense_vector<T>& b) const;   // throws where no finite intercept is best
template <class L, class T>
concept loss_of = std::copy_constructible<L> && requires(const L& l, const T& p) {
    { l.value(p, p) } -> std::convertible_to<real_of<T>>;
    { l.gradient(p, p) } -> std::convertible_to<T>;
};

/// The loss of a solver's problem: one of losses.hpp or of your own, quadratic unless given.
template <class T>
class solver_loss {
    using real = real_of<T>;
    static constexpr bool is_complex = !std::is_same_v<T, real>;

  public:
    solver_loss() : solver_loss(quadratic_loss{}) {}

    template <class L>
        requires(!std::is_same_v<std::remove_cvref_t<L>, solver_loss>)
    solver_loss(const L& loss) {
        constexpr bool fits = loss_of<L, T>;
        static_assert(fits,
                      "bregman: a loss needs `real value(T p, T b) const` and `T gradient(T p, T b) const`, element by "
                      "element, with T the scalar of b (of complex numbers only the quadratic one of the library); "
                      "see docs/solvers/penalised.md");
        if constexpr (fits) {
            held_ = std::make_shared<model<L>>(loss);
            is_quadratic_ = std::is_same_v<L, quadratic_loss>;
        }
    }

    /// Whether it is ||p - b||^2 / 2, for which there are closed forms.
    bool is_quadratic() const { return is_quadratic_; }
    /// Sum of l(p_i, b_i).
    real value(const dense_vector<T>& p, const dense_vector<T>& b) const {
        return is_quadratic_ ? (p - b).squaredNorm() / 2 : held_->value(p, b);
    }
    /// u_i = l'(p_i, b_i).
    void gradient(const dense_vector<T>& p, const dense_vector<T>& b, dense_vector<T>& u) const {
        if (is_quadratic_)
            u = p - b;
        else
            held_->gradient(p, b, u);
    }
    /// Sum of l^*(u_i, b_i); NaN where the loss has none to tell.
    real conjugate(const dense_vector<T>& u, const dense_vector<T>& b) const { return held_->conjugate(u, b); }
    /// A bound of l''; NaN where none is known.
    real curvature() const { return held_->curvature(); }
    /// argmin over c of sum l(p_i + c, b_i), found from `guess` where there is no closed form.
    T intercept(const dense_vector<T>& p, const dense_vector<T>& b, T guess) const {
        return held_->intercept(p, b, guess);
    }
    /// Refuses data that the loss does not take.
    void validate(const dense_vector<T>& b, bool intercept) const { held_->validate(b, intercept); }

  private:
    struct concept_of {
        virtual ~concept_of() = default;
        virtual real value(const dense_vector<T>& p, const dense_vector<T>& b) const = 0;
        virtual void gradient(const dense_vector<T>& p, const dense_vector<T>& b, dense_vector<T>& u) const = 0;
        virtual real conjugate(const dense_vector<T>& u, const dense_vector<T>& b) const = 0;
        virtual real curvature() const = 0;
        virtual T intercept(const dense_vector<T>& p, const dense_vector<T>& b, T guess) const = 0;
        virtual void validate(const dense_vector<T>& b, bool intercept) const = 0;
    };

    template <class L>
    struct model final : concept_of {
        explicit model(const L& loss) : l_(loss) {}

        real value(const dense_vector<T>& p, const dense_vector<T>& b) const override {
            double sum = 0; // in float, thousands of terms would lose digits
            for (index_t i = 0; i < p.size(); ++i) sum += double(l_.value(p[i], b[i]));
            return real(sum);
        }
        void gradient(const dense_vector<T>& p, const dense_vector<T>& b, dense_vector<T>& u) const override {
            u.resize(p.size());
            for (index_t i = 0; i < p.size(); ++i) u[i] = l_.gradient(p[i], b[i]);
        }
        real conjugate(const dense_vector<T>& u, const dense_vector<T>& b) const override {
            if constexpr (requires { l_.conjugate(u[0], b[0]); }) {
                double sum = 0;
                for (index_t i = 0; i < u.size(); ++i) sum += double(l_.conjugate(u[i], b[i]));
                return real(sum);
            } else {
                return nan_of<real>();
            }
        }
        real curvature() const override {
            if constexpr (requires { l_.curvature(); })
                return real(l_.curvature());
            else
                return nan_of<real>();
        }
        T intercept(const dense_vector<T>& p, const dense_vector<T>& b, T guess) const override {
            if constexpr (requires { l_.intercept(p, b); })
                return l_.intercept(p, b);
            else if constexpr (is_complex)
                refuse("intercept", "true", "false",
                       "a loss of complex numbers needs a member intercept(p, b) for one");
            else
                return root(p, b, guess);
        }
        void validate(const dense_vector<T>& b, bool intercept) const override {
            if constexpr (requires { l_.validate(b); }) l_.validate(b);
            if constexpr (requires { l_.validate_intercept(b); })
                if (intercept) l_.validate_intercept(b);
        }

      private:
        struct slope {
            real sum, size; ///< of l'(p_i + c), and of its moduli
        };
        slope slope_at(const dense_vector<T>& p, const dense_vector<T>& b, real c) const {
            double sum = 0, size = 0;
            for (index_t i = 0; i < p.size(); ++i) {
                const double u = double(l_.gradient(p[i] + c, b[i]));
                sum += u, size += std::abs(u);
            }
            return {real(sum), real(size)};
        }

        /// The c where the non-decreasing sum of l'(p_i + c) changes sign: bracketed by steps that double, then by regula
        /// falsi (Illinois) to rounding.
        real root(const dense_vector<T>& p, const dense_vector<T>& b, real guess) const {
            constexpr real rounding = 4 * std::numeric_limits<real>::epsilon();
            const auto enough = [](const slope& s) {
                return is_finite(s.size) && !(std::abs(s.sum) > rounding * s.size);
            };
            slope at = slope_at(p, b, guess);
            if (enough(at)) return guess;
            const bool upwards = at.sum < real(0);
            real near = guess, far = guess, at_near = at.sum, step = first_step(p, b, guess, at.sum);
            for (int doublings = 0;; ++doublings, step *= 2) {
                if (doublings == 100)
                    refuse("intercept", "true", "data of which a finite intercept is best", "say .intercept = false");
                far = upwards ? near + step : near - step;
                at = slope_at(p, b, far);
                if (enough(at)) return far;
                if ((at.sum < real(0)) != upwards) break;
                near = far, at_near = at.sum;
            }
            int kept = 0; // how often in a row the same end has stayed: its value is then halved
            real at_far = at.sum;
            for (int i = 0; i < 100; ++i) {
                real c = near + (far - near) * (at_near / (at_near - at_far));
                const auto inside = [&] { return c > std::min(near, far) && c < std::max(near, far); };
                if (!inside()) c = near + (far - near) / 2;
                if (!inside()) break;
                at = slope_at(p, b, c);
                if (enough(at)) return c;
                if ((at.sum < real(0)) == upwards) {
                    near = c, at_near = at.sum;
                    kept = std::max(kept, 0) + 1;
                    if (kept > 1) at_far /= 2;
                } else {
                    far = c, at_far = at.sum;
                    kept = std::min(kept, 0) - 1;
                    if (kept < -1) at_near /= 2;
                }
            }
            return near + (far - near) / 2;
        }

        /// A little more than the step of Newton's method: it ends on the other side of the root.
        real first_step(const dense_vector<T>& p, const dense_vector<T>& b, real c, real sum) const {
            const real small = std::cbrt(std::numeric_limits<real>::epsilon()) * std::max(real(1), std::abs(c));
            const real rise = std::abs(slope_at(p, b, sum > real(0) ? c - small : c + small).sum - sum) / small;
            const real step = real(1.01) * std::abs(sum) / rise;
            return is_finite(step) && step > real(0) ? std::max(step, rounding_of(c)) : small;
        }
        static real rounding_of(real c) {
            return 4 * std::numeric_limits<real>::epsilon() * std::max(real(1), std::abs(c));
        }

        L l_;
    };

    std::shared_ptr<const concept_of> held_;
    bool is_quadratic_ = false;
};

} // namespace bregman

#pragma once

#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>
#include <memory>
#include <type_traits>
#include <utility>

#include <bregman/base/finite.hpp>
#include <bregman/concepts.hpp>
#include <bregman/operators/linear_operator.hpp>
#include <bregman/policy/element_access.hpp>
#include <bregman/policy/located.hpp>
#include <bregman/regularizers/elastic_net.hpp>
#include <bregman/regularizers/l1.hpp>
#include <bregman/regularizers/weighted_l1.hpp>
#include <bregman/step/by_kind.hpp>

namespace bregman {

/// Whether an element-wise regularizer of your own is a function of |x_i| alone, which gives it to complex numbers:
///
///     template <> inline constexpr bool bregman::depends_on_modulus<my_regularizer> = true;
template <class R>
inline constexpr bool depends_on_modulus =
    std::is_same_v<R, none> || std::is_same_v<R, l1> || std::is_same_v<R, elastic_net>;
template <class Weight>
inline constexpr bool depends_on_modulus<scaled_l1<Weight>> = true;

/// Whether J(c x) = |c| J(x) for c >= 0, which the dual of a problem needs: a regularizer says so itself by
/// `static constexpr bool is_seminorm = true` (or is_homogeneous).
template <class R>
inline constexpr bool is_seminorm = requires { requires R::is_seminorm; } || requires { requires R::is_homogeneous; };

/// Whether prox of R starts where an earlier one ended: a type R::warm_start and a `void prox(x, t, warm_start&) const`.
template <class R>
concept has_warm_start = requires { typename R::warm_start; };

namespace contract {
struct nothing {};
template <class R>
struct warm_start_type {
    using type = nothing;
};
template <has_warm_start R>
struct warm_start_type<R> {
    using type = typename R::warm_start;
};
} // namespace contract

/// J of a solver's problem: any regularizer of the library or of your own (concepts.hpp), element-wise, of groups or of
/// the whole tensor. `shape` is the tensor that x stands for; a vector where it is empty.
///
/// Of complex numbers J is taken of their moduli, prox_t(x) = x / |x| prox_t(|x|): element-wise regularizers that depend
/// on the modulus, and groups by their Euclidean norm.
///
/// What a prox keeps for the next one (has_warm_start) belongs to one solver: a copy starts anew.
template <class T>
class solver_regularizer {
    using real = real_of<T>;
    static constexpr bool is_complex = !std::is_same_v<T, real>;

    template <class R>
    static constexpr bool fits_complex() {
        if constexpr (grouped_regularizer<R, real>)
            return depends_on_modulus<std::remove_cvref_t<decltype(part_within(std::declval<const R&>()))>>;
        else if constexpr (elementwise_regularizer<R, real>)
            return depends_on_modulus<policy_at_element<R, real>>;
        else
            return requires(const R& r, const tensor_view<T>& x, const tensor_view<const T>& y, real t) {
                r.prox(x, t);
                { r.value(y) } -> std::convertible_to<real>;
            };
    }

  public:
    /// l1.
    solver_regularizer() : solver_regularizer(l1{}) {}

    template <class R>
        requires(!std::is_same_v<std::remove_cvref_t<R>, solver_regularizer>)
    solver_regularizer(const R& regularizer) {
        constexpr bool fits = bregman::regularizer<R, real> || (is_complex && fits_complex<R>());
        static_assert(fits, "bregman: the regularizer of a solver is element-wise, grouped or of the whole tensor; "
                            "see docs/concepts/regularizer.md");
        if constexpr (fits) {
            constexpr bool takes_complex = !is_complex || fits_complex<R>();
            static_assert(takes_complex,
                          "bregman: this regularizer is not one of complex numbers: those take l1, weighted_l1, "
                          "elastic_net, the group norms, and what says depends_on_modulus");
            if constexpr (takes_complex) {
                held_ = std::make_shared<model<R>>(regularizer);
                is_l1_ = std::is_same_v<R, l1>;
            }
        }
    }

    solver_regularizer(const solver_regularizer& other)
        : held_(other.held_->without_memory(other.held_)), is_l1_(other.is_l1_) {}
    solver_regularizer& operator=(const solver_regularizer& other) {
        held_ = other.held_->without_memory(other.held_);
        is_l1_ = other.is_l1_;
        return *this;
    }

    /// Whether it is l1, for which solvers have closed forms.
    bool is_l1() const { return is_l1_; }
    /// Whether J is known to be a norm or the like, J(c x) = |c| J(x).
    bool is_homogeneous() const { return held_->is_homogeneous(); }
    /// Whether prox is the end of an iteration, exact to a share of x and not to rounding.
    bool is_iterative() const { return held_->is_iterative(); }

    /// x <- argmin_u  t J(u) + ||u - x||^2 / 2.
    void prox(dense_vector<T>& x, real t, const tensor_shape& shape) const {
        if (is_l1_)
            soften(x, t);
        else
            held_->prox(x, t, whole(shape, x.size()));
    }
    /// J(x).
    real value(const dense_vector<T>& x, const tensor_shape& shape) const {
        return is_l1_ ? x.template lpNorm<1>() : held_->value(x, whole(shape, x.size()));
    }
    /// The polar of a homogeneous J, the least s with z in s dJ(0): of l1 the largest |z_i|. Where the regularizer says at
    /// which lambda an element or a group vanishes it is the largest of those; one of whole tensors may have a member
    /// `T polar(const tensor_view<const T>&) const`; else it is the least s with prox_s(z) = 0, by bisection to rounding. NaN where J is not homogeneous.
    real polar(const dense_vector<T>& z, const tensor_shape& shape) const {
        if (is_l1_) return z.size() == 0 ? real(0) : z.template lpNorm<Eigen::Infinity>();
        return is_homogeneous() ? critical_lambda(z, shape) : nan_of<real>();
    }
    /// The least lambda for which z is in lambda dJ(0), of every convex J: what `polar` is of homogeneous ones.
    real critical_lambda(const dense_vector<T>& z, const tensor_shape& shape) const {
        if (is_l1_) return z.size() == 0 ? real(0) : z.template lpNorm<Eigen::Infinity>();
        return held_->polar(z, whole(shape, z.size()));
    }
    /// Whether critical_lambda and polar have a closed form; else they cost some hundred prox.
    bool has_closed_polar() const { return is_l1_ || held_->has_closed_polar(); }
    /// Whether prox is one of the whole tensor, which may cost as much as products with A do.
    bool is_of_whole_tensor() const { return held_->is_of_whole_tensor(); }
    /// (lambda J)^*(z), of element-wise J with a member `conjugate(v, lambda)` (elastic_net); NaN where it is not known.
    real conjugate(const dense_vector<T>& z, real lambda, const tensor_shape& shape) const {
        return is_l1_ ? nan_of<real>() : held_->conjugate(z, lambda, whole(shape, z.size()));
    }
    /// Checks that `shape` is one of `unknowns` elements and that the regularizer fits it.
    void validate(const tensor_shape& shape, index_t unknowns) const {
        const tensor_shape all = whole(shape, unknowns);
        require(all.size() == unknowns, "size of shape", all.size(), "the columns of A",
                "pass the extents of the tensor that x stands for");
        held_->validate(all);
    }

  private:
    static tensor_shape whole(const tensor_shape& shape, index_t unknowns) {
        tensor_shape all = shape;
        if (all.extents.empty()) all.extents = {unknowns};
        return all;
    }

    static void soften(dense_vector<T>& x, real t) {
        if constexpr (is_complex)
            x = x.unaryExpr(
                [t](const T& value) { return by_modulus(value, [t](real size) { return shrink(size, t); }); });
        else
            x -= x.cwiseMax(-t).cwiseMin(t).eval();
    }

    /// x / |x| prox(|x|).
    template <class Prox>
    static T by_modulus(const T& x, const Prox& prox) {
        if constexpr (is_complex) {
            const real size = std::abs(x);
            return size > real(0) ? x * (prox(size) / size) : T(0);
        } else {
            return prox(x);
        }
    }
    static real modulus(const T& x) {
        if constexpr (is_complex)
            return std::abs(x);
        else
            return x;
    }

    struct concept_of {
        virtual ~concept_of() = default;
        /// `self`, or a new one where prox keeps something.
        virtual std::shared_ptr<const concept_of>
        without_memory(const std::shared_ptr<const concept_of>& self) const = 0;
        virtual void prox(dense_vector<T>& x, real t, const tensor_shape& shape) const = 0;
        virtual real value(const dense_vector<T>& x, const tensor_shape& shape) const = 0;
        virtual real polar(const dense_vector<T>& z, const tensor_shape& shape) const = 0;
        virtual real conjugate(const dense_vector<T>& z, real lambda, const tensor_shape& shape) const = 0;
        virtual bool has_closed_polar() const = 0;
        virtual bool is_of_whole_tensor() const = 0;
        virtual void validate(const tensor_shape& shape) const = 0;
        virtual bool is_homogeneous() const = 0;
        virtual bool is_iterative() const = 0;
    };

    template <class R>
    struct model final : concept_of {
        explicit model(const R& regularizer) : r_(regularizer) {}

        std::shared_ptr<const concept_of> without_memory(const std::shared_ptr<const concept_of>& self) const override {
            if constexpr (has_warm_start<R>)
                return std::make_shared<model>(r_);
            else
                return self;
        }

        bool is_iterative() const override {
            return with_regularizer(r_, []<class Held>(const Held&) { return has_warm_start<Held>; });
        }
        bool is_homogeneous() const override {
            return with_regularizer(r_, []<class Held>(const Held&) { return is_seminorm<Held>; });
        }
        void prox(dense_vector<T>& x, real t, const tensor_shape& shape) const override {
            by_kind<real>(
                r_, true,
                [&](const auto& r) {
                    for (index_t i = 0; i < x.size(); ++i)
                        x[i] = by_modulus(x[i], [&](real value) { return at(r, i).prox(value, t); });
                },
                [&](const auto& r) {
                    for_each_group(r, x, shape, [&](auto&& group) {
                        for (T& value : group)
                            value = by_modulus(value, [&](real size) { return part_within(r).prox(size, t); });
                        group *= r.group_prox(norm_of(group), real(group.size()), t);
                    });
                },
                [&](const auto& r) {
                    r.prox(tensor_view<T>{x.data(), shape}, t);
                });
        }
        real value(const dense_vector<T>& x, const tensor_shape& shape) const override {
            real sum = 0;
            by_kind<real>(
                r_, true,
                [&](const auto& r) {
                    for (index_t i = 0; i < x.size(); ++i) sum += at(r, i).value(modulus(x[i]));
                },
                [&](const auto& r) {
                    for_each_group(r, x, shape, [&](auto&& group) {
                        for (const T& value : group) sum += part_within(r).value(modulus(value));
                        sum += r.group_value(norm_of(group), real(group.size()));
                    });
                },
                [&](const auto& r) {
                    sum = r.value(tensor_view<const T>{x.data(), shape});
                });
            return sum;
        }
        real polar(const dense_vector<T>& z, const tensor_shape& shape) const override {
            real largest = 0;
            bool known = true;
            by_kind<real>(
                r_, true,
                [&](const auto& r) {
                    if constexpr (has_critical_lambda<policy_at_element<std::remove_cvref_t<decltype(r)>, real>, real>)
                        for (index_t i = 0; i < z.size(); ++i)
                            largest = std::max(largest, real(at(r, i).critical_lambda(modulus(z[i]))));
                    else
                        known = false;
                },
                [&](const auto& r) {
                    using held = std::remove_cvref_t<decltype(r)>;
                    if constexpr (has_critical_lambda<held, real> && !has_part_within<held>)
                        for_each_group(r, z, shape, [&](auto&& group) {
                            largest = std::max(largest, real(r.critical_lambda(norm_of(group), real(group.size()))));
                        });
                    else
                        known = false;
                },
                [&](const auto& r) {
                    if constexpr (requires { r.polar(tensor_view<const T>{z.data(), shape}); })
                        largest = r.polar(tensor_view<const T>{z.data(), shape});
                    else
                        known = false;
                });
            return known ? largest : polar_by_bisection(z, shape);
        }
        real conjugate(const dense_vector<T>& z, real lambda, const tensor_shape&) const override {
            real sum = nan_of<real>();
            with_regularizer(r_, [&](const auto& r) {
                if constexpr (requires { r.conjugate(real(1), real(1)); }) {
                    sum = 0;
                    for (index_t i = 0; i < z.size(); ++i) sum += real(r.conjugate(modulus(z[i]), lambda));
                }
            });
            return sum;
        }
        bool has_closed_polar() const override {
            return with_regularizer(r_, []<class Held>(const Held&) {
                if constexpr (elementwise_regularizer<Held, real>)
                    return has_critical_lambda<policy_at_element<Held, real>, real>;
                else if constexpr (grouped_regularizer<Held, real>)
                    return has_critical_lambda<Held, real> && !has_part_within<Held>;
                else
                    return requires(const Held& r, const tensor_view<const T>& z) { r.polar(z); };
            });
        }
        bool is_of_whole_tensor() const override {
            return with_regularizer(r_, []<class Held>(const Held&) {
                return !elementwise_regularizer<Held, real> && !grouped_regularizer<Held, real>;
            });
        }
        void validate(const tensor_shape& shape) const override {
            with_regularizer(r_, [&](const auto& r) {
                if constexpr (requires { r.validate(); }) r.validate();
                if constexpr (requires { r.validate(shape); }) r.validate(shape);
                if constexpr (grouped_regularizer<std::remove_cvref_t<decltype(r)>, real>) r.groups(shape);
            });
        }

      private:
        real polar_by_bisection(const dense_vector<T>& z, const tensor_shape& shape) const {
            dense_vector<T> x;
            const auto vanishes = [&](real s) {
                x = z;
                prox(x, s, shape);
                return (x.array() == T(0)).all();
            };
            real high = z.norm();
            if (!(high > real(0)) || !bregman::is_finite(high)) return high;
            for (int doublings = 0; !vanishes(high); high *= 2)
                if (++doublings == 60) return infinity_of<real>();
            real low = 0;
            while (high - low > 4 * std::numeric_limits<real>::epsilon() * high) {
                const real middle = low + (high - low) / 2;
                (vanishes(middle) ? high : low) = middle;
            }
            return high;
        }

        /// An element-wise regularizer as it is at element i.
        template <class Elementwise>
        static decltype(auto) at(const Elementwise& r, index_t i) {
            return located_at(r, element_access<real>{i});
        }
        template <class Group>
        static real norm_of(const Group& group) {
            return group.norm();
        }
        template <class Grouped, class Vector, class Work>
        static void for_each_group(const Grouped& r, Vector& x, const tensor_shape& shape, const Work& work) {
            using strided = Eigen::InnerStride<>;
            using plain = std::conditional_t<std::is_const_v<Vector>, const dense_vector<T>, dense_vector<T>>;
            const group_layout groups = r.groups(shape);
            for (index_t g = 0; g < groups.groups(); ++g)
                work(Eigen::Map<plain, 0, strided>(x.data() + groups.at(g, 0), groups.size, strided(groups.inner)));
        }

        R r_;
        mutable typename contract::warm_start_type<R>::type
            memory_; // a solver runs in one thread, and has a copy of its own
    };

    std::shared_ptr<const concept_of> held_;
    bool is_l1_ = false;
};

} // namespace bregman

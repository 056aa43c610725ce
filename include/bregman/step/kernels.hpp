#pragma once

#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>

#include <bregman/base/finite.hpp>
#include <bregman/concepts.hpp>
#include <bregman/policy/element_access.hpp>
#include <bregman/policy/evaluate.hpp>
#include <bregman/policy/located.hpp>
#include <bregman/policy/math.hpp>
#include <bregman/policy/primal_step.hpp>
#include <bregman/tensors/tensor.hpp>

/// \file
/// What happens to one value (a scalar or a lane) in each of the optimizer's passes over memory. Backends run
/// these; nothing here knows where the numbers live. Every kernel returns theta, so that the backend counts zeros
/// in the same pass. Theta and gradient may be stored in fewer bits than T (`Stored`); kernels return theta before
/// it is rounded to them.

namespace bregman::kernel {

/// v -> theta for an element-wise regularizer.
template <class Mirror, class Regularizer, class T>
struct regularized_primal {
    Mirror mirror;
    Regularizer regularizer;
    T lambda;

    template <class Access, class V>
    BREGMAN_HOST_DEVICE BREGMAN_INLINE V operator()(const Access& access, const V& dual) const {
        return apply(located_at(mirror, access), located_at(regularizer, access), dual);
    }

  private:
    template <class M, class R, class V>
    BREGMAN_HOST_DEVICE BREGMAN_INLINE V apply(const M& m, const R& r, const V& dual) const {
        return primal_step<M, R>::apply(m, r, dual, lambda);
    }
};

/// v -> grad phi^*(v), for grouped regularizers: the factor of each group follows when its norm is known.
template <class Mirror>
struct mirrored_primal {
    Mirror mirror;

    template <class Access, class V>
    BREGMAN_HOST_DEVICE BREGMAN_INLINE V operator()(const Access& access, const V& dual) const {
        return evaluate::to_primal(located_at(mirror, access), dual);
    }
};

/// The element-wise beginning of theta when the regularizer needs the whole tensor.
template <class Mirror, class Regularizer>
struct first_primal {
    Mirror mirror;

    template <class Access, class V>
    BREGMAN_HOST_DEVICE BREGMAN_INLINE V operator()(const Access&, const V& dual) const {
        return primal_step<Mirror, Regularizer>::first(mirror, dual);
    }
};

/// What multiplies theta at the end of a step, for a direction with decoupled weight decay.
template <class Primal, class T>
struct scaled_primal {
    Primal primal;
    T factor;

    template <class Access, class V>
    BREGMAN_HOST_DEVICE BREGMAN_INLINE V operator()(const Access& access, const V& dual) const {
        return primal(access, dual) * V(factor);
    }
};

/// A kernel in two halves, load(access, inputs) and kernel(access, inputs), may read ahead of what it writes. Here it
/// does not.
template <class Kernel, class Access>
BREGMAN_HOST_DEVICE BREGMAN_INLINE typename Access::value both_halves(const Kernel& kernel, const Access& access) {
    typename Kernel::template inputs<typename Access::value> in;
    kernel.load(access, in);
    return kernel(access, in);
}

/// One optimizer step: reads g, v and the moments once, writes v, the moments and theta once. In two halves. m...
/// are the numbers of the moments: `update` below makes them of how many there are.
template <class T, class Step, class Primal, class Stored, class Moments>
struct update_with;

template <class T, class Step, class Primal, class Stored, std::size_t... m>
struct update_with<T, Step, Primal, Stored, std::index_sequence<m...>> {
    using stored = Stored;
    static constexpr std::size_t most_moments = sizeof...(m) > 0 ? sizeof...(m) : 1; // an array has one at least
    /// Whether the theta of before is compared with the new one, to see which zeros have begun or ended.
    static constexpr bool compares_supports = contract::compares_supports<Step>;
    /// Whether what is subtracted from v depends on theta.
    static constexpr bool adjusts_increment = requires(const Step& step, T g) { step.adjust_increment(g, g, g); };
    static constexpr bool reads_theta = compares_supports || adjusts_increment || requires(const Step& step, T g) {
        step.adjust_gradient(g, g);
    } || requires(const Step& step, T v) { step.adjust_dual(v, v); };
    /// Of each element.
    static constexpr std::size_t bytes_written = sizeof(Stored) + (1 + sizeof...(m)) * sizeof(T);
    static constexpr std::size_t bytes_read = bytes_written + (reads_theta ? sizeof(Stored) : 0);

    /// What a step reads.
    template <class V>
    struct inputs {
        V gradient, dual;
        V moment[most_moments];
        V before; ///< theta, where it matters
    };

    const Stored* gradient;
    T* dual;
    Stored* theta;
    T* moments[most_moments];
    T gradient_scale; ///< 1, or what clipping asks for
    Step step;
    Primal primal;

    template <class Access, class V = typename Access::value>
    BREGMAN_HOST_DEVICE BREGMAN_INLINE V operator()(const Access& access) const {
        inputs<V> in;
        load(access, in);
        return (*this)(access, in);
    }

    template <class Access, class V>
    BREGMAN_HOST_DEVICE BREGMAN_INLINE void load(const Access& access, inputs<V>& in) const {
        V g = access.load(gradient) * V(gradient_scale);
        if constexpr (requires { step.adjust_gradient(g, g); })
            g = step.adjust_gradient(g, access.load(static_cast<const Stored*>(theta)));
        in.gradient = g;
        if constexpr (compares_supports || adjusts_increment)
            in.before = access.load(static_cast<const Stored*>(theta));
        ((in.moment[m] = access.load(moments[m])), ...);
        V v = access.load(dual);
        if constexpr (requires { step.adjust_dual(v, v); })
            v = step.adjust_dual(v, access.load(static_cast<const Stored*>(theta)));
        else if constexpr (requires { step.adjust_dual(v); })
            v = step.adjust_dual(v);
        in.dual = v;
    }
    /// What the direction subtracts from v; moves the moments.
    template <class V>
    BREGMAN_HOST_DEVICE BREGMAN_INLINE V increment(inputs<V>& in) const {
        V result = evaluate::increment(step, in.gradient, in.moment[m]...);
        if constexpr (adjusts_increment) result = step.adjust_increment(result, in.gradient, in.before);
        return result;
    }
    /// The two lines of every method here.
    template <class Access, class V>
    BREGMAN_HOST_DEVICE BREGMAN_INLINE V operator()(const Access& access, inputs<V>& in) const {
        const V v = in.dual - increment(in);
        const V x = primal(access, v);
        (access.store(moments[m], in.moment[m]), ...);
        access.store(dual, v);
        access.store_primal(theta, x);
        return x;
    }
    /// x where theta was not zero before, and 0 elsewhere.
    template <class V>
    BREGMAN_HOST_DEVICE BREGMAN_INLINE static V kept(const V& x, const inputs<V>& in) {
        return select(abs(in.before) > V(0), x, V(0));
    }
};

template <class T, int Moments, class Step, class Primal, class Stored = T>
using update = update_with<T, Step, Primal, Stored, std::make_index_sequence<std::size_t(Moments)>>;

/// theta from v alone, after lambda has changed in between. In two halves.
template <class T, class Primal, class Stored = T>
struct refresh {
    using stored = Stored;
    static constexpr std::size_t bytes_read = sizeof(T), bytes_written = sizeof(Stored); ///< of each element

    template <class V>
    struct inputs {
        V dual;
    };

    const T* dual;
    Stored* theta;
    Primal primal;

    template <class Access, class V = typename Access::value>
    BREGMAN_HOST_DEVICE BREGMAN_INLINE V operator()(const Access& access) const {
        return both_halves(*this, access);
    }

    template <class Access, class V>
    BREGMAN_HOST_DEVICE BREGMAN_INLINE void load(const Access& access, inputs<V>& in) const {
        in.dual = access.load(dual);
    }
    template <class Access, class V>
    BREGMAN_HOST_DEVICE BREGMAN_INLINE V operator()(const Access& access, const inputs<V>& in) const {
        const V x = primal(access, in.dual);
        access.store_primal(theta, x);
        return x;
    }
};

/// theta as it is, for a count of its zeros.
template <class T, class Stored = T>
struct look {
    using stored = Stored;
    const Stored* theta;

    template <class Access>
    BREGMAN_HOST_DEVICE BREGMAN_INLINE typename Access::value operator()(const Access& access) const {
        return access.load(theta);
    }
};

/// 0 for a moment where theta is 0.
template <class T, class Stored = T>
struct forget_zeros {
    using stored = Stored;
    const Stored* theta;
    T* moment;

    template <class Access>
    BREGMAN_HOST_DEVICE BREGMAN_INLINE typename Access::value operator()(const Access& access) const {
        using V = typename Access::value;
        const V x = access.load(theta);
        access.store(moment, select(abs(x) > V(0), access.load(moment), V(0)));
        return x;
    }
};

/// v0 = grad phi(theta0) + lambda0 p0, p0 in dJ(theta0).
template <class T, class Mirror, class Regularizer, class Stored = T>
struct start {
    const Stored* theta;
    T* dual;
    Mirror mirror;
    Regularizer regularizer;
    T lambda;

    template <class Access>
    BREGMAN_HOST_DEVICE BREGMAN_INLINE typename Access::value operator()(const Access& access) const {
        using V = typename Access::value;
        const V x = access.load(theta);
        access.store(dual, evaluate::to_dual(located_at(mirror, access), x) +
                               V(lambda) * evaluate::subgradient(located_at(regularizer, access), x));
        return x;
    }
};

/// The lambda at which an element would become zero, for the quantile law.
template <class T, class Regularizer>
struct critical {
    const T* dual;
    Regularizer regularizer;
    T scale; ///< 1 / lambda scale of the parameter group

    template <class Access>
    BREGMAN_HOST_DEVICE BREGMAN_INLINE typename Access::value operator()(const Access& access) const {
        using V = typename Access::value;
        return evaluate::critical_lambda(located_at(regularizer, access), access.load(dual)) * V(scale);
    }
};

/// What a kernel that compares supports has counted, in one number that is added up like a count: the non-zeros, fewer than 2^32
/// of them, and those of them that were non-zero before.
BREGMAN_HOST_DEVICE inline index_t packed_counts(index_t nonzeros, index_t kept) {
    return nonzeros + kept * (index_t(1) << 32);
}
BREGMAN_HOST_DEVICE inline index_t nonzeros_of(index_t packed) { return packed % (index_t(1) << 32); }
BREGMAN_HOST_DEVICE inline index_t kept_of(index_t packed) { return packed / (index_t(1) << 32); }

/// Whether a kernel does.
template <class Kernel>
inline constexpr bool compares_supports = contract::compares_supports<Kernel>;

/// Writes what a function of an access finds at each element. In two halves.
template <class T, class Function>
struct tabulate {
    static constexpr std::size_t bytes_read = sizeof(T), bytes_written = sizeof(T); ///< of each element

    template <class V>
    struct inputs {
        V value;
    };

    Function function;
    T* result;

    BREGMAN_HOST_DEVICE void operator()(index_t i) const { both_halves(*this, element_access<T>{i}); }

    template <class Access, class V>
    BREGMAN_HOST_DEVICE BREGMAN_INLINE void load(const Access& access, inputs<V>& in) const {
        in.value = function(access);
    }
    template <class Access, class V>
    BREGMAN_HOST_DEVICE BREGMAN_INLINE V operator()(const Access& access, const inputs<V>& in) const {
        access.store(result, in.value);
        return in.value;
    }
};

/// The squares of a group are added up in double, wherever that is done: a sum of floats loses digits with its length,
/// and at 2^24 ones it stops growing.
template <class T>
BREGMAN_HOST_DEVICE BREGMAN_INLINE double square(T x) {
    return double(x) * double(x);
}
/// ||x_g|| from that sum.
template <class T>
BREGMAN_HOST_DEVICE BREGMAN_INLINE T norm_of(double squares) {
    return T(sqrt(squares));
}

/// ||x_g|| of group g.
template <class T, class Stored>
BREGMAN_HOST_DEVICE T group_norm(const Stored* values, const group_layout& layout, index_t g) {
    double squares = 0;
    for (index_t j = 0; j < layout.size; ++j) squares += square(static_cast<T>(values[layout.at(g, j)]));
    return norm_of<T>(squares);
}

/// Grouped counterpart of `critical`: called once per group, all its elements get the same value.
template <class T, class Regularizer>
struct critical_group {
    const T* dual;
    T* result;
    Regularizer regularizer;
    T scale;
    group_layout layout;

    BREGMAN_HOST_DEVICE void operator()(index_t g) const {
        const T value = regularizer.critical_lambda(group_norm<T>(dual, layout, g), T(layout.size)) * scale;
        for (index_t j = 0; j < layout.size; ++j) result[layout.at(g, j)] = value;
    }
};

/// Grouped v0: adds lambda0 p_g to what `start` with the regularizer `none` has left.
template <class T, class Regularizer, class Stored = T>
struct start_group {
    const Stored* theta;
    T* dual;
    Regularizer regularizer;
    T lambda;
    group_layout layout;

    BREGMAN_HOST_DEVICE void operator()(index_t g) const {
        const T factor = lambda * regularizer.group_subgradient(group_norm<T>(theta, layout, g), T(layout.size));
        for (index_t j = 0; j < layout.size; ++j)
            dual[layout.at(g, j)] += factor * static_cast<T>(theta[layout.at(g, j)]);
    }
};

/// ||x_g|| -> the factor of the group in theta.
template <class Mirror, class Regularizer, class T>
struct group_factor {
    Mirror mirror;
    Regularizer regularizer;
    T lambda;
    T scale = 1; ///< of theta: decoupled weight decay

    BREGMAN_HOST_DEVICE T operator()(T norm, T size) const {
        return scale * primal_step<Mirror, Regularizer>::group_factor(mirror, regularizer, norm, size, lambda);
    }
};

/// How many of the candidates become zero so that this share of `counted` elements is, of which `zero_already` are
/// beyond lambda's reach: the nearest number, but for a share below 1 not all of them. `unit` of them, those of a group,
/// become zero at once.
template <class T>
BREGMAN_HOST_DEVICE index_t zeros_for(T sparsity, index_t counted, index_t candidates, index_t zero_already = 0,
                                      index_t unit = 1) {
    const double wanted = double(sparsity) * double(counted) - double(zero_already);
    index_t zeros = index_t(std::llround(wanted / double(unit))) * unit;
    if (sparsity < T(1) && zero_already + zeros >= counted) zeros -= unit;
    return zeros < 0 ? 0 : zeros < candidates ? zeros : candidates;
}

/// The lambda for which the value `last_zero` becomes zero and `next` does not: above it by more than the rounding
/// in scales and norms, where there is room below the next value. An infinite one belongs to an element that never
/// vanishes, and an equal one to the same group: it vanishes too, whichever way its norm was rounded.
template <class T>
BREGMAN_HOST_DEVICE T lambda_between(T last_zero, T next, bool all_are_zero) {
    if (all_are_zero || next == last_zero || !is_finite(next))
        return last_zero * (1 + 8 * std::numeric_limits<T>::epsilon());
    const T middle = last_zero + (next - last_zero) / 2;
    return middle < next ? middle : last_zero;
}

} // namespace bregman::kernel

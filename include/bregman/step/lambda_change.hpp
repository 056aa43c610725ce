#pragma once

#include <type_traits>

#include <bregman/control/dual_rule.hpp>
#include <bregman/policy/evaluate.hpp>
#include <bregman/policy/located.hpp>
#include <bregman/policy/primal_step.hpp>
#include <bregman/step/kernels.hpp>
#include <bregman/tensors/tensor.hpp>

/// \file
/// The rules of dual_rule.hpp for one value (a scalar or a lane) and for one group.

namespace bregman::kernel {

/// v after a change of lambda, element-wise J.
template <class T, class Mirror, class Regularizer>
struct change_lambda {
    const T* theta;
    T* dual;
    Mirror mirror;
    Regularizer regularizer;
    dual_rule rule;
    T before, after;

    template <class Access>
    BREGMAN_HOST_DEVICE typename Access::value operator()(const Access& access) const {
        const auto x = access.load(theta);
        access.store(dual, changed(located_at(mirror, access), located_at(regularizer, access), x,
                                   access.load(static_cast<const T*>(dual))));
        return x;
    }

  private:
    template <class M, class R, class V>
    BREGMAN_HOST_DEVICE V changed(const M& m, const R& r, const V& x, const V& v) const {
        // q v + (1 - q) grad phi(theta), written so that a large q multiplies only what lambda has put into v.
        const auto rescaled = [&] {
            const V mirrored = evaluate::to_dual(m, x);
            return mirrored + V(after / before) * (v - mirrored);
        };
        switch (rule) {
        case dual_rule::ratio:
            return rescaled();
        case dual_rule::ratio_with_clip: // v - prox(v) is the projection onto after * dJ(0), by Moreau
            return select(abs(x) > V(0), rescaled(), v - evaluate::prox(r, v, after));
        case dual_rule::additive:
            return v + V(after - before) * evaluate::subgradient(r, x);
        case dual_rule::predictive: {
            const V w = primal_step<M, R>::apply(m, r, v, after);
            return v + (evaluate::to_dual(m, w) - evaluate::to_dual(m, x)) +
                   (V(after) * evaluate::subgradient(r, w) - V(before) * evaluate::subgradient(r, x));
        }
        case dual_rule::reset:
            return evaluate::to_dual(m, x) + V(after) * evaluate::subgradient(r, x);
        case dual_rule::keep:
        case dual_rule::prox_rescaled:
            break;
        }
        return v;
    }
};

/// The same for group g of a grouped J without a part within the groups. Every term is a multiple of v_g or of
/// theta_g, so a rule is a pair of factors: v_g <- on_dual v_g + on_theta theta_g + on_mirrored grad phi(theta_g).
template <class T, class Mirror, class Regularizer>
struct change_lambda_group {
    const T* theta;
    T* dual;
    Mirror mirror;
    Regularizer regularizer;
    dual_rule rule;
    T before, after;
    group_layout layout;

    BREGMAN_HOST_DEVICE void operator()(index_t g) const {
        const T size = T(layout.size), norm = group_norm<T>(theta, layout, g);
        const T p = regularizer.group_subgradient(norm, size);
        switch (rule) {
        case dual_rule::ratio:
            return rescale(g);
        case dual_rule::ratio_with_clip:
            if (norm > T(0)) return rescale(g);
            return assign(g, 1 - regularizer.group_prox(group_norm<T>(dual, layout, g), size, after), 0, 0);
        case dual_rule::additive:
            return assign(g, 1, (after - before) * p, 0);
        case dual_rule::predictive:
            return predict(g, p);
        case dual_rule::reset:
            return assign(g, 0, after * p, 1);
        case dual_rule::keep:
        case dual_rule::prox_rescaled:
            break;
        }
    }

  private:
    BREGMAN_HOST_DEVICE void assign(index_t g, T on_dual, T on_theta, T on_mirrored) const {
        for (index_t j = 0; j < layout.size; ++j) {
            const index_t i = layout.at(g, j);
            dual[i] = on_dual * dual[i] + on_theta * theta[i] + on_mirrored * mirror.to_dual(theta[i]);
        }
    }
    BREGMAN_HOST_DEVICE void rescale(index_t g) const {
        for (index_t j = 0; j < layout.size; ++j) {
            const index_t i = layout.at(g, j);
            const T mirrored = mirror.to_dual(theta[i]);
            dual[i] = mirrored + after / before * (dual[i] - mirrored);
        }
    }
    BREGMAN_HOST_DEVICE void predict(index_t g, T p) const {
        double squares = 0;
        for (index_t j = 0; j < layout.size; ++j) squares += square(T(mirror.to_primal(dual[layout.at(g, j)])));
        const T norm = norm_of<T>(squares), size = T(layout.size);
        const T factor = primal_step<Mirror, Regularizer>::group_factor(mirror, regularizer, norm, size, after);
        const T p_of_w = regularizer.group_subgradient(factor * norm, size);
        for (index_t j = 0; j < layout.size; ++j) {
            const index_t i = layout.at(g, j);
            const T w = factor * mirror.to_primal(dual[i]);
            dual[i] += (mirror.to_dual(w) - mirror.to_dual(theta[i])) + (after * p_of_w * w - before * p * theta[i]);
        }
    }
};

} // namespace bregman::kernel

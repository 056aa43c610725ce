#pragma once

#include <cmath>
#include <string>
#include <vector>

#include <bregman/concepts.hpp>
#include <bregman/policy/element_access.hpp>
#include <bregman/policy/located.hpp>
#include <bregman/policy/primal_step.hpp>
#include <bregman/policy/state_visit.hpp>

namespace bregman::testing {

/// A regularizer of any kind as a function of a whole tensor, with plain loops.
template <class R, class T = double>
struct as_function {
    using point = std::vector<T>;

    R regularizer{};
    tensor_shape shape{};

    static constexpr bool grouped = grouped_regularizer<R, T>;
    static constexpr bool acts_on_tensors = tensor_regularizer<R, T>;

    std::string name() const { return policy_name(regularizer); }

    double value(const point& x) const {
        double sum = 0;
        if constexpr (acts_on_tensors) {
            sum = regularizer.value(view(x));
        } else {
            if constexpr (grouped)
                for_each_group(x, [&](T norm, T size, auto) { sum += regularizer.group_value(norm, size); });
            if constexpr (!grouped || has_within)
                for (index_t i = 0; i < index_t(x.size()); ++i) sum += elementwise(i).value(x[i]);
        }
        return sum;
    }
    point prox(point x, T t) const {
        if constexpr (acts_on_tensors)
            regularizer.prox(view(x), t);
        else if constexpr (!grouped || has_within)
            for (index_t i = 0; i < index_t(x.size()); ++i) x[i] = elementwise(i).prox(x[i], t);
        if constexpr (grouped)
            x = scaled_groups(x, [&](T norm, T size) { return regularizer.group_prox(norm, size, t); });
        return x;
    }
    point subgradient(const point& x) const {
        point p(x.size());
        if constexpr (acts_on_tensors) regularizer.subgradient(view(x), view(p));
        if constexpr (grouped)
            p = scaled_groups(x, [&](T norm, T size) { return regularizer.group_subgradient(norm, size); });
        if constexpr (!acts_on_tensors && (!grouped || has_within))
            for (index_t i = 0; i < index_t(x.size()); ++i) p[i] += elementwise(i).subgradient(x[i]);
        return p;
    }
    point critical(const point& x) const {
        point result = x;
        if constexpr (grouped)
            for_each_group(x, [&](T norm, T size, auto member) {
                for (index_t j = 0; j < index_t(size); ++j) result[member(j)] = regularizer.critical_lambda(norm, size);
            });
        else
            for (index_t i = 0; i < index_t(x.size()); ++i) result[i] = elementwise(i).critical_lambda(x[i]);
        return result;
    }
    /// theta = grad (phi + lambda J)^*(v) with phi = |.|^2 / (2 delta), as the optimizer computes it.
    point primal(point v, T lambda, T delta) const {
        const euclidean<T> mirror{.delta = delta};
        if constexpr (elementwise_regularizer<R, T>) {
            using step = primal_step<euclidean<T>, policy_at_element<R, T>>;
            for (index_t i = 0; i < index_t(v.size()); ++i) v[i] = step::apply(mirror, elementwise(i), v[i], lambda);
            return v;
        } else {
            for (T& x : v) x *= delta;
            return prox(v, delta * lambda);
        }
    }

  private:
    static constexpr bool has_within = has_part_within<R>;

    /// What acts on element i alone.
    auto elementwise(index_t i) const {
        if constexpr (has_within)
            return regularizer.within();
        else
            return policy_at_element<R, T>(located_at(regularizer, element_access<T>{i}));
    }
    tensor_view<const T> view(const point& x) const { return as_tensor(x.data(), index_t(x.size()), shape); }
    tensor_view<T> view(point& x) const { return as_tensor(x.data(), index_t(x.size()), shape); }

    /// f(norm, size, the position of member j)
    template <class Function>
    void for_each_group(const point& x, Function&& f) const {
        const group_layout layout = regularizer.groups(shape);
        for (index_t g = 0; g < layout.groups(); ++g) {
            T squares = 0;
            for (index_t j = 0; j < layout.size; ++j) squares += x[layout.at(g, j)] * x[layout.at(g, j)];
            f(std::sqrt(squares), T(layout.size), [&](index_t j) { return layout.at(g, j); });
        }
    }
    template <class Factor>
    point scaled_groups(const point& x, Factor&& factor) const {
        point result = x;
        for_each_group(x, [&](T norm, T size, auto member) {
            for (index_t j = 0; j < index_t(size); ++j) result[member(j)] *= factor(norm, size);
        });
        return result;
    }
};

} // namespace bregman::testing

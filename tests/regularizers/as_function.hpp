#pragma once

#include <cmath>
#include <vector>

#include <bregman/concepts.hpp>
#include <bregman/primal_step.hpp>

namespace bregman::testing {

using point = std::vector<double>;

/// A regularizer as a function of a whole vector, with plain loops; a grouped one takes the vector as one group.
template <class R> struct as_function {
    R regularizer{};

    static constexpr bool grouped = grouped_regularizer<R, double>;

    double value(const point& x) const {
        if constexpr (grouped) {
            return regularizer.group_value(norm(x), double(x.size()));
        } else {
            double sum = 0;
            for (double element : x) sum += regularizer.value(element);
            return sum;
        }
    }
    point prox(const point& x, double t) const {
        if constexpr (grouped)
            return scaled(x, regularizer.group_prox(norm(x), double(x.size()), t));
        else
            return mapped(x, [&](double element) { return regularizer.prox(element, t); });
    }
    point subgradient(const point& x) const {
        if constexpr (grouped)
            return scaled(x, regularizer.group_subgradient(norm(x), double(x.size())));
        else
            return mapped(x, [&](double element) { return regularizer.subgradient(element); });
    }
    point critical(const point& x) const {
        if constexpr (grouped)
            return point(x.size(), regularizer.critical_lambda(norm(x), double(x.size())));
        else
            return mapped(x, [&](double element) { return regularizer.critical_lambda(element); });
    }
    /// theta = grad (phi + lambda J)^*(v) with phi = |.|^2 / (2 delta), as the optimizer computes it.
    point primal(const point& v, double lambda, double delta) const {
        const euclidean<double> mirror{.delta = delta};
        using step = primal_step<euclidean<double>, R>;
        if constexpr (grouped) {
            const point x = scaled(v, delta);
            return scaled(x, step::group_factor(mirror, regularizer, norm(x), double(x.size()), lambda));
        } else {
            return mapped(v, [&](double element) { return step::apply(mirror, regularizer, element, lambda); });
        }
    }

  private:
    static double norm(const point& x) {
        double squares = 0;
        for (double element : x) squares += element * element;
        return std::sqrt(squares);
    }
    static point scaled(point x, double factor) {
        for (double& element : x) element *= factor;
        return x;
    }
    template <class Function> static point mapped(point x, Function&& f) {
        for (double& element : x) element = f(element);
        return x;
    }
};

} // namespace bregman::testing

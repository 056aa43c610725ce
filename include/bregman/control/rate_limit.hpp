#pragma once

#include <algorithm>
#include <cmath>
#include <utility>

#include <bregman/base/error.hpp>
#include <bregman/base/finite.hpp>
#include <bregman/control/modified_law.hpp>

namespace bregman {

/// What rate_limit() wraps a law in.
struct rate_limit_rule {
    static constexpr const char* name = "rate_limit";
    double factor; ///< > 1: how much lambda may change at a time

    void validate() const {
        require(factor > 1 && is_finite(factor), "rate limit", factor, "> 1 and finite",
                "1.1 lets lambda change by at most 10 % at a time");
    }
    template <class T, class Law>
    T operator()(const observation<T>& seen, Law& law) const {
        const T next = T(law(seen));
        if (!(seen.lambda > 0) || is_nan(next)) return next; // NaN is for the optimizer to refuse
        return std::clamp(next, T(double(seen.lambda) / factor), T(double(seen.lambda) * factor));
    }
    template <class Field>
    void visit(Field&& field) {
        field("factor", factor);
    }
};

/// One change of lambda stays within [lambda / factor, lambda * factor], factor > 1. A lambda of 0 has no
/// ratio to anything: the first change away from it passes.
///
///     auto law = rate_limit(quantile_law(), 1.1);
template <class Law>
auto rate_limit(Law law, double factor) {
    return modified_law<rate_limit_rule, Law>({factor}, std::move(law));
}

} // namespace bregman

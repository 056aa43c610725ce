#pragma once

#include <cstdint>
#include <utility>

#include <bregman/base/error.hpp>
#include <bregman/control/modified_law.hpp>

namespace bregman {

/// What start_at_quantile() wraps a law in.
struct start_at_quantile_rule {
    static constexpr const char* name = "start_at_quantile";
    static constexpr bool needs_lambda_for = true;
    std::int64_t at_step; ///< >= 1: the step at which lambda becomes lambda_for(target)
    bool waiting = true;  ///< for the step at which lambda is set
    bool starting = true; ///< waiting before the present call

    /// Whether the present call sets the first lambda.
    bool is_starting() const { return starting; }
    void validate() const { require(at_step >= 1, "at_step", at_step, ">= 1", "1 starts with the first gradient"); }

    template <class T, class Law>
    T operator()(const observation<T>& seen, Law& law) {
        starting = waiting;
        if (!waiting) return T(law(seen));
        if (seen.step < at_step) return seen.lambda;
        require(bool(seen.lambda_for), "lambda_for", "empty", "a function",
                "the start needs observations that come from an optimizer");
        waiting = false;
        return seen.lambda_for(seen.target);
    }
    template <class Field>
    void visit(Field&& field) {
        field("at_step", at_step);
        field("waiting", waiting);
    }
};

/// The scale-free start: after step `at_step` lambda is set once to what puts the present dual variable at
/// the target (observation::lambda_for), theta is computed again with it, and from then on the law inside
/// acts. Until then lambda is kept; it may be 0, so that no lambda0 has to be known for a target, an
/// optimizer or a network. `at_step` >= 1, default 1: a later one lets v collect gradients first, which
/// AdaBreg needs from a start at zero, where its first step makes all |v| equal.
///
///     auto law = start_at_quantile(multiplicative_law<float>());
///     auto optimizer = make_adabreg<float>({.lambda = 0, .target = 0.9f}, law);
///
/// Only with dual_rule::keep: other rules change the v that lambda was found for.
template <class Law>
auto start_at_quantile(Law law, std::int64_t at_step = 1) {
    return modified_law<start_at_quantile_rule, Law>({at_step}, std::move(law));
}

} // namespace bregman

#pragma once

#include <cmath>

#include <bregman/base/finite.hpp>
#include <bregman/step/bind.hpp>
#include <bregman/step/lambda.hpp>
#include <bregman/step/method.hpp>
#include <bregman/step/passes.hpp>
#include <bregman/step/sharing.hpp>
#include <bregman/step/start.hpp>
#include <bregman/step/turnover.hpp>

/// \file
/// A step, by name. docs/inside.md walks from here to the arithmetic.

namespace bregman::step {

/// v <- v - tau direction(g),   theta <- grad (phi + lambda J)^*(v),   lambda <- law(observation)
///
/// on all tensors of a list. Misuse throws std::invalid_argument before anything has changed. A law that throws leaves a
/// step that has been made, with lambda as it was. A policy that throws within the pass leaves no step: the number of
/// steps, lambda, counts and last() are those of before, but v, moments and theta have changed as far as the pass came.
/// Load a state then, or go on from there: theta is v's image again after the next step.
template <class Method>
auto make(Method& method, const typename Method::parameter_list& parameters, typename Method::scalar loss)
    -> step_report<typename Method::scalar> {
    step::bind(method, parameters);                        // checked, then committed
    const double norm = gradient_norm(method, parameters); // one read of g, when something asks for it
    if (!is_finite(norm) && !is_nan(norm)) return refuse_gradient(method, norm); // not finite: nothing has changed
    const auto scale = clip(method, norm);
    set_increments(method, parameters, scale); // a direction may refuse here: nothing has changed
    start(method, parameters);                 // v from theta, of what is new
    const auto lambda = method.state.lambda;
    update(method, parameters, scale); // v, moments, theta and counts in one pass
    report(method, lambda, norm);      // true also if the law throws
    // lambda <- law(observation); theta again if the law acts at once, and then lambda is what theta was made with
    const bool again = then_exchange_theta(method, parameters, [&] { return control(method, parameters, loss); });
    return report(method, again ? method.state.lambda : lambda, norm);
}

/// What multiplies the gradient: 1, or less where it is longer than clip_norm.
template <class Method>
auto clip(const Method& method, double norm) -> typename Method::scalar {
    const double longest = double(method.settings.clip_norm);
    return longest > 0 && norm > longest ? typename Method::scalar(longest / norm) : 1;
}

/// The report of a step that was not made.
template <class Method>
auto refuse_gradient(Method& method, double norm) -> step_report<typename Method::scalar> {
    auto& state = method.state;
    return state.last = {.step = state.step,
                         .refused = true,
                         .lambda = state.lambda,
                         .next_lambda = state.lambda,
                         .sparsity = state.sparsity,
                         .gradient_norm = norm};
}

/// What a step with this lambda has led to so far.
template <class Method>
auto report(Method& method, typename Method::scalar lambda, double norm) -> step_report<typename Method::scalar> {
    auto& state = method.state;
    const auto [births, deaths] = turnover_of(method, all_groups);
    return state.last = {.step = state.step,
                         .refused = false,
                         .lambda = lambda,
                         .next_lambda = state.lambda,
                         .sparsity = state.sparsity,
                         .gradient_norm = norm,
                         .births = births,
                         .deaths = deaths};
}

} // namespace bregman::step

#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include <bregman/base/error.hpp>
#include <bregman/base/finite.hpp>
#include <bregman/step/bind.hpp>
#include <bregman/step/method.hpp>
#include <bregman/step/passes.hpp>
#include <bregman/step/sharing.hpp>
#include <bregman/step/start.hpp>

/// \file
/// theta that somebody else has changed. theta is the image of v, so a change that v does not know is undone by the next
/// step: here v is told, and here one can look whether it has to be.

namespace bregman::step {

/// v <- grad phi(theta) + lambda p, p in dJ(theta), for the tensors that have made a step, as at the start; theta, moments,
/// lambda and the number of steps stay. What v had collected for weights that are zero is forgotten.
template <class Method>
void restart_from(Method& method, const typename Method::parameter_list& parameters) {
    step::bind(method, parameters);
    auto& state = method.state;
    auto& scratch = method.scratch;
    if (size_of_dual(method) == 0) return; // the first step makes v from theta anyway
    std::fill(scratch.group_nonzeros.begin(), scratch.group_nonzeros.end(), index_t(0));
    for (std::size_t i = 0; i < parameters.entries().size(); ++i) {
        const auto& entry = parameters.entries()[i];
        const bool has_v = state.tensor_steps[i] > 0;
        index_t nonzeros = has_v && entry.size > 0 ? start_tensor(method, parameters, index_t(i)) : 0;
        if (!has_v || is_shared_out<Method>) nonzeros = step::count(method, entry);
        if (has_v) state.primal_factors[i] = 1;
        scratch.theta_is_older[i] = 0;
        scratch.skipped_nonzeros[i] = nonzeros;
        scratch.group_nonzeros[std::size_t(entry.group)] += nonzeros;
    }
    state.image_lambdas = state.group_lambdas;
    take_over_counts(method);
}

/// How far theta is from the image of v.
struct image_error {
    double largest = 0; ///< max |theta_i - image_i|
    double scale = 0;   ///< max |image_i|
};

/// theta against grad (phi + lambda J)^*(v), with the lambda that theta was made with. Tensors that have made no step, and
/// those at rest since lambda has changed, count for nothing. theta is written to on the way and is what it was at the end; takes the time of a step and of two
/// copies to the host. Throws std::invalid_argument with a rule that changes v when lambda changes: theta then follows
/// with the next step.
template <class Method>
image_error compare_with_image(Method& method, const typename Method::parameter_list& parameters) {
    step::bind(method, parameters);
    auto& state = method.state;
    auto& backend = method.backend;
    const dual_rule rule = method.settings.on_lambda_change;
    require(rule == dual_rule::keep || rule == dual_rule::prox_rescaled, "on_lambda_change", rule,
            "keep or prox_rescaled, to compare theta with the image of v",
            "the other rules change v after a step, and theta follows with the next");
    image_error error;
    if (size_of_dual(method) == 0) return error;
    const auto& entries = parameters.entries();
    const auto has_v = [&](index_t i) {
        return state.tensor_steps[std::size_t(i)] > 0 && entries[std::size_t(i)].size > 0 &&
               !method.scratch.theta_is_older[std::size_t(i)];
    };
    std::vector<std::vector<typename Method::scalar>> seen;
    for (const auto& entry : entries) seen.push_back(backend.to_host(entry.theta, entry.size));
    const auto counts = state.counts;
    const auto sparsity = state.sparsity;
    const auto nonzeros = method.scratch.group_nonzeros;
    const auto restore = [&] {
        for (std::size_t i = 0; i < entries.size(); ++i)
            if (entries[i].size > 0) backend.to_device(seen[i], entries[i].theta);
        state.counts = counts;
        state.sparsity = sparsity;
        method.scratch.group_nonzeros = nonzeros;
    };
    try {
        refresh(method, parameters, has_v);
        for (std::size_t i = 0; i < entries.size(); ++i) {
            if (!has_v(index_t(i))) continue;
            const auto image = backend.to_host(entries[i].theta, entries[i].size);
            for (std::size_t j = 0; j < image.size(); ++j) {
                const double off = std::abs(double(seen[i][j]) - double(image[j]));
                if (!(off <= error.largest)) error.largest = is_nan(off) ? infinity_of<double>() : off;
                error.scale = std::max(error.scale, std::abs(double(image[j])));
            }
        }
    } catch (...) {
        restore();
        throw;
    }
    restore();
    error.largest = largest_of_all(method, error.largest);
    error.scale = largest_of_all(method, error.scale);
    return error;
}

/// Refuses a theta that is not the image of v, to the square root of the scalar's epsilon of its largest element.
template <class Method>
void require_image(Method& method, const typename Method::parameter_list& parameters) {
    const image_error error = compare_with_image(method, parameters);
    const double allowed = std::sqrt(double(std::numeric_limits<typename Method::scalar>::epsilon())) * error.scale;
    require(error.largest <= allowed, "distance of theta from the image of v", error.largest,
            "at most " + std::to_string(allowed),
            "the next step would undo the change; call restart_from(theta) after changing theta");
}

} // namespace bregman::step

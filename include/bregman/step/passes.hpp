#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <utility>
#include <vector>

#include <bregman/base/finite.hpp>
#include <bregman/directions/tensor_statistics.hpp>
#include <bregman/step/by_kind.hpp>
#include <bregman/step/kernels.hpp>
#include <bregman/step/method.hpp>
#include <bregman/step/sharing.hpp>
#include <bregman/step/turnover.hpp>

/// \file
/// The passes over memory of a step: the update, theta again from v, the norm of the gradient.

namespace bregman::step {

/// Whether a tensor is part of this step. One without a gradient is not: theta, v and moments stay as they are.
template <class Entry>
bool takes_part(const Entry& entry) {
    return entry.gradient != nullptr;
}

/// The mirror map that a tensor's theta is made with. Nesterov's dual averaging, theta = prox_{delta J_lambda}(delta v) /
/// lambda, is for homogeneous J the euclidean map with delta / lambda. Where lambda acts on nothing there is none to
/// divide by.
template <class Regularizer, class Method>
auto mirror_at(const Method& method, [[maybe_unused]] typename Method::scalar lambda) {
    auto mirror = method.mirror;
    if constexpr (is_euclidean<typename Method::mirror_type> && !ignores_lambda<Regularizer>)
        if (method.settings.on_lambda_change == dual_rule::prox_rescaled && lambda > 0) mirror.delta /= lambda;
    return mirror;
}

/// What a pass that ends in theta = grad (phi + lambda J)^*(v) does to a chunk of a tensor. make(i, primal) returns the
/// kernel; the pair of mirror map and regularizer decides which primal it gets, and which function of `on` runs it: of the
/// backend, or of what a backend that takes all tensors at once notes them with.
template <class Method, class MakeKernel, class On>
index_t pass(const Method& method, const typename Method::parameter_list& parameters, const work_plan::chunk& chunk,
             MakeKernel&& make, On&& on) {
    using T = typename Method::scalar;
    using Mirror = typename Method::mirror_type;
    const index_t i = chunk.tensor, first = chunk.first, last = chunk.last;
    const work_plan::tensor& tensor = method.plan.tensors[std::size_t(i)];
    const auto& entry = parameters.entries()[std::size_t(i)];
    const auto& group = parameters.group_of(entry);
    const T lambda = T(double(method.state.image_lambdas[std::size_t(tensor.group)]) * group.lambda_scale);
    const T decay = method.state.primal_factors[std::size_t(i)];

    return by_kind<T>(
        group.regularizer, tensor.grouped,
        [&]<class R>(const R& regularizer) {
            const kernel::regularized_primal<Mirror, R, T> primal{mirror_at<R>(method, lambda), regularizer, lambda};
            if constexpr (contract::scales_theta<typename Method::direction_type, T>)
                return on.elements(
                    make(i, kernel::scaled_primal<std::remove_const_t<decltype(primal)>, T>{primal, decay}), first,
                    last);
            else
                return on.elements(make(i, primal), first, last);
        },
        [&]<class R>(const R& regularizer) {
            const Mirror mirror = mirror_at<R>(method, lambda);
            const kernel::group_factor<Mirror, R, T> factor{mirror, regularizer, lambda, decay};
            const auto groups = [&](const auto& primal) {
                return on.groups(make(i, primal), factor, entry.theta, tensor.layout, first, last);
            };
            if constexpr (has_part_within<R>)
                return groups(kernel::regularized_primal<Mirror, decltype(regularizer.within()), T>{
                    mirror, regularizer.within(), lambda});
            else
                return groups(kernel::mirrored_primal<Mirror>{mirror});
        },
        [&]<class R>(const R& regularizer) {
            const Mirror mirror = mirror_at<R>(method, lambda);
            return on.whole(make(i, kernel::first_primal<Mirror, R>{mirror}), entry.theta, entry.shape,
                            [&](const tensor_view<T>& theta) {
                                primal_step<Mirror, R>::whole(mirror, regularizer, theta, lambda);
                                for (index_t j = 0; j < theta.size(); ++j) theta.data[j] *= decay;
                            });
        });
}

/// The pass over all tensors for which wanted(i): at once where the backend can, else chunk by chunk. Counts the
/// non-zeros of their groups on the way.
template <class Method, class MakeKernel, class Wanted>
void sweep(Method& method, const typename Method::parameter_list& parameters, MakeKernel&& make, Wanted&& wanted) {
    using Backend = typename Method::backend_type;
    const work_plan& plan = method.plan;
    const index_t tensors = index_t(plan.tensors.size());
    auto& scratch = method.scratch;
    std::vector<index_t>& nonzeros = scratch.group_nonzeros;
    const auto group_of = [&plan](index_t i) { return std::size_t(plan.tensors[std::size_t(i)].group); };
    std::fill(scratch.group_is_passed.begin(), scratch.group_is_passed.end(), char(0));
    for (index_t i = 0; i < tensors; ++i)
        if (wanted(i)) scratch.group_is_passed[group_of(i)] = 1;
    for (std::size_t g = 0; g < nonzeros.size(); ++g)
        if (scratch.group_is_passed[g]) nonzeros[g] = scratch.group_kept[g] = 0;

    if constexpr (contract::sweeps_all<Backend>) {
        method.backend.sweep_all(plan, nonzeros, [&](index_t i, auto& on) {
            if (wanted(i)) pass(method, parameters, {i, 0, plan.tensors[std::size_t(i)].size}, make, on);
        });
        for (std::size_t g = 0; g < nonzeros.size(); ++g)
            if (scratch.group_is_passed[g]) take_apart(method, g, std::exchange(nonzeros[g], 0));
    } else {
        method.backend.for_each_chunk(plan.own_last - plan.own_first, [&](index_t own) {
            const index_t c = plan.own_first + own;
            const work_plan::chunk& chunk = plan.chunks[std::size_t(c)];
            if (!wanted(chunk.tensor)) return;
            scratch.chunk_nonzeros[std::size_t(c)] = pass(method, parameters, chunk, make, method.backend);
        });
        for (std::size_t c = std::size_t(plan.own_first); c < std::size_t(plan.own_last); ++c)
            if (wanted(plan.chunks[c].tensor))
                take_apart(method, group_of(plan.chunks[c].tensor), scratch.chunk_nonzeros[c]);
        add_up_nonzeros(method);
    }

    // What the pass has left alone keeps its count.
    for (index_t i = 0; i < tensors; ++i)
        if (scratch.group_is_passed[group_of(i)] && !wanted(i)) {
            nonzeros[group_of(i)] += scratch.skipped_nonzeros[std::size_t(i)];
            scratch.group_kept[group_of(i)] += scratch.skipped_nonzeros[std::size_t(i)];
        }
    take_over_counts(method);
}

/// The counts of the last pass, for the report and the law.
template <class Method>
void take_over_counts(Method& method) {
    for (std::size_t g = 0; g < method.state.counts.size(); ++g)
        method.state.counts[g].nonzeros = method.scratch.group_nonzeros[g];
    method.state.sparsity = typename Method::scalar(sparsity_of_counted(method.state.counts));
}

/// v <- v - tau direction(g), theta <- grad (phi + lambda J)^*(v), in one pass. lambda is each group's, tau each group's
/// own or the optimizer's, and a direction's k counts the steps of the tensor.
template <class Method>
void update(Method& method, const typename Method::parameter_list& parameters, typename Method::scalar gradient_scale) {
    using T = typename Method::scalar;
    using Direction = typename Method::direction_type;
    auto& state = method.state;
    const auto& entries = parameters.entries();
    take_over_increments(method, parameters);
    take_over_lambdas(method, parameters);

    T* const dual = method.backend.data(state.dual);
    T* moments[Direction::moments + 1] = {};
    for (std::size_t m = 0; m < state.moments.size(); ++m) moments[m] = method.backend.data(state.moments[m]);
    const auto make = [&]<class Primal>(index_t i, const Primal& primal) {
        const auto& entry = entries[std::size_t(i)];
        const index_t offset = method.plan.tensors[std::size_t(i)].offset;
        kernel::update<T, Direction::moments, typename Method::increment, Primal, typename Method::stored> kernel{
            entry.gradient, dual + offset, entry.theta, {}, gradient_scale, method.scratch.increments[std::size_t(i)],
            primal};
        for (int m = 0; m < Direction::moments; ++m) kernel.moments[m] = moments[m] + offset;
        return kernel;
    };
    compare_supports(method, parameters, [&] {
        sweep(method, parameters, make, [&](index_t i) { return takes_part(entries[std::size_t(i)]); });
    });

    ++state.step;
    for (std::size_t i = 0; i < entries.size(); ++i)
        if (takes_part(entries[i])) {
            ++state.tensor_steps[i];
            method.scratch.skipped_nonzeros[i] = -1;
        }
}

/// The thetas of the present step are made with the groups' lambdas; one at rest is older where they have changed.
template <class Method>
void take_over_lambdas(Method& method, const typename Method::parameter_list& parameters) {
    auto& state = method.state;
    for (std::size_t i = 0; i < parameters.entries().size(); ++i) {
        const auto& entry = parameters.entries()[i];
        const auto group = std::size_t(entry.group);
        if (takes_part(entry))
            method.scratch.theta_is_older[i] = 0;
        else if (state.image_lambdas[group] != state.group_lambdas[group])
            method.scratch.theta_is_older[i] = 1;
    }
    state.image_lambdas = state.group_lambdas;
}

/// What each tensor's direction is in this step. A direction may refuse its step size, so this goes before all that changes
/// the state.
template <class Method>
void set_increments(Method& method, const typename Method::parameter_list& parameters,
                    [[maybe_unused]] typename Method::scalar gradient_scale) {
    using T = typename Method::scalar;
    auto& increments = method.scratch.increments;
    method.scratch.tensor_memory = method.state.tensor_memory;
    increments.clear();
    std::int64_t last_k = 0;
    T last_tau = 0;
    for (std::size_t i = 0; i < parameters.entries().size(); ++i) {
        const auto& entry = parameters.entries()[i];
        const std::int64_t k = method.state.tensor_steps[i] + 1;
        const T tau = method.step_size(parameters.group_of(entry));
        if constexpr (contract::remembers_tensors<typename Method::direction_type>) {
            double& remembered = method.scratch.tensor_memory[i];
            const double scale = double(gradient_scale);
            if (takes_part(entry) && entry.size > 0)
                remembered = method.direction.remember(
                    remembered, {.gradient_squares = method.scratch.tensor_squares[i] * scale * scale,
                                 .theta_squares = method.scratch.theta_squares[i],
                                 .size = entry.size,
                                 .step = k});
            increments.push_back(method.direction.at(k, tau, remembered));
        } else if (i > 0 && k == last_k && tau == last_tau)
            increments.push_back(increments.back()); // as a rule all tensors share one
        else
            increments.push_back(method.direction.at(k, tau));
        last_k = k;
        last_tau = tau;
    }
}

/// What the state keeps of them.
template <class Method>
void take_over_increments(Method& method, [[maybe_unused]] const typename Method::parameter_list& parameters) {
    using T = typename Method::scalar;
    method.state.tensor_memory = method.scratch.tensor_memory;
    if constexpr (contract::scales_theta<typename Method::direction_type, T>)
        for (std::size_t i = 0; i < parameters.entries().size(); ++i)
            if (takes_part(parameters.entries()[i]))
                method.state.primal_factors[i] = T(method.scratch.increments[i].primal_factor);
}

/// theta anew from v, with the lambdas that image_lambdas has by now, for the tensors for which wanted(i).
template <class Method, class Wanted>
void refresh(Method& method, const typename Method::parameter_list& parameters, Wanted&& wanted) {
    using T = typename Method::scalar;
    const T* const dual = method.backend.data(method.state.dual);
    const auto make = [&]<class Primal>(index_t i, const Primal& primal) {
        return kernel::refresh<T, Primal, typename Method::stored>{dual + method.plan.tensors[std::size_t(i)].offset,
                                                                   parameters.entries()[std::size_t(i)].theta, primal};
    };
    follow_support(method, [&] { sweep(method, parameters, make, wanted); });
}

/// The same for the tensors of a parameter group, or of all, that take part in the present step.
template <class Method>
void refresh_group(Method& method, const typename Method::parameter_list& parameters, index_t group = all_groups) {
    refresh(method, parameters, [&](index_t i) {
        const auto& entry = parameters.entries()[std::size_t(i)];
        return takes_part(entry) && (group == all_groups || entry.group == group);
    });
}

/// What a sum of squares over all tensors has found.
struct sum_over_all {
    double sum;
    bool finite; ///< whether all elements are: a sum may overflow
};

/// The sum of the squares of what values_of(i) gives of each tensor, null for nothing. `of_each` gets each tensor's where it is
/// not null.
template <class Method, class ValuesOf>
sum_over_all sum_of_squares(Method& method, [[maybe_unused]] std::vector<double>* of_each, ValuesOf&& values_of) {
    const work_plan& plan = method.plan;
    sum_over_all result{0, true};
    if (of_each) std::fill(of_each->begin(), of_each->end(), 0.0);
    if constexpr (contract::sweeps_all<typename Method::backend_type>) {
        if (of_each) {
            method.backend.sum_of_squares_of_each(plan, values_of, *of_each);
            for (const double of_tensor : *of_each) result.sum += of_tensor;
        } else {
            result.sum = method.backend.sum_of_squares_of_all(plan, values_of);
        }
        result.finite = is_finite(result.sum);
    } else {
        auto& squares = method.scratch.chunk_squares;
        method.backend.for_each_chunk(plan.own_last - plan.own_first, [&](index_t own) {
            const index_t c = plan.own_first + own;
            const work_plan::chunk& chunk = plan.chunks[std::size_t(c)];
            const index_t scale = plan.tensors[std::size_t(chunk.tensor)].unit(); // any cut serves that covers all
            const auto* const values = values_of(chunk.tensor);
            squares[std::size_t(c)] =
                values ? method.backend.sum_of_squares(values, chunk.first * scale, chunk.last * scale) : 0.0;
        });
        complete_squares(method);
        for (const double of_chunk : squares) {
            result.sum += of_chunk;
            result.finite = result.finite && is_finite(of_chunk);
        }
        if (of_each)
            for (std::size_t c = 0; c < plan.chunks.size(); ++c)
                (*of_each)[std::size_t(plan.chunks[c].tensor)] += squares[c];
    }
    return result;
}

/// ||g|| over all tensors: infinite when an element is not finite, and NaN when nobody asks. A direction asks that
/// remembers tensors; their sums of squares, and theta's for one that asks for them, are in scratch then.
template <class Method>
double gradient_norm(Method& method, const typename Method::parameter_list& parameters) {
    using direction_type = typename Method::direction_type;
    constexpr bool of_each = contract::remembers_tensors<direction_type>;
    if (!of_each && !method.settings.check_finite && !(method.settings.clip_norm > 0)) return nan_of<double>();
    const auto& entries = parameters.entries();
    auto& scratch = method.scratch;
    if constexpr (contract::asks_for_theta<direction_type>)
        sum_of_squares(method, &scratch.theta_squares, [&](index_t i) -> const typename Method::stored* {
            return takes_part(entries[std::size_t(i)]) ? entries[std::size_t(i)].theta : nullptr;
        });
    const auto [sum, finite] = sum_of_squares(method, of_each ? &scratch.tensor_squares : nullptr,
                                              [&](index_t i) { return entries[std::size_t(i)].gradient; });
    if (!finite) return infinity_of<double>();
    constexpr double most = std::numeric_limits<double>::max() * 0x1p-40; // what a sum of capped parts is at least
    return sum < most ? std::sqrt(sum) : scaled_norm(method, parameters);
}

/// The norm of a gradient whose squares are beyond the range of double: largest sqrt(sum (g_i / largest)^2). Rare, so the
/// host looks at copies.
template <class Method>
double scaled_norm(Method& method, const typename Method::parameter_list& parameters) {
    double largest = 0, sum = 0;
    const auto for_each_value = [&](auto&& f) {
        for (const auto& entry : parameters.entries())
            if (takes_part(entry) && entry.size > 0)
                for (const auto g : method.backend.to_host(entry.gradient, entry.size)) f(std::abs(double(g)));
    };
    for_each_value([&](double g) { largest = std::max(largest, g); });
    for_each_value([&](double g) { sum += kernel::square(g / largest); });
    return std::min(largest * std::sqrt(sum), std::numeric_limits<double>::max());
}

} // namespace bregman::step

#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <bregman/base/finite.hpp>
#include <bregman/directions/freeze.hpp>
#include <bregman/policy/state_visit.hpp>
#include <bregman/step/by_kind.hpp>
#include <bregman/step/lambda_change.hpp>
#include <bregman/step/method.hpp>
#include <bregman/step/passes.hpp>
#include <bregman/step/sharing.hpp>
#include <bregman/step/state_checks.hpp>
#include <bregman/step/turnover.hpp>

/// \file
/// What happens to lambda after an update: the law is asked, v follows a rule, least densities are kept. And the lambda
/// for a sparsity, which laws may ask for.

namespace bregman::step {

/// lambda <- law(observation), for all parameter groups or for each. theta is made again when the law acts at once; says
/// whether it was. Nothing of that when the support is frozen.
template <class Method>
bool control(Method& method, const typename Method::parameter_list& parameters, typename Method::scalar loss) {
    using T = typename Method::scalar;
    auto& state = method.state;
    if (is_frozen(method.direction)) return false;
    keep_least_density(method, parameters);
    bool again = false;
    if (method.settings.scope == lambda_scope::shared) {
        const T next = ask(method, method.law, parameters, all_groups, state.lambda, state.sparsity, loss);
        again = next != state.lambda && acts_at_once(method.law);
        if (next != state.lambda)
            for (std::size_t g = 0; g < state.group_lambdas.size(); ++g) set_group_lambda(method, parameters, g, next);
        state.lambda = next;
    } else {
        double logarithm = 0;
        index_t size = 0;
        for (std::size_t g = 0; g < state.group_lambdas.size(); ++g) {
            const group_count& counts = state.counts[g];
            if (!counts.regularized || counts.size == 0) continue;
            if (group_takes_part(method, parameters, index_t(g))) {
                auto& law = method.group_laws[g];
                const T before = state.group_lambdas[g];
                const T density = T(double(counts.nonzeros) / double(counts.size));
                const T next = ask(method, law, parameters, index_t(g), before, 1 - density, loss);
                again = again || (next != before && acts_at_once(law));
                set_group_lambda(method, parameters, g, next);
            }
            logarithm += double(counts.size) * std::log(double(state.group_lambdas[g]));
            size += counts.size;
        }
        if (size > 0) state.lambda = T(std::exp(logarithm / double(size)));
    }
    if (!again) return false;
    take_over_lambdas(method, parameters);
    refresh_group(method, parameters);
    keep_least_density(method, parameters);
    return true;
}

/// Whether anything of a parameter group makes the present step. One of which nothing does keeps its lambda, and its law is not
/// asked.
template <class Method>
bool group_takes_part(const Method&, const typename Method::parameter_list& parameters, index_t group) {
    return std::ranges::any_of(parameters.entries(), [&](const auto& entry) {
        return entry.group == group && entry.size > 0 && takes_part(entry);
    });
}

/// How far off the sparsity of a parameter group, or of all, may be when it is as near to any target as elements and groups
/// let it: half of what vanishes at once, or all of the largest such part where their sizes differ.
template <class Method>
auto granularity(const Method& method, const typename Method::parameter_list& parameters, index_t only_group) ->
    typename Method::scalar {
    index_t all = 0, smallest = 0, largest = 0;
    for (std::size_t i = 0; i < method.plan.tensors.size(); ++i) {
        const auto& entry = parameters.entries()[i];
        const auto& group = parameters.group_of(entry);
        if (only_group == all_groups ? !group.counted : entry.group != only_group) continue;
        all += entry.size;
        if (!takes_part(entry) || entry.size == 0 || !is_regularized(group)) continue;
        const index_t unit = method.plan.tensors[i].unit();
        smallest = smallest == 0 ? unit : std::min(smallest, unit);
        largest = std::max(largest, unit);
    }
    if (all == 0) return 0;
    return typename Method::scalar((smallest == largest ? .5 * double(largest) : double(largest)) / double(all));
}

/// Whether critical_lambda has an answer for a parameter group or for all that count, and one that lasts: other rules
/// than `keep` change the v that it was found for.
template <class Method>
bool can_tell_lambda(const Method& method, const typename Method::parameter_list& parameters, index_t only_group) {
    using T = typename Method::scalar;
    if (is_positive<typename Method::mirror_type> || method.settings.on_lambda_change != dual_rule::keep) return false;
    bool all = true;
    for (std::size_t g = 0; g < parameters.groups().size(); ++g) {
        const auto& group = parameters.groups()[g];
        if ((only_group == all_groups ? !group.counted : index_t(g) != only_group) || !is_regularized(group)) continue;
        with_regularizer(group.regularizer, [&]<class R>(const R&) {
            all = all && (has_critical_lambda<R, T> || std::is_same_v<R, none>);
        });
    }
    return all;
}

/// What a law says of what it sees: of one parameter group, or of all.
template <class Method, class Law>
auto ask(Method& method, Law& law, const typename Method::parameter_list& parameters, index_t group,
         typename Method::scalar lambda, typename Method::scalar sparsity, typename Method::scalar loss) ->
    typename Method::scalar {
    using T = typename Method::scalar;
    observation<T> seen;
    seen.step = method.state.step;
    seen.epoch = method.state.epoch;
    seen.lambda = lambda;
    seen.sparsity = sparsity;
    seen.target = method.target(parameters, group);
    seen.granularity = granularity(method, parameters, group);
    seen.group = group;
    seen.loss = loss;
    seen.gradient_norm = method.state.last.gradient_norm;
    const auto [births, deaths] = turnover_of(method, group);
    seen.births = births;
    seen.deaths = deaths;
    const struct {
        Method& method;
        const typename Method::parameter_list& parameters;
        index_t group;
    } context{method, parameters, group};
    // One pointer is captured, which std::function keeps without an allocation.
    seen.lambda_for = [&context](T s) { return critical_lambda(context.method, context.parameters, s, context.group); };
    seen.can_tell_lambda = can_tell_lambda(method, parameters, group);
    const T next = T(law(seen));
    check_lambda(next, "lambda returned by the control law");
    return next;
}

/// What a number of zeros is rounded to: groups vanish as a whole.
enum class elements_or_groups { elements, groups };

/// Where lambda has made a group too sparse, its theta is made again with the largest lambda that has not.
template <class Method>
void keep_least_density(Method& method, const typename Method::parameter_list& parameters) {
    using T = typename Method::scalar;
    auto& state = method.state;
    for (std::size_t g = 0; g < state.counts.size(); ++g) {
        const double least = parameters.groups()[g].least_density;
        const group_count& counts = state.counts[g];
        const index_t needed = index_t(std::ceil(least * double(counts.size) * (1 - 1e-12))); // .07 * 600 is 42
        if (least == 0 || !counts.regularized || counts.nonzeros >= needed) continue;
        const T sparsity = T(double(counts.size - needed) / double(counts.size));
        T& lambda = state.image_lambdas[g];
        lambda =
            std::min(lambda, critical_lambda(method, parameters, sparsity, index_t(g), elements_or_groups::elements));
        refresh_group(method, parameters, index_t(g));
        // Elements that share their critical value, as those of a group do, stay as a whole: lambda goes below it, by more
        // than the rounding of the norm that it was found with.
        for (T below = 16 * std::numeric_limits<T>::epsilon(); counts.nonzeros < needed && lambda > 0; below *= 2) {
            lambda *= std::max(T(0), 1 - below);
            refresh_group(method, parameters, index_t(g));
        }
    }
}

/// lambda of a parameter group from now on; v follows the rule.
template <class Method>
void set_group_lambda(Method& method, const typename Method::parameter_list& parameters, std::size_t group,
                      typename Method::scalar lambda) {
    auto& before = method.state.group_lambdas[group];
    if (method.backend.size(method.state.dual) > 0) apply_rule(method, parameters, index_t(group), before, lambda);
    before = lambda;
}

/// What the rule for v does to a parameter group when its lambda changes (control/dual_rule.hpp).
template <class Method>
void apply_rule(Method& method, const typename Method::parameter_list& parameters, index_t group,
                typename Method::scalar before, typename Method::scalar after) {
    using T = typename Method::scalar;
    using Mirror = typename Method::mirror_type;
    const dual_rule rule = method.settings.on_lambda_change;
    if (rule == dual_rule::keep || rule == dual_rule::prox_rescaled || after == before) return;
    // From lambda 0 there is no ratio to anything, and no subgradient in v to scale.
    if (before == 0 && (rule == dual_rule::ratio || rule == dual_rule::ratio_with_clip)) return;
    if constexpr (std::is_same_v<typename Method::stored,
                                 T>) { // elsewhere the optimizer takes no rule that reads theta
        for (std::size_t i = 0; i < method.plan.tensors.size(); ++i) {
            const auto& entry = parameters.entries()[i];
            const work_plan::tensor& tensor = method.plan.tensors[i];
            if (entry.group != group || method.state.tensor_steps[i] == 0 || tensor.first == tensor.last) continue;
            T* const dual = method.backend.data(method.state.dual) + tensor.offset;
            const T scale = T(parameters.group_of(entry).lambda_scale);
            const auto elements = [&]<class R>(const R& elementwise) {
                // Without a lambda of its own the group has no subgradient part to scale: v is grad phi(theta).
                if (scale == 0) return;
                method.backend.elements(kernel::change_lambda<T, Mirror, R>{entry.theta, dual, method.mirror,
                                                                            elementwise, rule, scale * before,
                                                                            scale * after},
                                        tensor.first * tensor.unit(), tensor.last * tensor.unit());
            };
            const auto whole = [&](const auto&) {
                elements(none{});
            }; // ratio, the only one, needs grad phi(theta) alone
            by_kind<T>(
                parameters.group_of(entry).regularizer, tensor.grouped, elements,
                [&]<class R>(const R& regularizer) {
                    if constexpr (has_part_within<R>) {
                        whole(regularizer);
                    } else {
                        if (scale > 0)
                            method.backend.for_each(
                                kernel::change_lambda_group<T, Mirror, R>{entry.theta, dual, method.mirror, regularizer,
                                                                          rule, scale * before, scale * after,
                                                                          tensor.layout},
                                tensor.first, tensor.last);
                    }
                },
                whole);
        }
    }
}

/// What of a list a sparsity is about.
struct counted_elements {
    index_t all = 0;          ///< the unregularized ones included
    index_t zero_already = 0; ///< of tensors that take no part in the present step
    index_t unit = 0;         ///< of those that may become zero how many do at once; 1 where that differs
};

/// A tensor whose zeros count: its elements, and which of them, or of its groups, this process knows v of.
struct counted_tensor {
    index_t size, first, last;
    index_t unit; ///< elements of what is counted by first and last

    operator index_t() const { return size; } // for visitors to whom all are known
    index_t known() const { return (last - first) * unit; }
};

/// Calls visit(counted_tensor, values) for the regularized tensors whose zeros count. `values` gives the lambda at which an
/// element vanishes: a kernel of an access, or for groups, from where to write them, a kernel of a group and its range.
template <class Method, class Visit>
counted_elements for_each_counted(const Method& method, const typename Method::parameter_list& parameters,
                                  index_t only_group, Visit&& visit) {
    using T = typename Method::scalar;
    counted_elements counted;
    for (std::size_t i = 0; i < method.plan.tensors.size(); ++i) {
        const auto& entry = parameters.entries()[i];
        const auto& group = parameters.group_of(entry);
        if (only_group == all_groups ? !group.counted : entry.group != only_group) continue;
        counted.all += entry.size;
        if (!takes_part(entry)) {
            if (entry.size > 0)
                counted.zero_already += entry.size - std::max<index_t>(0, method.scratch.skipped_nonzeros[i]);
            continue;
        }
        if (!is_regularized(group)) continue;
        const T scale = T(1 / group.lambda_scale);
        const work_plan::tensor& tensor = method.plan.tensors[i];
        const bool is_here = tensor.first < tensor.last;
        const T* const v = is_here ? method.backend.data(method.state.dual) + tensor.offset : nullptr;
        const counted_tensor of_tensor{entry.size, tensor.first, tensor.last, tensor.unit()};
        if (entry.size > 0)
            counted.unit = counted.unit == 0 || counted.unit == tensor.unit() ? tensor.unit() : index_t(1);
        const auto refuse_regularizer = [](const auto& regularizer) {
            refuse("regularizer", policy_name(regularizer), "one with `T critical_lambda(T v) const`",
                   "add the function, or use another control law than the quantile law");
        };
        by_kind<T>(
            group.regularizer, true,
            [&]<class R>(const R& regularizer) {
                if constexpr (has_critical_lambda<R, T>)
                    visit(of_tensor, kernel::critical<T, R>{v, regularizer, scale});
                else if constexpr (!std::is_same_v<R, none>)
                    refuse_regularizer(regularizer);
            },
            [&]<class R>(const R& regularizer) {
                if constexpr (has_critical_lambda<R, T>) {
                    const group_layout layout = regularizer.groups(entry.shape);
                    visit(of_tensor, [=](T* result) {
                        return std::pair{kernel::critical_group<T, R>{v, result, regularizer, scale, layout},
                                         layout.groups()};
                    });
                } else {
                    refuse_regularizer(regularizer);
                }
            },
            refuse_regularizer);
    }
    return counted;
}

/// The lambda at which the present v has this share of zeros among the counted parameters of a group, or of all; the present
/// one where lambda acts on none of those that take part in the step.
template <class Method>
auto critical_lambda(Method& method, const typename Method::parameter_list& parameters,
                     typename Method::scalar sparsity, index_t only_group,
                     elements_or_groups rounded_to = elements_or_groups::groups) -> typename Method::scalar {
    using T = typename Method::scalar;
    auto& backend = method.backend;
    if constexpr (is_positive<typename Method::mirror_type>)
        refuse("mirror map", policy_name(method.mirror), "one whose theta can become zero",
               "a theta on x > 0 has no zeros to count");
    auto& buffer = method.scratch.critical;
    if (backend.size(buffer) != method.plan.size) buffer = backend.zeros(method.plan.size);
    T* const critical = backend.data(buffer);
    index_t candidates = 0, known = 0;
    bool grouped = false;
    const counted_elements counted = for_each_counted(method, parameters, only_group,
                                                      [&]<class Values>(const counted_tensor& tensor, const Values&) {
                                                          candidates += tensor.size;
                                                          known += tensor.known();
                                                          grouped = grouped || std::is_invocable_v<Values, T*>;
                                                      });
    if (candidates == 0)
        return only_group == all_groups ? method.state.lambda : method.state.group_lambdas[std::size_t(only_group)];
    const index_t unit = rounded_to == elements_or_groups::groups ? counted.unit : 1;
    const index_t zeros = kernel::zeros_for(sparsity, counted.all, candidates, counted.zero_already, unit);
    if (zeros == 0) return 0;

    auto& expected_of = method.scratch.expected_critical;
    moving_interval<T>& expected = only_group == all_groups ? expected_of.back() : expected_of[std::size_t(only_group)];
    const auto tabulate = [&] {
        T* next = critical;
        for_each_counted(method, parameters, only_group,
                         [&]<class Values>(const counted_tensor& tensor, const Values& values) {
                             T* const to = next - tensor.first * tensor.unit; // where its first element would go
                             if constexpr (std::is_invocable_v<Values, T*>)
                                 backend.for_each(values(to).first, tensor.first, tensor.last);
                             else
                                 backend.for_each(kernel::tabulate<T, Values>{values, to}, tensor.first, tensor.last);
                             next += tensor.known();
                         });
    };
    const auto [last_zero, next] = [&] {
        auto parts = [&](auto&& visit) {
            for_each_counted(method, parameters, only_group, [&]<class Values>(index_t size, const Values& values) {
                if constexpr (!std::is_invocable_v<Values, T*>) visit(values, size);
            });
        };
        // Values that need no norms are computed where the selection looks at them: one read of v.
        if constexpr (requires { backend.order_statistics_of(parts, zeros, zeros, critical, expected.expected()); })
            if (!grouped) return backend.order_statistics_of(parts, candidates, zeros, critical, expected.expected());
        tabulate();
        return backend.order_statistics(critical, known, zeros);
    }();
    if (is_finite(last_zero)) {
        expected.observe(last_zero);
        return kernel::lambda_between(last_zero, next, zeros == candidates);
    }
    // More zeros are asked for than there are elements that can vanish: as many as can.
    tabulate();
    index_t can_vanish = 0;
    const std::vector<T> values = backend.to_host(critical, known);
    for (const T value : values) can_vanish += is_finite(value);
    can_vanish = sum_of_all(method, can_vanish);
    if (can_vanish == 0) return 0;
    return kernel::lambda_between(backend.order_statistics(critical, known, can_vanish).first, T(0), true);
}

} // namespace bregman::step

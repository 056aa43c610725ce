#pragma once

#include <cmath>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>

#include <bregman/optimizer.hpp>
#include <bregman/policy/state_visit.hpp>
#include <bregman/step/lambda_change.hpp>

/// \file
/// What `optimizer` does about lambda: asking the law, rules for v, least densities, the lambda for a sparsity.
/// Included by optimizer.hpp.

namespace bregman {

#define BREGMAN_OPTIMIZER template <class Direction, class Mirror, class Regularizer, class Law, class Backend>
#define BREGMAN_OPTIMIZER_CLASS optimizer<Direction, Mirror, Regularizer, Law, Backend>

// Nesterov's dual averaging, theta = prox_{delta J_lambda}(delta v) / lambda, is for homogeneous J the euclidean map
// with delta / lambda. Groups without a regularizer have no lambda to divide by.
BREGMAN_OPTIMIZER Mirror BREGMAN_OPTIMIZER_CLASS::mirror_at([[maybe_unused]] T lambda) const {
    if constexpr (is_euclidean<Mirror>) {
        if (settings_.on_lambda_change == dual_rule::prox_rescaled && lambda > 0) {
            Mirror scaled = mirror_;
            scaled.delta /= lambda;
            return scaled;
        }
    }
    return mirror_;
}

BREGMAN_OPTIMIZER template <class AnyLaw>
auto BREGMAN_OPTIMIZER_CLASS::ask(AnyLaw& law, const parameter_list& parameters, index_t group, T lambda, T sparsity,
                                  T loss) -> T {
    observation<T> seen;
    seen.step = step_;
    seen.epoch = epoch_;
    seen.lambda = lambda;
    seen.sparsity = sparsity;
    seen.target = target();
    seen.loss = loss;
    const struct {
        optimizer* self;
        const parameter_list* parameters;
        index_t group;
    } context{this, &parameters, group};
    // One pointer is captured, which std::function keeps without an allocation.
    seen.lambda_for = [&context](T s) { return context.self->critical_lambda(*context.parameters, s, context.group); };
    const T next = T(law(seen));
    check_lambda(next, "lambda returned by the control law");
    return next;
}

BREGMAN_OPTIMIZER void BREGMAN_OPTIMIZER_CLASS::control(const parameter_list& parameters, T loss) {
    keep_least_density(parameters);
    bool again = false;
    if (settings_.scope == lambda_scope::shared) {
        const T next = ask(law_, parameters, all_groups, lambda_, sparsity_, loss);
        again = next != lambda_ && bregman::acts_at_once(law_);
        if (next != lambda_)
            for (std::size_t g = 0; g < group_lambdas_.size(); ++g) set_group_lambda(parameters, g, next);
        lambda_ = next;
    } else {
        double logarithm = 0;
        index_t size = 0;
        for (std::size_t g = 0; g < group_lambdas_.size(); ++g) {
            const group_count& counts = counts_[g];
            if (!counts.regularized || counts.size == 0) continue;
            const T density = T(double(counts.nonzeros) / double(counts.size));
            const T next = ask(group_laws_[g], parameters, index_t(g), group_lambdas_[g], 1 - density, loss);
            again = again || (next != group_lambdas_[g] && bregman::acts_at_once(group_laws_[g]));
            set_group_lambda(parameters, g, next);
            logarithm += double(counts.size) * std::log(double(next));
            size += counts.size;
        }
        if (size > 0) lambda_ = T(std::exp(logarithm / double(size)));
    }
    if (!again) return;
    refresh(parameters);
    keep_least_density(parameters);
}

// Where lambda has made a group too sparse, the group's theta is computed again with the largest lambda that has not.
BREGMAN_OPTIMIZER void BREGMAN_OPTIMIZER_CLASS::keep_least_density(const parameter_list& parameters) {
    for (std::size_t g = 0; g < counts_.size(); ++g) {
        const double least = parameters.groups()[g].least_density;
        group_limits_[g] = std::numeric_limits<T>::infinity();
        const group_count& counts = counts_[g];
        const index_t needed = index_t(std::ceil(least * double(counts.size) * (1 - 1e-12))); // .07 * 600 is 42
        if (least == 0 || !counts.regularized || counts.nonzeros >= needed) continue;
        const T sparsity = T(double(counts.size - needed) / double(counts.size));
        group_limits_[g] = critical_lambda(parameters, sparsity, index_t(g));
        refresh(parameters, index_t(g));
        if (counts.nonzeros < needed) { // a group shares its critical value: keep it whole
            group_limits_[g] *= 1 - 16 * std::numeric_limits<T>::epsilon();
            refresh(parameters, index_t(g));
        }
        group_limits_[g] = std::numeric_limits<T>::infinity();
    }
}

BREGMAN_OPTIMIZER void BREGMAN_OPTIMIZER_CLASS::set_group_lambda(const parameter_list& parameters, std::size_t group,
                                                                 T lambda) {
    if (backend_.size(dual_) > 0) apply_rule(parameters, index_t(group), group_lambdas_[group], lambda);
    group_lambdas_[group] = lambda;
}

BREGMAN_OPTIMIZER void BREGMAN_OPTIMIZER_CLASS::apply_rule(const parameter_list& parameters, index_t group, T before,
                                                           T after) {
    const dual_rule rule = settings_.on_lambda_change;
    if (rule == dual_rule::keep || rule == dual_rule::prox_rescaled || before == 0 || after == before) return;
    for (std::size_t i = 0; i < plan_.tensors.size(); ++i) {
        const auto& entry = parameters.entries()[i];
        if (entry.group != group) continue;
        T* const dual = backend_.data(dual_) + plan_.tensors[i].offset;
        const T scale = T(parameters.group_of(entry).lambda_scale);
        auto run = [&]<class R>(const R& elementwise) {
            // Without a lambda of its own the group has no subgradient part to scale: v is grad phi(theta).
            if (scale == 0) return;
            backend_.elements(kernel::change_lambda<T, Mirror, R>{entry.theta, dual, mirror_, elementwise, rule,
                                                                  scale * before, scale * after},
                              0, entry.size);
        };
        with_regularizer(parameters.group_of(entry).regularizer, [&]<class R>(const R& regularizer) {
            if constexpr (!std::is_same_v<stored, T>) {
                return; // the constructor takes no rule that reads theta
            } else if constexpr (elementwise_regularizer<R, T>) {
                run(regularizer);
            } else if constexpr (grouped_regularizer<R, T> && !has_part_within<R>) {
                if constexpr (has_form_for_single_elements<R>)
                    if (!plan_.tensors[i].grouped) return run(typename R::of_single_elements{});
                const group_layout layout = plan_.tensors[i].layout;
                if (scale > 0)
                    backend_.for_each(kernel::change_lambda_group<T, Mirror, R>{entry.theta, dual, mirror_, regularizer,
                                                                                rule, scale * before, scale * after,
                                                                                layout},
                                      0, layout.groups());
            } else {
                if (rule != dual_rule::ratio)
                    refuse("on_lambda_change", rule, "keep, ratio or prox_rescaled with " + policy_name(regularizer),
                           "the other rules need a subgradient per element or group");
                run(none{}); // ratio needs grad phi(theta) alone
            }
        });
    }
}

BREGMAN_OPTIMIZER auto BREGMAN_OPTIMIZER_CLASS::lambda_for(const parameter_list& parameters, T sparsity) -> T {
    require(sparsity >= 0 && sparsity <= 1, "sparsity", sparsity, "[0, 1]", "0.9 asks for 90 % zeros");
    bind(parameters);
    require(backend_.size(dual_) > 0 || plan_.size == 0, "steps", step_, ">= 1",
            "the dual variable exists after the first step");
    return critical_lambda(parameters, sparsity, all_groups);
}

// Calls visit(size, values) for the regularized tensors whose zeros count. `values` gives the lambda at which an
// element vanishes: a kernel of an access, or for groups, from where to write them, a kernel of a group and its range.
// Returns how many elements count, the unregularized ones included.
BREGMAN_OPTIMIZER template <class Visit>
index_t BREGMAN_OPTIMIZER_CLASS::for_each_counted(const parameter_list& parameters, index_t only_group, Visit&& visit) {
    index_t counted = 0;
    for (std::size_t i = 0; i < plan_.tensors.size(); ++i) {
        const auto& entry = parameters.entries()[i];
        const auto& group = parameters.group_of(entry);
        if (only_group == all_groups ? !group.counted : entry.group != only_group) continue;
        counted += entry.size;
        if (!is_regularized(group)) continue;
        with_regularizer(group.regularizer, [&]<class R>(const R& regularizer) {
            const T scale = T(1 / group.lambda_scale);
            const T* const v = backend_.data(dual_) + plan_.tensors[i].offset;
            if constexpr (!has_critical_lambda<R, T>) {
                if constexpr (!std::is_same_v<R, none>)
                    refuse("regularizer", policy_name(regularizer), "one with `T critical_lambda(T v) const`",
                           "add the function, or use another control law than the quantile law");
            } else if constexpr (grouped_regularizer<R, T>) {
                const group_layout layout = regularizer.groups(entry.shape);
                visit(entry.size, [=](T* result) {
                    return std::pair{kernel::critical_group<T, R>{v, result, regularizer, scale, layout},
                                     layout.groups()};
                });
            } else {
                visit(entry.size, kernel::critical<T, R>{v, regularizer, scale});
            }
        });
    }
    return counted;
}

BREGMAN_OPTIMIZER auto BREGMAN_OPTIMIZER_CLASS::critical_lambda(const parameter_list& parameters, T sparsity,
                                                                index_t only_group) -> T {
    if constexpr (is_positive<Mirror>)
        refuse("mirror map", policy_name(mirror_), "one whose theta can become zero",
               "a theta on x > 0 has no zeros to count");
    if (backend_.size(critical_) != plan_.size) critical_ = backend_.zeros(plan_.size);
    T* const critical = backend_.data(critical_);
    index_t candidates = 0;
    bool grouped = false;
    const index_t counted = for_each_counted(parameters, only_group, [&]<class Values>(index_t size, const Values&) {
        candidates += size;
        grouped = grouped || std::is_invocable_v<Values, T*>;
    });
    const index_t zeros = kernel::zeros_for(sparsity, counted, candidates);
    if (zeros == 0) return 0;

    moving_interval<T>& expected =
        expected_critical_[only_group == all_groups ? counts_.size() : std::size_t(only_group)];
    const auto [last_zero, next] = [&] {
        auto parts = [&](auto&& visit) {
            for_each_counted(parameters, only_group, [&]<class Values>(index_t size, const Values& values) {
                if constexpr (!std::is_invocable_v<Values, T*>) visit(values, size);
            });
        };
        // Values that need no norms are computed where the selection looks at them: one read of v.
        if constexpr (requires { backend_.order_statistics_of(parts, zeros, zeros, critical, expected.expected()); })
            if (!grouped) return backend_.order_statistics_of(parts, candidates, zeros, critical, expected.expected());
        index_t written = 0;
        for_each_counted(parameters, only_group, [&]<class Values>(index_t size, const Values& values) {
            if constexpr (std::is_invocable_v<Values, T*>) {
                const auto [kernel, groups] = values(critical + written);
                backend_.for_each(kernel, 0, groups);
            } else {
                backend_.for_each(kernel::tabulate<T, Values>{values, critical + written}, 0, size);
            }
            written += size;
        });
        return backend_.order_statistics(critical, candidates, zeros);
    }();
    expected.observe(last_zero);
    return kernel::lambda_between(last_zero, next, zeros == candidates);
}

#undef BREGMAN_OPTIMIZER
#undef BREGMAN_OPTIMIZER_CLASS

} // namespace bregman

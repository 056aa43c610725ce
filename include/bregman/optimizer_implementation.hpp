#pragma once

#include <bregman/lambda_change.hpp>
#include <bregman/optimizer.hpp>
#include <bregman/state_visit.hpp>

/// \file
/// The passes over memory behind `optimizer`. Included by optimizer.hpp.

namespace bregman {

#define BREGMAN_OPTIMIZER                                                                                    \
    template <class Direction, class Mirror, class Regularizer, class Law, class Backend>
#define BREGMAN_OPTIMIZER_CLASS optimizer<Direction, Mirror, Regularizer, Law, Backend>

BREGMAN_OPTIMIZER template <class Gradient>
auto BREGMAN_OPTIMIZER_CLASS::step_single(const tensor_view<T>& theta, const tensor_view<Gradient>& gradient,
                                          T loss) -> report {
    if (single_.entries().empty()) {
        single_.add_group({.name = "parameters", .regularizer = regularizer_});
        single_.add(theta, gradient);
    }
    if (theta.size() != single_.size())
        refuse("theta size", theta.size(), "that of the first step, " + std::to_string(single_.size()),
               "make a new optimizer for another tensor");
    if (gradient.size() != theta.size())
        refuse("gradient size", gradient.size(), "the size of theta, " + std::to_string(theta.size()),
               "pass the gradient of the same tensor");
    single_.rebind(0, theta.data, gradient.data);
    return step_list(single_, loss);
}

BREGMAN_OPTIMIZER auto BREGMAN_OPTIMIZER_CLASS::step_list(const parameter_list& parameters, T loss)
    -> report {
    bind(parameters);
    report result;
    T gradient_scale = 1;
    if (settings_.check_finite || settings_.clip_norm > 0) {
        result.gradient_norm = gradient_norm(parameters);
        if (!std::isfinite(result.gradient_norm)) {
            result.refused = true;
            result.step = step_;
            result.lambda = result.next_lambda = lambda_;
            result.sparsity = sparsity_;
            return last_ = result;
        }
        if (settings_.clip_norm > 0 && result.gradient_norm > settings_.clip_norm)
            gradient_scale = T(settings_.clip_norm / result.gradient_norm);
    }
    if (backend_.size(dual_) == 0 && parameters.size() > 0) start(parameters);
    ++step_;
    result.lambda = lambda_;
    update(parameters, gradient_scale);
    control(parameters, loss);
    result.step = step_;
    result.next_lambda = lambda_;
    result.sparsity = sparsity_;
    return last_ = result;
}

BREGMAN_OPTIMIZER void BREGMAN_OPTIMIZER_CLASS::bind(const parameter_list& parameters) {
    const auto& entries = parameters.entries();
    const auto& groups = parameters.groups();
    if (plan_.tensors.empty()) {
        for ([[maybe_unused]] const auto& entry : entries)
            if constexpr (requires { mirror_.validate(entry.shape); }) mirror_.validate(entry.shape);
        plan_ = work_plan::make(parameters, backend_.chunk_size());
        chunk_nonzeros_.resize(plan_.chunks.size());
        chunk_squares_.resize(plan_.chunks.size());
        group_nonzeros_.resize(groups.size());
        for (const auto& group : groups) {
            counts_.push_back({group.name, 0, 0, group.counted, is_regularized(group)});
            regularizer_kinds_.push_back(regularizer_kind(group.regularizer));
        }
        for (const auto& entry : entries) counts_[std::size_t(entry.group)].size += entry.size;
        if (group_lambdas_.empty()) group_lambdas_.assign(groups.size(), lambda_);
        group_limits_.assign(groups.size(), std::numeric_limits<T>::infinity());
        if (settings_.scope == lambda_scope::each_group) {
            group_laws_.reserve(groups.size());
            while (group_laws_.size() < groups.size()) group_laws_.push_back(law_);
        }
    }
    // A step allocates nothing, so messages are made only once something is wrong.
    constexpr const char* remedy = "make a new optimizer for other tensors";
    if (backend_.size(dual_) != 0 && backend_.size(dual_) != plan_.size)
        refuse("number of parameters", plan_.size, "that of the loaded state, " + std::to_string(size()),
               "load the state that belongs to these tensors");
    if (entries.size() != plan_.tensors.size() || groups.size() != counts_.size() ||
        groups.size() != group_lambdas_.size())
        refuse("number of tensors", entries.size(),
               "the tensors and groups of the first step, " + std::to_string(plan_.tensors.size()), remedy);
    for (std::size_t i = 0; i < entries.size(); ++i)
        if (entries[i].size != plan_.tensors[i].size || entries[i].group != plan_.tensors[i].group)
            refuse("size of tensor " + std::to_string(i), entries[i].size,
                   "that of the first step, " + std::to_string(plan_.tensors[i].size) + ", in the same group",
                   remedy);
    for (std::size_t g = 0; g < groups.size(); ++g)
        if (regularizer_kind(groups[g].regularizer) != regularizer_kinds_[g])
            refuse("regularizer of group \"" + groups[g].name + "\"", policy_name(groups[g].regularizer),
                   "that of the first step", remedy);
}

// What a pass that ends in theta does to tensor i. make(entry, offset, primal) returns the kernel; the pair of mirror
// map and regularizer decides which primal it gets, and what of `on` runs it.
BREGMAN_OPTIMIZER template <class MakeKernel, class OnTensor>
index BREGMAN_OPTIMIZER_CLASS::pass(const parameter_list& parameters, index i, MakeKernel&& make, OnTensor&& on) {
    const work_plan::tensor& tensor = plan_.tensors[std::size_t(i)];
    const auto& entry = parameters.entries()[std::size_t(i)];
    const auto& group = parameters.group_of(entry);
    const std::size_t g = std::size_t(tensor.group);
    const T lambda = T(std::min(group_lambdas_[g], group_limits_[g]) * group.lambda_scale);
    const Mirror mirror = mirror_at(lambda);
    auto elements = [&](const auto& primal) { return on.elements(make(entry, tensor.offset, finished(primal))); };
    return with_regularizer(group.regularizer, [&]<class R>(const R& regularizer) -> index {
        if constexpr (elementwise_regularizer<R, T>) {
            return elements(kernel::regularized_primal<Mirror, R, T>{mirror, regularizer, lambda});
        } else if constexpr (grouped_regularizer<R, T>) {
            if constexpr (has_form_for_single_elements<R>) {
                using single = typename R::of_single_elements;
                if (!tensor.grouped)
                    return elements(kernel::regularized_primal<Mirror, single, T>{mirror, single{}, lambda});
            }
            const kernel::group_factor<Mirror, R, T> factor{mirror, regularizer, lambda, primal_factor_};
            auto groups = [&](const auto& primal) {
                return on.groups(make(entry, tensor.offset, primal), factor, entry.theta, tensor.layout);
            };
            if constexpr (has_part_within<R>)
                return groups(kernel::regularized_primal<Mirror, decltype(regularizer.within()), T>{
                    mirror, regularizer.within(), lambda});
            else
                return groups(kernel::mirrored_primal<Mirror>{mirror});
        } else {
            return on.whole(make(entry, tensor.offset, kernel::first_primal<Mirror, R>{mirror}), entry.theta,
                            entry.shape, [&](const tensor_view<T>& theta) {
                                primal_step<Mirror, R>::whole(mirror, regularizer, theta, lambda);
                                for (index j = 0; j < theta.size(); ++j) theta.data[j] *= primal_factor_;
                            });
        }
    });
}

// The pass over all tensors: at once where the backend can, else chunk by chunk.
BREGMAN_OPTIMIZER template <class MakeKernel>
void BREGMAN_OPTIMIZER_CLASS::sweep(const parameter_list& parameters, MakeKernel&& make, index only_group) {
    const auto is_wanted = [&](index i) {
        return only_group == all_groups || plan_.tensors[std::size_t(i)].group == only_group;
    };
    if constexpr (contract::sweeps_all<Backend>) {
        backend_.sweep_all(plan_, group_nonzeros_, [&](index i, auto& on) {
            if (is_wanted(i)) pass(parameters, i, make, on);
        });
    } else {
        backend_.for_each_chunk(index(plan_.chunks.size()), [&](index c) {
            const work_plan::chunk& chunk = plan_.chunks[std::size_t(c)];
            if (!is_wanted(chunk.tensor)) return;
            chunk_nonzeros_[std::size_t(c)] =
                pass(parameters, chunk.tensor, make, on_chunk{backend_, chunk.first, chunk.last});
        });
        std::fill(group_nonzeros_.begin(), group_nonzeros_.end(), index(0));
        for (std::size_t c = 0; c < plan_.chunks.size(); ++c)
            group_nonzeros_[std::size_t(plan_.tensors[std::size_t(plan_.chunks[c].tensor)].group)] +=
                chunk_nonzeros_[c];
    }
    for (std::size_t g = 0; g < counts_.size(); ++g) counts_[g].nonzeros = group_nonzeros_[g];
    sparsity_ = T(sparsity_of_counted(counts_));
}

BREGMAN_OPTIMIZER void BREGMAN_OPTIMIZER_CLASS::start(const parameter_list& parameters) {
    dual_ = backend_.zeros(plan_.size);
    for (buffer& moment : moments_) moment = backend_.zeros(plan_.size);
    for (std::size_t i = 0; i < plan_.tensors.size(); ++i) {
        const auto& entry = parameters.entries()[i];
        const auto& group = parameters.group_of(entry);
        const T lambda = T(group_lambdas_[std::size_t(entry.group)] * group.lambda_scale);
        T* const dual = backend_.data(dual_) + plan_.tensors[i].offset;
        auto run = [&]<class R>(const R& elementwise) {
            backend_.elements(
                kernel::start<T, Mirror, R>{entry.theta, dual, mirror_at(lambda), elementwise, lambda}, 0,
                entry.size);
        };
        with_regularizer(group.regularizer, [&]<class R>(const R& regularizer) {
            if constexpr (elementwise_regularizer<R, T>) {
                run(regularizer);
            } else if constexpr (grouped_regularizer<R, T>) {
                if constexpr (has_form_for_single_elements<R>)
                    if (!plan_.tensors[i].grouped) return run(typename R::of_single_elements{});
                if constexpr (has_part_within<R>)
                    run(regularizer.within());
                else
                    run(none{});
                const group_layout layout = plan_.tensors[i].layout;
                backend_.for_each(kernel::start_group<T, R>{entry.theta, dual, regularizer, lambda, layout},
                                  0, layout.groups());
            } else {
                run(none{});
                std::vector<T> v = backend_.to_host(dual, entry.size);
                const std::vector<T> theta = backend_.to_host(entry.theta, entry.size);
                std::vector<T> p(theta.size());
                regularizer.subgradient(tensor_view<const T>{theta.data(), entry.shape},
                                        tensor_view<T>{p.data(), entry.shape});
                for (std::size_t j = 0; j < v.size(); ++j) v[j] += lambda * p[j];
                backend_.to_device(v, dual);
            }
        });
    }
}

BREGMAN_OPTIMIZER double BREGMAN_OPTIMIZER_CLASS::gradient_norm(const parameter_list& parameters) {
    const auto& entries = parameters.entries();
    if constexpr (contract::sweeps_all<Backend>)
        return std::sqrt(backend_.sum_of_squares_of_all(
            plan_, [&entries](index i) { return entries[std::size_t(i)].gradient; }));
    backend_.for_each_chunk(index(plan_.chunks.size()), [&](index c) {
        const work_plan::chunk& chunk = plan_.chunks[std::size_t(c)];
        const work_plan::tensor& tensor = plan_.tensors[std::size_t(chunk.tensor)];
        const index scale =
            tensor.grouped ? tensor.layout.size : 1; // any cut serves, as long as it covers all
        chunk_squares_[std::size_t(c)] =
            backend_.sum_of_squares(entries[std::size_t(chunk.tensor)].gradient, chunk.first * scale,
                                    chunk.last * scale);
    });
    double sum = 0;
    bool finite = true;
    for (double squares : chunk_squares_) sum += squares, finite = finite && std::isfinite(squares);
    return std::sqrt(finite ? std::min(sum, std::numeric_limits<double>::max()) : sum);
}

BREGMAN_OPTIMIZER void BREGMAN_OPTIMIZER_CLASS::update(const parameter_list& parameters, T gradient_scale) {
    const auto increment = direction_.at(step_, step_size_);
    if constexpr (contract::scales_theta<Direction, T>) primal_factor_ = increment.primal_factor;
    T* const dual = backend_.data(dual_);
    T* moments[Direction::moments + 1] = {};
    for (std::size_t m = 0; m < moments_.size(); ++m) moments[m] = backend_.data(moments_[m]);
    sweep(parameters, [&]<class Primal>(const auto& entry, index offset, const Primal& primal) {
        kernel::update<T, Direction::moments, std::remove_const_t<decltype(increment)>, Primal> kernel{
            entry.gradient, dual + offset, entry.theta, {}, gradient_scale, increment, primal};
        for (std::size_t m = 0; m < moments_.size(); ++m) kernel.moments[m] = moments[m] + offset;
        return kernel;
    });
}

BREGMAN_OPTIMIZER void BREGMAN_OPTIMIZER_CLASS::refresh(const parameter_list& parameters, index group) {
    const T* const dual = backend_.data(dual_);
    sweep(
        parameters,
        [&]<class Primal>(const auto& entry, index offset, const Primal& primal) {
            return kernel::refresh<T, Primal>{dual + offset, entry.theta, primal};
        },
        group);
}

// ---- lambda --------------------------------------------------------------------------------------------

BREGMAN_OPTIMIZER bool BREGMAN_OPTIMIZER_CLASS::acts_at_once([[maybe_unused]] const Law& law) {
    if constexpr (requires { law.acts_at_once; })
        return law.acts_at_once;
    else
        return false;
}

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
auto BREGMAN_OPTIMIZER_CLASS::ask(AnyLaw& law, const parameter_list& parameters, index group, T lambda,
                                  T sparsity, T loss) -> T {
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
        index group;
    } context{this, &parameters, group};
    // One pointer is captured, which std::function keeps without an allocation.
    seen.lambda_for = [&context](T s) {
        return context.self->critical_lambda(*context.parameters, s, context.group);
    };
    const T next = T(law(seen));
    check_lambda(next, "lambda returned by the control law");
    return next;
}

BREGMAN_OPTIMIZER void BREGMAN_OPTIMIZER_CLASS::control(const parameter_list& parameters, T loss) {
    keep_least_density(parameters);
    bool again = false;
    if (settings_.scope == lambda_scope::shared) {
        const T next = ask(law_, parameters, all_groups, lambda_, sparsity_, loss);
        again = next != lambda_ && acts_at_once(law_);
        if (next != lambda_)
            for (std::size_t g = 0; g < group_lambdas_.size(); ++g) set_group_lambda(parameters, g, next);
        lambda_ = next;
    } else {
        double logarithm = 0;
        index size = 0;
        for (std::size_t g = 0; g < group_lambdas_.size(); ++g) {
            const group_count& counts = counts_[g];
            if (!counts.regularized || counts.size == 0) continue;
            const T density = T(double(counts.nonzeros) / double(counts.size));
            const T next = ask(group_laws_[g], parameters, index(g), group_lambdas_[g], 1 - density, loss);
            again = again || (next != group_lambdas_[g] && acts_at_once(group_laws_[g]));
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
        if (least == 0 || !counts.regularized || double(counts.nonzeros) >= least * double(counts.size)) continue;
        // One element more than asked for, for critical_lambda rounds to the nearest count.
        const double zeros = std::floor((1 - least) * double(counts.size));
        group_limits_[g] = critical_lambda(parameters, T(zeros / double(counts.size)), index(g));
        refresh(parameters, index(g));
        group_limits_[g] = std::numeric_limits<T>::infinity();
    }
}

BREGMAN_OPTIMIZER void BREGMAN_OPTIMIZER_CLASS::set_group_lambda(const parameter_list& parameters,
                                                                 std::size_t group, T lambda) {
    if (backend_.size(dual_) > 0) apply_rule(parameters, index(group), group_lambdas_[group], lambda);
    group_lambdas_[group] = lambda;
}

BREGMAN_OPTIMIZER void BREGMAN_OPTIMIZER_CLASS::apply_rule(const parameter_list& parameters, index group,
                                                           T before, T after) {
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
            if constexpr (elementwise_regularizer<R, T>) {
                run(regularizer);
            } else if constexpr (grouped_regularizer<R, T> && !has_part_within<R>) {
                if constexpr (has_form_for_single_elements<R>)
                    if (!plan_.tensors[i].grouped) return run(typename R::of_single_elements{});
                const group_layout layout = plan_.tensors[i].layout;
                if (scale > 0)
                    backend_.for_each(
                        kernel::change_lambda_group<T, Mirror, R>{entry.theta, dual, mirror_, regularizer, rule,
                                                                  scale * before, scale * after, layout},
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

BREGMAN_OPTIMIZER auto BREGMAN_OPTIMIZER_CLASS::lambda_for(const parameter_list& parameters, T sparsity)
    -> T {
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
index BREGMAN_OPTIMIZER_CLASS::for_each_counted(const parameter_list& parameters, index only_group,
                                                Visit&& visit) {
    index counted = 0;
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
                                                                index only_group) -> T {
    if constexpr (is_positive<Mirror>)
        refuse("mirror map", policy_name(mirror_), "one whose theta can become zero",
               "a theta on x > 0 has no zeros to count");
    if (backend_.size(critical_) != plan_.size) critical_ = backend_.zeros(plan_.size);
    T* const critical = backend_.data(critical_);
    index candidates = 0;
    bool grouped = false;
    const index counted =
        for_each_counted(parameters, only_group, [&]<class Values>(index size, const Values&) {
            candidates += size;
            grouped = grouped || std::is_invocable_v<Values, T*>;
        });
    const index zeros = std::min(candidates, index(std::llround(double(sparsity) * double(counted))));
    if (zeros == 0) return 0;

    const auto [last_zero, next] = [&] {
        auto parts = [&](auto&& visit) {
            for_each_counted(parameters, only_group, [&]<class Values>(index size, const Values& values) {
                if constexpr (!std::is_invocable_v<Values, T*>) visit(values, size);
            });
        };
        // Values that need no norms are computed where the selection looks at them: one read of v.
        if constexpr (requires { backend_.order_statistics_of(parts, zeros, zeros, critical); })
            if (!grouped) return backend_.order_statistics_of(parts, candidates, zeros, critical);
        index written = 0;
        for_each_counted(parameters, only_group, [&]<class Values>(index size, const Values& values) {
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
    // Above the last zero by more than the rounding in scales and norms, where there is room below the next
    // value.
    if (zeros == candidates) return last_zero * (1 + 8 * std::numeric_limits<T>::epsilon());
    const T middle = last_zero + (next - last_zero) / 2;
    return middle < next ? middle : last_zero;
}

BREGMAN_OPTIMIZER std::string BREGMAN_OPTIMIZER_CLASS::description() const {
    return std::string("scalar ") + (sizeof(T) == 4 ? "float32" : "float64") + ", direction " +
           policy_name(direction_) + ", mirror map " + policy_name(mirror_) + ", regularizer " +
           policy_name(regularizer_) + ", law " + policy_name(law_);
}

BREGMAN_OPTIMIZER template <class Field>
void BREGMAN_OPTIMIZER_CLASS::visit(Field&& field) {
    field("step", step_);
    field("epoch", epoch_);
    field("lambda", lambda_);
    field("sparsity", sparsity_);
    field("step_size", step_size_);
    field("clip_norm", settings_.clip_norm);
    field("check_finite", settings_.check_finite);
    int rule = int(settings_.on_lambda_change);
    field("on_lambda_change", rule);
    settings_.on_lambda_change = dual_rule(rule);
    settings_.target.visit(prefixed("target.", field));
    if constexpr (requires { direction_.visit(field); }) direction_.visit(prefixed("direction.", field));
    if constexpr (requires { mirror_.visit(field); }) mirror_.visit(prefixed("mirror.", field));
    if constexpr (requires { law_.visit(field); }) law_.visit(prefixed("law.", field));
    int scope = int(settings_.scope);
    field("scope", scope);
    settings_.scope = lambda_scope(scope);
    field("group_lambdas", group_lambdas_);
    if (settings_.scope == lambda_scope::each_group) {
        group_laws_.reserve(group_lambdas_.size());
        while (group_laws_.size() < group_lambdas_.size()) group_laws_.push_back(law_);
        if constexpr (requires { law_.visit(field); })
            for (std::size_t g = 0; g < group_laws_.size(); ++g)
                group_laws_[g].visit(prefixed("law_of_group_" + std::to_string(g) + ".", field));
    }
    visit_buffer(field, "dual", backend_, dual_);
    for (std::size_t m = 0; m < moments_.size(); ++m)
        visit_buffer(field, "moment" + std::to_string(m + 1), backend_, moments_[m]);
}

#undef BREGMAN_OPTIMIZER
#undef BREGMAN_OPTIMIZER_CLASS

} // namespace bregman

#pragma once

#include <bregman/optimizer.hpp>
#include <bregman/policy/state_visit.hpp>

/// \file
/// The passes over memory behind `optimizer`. Included by optimizer.hpp.

namespace bregman {

#define BREGMAN_OPTIMIZER template <class Direction, class Mirror, class Regularizer, class Law, class Backend>
#define BREGMAN_OPTIMIZER_CLASS optimizer<Direction, Mirror, Regularizer, Law, Backend>

BREGMAN_OPTIMIZER template <class Gradient>
auto BREGMAN_OPTIMIZER_CLASS::step_single(const tensor_view<stored>& theta, const tensor_view<Gradient>& gradient,
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

BREGMAN_OPTIMIZER auto BREGMAN_OPTIMIZER_CLASS::step_list(const parameter_list& parameters, T loss) -> report {
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
    result.lambda = lambda_;
    const bool is_first = backend_.size(dual_) == 0 && parameters.size() > 0;
    const std::int64_t steps_before = step_;
    try {
        if (is_first) start(parameters);
        ++step_;
        update(parameters, gradient_scale);
    } catch (...) { // a device may fail; the step has not been made then
        step_ = steps_before;
        if (is_first) dual_ = backend_.zeros(0);
        throw;
    }
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
        if constexpr (requires { backend_.check_memory(entries[0].theta, index_t(), "", index_t()); })
            for (std::size_t i = 0; i < entries.size(); ++i) {
                backend_.check_memory(entries[i].theta, entries[i].size, "theta", index_t(i));
                backend_.check_memory(entries[i].gradient, entries[i].size, "the gradient", index_t(i));
            }
        plan_ = work_plan::make<T>(parameters, backend_.chunk_size());
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
        expected_critical_.resize(groups.size() + 1);
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
                   "that of the first step, " + std::to_string(plan_.tensors[i].size) + ", in the same group", remedy);
    for (std::size_t g = 0; g < groups.size(); ++g)
        if (regularizer_kind(groups[g].regularizer) != regularizer_kinds_[g])
            refuse("regularizer of group \"" + groups[g].name + "\"", policy_name(groups[g].regularizer),
                   "that of the first step", remedy);
}

// What a pass that ends in theta does to tensor i. make(entry, offset, primal) returns the kernel; the pair of mirror
// map and regularizer decides which primal it gets, and what of `on` runs it.
BREGMAN_OPTIMIZER template <class MakeKernel, class OnTensor>
index_t BREGMAN_OPTIMIZER_CLASS::pass(const parameter_list& parameters, index_t i, MakeKernel&& make, OnTensor&& on) {
    const work_plan::tensor& tensor = plan_.tensors[std::size_t(i)];
    const auto& entry = parameters.entries()[std::size_t(i)];
    const auto& group = parameters.group_of(entry);
    const std::size_t g = std::size_t(tensor.group);
    const T lambda = T(std::min(group_lambdas_[g], group_limits_[g]) * group.lambda_scale);
    const Mirror mirror = mirror_at(lambda);
    auto elements = [&](const auto& primal) { return on.elements(make(entry, tensor.offset, finished(primal))); };
    return with_regularizer(group.regularizer, [&]<class R>(const R& regularizer) -> index_t {
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
                                for (index_t j = 0; j < theta.size(); ++j) theta.data[j] *= primal_factor_;
                            });
        }
    });
}

// The pass over all tensors: at once where the backend can, else chunk by chunk.
BREGMAN_OPTIMIZER template <class MakeKernel>
void BREGMAN_OPTIMIZER_CLASS::sweep(const parameter_list& parameters, MakeKernel&& make, index_t only_group) {
    const auto is_wanted = [&](index_t i) {
        return only_group == all_groups || plan_.tensors[std::size_t(i)].group == only_group;
    };
    if constexpr (contract::sweeps_all<Backend>) {
        backend_.sweep_all(plan_, group_nonzeros_, [&](index_t i, auto& on) {
            if (is_wanted(i)) pass(parameters, i, make, on);
        });
    } else {
        backend_.for_each_chunk(index_t(plan_.chunks.size()), [&](index_t c) {
            const work_plan::chunk& chunk = plan_.chunks[std::size_t(c)];
            if (!is_wanted(chunk.tensor)) return;
            chunk_nonzeros_[std::size_t(c)] =
                pass(parameters, chunk.tensor, make, on_chunk{backend_, chunk.first, chunk.last});
        });
        std::fill(group_nonzeros_.begin(), group_nonzeros_.end(), index_t(0));
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
                kernel::start<T, Mirror, R, stored>{entry.theta, dual, mirror_at(lambda), elementwise, lambda}, 0,
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
                backend_.for_each(kernel::start_group<T, R, stored>{entry.theta, dual, regularizer, lambda, layout}, 0,
                                  layout.groups());
            } else if constexpr (std::is_same_v<stored, T>) {
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
    if constexpr (contract::sweeps_all<Backend>) {
        return std::sqrt(
            backend_.sum_of_squares_of_all(plan_, [&entries](index_t i) { return entries[std::size_t(i)].gradient; }));
    } else {
        backend_.for_each_chunk(index_t(plan_.chunks.size()), [&](index_t c) {
            const work_plan::chunk& chunk = plan_.chunks[std::size_t(c)];
            const work_plan::tensor& tensor = plan_.tensors[std::size_t(chunk.tensor)];
            const index_t scale = tensor.grouped ? tensor.layout.size : 1; // any cut serves, as long as it covers all
            chunk_squares_[std::size_t(c)] = backend_.sum_of_squares(entries[std::size_t(chunk.tensor)].gradient,
                                                                     chunk.first * scale, chunk.last * scale);
        });
        double sum = 0;
        bool finite = true;
        for (double squares : chunk_squares_) sum += squares, finite = finite && std::isfinite(squares);
        return std::sqrt(finite ? std::min(sum, std::numeric_limits<double>::max()) : sum);
    }
}

BREGMAN_OPTIMIZER void BREGMAN_OPTIMIZER_CLASS::update(const parameter_list& parameters, T gradient_scale) {
    const auto increment = direction_.at(step_, step_size_);
    if constexpr (contract::scales_theta<Direction, T>) primal_factor_ = increment.primal_factor;
    T* const dual = backend_.data(dual_);
    T* moments[Direction::moments + 1] = {};
    for (std::size_t m = 0; m < moments_.size(); ++m) moments[m] = backend_.data(moments_[m]);
    sweep(parameters, [&]<class Primal>(const auto& entry, index_t offset, const Primal& primal) {
        kernel::update<T, Direction::moments, std::remove_const_t<decltype(increment)>, Primal, stored> kernel{
            entry.gradient, dual + offset, entry.theta, {}, gradient_scale, increment, primal};
        for (std::size_t m = 0; m < moments_.size(); ++m) kernel.moments[m] = moments[m] + offset;
        return kernel;
    });
}

BREGMAN_OPTIMIZER void BREGMAN_OPTIMIZER_CLASS::refresh(const parameter_list& parameters, index_t group) {
    const T* const dual = backend_.data(dual_);
    sweep(
        parameters,
        [&]<class Primal>(const auto& entry, index_t offset, const Primal& primal) {
            return kernel::refresh<T, Primal, stored>{dual + offset, entry.theta, primal};
        },
        group);
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

#pragma once

#include <cmath>
#include <complex>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <bregman/base/error.hpp>
#include <bregman/base/finite.hpp>
#include <bregman/concepts.hpp>
#include <bregman/control/dual_rule.hpp>
#include <bregman/control/target_schedule.hpp>
#include <bregman/policy/primal_step.hpp>
#include <bregman/step/freeze.hpp>
#include <bregman/step/method.hpp>
#include <bregman/step/restart.hpp>
#include <bregman/step/settings.hpp>
#include <bregman/step/sharing.hpp>
#include <bregman/step/state.hpp>
#include <bregman/step/state_checks.hpp>
#include <bregman/step/state_fields.hpp>
#include <bregman/step/step.hpp>
#include <bregman/tensors/parameters.hpp>
#include <bregman/tensors/sparsity.hpp>
#include <bregman/tensors/tensor.hpp>

namespace bregman {

/// v <- v - tau direction(g),   theta <- grad (phi + lambda J)^*(v),   lambda <- law(observation)
///
/// A stepper: no loop, no I/O, no allocation after the first call. The user owns theta and g, the optimizer
/// owns the dual variable v and the moments of the direction. `linbreg` and `adabreg` (aliases.hpp) are the
/// named combinations. Sources: Bungert, Roith, Tenbrinck, Burger, JMLR 23(192), 2022, Algorithms 1 to 3; the
/// control loop around lambda is that of Aloradi, Roith, Habets, Tenbrinck 2026.
template <class Direction, class Mirror, class Regularizer, class Law, class Backend>
class optimizer {
  public:
    using method_type = step::method<Direction, Mirror, Regularizer, Law, Backend>;
    using scalar = typename method_type::scalar;
    using stored_scalar = typename method_type::stored; ///< what theta and gradient are stored in
    using settings = optimizer_settings<scalar>;
    using report = step_report<scalar>;
    using parameter_list = bregman::parameter_list<stored_scalar, Regularizer>;

  private:
    using T = scalar;
    static_assert(backend<Backend>,
                  "bregman: the backend must provide scalar, buffer, zeros, data, elements, groups, ... ; see "
                  "docs/concepts/backend.md");
    static_assert(direction<Direction, T>,
                  "bregman: a direction needs `static constexpr int moments` (0 to 3) and `auto at(std::int64_t "
                  "step, T step_size) const`, whose result is callable as `V operator()(const V& g, V& moment...) "
                  "const`; see docs/concepts/direction.md");
    static_assert(mirror_map<Mirror, T>,
                  "bregman: a mirror map needs `V to_dual(const V& theta) const` and `V to_primal(const V& dual) "
                  "const`, both returning the type they are given; see docs/concepts/mirror_map.md");
    static_assert(regularizer<Regularizer, T>,
                  "bregman: a regularizer needs either `V value(const V&) const`, `V subgradient(const V&) const` "
                  "and `V prox(const V& x, T t) const`, or for groups `group_layout groups(const tensor_shape&) "
                  "const`, `T group_value(T norm, T size) const`, `T group_subgradient(T norm, T size) const` and "
                  "`T group_prox(T norm, T size, T t) const`, or for tensors as a whole the three functions of "
                  "tensor_regularizer; see docs/concepts/regularizer.md");
    static_assert(control_law<Law, T>, "bregman: a control law must be copy-constructible and callable as `T law(const "
                                       "observation<T>&)`; see docs/concepts/control_law.md");
    static_assert(!regularizer<Regularizer, T> || !mirror_map<Mirror, T> || has_closed_form<Mirror, Regularizer, T>,
                  "bregman: this mirror map and this regularizer have no closed-form step together; use the "
                  "euclidean mirror map, the regularizer `none`, or specialise primal_step for the pair; see "
                  "docs/concepts/regularizer.md");

  public:
    explicit optimizer(settings s = {}, Direction direction = {}, Mirror mirror = {}, Regularizer regularizer = {},
                       Law law = {}, Backend backend = {})
        : method_{.settings = std::move(s),
                  .direction = std::move(direction),
                  .mirror = std::move(mirror),
                  .regularizer = std::move(regularizer),
                  .law = std::move(law),
                  .group_laws = {},
                  .backend = std::move(backend),
                  .state = {},
                  .plan = {},
                  .scratch = {}} {
        check_settings();
        auto& state = method_.state;
        state.step_size = method_.settings.step_size.value_or(T(Direction::default_step_size));
        require(state.step_size > 0 && is_finite(state.step_size), "step_size", state.step_size, "> 0 and finite",
                step::usual_step_sizes);
        state.lambda = method_.settings.lambda;
        state.dual = method_.backend.zeros(0);
        for (int m = 0; m < Direction::moments; ++m) state.moments.push_back(method_.backend.zeros(0));
        method_.scratch.critical = method_.backend.zeros(0);
    }

    /// One step on one tensor, in place. theta and gradient are anything as_tensor() takes. `loss` is handed
    /// to the control law. Throws std::invalid_argument when sizes do not match each other or an earlier
    /// step.
    template <class Theta, class Gradient>
        requires(!std::is_same_v<std::remove_cvref_t<Theta>, parameter_list>)
    report step(Theta&& theta, Gradient&& gradient, T loss = nan_of<T>()) {
        static_assert(outlives_statement<Theta>,
                      "bregman: theta is a temporary, whose update would be lost: keep it in a variable; see "
                      "docs/concepts/tensor.md");
        const auto parameter = as_tensor(theta);
        const auto slope = as_tensor(gradient);
        constexpr bool same_scalar = std::is_same_v<decltype(parameter), const tensor_view<stored_scalar>> &&
                                     (std::is_same_v<decltype(slope), const tensor_view<stored_scalar>> ||
                                      std::is_same_v<decltype(slope), const tensor_view<const stored_scalar>>);
        constexpr bool has_memory = !std::is_same_v<decltype(parameter), const tensor_view<void>> &&
                                    !std::is_same_v<decltype(slope), const tensor_view<void>>;
        static_assert(same_scalar || !has_memory,
                      "bregman: theta must be writable, and theta and the gradient must have the "
                      "optimizer's scalar type: linbreg<float> takes float tensors; see "
                      "docs/concepts/tensor.md");
        if constexpr (same_scalar) return step(list_of(parameter, slope.data, slope.shape), loss);
    }

    /// One step on all tensors of a list. The list has the same tensors in the same order each time, and may grow at its
    /// end: v of a new tensor starts from its theta. A tensor whose gradient is null takes no part: its theta, v and
    /// moments stay.
    report step(const parameter_list& parameters, T loss = nan_of<T>());

    /// Takes theta as it is, after somebody else has changed it: a checkpoint, an average, a roll-back. theta is the
    /// image of v, and without this call the next step undoes the change. v <- grad phi(theta) + lambda p, as at the
    /// start; moments, lambda and the number of steps stay. Does nothing before the first step.
    void restart_from(const parameter_list& parameters);
    template <class Theta>
        requires(!std::is_same_v<std::remove_cvref_t<Theta>, parameter_list>)
    void restart_from(Theta&& theta) {
        const auto parameter = as_tensor(theta);
        restart_from(list_of(parameter, nullptr, parameter.shape));
    }

    /// From now on weights that are zero stay zero and the others go on, at lambda = 0 and without the law: for the last part
    /// of a training. The direction is a with_freeze<...>. Frozen is part of the state.
    /// Errors: std::invalid_argument before the first step, for regularizers of whole tensors and the rule prox_rescaled.
    template <class D = Direction> // a template, so that explicit instantiations leave it out
    void freeze(const parameter_list& parameters) {
        static_assert(can_freeze<D>, "bregman: this direction cannot freeze the support: make the optimizer of "
                                     "with_freeze<Direction>; see docs/policies/directions/freeze.md");
        if constexpr (can_freeze<D>) step::freeze(method_, parameters);
    }
    template <class Theta>
        requires(!std::is_same_v<std::remove_cvref_t<Theta>, parameter_list>)
    void freeze(Theta&& theta) {
        const auto parameter = as_tensor(theta);
        freeze(list_of(parameter, nullptr, parameter.shape));
    }
    /// Whether zeros stay zeros (directions/freeze.hpp).
    bool is_frozen() const { return bregman::is_frozen(method_.direction); }

    /// How far theta is from grad (phi + lambda J)^*(v), v's image, with the lambda that it was made with: max |theta_i -
    /// image_i|, 0 before the first step. A tensor at rest whose group's lambda has moved on is
    /// left out. For tests and for debugging: takes the time of a step and of copies to the host.
    /// Errors: std::invalid_argument with a rule for v other than keep and prox_rescaled.
    double distance_from_image(const parameter_list& parameters);
    template <class Theta>
        requires(!std::is_same_v<std::remove_cvref_t<Theta>, parameter_list>)
    double distance_from_image(Theta&& theta) {
        const auto parameter = as_tensor(theta);
        return distance_from_image(list_of(parameter, nullptr, parameter.shape));
    }
    /// Throws std::invalid_argument when that is more than the square root of T's epsilon times max |image_i|: theta was
    /// changed and restart_from not called.
    void require_image(const parameter_list& parameters);
    template <class Theta>
        requires(!std::is_same_v<std::remove_cvref_t<Theta>, parameter_list>)
    void require_image(Theta&& theta) {
        const auto parameter = as_tensor(theta);
        require_image(list_of(parameter, nullptr, parameter.shape));
    }

    /// Sets lambda by hand, for all groups; v follows the rule `on_lambda_change`. lambda >= 0.
    void set_lambda(const parameter_list& parameters, T lambda);
    /// tau >= 0, for parameter groups without one of their own: 0 holds v still, as at the end of a schedule, once
    /// a momentum, which has tau in its buffer, has run out.
    void set_step_size(T step_size) {
        require(step_size >= 0 && is_finite(step_size), "step_size", step_size, ">= 0 and finite",
                step::usual_step_sizes);
        method_.state.step_size = step_size;
    }
    /// The sparsity asked for, in (0, 1]: a number, or one for each epoch. Acts from the next step on.
    void set_target(target_schedule<T> target) { method_.settings.target = std::move(target); }
    /// The epoch that the target schedule and the control law see, from 0.
    void set_epoch(std::int64_t epoch) {
        require(epoch >= 0, "epoch", epoch, ">= 0", "count epochs from 0");
        method_.state.epoch = epoch;
    }

    /// Steps done.
    std::int64_t steps() const { return method_.state.step; }
    /// As set by set_epoch(), 0 at first.
    std::int64_t epoch() const { return method_.state.epoch; }
    /// With lambda_scope::each_group this is the geometric mean over the regularized groups, weighted by size.
    T lambda() const { return method_.state.lambda; }
    /// The lambda of each parameter group, before its lambda_scale; empty before the first step.
    const std::vector<T>& group_lambdas() const { return method_.state.group_lambdas; }
    /// tau.
    T step_size() const { return method_.state.step_size; }
    /// The sparsity asked for in this epoch.
    T target() const { return method_.target(); }
    T sparsity() const { return method_.state.sparsity; } ///< of the counted groups after the last step
    /// What the last step did.
    const report& last() const { return method_.state.last; }
    /// Counts of each parameter group after the last step: for sparsity_of_all, sparsity_without, ...
    const std::vector<group_count>& counts() const { return method_.state.counts; }

    /// The direction.
    const Direction& get_direction() const { return method_.direction; }
    /// The mirror map.
    const Mirror& mirror() const { return method_.mirror; }
    /// The backend.
    const Backend& get_backend() const { return method_.backend; }
    /// The control law, with its present state.
    const Law& law() const { return method_.law; }
    /// The same, to be changed.
    Law& law() { return method_.law; }
    const settings& get_settings() const { return method_.settings; }

    /// A copy of the dual variable, tensors one after the other in the order of the list; empty before the
    /// first step. Where processes have shares of it, all of them call this and each gets the whole.
    std::vector<T> dual() const { return step::whole_buffer(method_, method_.state.dual); }

    /// The lambda at which the present v would have this share of zeros among the counted parameters; the
    /// best that is possible when too few of them are regularized.
    T lambda_for(const parameter_list& parameters, T sparsity);

    /// Scalar type and policies in words: states are interchangeable exactly between equal descriptions.
    std::string description() const { return step::description(method_); }
    /// Elements of the dual variable, 0 before the first step.
    index_t size() const { return step::size_of_dual(method_); }

    /// Names each field of the state once; io/state_file.hpp saves, loads, compares and prints with it.
    template <class Field>
    void visit(Field&& field) {
        step::visit_fields(method_, field);
    }
    template <class Field>
    void visit(Field&& field) const {
        step::visit_fields(method_, field);
    }
    /// Throws std::invalid_argument where a state file would leave out what the control law remembers.
    void check_can_be_saved() const { check_law_can_be_saved(method_.law); }
    /// Throws std::invalid_argument for the state of other tensors than this optimizer has seen, and for one that no
    /// optimizer can have.
    template <class File>
    void check_can_load(const File& file) const {
        step::check_loaded(method_, file.assigning()); // first: fields that do not fit each other cannot be compared
        step::check_layout(method_, file);
    }
    /// Looks at the tensors of a list without a step, so that a state of others is refused when it is loaded.
    void bind(const parameter_list& parameters) { step::bind(method_, parameters); }

    /// All that a step works with, for who makes steps in another way (backends/thrust/device_steps.hpp). What is changed
    /// there is checked by nobody.
    method_type& method() { return method_; }
    const method_type& method() const { return method_; }

  private:
    void check_settings() const;
    const parameter_list& list_of(const tensor_view<stored_scalar>& theta, const stored_scalar* gradient,
                                  const tensor_shape& shape_of_gradient);

    method_type method_;
    parameter_list single_; // of the tensor that is stepped without a list
};

// Out of the class, so that they are compiled once where a program says `extern template class bregman::optimizer<...>`.

template <class Direction, class Mirror, class Regularizer, class Law, class Backend>
auto optimizer<Direction, Mirror, Regularizer, Law, Backend>::step(const parameter_list& parameters, T loss) -> report {
    return step::make(method_, parameters, loss);
}

template <class Direction, class Mirror, class Regularizer, class Law, class Backend>
void optimizer<Direction, Mirror, Regularizer, Law, Backend>::restart_from(const parameter_list& parameters) {
    step::restart_from(method_, parameters);
}

template <class Direction, class Mirror, class Regularizer, class Law, class Backend>
double optimizer<Direction, Mirror, Regularizer, Law, Backend>::distance_from_image(const parameter_list& parameters) {
    return step::compare_with_image(method_, parameters).largest;
}

template <class Direction, class Mirror, class Regularizer, class Law, class Backend>
void optimizer<Direction, Mirror, Regularizer, Law, Backend>::require_image(const parameter_list& parameters) {
    step::require_image(method_, parameters);
}

template <class Direction, class Mirror, class Regularizer, class Law, class Backend>
void optimizer<Direction, Mirror, Regularizer, Law, Backend>::set_lambda(const parameter_list& parameters, T lambda) {
    step::check_lambda(lambda, "lambda");
    require(lambda == 0 || !is_frozen(), "lambda", lambda, "0 once the support is frozen",
            "go on from restart_from(theta) with an optimizer that is not frozen");
    step::bind(method_, parameters);
    for (std::size_t g = 0; g < method_.state.group_lambdas.size(); ++g)
        step::set_group_lambda(method_, parameters, g, lambda);
    method_.state.lambda = lambda;
}

template <class Direction, class Mirror, class Regularizer, class Law, class Backend>
auto optimizer<Direction, Mirror, Regularizer, Law, Backend>::lambda_for(const parameter_list& parameters, T sparsity)
    -> T {
    require(sparsity >= 0 && sparsity <= 1, "sparsity", sparsity, "[0, 1]", "0.9 asks for 90 % zeros");
    step::bind(method_, parameters);
    require(size() > 0 || parameters.size() == 0, "steps", steps(), ">= 1",
            "the dual variable exists after the first step");
    step::look_at_resting(method_, parameters);
    return step::critical_lambda(method_, parameters, sparsity, step::all_groups);
}

template <class Direction, class Mirror, class Regularizer, class Law, class Backend>
void optimizer<Direction, Mirror, Regularizer, Law, Backend>::check_settings() const {
    step::check_lambda(method_.settings.lambda, "lambda");
    step::check_settings(method_);
    with_regularizer(method_.regularizer, [](const auto& regularizer) {
        if constexpr (requires { regularizer.validate(); }) regularizer.validate();
    });
    if constexpr (requires { method_.law.validate(method_.settings.lambda); })
        method_.law.validate(method_.settings.lambda);
}

// The list of one tensor. It is made anew where the tensor has another shape, and kept when the optimizer takes that one.
template <class Direction, class Mirror, class Regularizer, class Law, class Backend>
auto optimizer<Direction, Mirror, Regularizer, Law, Backend>::list_of(const tensor_view<stored_scalar>& theta,
                                                                      const stored_scalar* gradient,
                                                                      const tensor_shape& shape_of_gradient)
    -> const parameter_list& {
    if (!single_.entries().empty() && theta.size() != single_.size())
        refuse("theta size", theta.size(), "that of the first step, " + std::to_string(single_.size()),
               "make a new optimizer for another tensor");
    check_same_shape(theta.shape, shape_of_gradient);
    if (single_.entries().empty() || single_.entries()[0].shape != theta.shape) {
        parameter_list list;
        list.add_group({.name = "parameters", .regularizer = method_.regularizer});
        list.add_view(theta.data, gradient, theta.shape);
        step::bind(method_, list);
        single_ = std::move(list);
    }
    single_.rebind(0, theta.data, gradient);
    return single_;
}

/// Complex scalars have no order, which laws, quantiles and counts of small elements need; a complex parameter is a group of
/// two real ones instead, whose Euclidean norm is its modulus.
template <class Direction, class Mirror, class Regularizer, class Law, class Backend>
    requires std::is_same_v<typename Backend::scalar, std::complex<float>> ||
             std::is_same_v<typename Backend::scalar, std::complex<double>>
class optimizer<Direction, Mirror, Regularizer, Law, Backend> {
    static_assert(
        !std::is_same_v<Backend, Backend>,
        "bregman: an optimizer takes float or double; a complex parameter is a pair of them: pass "
        "as_tensor(pointer, 2 n, {{n, 2}}) with the regularizer group_rows; the solvers take complex numbers as "
        "they are; see docs/concepts/tensor.md");
};

} // namespace bregman

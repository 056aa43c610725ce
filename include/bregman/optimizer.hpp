#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <bregman/base/error.hpp>
#include <bregman/concepts.hpp>
#include <bregman/control/dual_rule.hpp>
#include <bregman/control/target_schedule.hpp>
#include <bregman/policy/primal_step.hpp>
#include <bregman/step/kernels.hpp>
#include <bregman/step/moving_interval.hpp>
#include <bregman/step/work_plan.hpp>
#include <bregman/tensors/parameters.hpp>
#include <bregman/tensors/sparsity.hpp>
#include <bregman/tensors/tensor.hpp>

namespace bregman {

template <class Optimizer>
class device_steps; // backends/thrust/device_steps.hpp

/// What every optimizer can be told. Use designated initialisers: {.lambda = 0.1, .target = 0.95}.
template <class T>
struct optimizer_settings {
    std::optional<T> step_size{}; ///< tau > 0; the direction's default when not given (LinBreg .1, AdaBreg .01)
    T lambda = T(1e-3);           ///< lambda0 >= 0, where the control law starts
    target_schedule<T> target{};  ///< the sparsity asked for, in (0, 1]; default 0.9
    T clip_norm = 0;              ///< gradients longer than this are scaled down to it; 0 is off
    /// Refuse a gradient that is not finite before anything changes. Costs one extra read of the gradient,
    /// which clipping needs anyway (docs/performance.md).
    bool check_finite = true;
    dual_rule on_lambda_change = dual_rule::keep;
    lambda_scope scope = lambda_scope::shared;
};

/// What a step did.
template <class T>
struct step_report {
    std::int64_t step = 0; ///< steps done so far, this one included
    bool refused = false;  ///< the gradient was not finite: nothing has changed, the step does not count
    T lambda = 0;          ///< what this step used; with lambda_scope::each_group, the groups' geometric mean
    T next_lambda = 0;     ///< what the control law wants from now on
    T sparsity = 0;        ///< of the counted groups, after this step
    double gradient_norm = std::numeric_limits<double>::quiet_NaN(); ///< before clipping; NaN when not needed
};

/// v <- v - tau direction(g),   theta <- grad (phi + lambda J)^*(v),   lambda <- law(observation)
///
/// A stepper: no loop, no I/O, no allocation after the first call. The user owns theta and g, the optimizer
/// owns the dual variable v and the moments of the direction. `linbreg` and `adabreg` (aliases.hpp) are the
/// named combinations. Sources: Bungert, Roith, Tenbrinck, Burger, JMLR 23(192), 2022, Algorithms 1 to 3; the
/// control loop around lambda is that of Aloradi, Roith, Habets, Tenbrinck 2026.
template <class Direction, class Mirror, class Regularizer, class Law, class Backend>
class optimizer {
    using types = contract::backend_types<Backend>; // stand-ins for a wrong backend, so that one error is printed
    using buffer = typename types::buffer;
    using T = typename types::scalar;
    using stored = typename contract::stored_of<Backend>::type; // of theta and gradient; T as a rule
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
    using scalar = T;
    using stored_scalar = stored; ///< what theta and gradient are stored in
    using settings = optimizer_settings<T>;
    using report = step_report<T>;
    using parameter_list = bregman::parameter_list<stored, Regularizer>;

    explicit optimizer(settings s = {}, Direction direction = {}, Mirror mirror = {}, Regularizer regularizer = {},
                       Law law = {}, Backend backend = {})
        : settings_(std::move(s)), direction_(std::move(direction)), mirror_(std::move(mirror)),
          regularizer_(std::move(regularizer)), law_(std::move(law)), backend_(std::move(backend)),
          step_size_(settings_.step_size.value_or(T(Direction::default_step_size))), lambda_(settings_.lambda) {
        check_step_size(step_size_);
        check_lambda(lambda_, "lambda");
        require(settings_.clip_norm >= 0, "clip_norm", settings_.clip_norm, ">= 0", "0 switches clipping off");
        require(!acts_at_once(law_) || settings_.on_lambda_change == dual_rule::keep, "on_lambda_change",
                settings_.on_lambda_change, "keep, with a law that acts at once",
                "the law's lambda is for the present v, which another rule would change");
        require(is_euclidean<Mirror> || settings_.on_lambda_change != dual_rule::prox_rescaled, "on_lambda_change",
                settings_.on_lambda_change, "prox_rescaled only with the euclidean mirror map", "choose another rule");
        require(std::is_same_v<stored, T> || settings_.on_lambda_change == dual_rule::keep ||
                    settings_.on_lambda_change == dual_rule::prox_rescaled,
                "on_lambda_change", settings_.on_lambda_change, "keep or prox_rescaled in mixed precision",
                "the other rules read theta, which is rounded, into v, which is not");
        if constexpr (requires { direction_.validate(); }) direction_.validate();
        if constexpr (requires { mirror_.validate(); }) mirror_.validate();
        with_regularizer(regularizer_, [](const auto& r) {
            if constexpr (requires { r.validate(); }) r.validate();
        });
        if constexpr (requires { law_.validate(lambda_); }) law_.validate(lambda_);
    }

    /// One step on one tensor, in place. theta and gradient are anything as_tensor() takes. `loss` is handed
    /// to the control law. Throws std::invalid_argument when sizes do not match each other or an earlier
    /// step.
    template <class Theta, class Gradient>
        requires(!std::is_same_v<std::remove_cvref_t<Theta>, parameter_list>)
    report step(Theta&& theta, Gradient&& gradient, T loss = std::numeric_limits<T>::quiet_NaN()) {
        const auto parameter = as_tensor(theta);
        const auto slope = as_tensor(gradient);
        constexpr bool same_scalar = std::is_same_v<decltype(parameter), const tensor_view<stored>> &&
                                     (std::is_same_v<decltype(slope), const tensor_view<stored>> ||
                                      std::is_same_v<decltype(slope), const tensor_view<const stored>>);
        constexpr bool has_memory = !std::is_same_v<decltype(parameter), const tensor_view<void>> &&
                                    !std::is_same_v<decltype(slope), const tensor_view<void>>;
        static_assert(same_scalar || !has_memory,
                      "bregman: theta must be writable, and theta and the gradient must have the "
                      "optimizer's scalar type: linbreg<float> takes float tensors; see "
                      "docs/concepts/tensor.md");
        if constexpr (same_scalar) return step_single(parameter, slope, loss);
    }

    /// One step on all tensors of a list. The list must have the same tensors in the same order each time.
    report step(const parameter_list& parameters, T loss = std::numeric_limits<T>::quiet_NaN()) {
        return step_list(parameters, loss);
    }
    /// Sets lambda by hand, for all groups; v follows the rule `on_lambda_change`. lambda >= 0.
    void set_lambda(const parameter_list& parameters, T lambda) {
        check_lambda(lambda, "lambda");
        bind(parameters);
        for (std::size_t g = 0; g < group_lambdas_.size(); ++g) set_group_lambda(parameters, g, lambda);
        lambda_ = lambda;
    }
    void set_step_size(T step_size) { check_step_size(step_size), step_size_ = step_size; }
    void set_target(target_schedule<T> target) { settings_.target = std::move(target); }
    /// The epoch that the target schedule and the control law see, from 0.
    void set_epoch(std::int64_t epoch) {
        require(epoch >= 0, "epoch", epoch, ">= 0", "count epochs from 0");
        epoch_ = epoch;
    }

    std::int64_t steps() const { return step_; }
    std::int64_t epoch() const { return epoch_; }
    /// With lambda_scope::each_group this is the geometric mean over the regularized groups, weighted by size.
    T lambda() const { return lambda_; }
    /// The lambda of each parameter group, before its lambda_scale; empty before the first step.
    const std::vector<T>& group_lambdas() const { return group_lambdas_; }
    T step_size() const { return step_size_; }
    T target() const { return settings_.target.at(epoch_); }
    T sparsity() const { return sparsity_; } ///< of the counted groups after the last step
    const report& last() const { return last_; }
    /// Counts of each parameter group after the last step: for sparsity_of_all, sparsity_without, ...
    const std::vector<group_count>& counts() const { return counts_; }

    const Direction& get_direction() const { return direction_; }
    const Mirror& mirror() const { return mirror_; }
    const Backend& get_backend() const { return backend_; }
    const Law& law() const { return law_; }
    Law& law() { return law_; }
    const settings& get_settings() const { return settings_; }

    /// A copy of the dual variable, tensors one after the other in the order of the list; empty before the
    /// first step.
    std::vector<T> dual() { return backend_.to_host(backend_.data(dual_), backend_.size(dual_)); }

    /// The lambda at which the present v would have this share of zeros among the counted parameters; the
    /// best that is possible when too few of them are regularized.
    T lambda_for(const parameter_list& parameters, T sparsity);

    /// Scalar type and policies in words: states are interchangeable exactly between equal descriptions.
    std::string description() const;
    /// Elements of the dual variable, 0 before the first step.
    index_t size() const { return backend_.size(dual_); }

    /// Names each field of the state once; io/state_file.hpp saves, loads, compares and prints with it.
    template <class Field>
    void visit(Field&& field);

  private:
    friend class device_steps<optimizer>;

    static void check_step_size(T step_size) {
        require(step_size > 0 && std::isfinite(step_size), "step_size", step_size, "> 0 and finite",
                "0.1 is usual for LinBreg and 0.01 for AdaBreg");
    }
    static void check_lambda(T lambda, const char* name) {
        require(lambda >= 0 && std::isfinite(lambda), name, lambda, ">= 0 and finite",
                "start small and let a control law find it");
    }

    static constexpr index_t all_groups = -1;

    /// One chunk of a tensor, for backends that go from chunk to chunk.
    struct on_chunk {
        const Backend& backend;
        index_t first, last;

        template <class Kernel>
        index_t elements(const Kernel& kernel) const {
            return backend.elements(kernel, first, last);
        }
        template <class Kernel, class Factor>
        index_t groups(const Kernel& kernel, const Factor& factor, stored* theta, const group_layout& layout) const {
            return backend.groups(kernel, factor, theta, layout, first, last);
        }
        template <class Kernel, class Function>
        index_t whole(const Kernel& kernel, stored* theta, const tensor_shape& shape, Function&& f) const {
            backend.elements(kernel, first, last);
            return backend.whole(theta, shape, f);
        }
    };

    template <class Gradient>
    report step_single(const tensor_view<stored>& theta, const tensor_view<Gradient>& gradient, T loss);
    report step_list(const parameter_list& parameters, T loss);
    void bind(const parameter_list& parameters);
    void start(const parameter_list& parameters);
    double gradient_norm(const parameter_list& parameters);
    void update(const parameter_list& parameters, T gradient_scale);
    void control(const parameter_list& parameters, T loss);
    template <class AnyLaw> // Law, or without its const
    T ask(AnyLaw& law, const parameter_list& parameters, index_t group, T lambda, T sparsity, T loss);
    void keep_least_density(const parameter_list& parameters);
    void set_group_lambda(const parameter_list& parameters, std::size_t group, T lambda);
    void apply_rule(const parameter_list& parameters, index_t group, T before, T after);
    void refresh(const parameter_list& parameters, index_t group = all_groups);
    template <class MakeKernel, class OnTensor>
    index_t pass(const parameter_list& parameters, index_t tensor, MakeKernel&& make, OnTensor&& on);
    template <class MakeKernel>
    void sweep(const parameter_list& parameters, MakeKernel&& make, index_t only_group = all_groups);
    template <class Primal>
    auto finished(const Primal& primal) const {
        if constexpr (contract::scales_theta<Direction, T>)
            return kernel::scaled_primal<Primal, T>{primal, primal_factor_};
        else
            return primal;
    }
    T critical_lambda(const parameter_list& parameters, T sparsity, index_t only_group);
    template <class Visit>
    index_t for_each_counted(const parameter_list& parameters, index_t only_group, Visit&& visit);
    Mirror mirror_at(T lambda) const;

    settings settings_;
    Direction direction_;
    Mirror mirror_;
    Regularizer regularizer_;
    Law law_;
    Backend backend_;

    std::int64_t step_ = 0;
    std::int64_t epoch_ = 0;
    T step_size_;
    T lambda_;
    T sparsity_ = 0;
    T primal_factor_ = 1; // of the last step, when the direction decays theta
    buffer dual_ = backend_.zeros(0);
    std::array<buffer, contract::moments_of<Direction>> moments_;
    buffer critical_ = backend_.zeros(0);               // scratch of lambda_for
    std::vector<moving_interval<T>> expected_critical_; // of each group, and of all
    std::vector<T> group_lambdas_;                      // lambda_ for all, or one each
    std::vector<std::remove_const_t<Law>> group_laws_;  // with lambda_scope::each_group

    work_plan plan_;
    std::vector<index_t> chunk_nonzeros_, group_nonzeros_;
    std::vector<double> chunk_squares_;
    std::vector<group_count> counts_;
    std::vector<std::size_t> regularizer_kinds_;
    std::vector<T> group_limits_; // where least_density holds lambda back; infinite elsewhere
    report last_;
    parameter_list single_;
};

} // namespace bregman

#include <bregman/step/lambda.hpp>
#include <bregman/step/passes.hpp>

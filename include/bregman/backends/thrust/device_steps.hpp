#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <bregman/backends/thrust/backend.hpp>
#include <bregman/backends/thrust/chosen_law.hpp>
#include <bregman/backends/thrust/read_back.hpp>
#include <bregman/backends/thrust/resident_bodies.hpp>
#include <bregman/backends/thrust/resident_selection.hpp>
#include <bregman/backends/thrust/step_state.hpp>
#include <bregman/backends/thrust/tensor_memory.hpp>
#include <bregman/base/error.hpp>
#include <bregman/base/finite.hpp>
#include <bregman/optimizer.hpp>
#include <bregman/policy/state_visit.hpp>

namespace bregman {

template <class Optimizer>
class device_steps {
    static_assert(!std::is_same_v<Optimizer, Optimizer>, "bregman: device_steps takes an optimizer");
};

/// Steps of an optimizer that stay on the device: lambda, the number of steps, the counts and the control law are in
/// device memory, and step() only orders kernels, without a copy, an allocation or a wait. A step_graph captures it.
///
///     bregman::device_steps steps(optimizer, parameters);
///     for (...) { /* write the gradients */ steps.step(); }
///     steps.finish(); // lambda, law, counts and step number are the optimizer's again
///
/// v, the moments and theta are the optimizer's and the user's, in place; the other numbers of the optimizer are those
/// of the last finish(). On host systems results have the bits of optimizer.step with the same backend. The list is
/// copied, its tensors must stay where they are; rebind() takes others of the same sizes.
///
/// A law runs on the device when it is a `device_law` (fixed, multiplicative, additive, band, PID, nuPI, the settling and
/// the quantile law) or an any_law that holds one of these, lambda_scope is `shared` and the rule for v `keep` or `prox_rescaled`. Any other law is asked on the
/// host after every `ask_every`-th step, with a copy of the counts and a wait, and lambda is constant in between. So is
/// the settling law where no lambda can be found.
///
/// Clipping and check_finite work on the device: a step with a gradient that is not finite is not made, nor counted.
/// Errors: std::invalid_argument for a least_density, for regularizers of whole tensors and for an empty list, as all
/// of optimizer.step; from finish() also when a law has returned what is no lambda (which then stayed as it was);
/// device_error as sweep_all.
template <class Direction, class Mirror, class Regularizer, class Law, class Backend>
class device_steps<optimizer<Direction, Mirror, Regularizer, Law, Backend>> {
  public:
    /// The optimizer that is taken to the device.
    using optimizer_type = optimizer<Direction, Mirror, Regularizer, Law, Backend>;
    using parameter_list = typename optimizer_type::parameter_list;
    using scalar = typename optimizer_type::scalar;
    using report = typename optimizer_type::report;
    using method_type = typename optimizer_type::method_type;

  private:
    using T = scalar;
    using stored = typename optimizer_type::stored_scalar;
    static_assert(contract::sweeps_all<Backend>,
                  "bregman: device_steps needs a backend that runs all tensors in one kernel: thrust_backend with "
                  "thrust_path::elements; see docs/concepts/backend.md");
    static_assert(
        !contract::compares_supports<typename optimizer_type::method_type::increment>,
        "bregman: device_steps does not count births and deaths: use optimizer.step, or the direction without "
        "with_turnover; see docs/policies/directions/turnover.md");

    static constexpr bool law_was_chosen = std::is_same_v<Law, any_law<T>>;
    static constexpr bool law_may_run_here = law_was_chosen || device_law<Law, T>;
    using law = std::conditional_t<law_was_chosen, device::chosen_law<T>,
                                   std::conditional_t<law_may_run_here, std::remove_const_t<Law>, device::law_on_host>>;
    static constexpr bool law_asks_for_lambda = device::asks_for_lambda<law, T>;
    static constexpr bool law_may_refresh = law_asks_for_lambda || device::may_act_at_once<law>;

    using increment = std::remove_cvref_t<decltype(std::declval<const Direction&>().at(std::int64_t(), T()))>;
    using state = device::step_state<T, increment, law>;
    using make_update = device::make_update<state, Direction, stored>;
    using make_refresh = device::make_refresh<state, Direction, stored>;
    using progress = device::progress_of_pass;
    using setter = device::lambda_setter<state>;
    static constexpr bool remembers = contract::remembers_tensors<Direction>;
    using tensor_memory = device::tensor_memory<state, Direction, increment, stored>;

  public:
    /// `ask_every` >= 1 matters to laws that run on the host.
    device_steps(optimizer_type& optimizer, const parameter_list& parameters, std::int64_t ask_every = 1)
        : optimizer_(optimizer), method_(optimizer.method()), parameters_(parameters), ask_every_(ask_every) {
        require(ask_every >= 1, "ask_every", ask_every, ">= 1", "1 asks the law after each step");
        require(parameters_.size() > 0, "number of parameters", parameters_.size(), ">= 1", "add a tensor to the list");
        check_tensors(parameters_);
        optimizer_.bind(parameters_);
        method_.backend.guarded("the start", [&](progress&) { step::start(method_, parameters_); });
        resume();
    }
    device_steps(const device_steps&) = delete;
    device_steps& operator=(const device_steps&) = delete;

    /// Whether no step needs the host.
    bool law_is_on_device() const { return law_is_here_; }
    /// Whether a step was made since the optimizer was taken to the device.
    bool has_stepped() const { return has_stepped_; }

    /// Orders one step.
    void step(device::stream on = {}) {
        method_.backend.guarded("a step on the device", [&](progress& now) { order(now, on); });
        has_stepped_ = true;
        if (!law_is_here_ && !is_frozen(method_.direction) && ++since_asked_ == ask_every_) ask_on_host();
    }

    /// The loss that the law sees from now on; like the following, in the order of the stream.
    void set_loss(T loss, device::stream on = {}) {
        loss_ = loss;
        change(&state::loss, loss, on);
    }
    /// tau > 0, from the next step on.
    void set_step_size(T step_size, device::stream on = {}) {
        optimizer_.set_step_size(step_size);
        method_.direction.at(1, step_size); // refuses what does not go together
        change(&state::step_size, step_size, on);
    }
    /// The sparsity asked for, in (0, 1], from the next step on.
    void set_target(target_schedule<T> target, device::stream on = {}) {
        optimizer_.set_target(std::move(target));
        change(&state::target, optimizer_.target(), on);
    }
    /// The epoch that a target for each epoch goes by.
    void set_epoch(std::int64_t epoch, device::stream on = {}) {
        optimizer_.set_epoch(epoch);
        change(&state::epoch, epoch, on);
        change(&state::target, optimizer_.target(), on);
    }

    /// Other memory for the same tensors. Waits, and captured graphs keep the old memory.
    void rebind(const parameter_list& parameters) {
        check_tensors(parameters);
        optimizer_.bind(parameters);
        parameters_ = parameters;
        record();
    }

    /// Orders a copy of the present report; known_report() gives it once it has arrived. Does not wait.
    void request_report(device::stream on = {}) {
        method_.backend.guarded("the request of a report", [&](progress& now) {
            now.writes = false;
            copies_.request(state_.get(), on);
        });
    }
    /// The newest report that has arrived, with the number of its step; step 0 when there is none. Does not wait.
    report known_report() {
        return method_.backend.guarded("a look for a report", [&](progress& now) {
            now.writes = false;
            const auto& newest = copies_.newest();
            return newest ? report_of(*newest) : report{};
        });
    }

    /// Whether the last step was refused, in device memory: for kernels ordered after it. Valid as long as this is.
    const bool* refused_on_device() { return &state_.get()->refused; }

    /// Waits for all streams, and hands lambda, law, counts, the number of steps and the last report to the optimizer.
    report finish() {
        state last = *first_;
        std::vector<index_t> nonzeros(method_.state.counts.size());
        method_.backend.guarded("the copy of what the steps did", [&](progress&) {
            device::synchronize();
            state_.load(last);
            device::copy_to_host(nonzeros_.begin(), index_t(nonzeros.size()), nonzeros.data());
        });
        auto& mine = method_.state;
        const std::int64_t made = last.step - mine.step;
        mine.step = last.step;
        mine.lambda = last.next_lambda;
        if (law_is_here_) std::fill(mine.group_lambdas.begin(), mine.group_lambdas.end(), last.next_lambda);
        mine.sparsity = last.sparsity;
        if (made > 0) {
            for (auto& steps : mine.tensor_steps) steps += made;
            std::fill(mine.image_lambdas.begin(), mine.image_lambdas.end(),
                      last.again ? last.next_lambda : last.lambda);
            std::fill(mine.primal_factors.begin(), mine.primal_factors.end(), last.primal_factor);
        }
        if (has_stepped_)
            for (std::size_t g = 0; g < nonzeros.size(); ++g)
                mine.counts[g].nonzeros = method_.scratch.group_nonzeros[g] = nonzeros[g];
        if constexpr (remembers)
            method_.backend.guarded("the copy of what is remembered",
                                    [&](progress&) { memory_.load(mine.tensor_memory); });
        if constexpr (law_may_run_here) take_law(method_.law, last.law);
        mine.last = report_of(last);
        if (last.law_has_failed)
            refuse("lambda returned by the control law", last.unusable_lambda, ">= 0 and finite",
                   "start small and let a control law find it");
        return mine.last;
    }

    /// Takes the optimizer's numbers anew, after somebody has changed them (set_lambda, a loaded state). Waits.
    void resume() {
        record();
        const auto& mine = method_.state;
        const bool knows_last = mine.last.step == mine.step && mine.step > 0;
        first_ = state{.step = mine.step,
                       .epoch = mine.epoch,
                       .lambda = knows_last ? mine.last.lambda : mine.lambda,
                       .next_lambda = mine.lambda,
                       .sparsity = mine.sparsity,
                       .target = method_.target(),
                       .granularity = step::granularity(method_, parameters_, step::all_groups),
                       .loss = loss_,
                       .step_size = mine.step_size,
                       .gradient_scale = 1,
                       .primal_factor = mine.primal_factors[0],
                       .gradient_norm = mine.last.gradient_norm,
                       .increment = method_.direction.at(mine.step + 1, mine.step_size),
                       .law = law_of(method_),
                       .unusable_lambda = 0,
                       .law_has_failed = false,
                       .refused = false,
                       .asks = false,
                       .again = false,
                       .choice = {}};
        method_.backend.guarded("the copy of lambda", [&](progress&) {
            state_.store(*first_);
            const auto& lambdas = method_.state.group_lambdas;
            device::copy_to_device(lambdas.data(), index_t(lambdas.size()), lambdas_.begin());
            if constexpr (remembers) memory_.store(method_.state.tensor_memory);
        });
    }

  private:
    /// What only the host's steps can do.
    void check_tensors(const parameter_list& parameters) const {
        constexpr const char* remedy = "use optimizer.step, which takes it";
        for (const auto& group : parameters.groups()) {
            if (group.least_density != 0)
                refuse("least_density of group \"" + group.name + "\"", group.least_density, "0 in device_steps",
                       remedy);
            if (group.step_size)
                refuse("step_size of group \"" + group.name + "\"", *group.step_size, "none of its own in device_steps",
                       remedy);
        }
        for (std::size_t i = 0; i < parameters.entries().size(); ++i) {
            if (!parameters.entries()[i].gradient && parameters.entries()[i].size > 0)
                refuse("gradient of tensor " + std::to_string(i), "nullptr",
                       "a gradient for each tensor in device_steps", remedy);
            const std::int64_t steps = i < method_.state.tensor_steps.size() ? method_.state.tensor_steps[i] : 0;
            if (steps != method_.state.step)
                refuse("steps of tensor " + std::to_string(i), steps,
                       "as many as the optimizer has made, " + std::to_string(method_.state.step) + ", in device_steps",
                       remedy);
        }
    }

    template <class Value>
    void change(Value state::*member, Value to, device::stream on) {
        device::run_once(device::change_state<state, Value>{state_.get(), member, to}, on);
    }

    static law law_of([[maybe_unused]] const method_type& method) {
        if constexpr (law_was_chosen)
            return law(method.law);
        else if constexpr (law_may_run_here)
            return method.law;
        else
            return {};
    }
    static void take_law(law& to, const law& from) { to = from; }
    static void take_law(const law&, const law&) {} // an optimizer of a const law
    static void take_law(any_law<T>& to, const law& from) {
        if constexpr (law_was_chosen) from.hand_back(to);
    }

    // ---- the jobs of a step, made once --------------------------------------------------------------------

    void record() {
        const auto& settings = method_.settings;
        law_is_here_ =
            law_may_run_here && settings.scope == lambda_scope::shared &&
            (settings.on_lambda_change == dual_rule::keep || settings.on_lambda_change == dual_rule::prox_rescaled);
        if (is_frozen(method_.direction)) law_is_here_ = false; // and nowhere else
        law_asks_ = law_asks_for_lambda;
        [[maybe_unused]] bool may_do_without = law_asks_for_lambda && device::may_do_without_selection<law>;
        if constexpr (law_was_chosen) {
            const law chosen = law_of(method_);
            law_is_here_ = law_is_here_ && chosen.runs_here();
            law_asks_ = chosen.may_ask();
            may_do_without = chosen.may_do_without_selection();
        }
        law_refreshes_ = law_asks_ || device::may_act_at_once<law>;
        // A law that can do without the selection does so on the host, where it is told that there is none.
        if constexpr (law_asks_for_lambda)
            if (may_do_without)
                law_is_here_ = law_is_here_ && step::can_tell_lambda(method_, parameters_, step::all_groups);
        checks_ = settings.check_finite || settings.clip_norm > 0 || remembers;
        method_.backend.guarded("the tables of the steps", [&](progress& now) {
            device::synchronize(); // steps under way read the tables
            lambdas_.resize(method_.state.group_lambdas.size());
            nonzeros_.resize(method_.state.counts.size());
            if constexpr (remembers) memory_.record(now, method_.plan, parameters_.entries());
            record_pass(updates_, now, [this](const auto& entry, index_t offset, [[maybe_unused]] index_t i) {
                make_update make{entry.gradient, dual() + offset, entry.theta, {}};
                if constexpr (remembers) make.own = memory_.increments() + i;
                for (std::size_t m = 0; m < method_.state.moments.size(); ++m)
                    make.moments[m] = method_.backend.data(method_.state.moments[m]) + offset;
                return make;
            });
            counts_ = table_of(updates_, ranges_);
            if constexpr (law_may_refresh)
                if (law_refreshes_) {
                    record_pass(refreshes_, now, [this](const auto& entry, index_t offset, index_t) {
                        return make_refresh{dual() + offset, entry.theta};
                    });
                    counts_again_ = table_of(refreshes_, ranges_again_);
                }
            if constexpr (law_asks_for_lambda)
                if (law_is_here_ && law_asks_) selection_.record(method_, parameters_, state_.get(), now);
            if (checks_ && !remembers) {
                const auto& entries = parameters_.entries();
                squares_.record(method_.plan, [&](index_t i) { return entries[std::size_t(i)].gradient; });
                squares_.queue().prepare(now);
            }
        });
    }

    T* dual() { return method_.backend.data(method_.state.dual); }

    using count_queue = device::job_queue<std::int64_t, std::int64_t>;

    template <class MakeOf>
    void record_pass(count_queue& queue, progress& now, MakeOf&& make_of) {
        queue.clear();
        const auto& tensors = method_.plan.tensors;
        for (index_t i = 0; i < index_t(tensors.size()); ++i) {
            const auto& entry = parameters_.entries()[std::size_t(i)];
            const auto& group = parameters_.group_of(entry);
            const work_plan::tensor& tensor = tensors[std::size_t(i)];
            const auto make = make_of(entry, tensor.offset, i);
            const T* const lambda = thrust::raw_pointer_cast(lambdas_.data()) + tensor.group;
            const bool rescales = method_.settings.on_lambda_change == dual_rule::prox_rescaled;
            const auto body_of = [&]<class R>(const R& regularizer) {
                using primal = device::resident_primal<T, Mirror, R>;
                return device::resident_body<state, std::remove_const_t<decltype(make)>, primal>{
                    state_.get(), make, primal{method_.mirror, regularizer, lambda, group.lambda_scale, rescales}};
            };
            by_kind<T>(
                group.regularizer, tensor.grouped,
                [&](const auto& regularizer) { add_elements(queue, body_of(regularizer), i); },
                [&](const auto& regularizer) { add_groups(queue, body_of(regularizer), i); },
                [&](const auto& regularizer) {
                    refuse("regularizer of group \"" + group.name + "\"", policy_name(regularizer),
                           "an element-wise or grouped one in device_steps",
                           "use optimizer.step, which takes whole tensors to the host");
                });
        }
        queue.prepare(now);
    }

    template <class Make, class Primal>
    void add_elements(count_queue& queue, const device::resident_body<state, Make, Primal>& body, index_t i) {
        using elements = device::resident_elements<state, Make, Primal>;
        add_tensor(queue, elements{body}, method_.plan.tensors[std::size_t(i)].size, elements::per_tile, i);
    }
    template <class Make, class Primal>
    void add_groups(count_queue& queue, const device::resident_body<state, Make, Primal>& body, index_t i) {
        const group_layout layout = method_.plan.tensors[std::size_t(i)].layout;
        if (layout.inner != 1)
            add_tensor(queue, device::resident_groups<state, Make, Primal>{body, layout}, layout.groups(),
                       device::lanes, i);
        else if (layout.size < device::lanes)
            add_tensor(queue, device::resident_contiguous<device::short_groups, state, Make, Primal>{body, layout.size},
                       layout.groups(), device::lanes, i);
        else
            add_tensor(queue, device::resident_contiguous<device::long_group, state, Make, Primal>{body, layout.size},
                       layout.groups(), 1, i);
    }
    template <class Body>
    void add_tensor(count_queue& queue, const Body& body, index_t units, index_t per_tile, index_t i) {
        queue.add(body, units, per_tile, method_.plan.tensors[std::size_t(i)].group, i);
    }

    device::count_table table_of(const count_queue& queue, device::table<device::counted_range>& ranges) {
        ranges.host.clear();
        index_t counted_size = 0;
        for (const index_t group : queue.keys())
            ranges.host.push_back({group, method_.state.counts[std::size_t(group)].counted});
        for (const auto& group : method_.state.counts)
            if (group.counted) counted_size += group.size;
        return {ranges.upload(),
                index_t(ranges.host.size()),
                queue.totals(),
                thrust::raw_pointer_cast(nonzeros_.data()),
                index_t(nonzeros_.size()),
                counted_size};
    }

    // ---- a step -------------------------------------------------------------------------------------------

    void order(progress& now, device::stream on) {
        now.writes = false;
        using begin = device::begin_step<state, Direction>;
        const double clip_norm = double(method_.settings.clip_norm);
        now.at("the beginning of the step");
        const auto begin_of = [&](const double* squares, index_t count) {
            return begin{state_.get(), method_.direction, squares, count, clip_norm};
        };
        if constexpr (remembers)
            memory_.launch(now, state_.get(), method_.direction, begin_of, on);
        else if (checks_)
            squares_.queue().launch(now, on, begin_of(squares_.queue().totals(), 1), "squares");
        else
            device::run_once(begin_of(nullptr, 0), on);
        now.writes = true;
        const setter set_lambda{state_.get(), thrust::raw_pointer_cast(lambdas_.data()), index_t(lambdas_.size())};
        if (!law_is_here_) return updates_.launch(now, on, device::end_counts<state>{state_.get(), counts_}, "update");
        updates_.launch(now, on, device::end_step<state>{state_.get(), counts_, set_lambda}, "update");
        if constexpr (law_asks_for_lambda)
            if (law_asks_) selection_.launch(now, state_.get(), set_lambda, on);
        if constexpr (law_may_refresh)
            if (law_refreshes_)
                refreshes_.launch(now, on, device::end_refresh<state>{state_.get(), counts_again_}, "refresh");
    }

    void ask_on_host() {
        since_asked_ = 0;
        if (finish().refused) return;
        if (step::control(method_, parameters_, loss_)) method_.state.last.lambda = method_.state.lambda;
        method_.state.last.next_lambda = method_.state.lambda;
        method_.state.last.sparsity = method_.state.sparsity;
        resume();
    }

    report report_of(const state& s) const {
        report result;
        result.step = s.step;
        result.refused = s.refused;
        result.lambda = s.again ? s.next_lambda : s.lambda;
        result.next_lambda = s.next_lambda;
        result.sparsity = s.sparsity;
        result.gradient_norm = s.gradient_norm;
        return result;
    }

    optimizer_type& optimizer_;
    method_type& method_;
    parameter_list parameters_;
    std::int64_t ask_every_, since_asked_ = 0;
    T loss_ = nan_of<T>();
    bool law_is_here_ = false, law_asks_ = false, law_refreshes_ = false, checks_ = false, has_stepped_ = false;

    device::value<state> state_;
    std::optional<state> first_; // of the present run of steps, on the host
    device::read_back<state> copies_;
    thrust::device_vector<T> lambdas_;
    thrust::device_vector<index_t> nonzeros_;

    device::sum_of_squares<stored> squares_;
    std::conditional_t<remembers, tensor_memory, device::no_more> memory_;
    count_queue updates_, refreshes_;
    device::table<device::counted_range> ranges_, ranges_again_;
    device::count_table counts_{}, counts_again_{};

    device::resident_selection<state, setter> selection_;
};

template <class Optimizer, class Parameters>
device_steps(Optimizer&, const Parameters&) -> device_steps<Optimizer>;
template <class Optimizer, class Parameters>
device_steps(Optimizer&, const Parameters&, std::int64_t) -> device_steps<Optimizer>;

} // namespace bregman

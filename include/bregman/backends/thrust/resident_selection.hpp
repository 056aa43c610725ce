#pragma once

#include <cstdint>
#include <type_traits>

#include <thrust/device_vector.h>

#include <bregman/backends/thrust/candidates.hpp>
#include <bregman/backends/thrust/execution.hpp>
#include <bregman/backends/thrust/job_queue.hpp>
#include <bregman/backends/thrust/resident_bodies.hpp>
#include <bregman/backends/thrust/selection.hpp>
#include <bregman/base/error.hpp>
#include <bregman/concepts.hpp>
#include <bregman/policy/math.hpp>
#include <bregman/step/kernels.hpp>
#include <bregman/step/lambda.hpp>

namespace bregman::device {

/// The lambda of the target, found by kernels that were made once and only move memory when a law asks: what a step's state
/// says. v is read once where all counted tensors vanish element by element and lambda moves little from step to step
/// (candidates.hpp), and once more where it does not; with groups a table of their lambdas is written and read by each
/// digit.
template <class State, class SetLambda>
class resident_selection {
    using T = typename State::scalar;

  public:
    /// Sends the tables. `state` is where the device has it.
    template <class Method>
    void record(Method& method, const typename Method::parameter_list& parameters, const State* state,
                progress_of_pass& now) {
        if constexpr (is_positive<typename Method::mirror_type>)
            refuse("mirror map", policy_name(method.mirror), "one whose theta can become zero",
                   "a theta on x > 0 has no zeros to count");
        auto& buffer = method.scratch.critical;
        if (method.backend.size(buffer) != method.plan.size) buffer = method.backend.zeros(method.plan.size);
        T* const values = method.backend.data(buffer);
        const auto for_each = [&](auto&& visit) {
            return step::for_each_counted(method, parameters, step::all_groups, visit);
        };

        size_ = {};
        index_t all_lanes = 0;
        has_groups_ = false;
        const step::counted_elements counted = for_each([&]<class Values>(index_t size, const Values&) {
            size_.candidates += size;
            all_lanes += candidate_lanes(size);
            has_groups_ = has_groups_ || std::is_invocable_v<Values, T*>;
        });
        size_.counted = counted.all;
        size_.unit = counted.unit;
        clear();
        if (has_groups_) {
            index_t offset = 0;
            for_each([&]<class Values>(index_t size, const Values& of) {
                if constexpr (std::is_invocable_v<Values, T*>) {
                    const auto [kernel, groups] = of(values + offset);
                    add_table(state, kernel, groups);
                } else {
                    add_table(state, kernel::tabulate<T, Values>{of, values + offset}, size);
                }
                offset += size;
            });
            add_readers(state, {values}, size_.candidates);
        } else {
            counts_.resize(std::size_t(all_lanes));
            std::int32_t* counts = thrust::raw_pointer_cast(counts_.data());
            T* kept = values;
            for_each([&]<class Values>(index_t size, const Values& of) {
                if constexpr (!std::is_invocable_v<Values, T*>) {
                    using keep = keep_candidates<State, Values>;
                    first_.add(keep{state, of, kept, counts, false}, size, candidates_tile, 0);
                    second_.add(keep{state, of, kept, counts, true}, size, candidates_tile, 0);
                    add_readers(state, {kept, counts, candidates_tile}, size);
                    kept += size;
                    counts += candidate_lanes(size);
                }
            });
        }
        tables_.prepare(now);
        first_.prepare(now);
        second_.prepare(now);
        digits_.prepare(now);
        next_.prepare(now);
    }

    void launch(progress_of_pass& now, State* state, const SetLambda& set_lambda, stream on) {
        if (has_groups_) {
            tables_.launch_jobs(now, on, "critical lambdas");
            now.at("the selection");
            run_once(begin_selection<State, SetLambda>{state, size_, set_lambda}, on);
        } else {
            using judge = judge_bracket<State, SetLambda>;
            first_.launch(now, on, judge{state, size_, first_.totals(), set_lambda, false}, "critical lambdas");
            second_.launch(now, on, judge{state, size_, second_.totals(), set_lambda, true}, "all critical lambdas");
        }
        for (int digit = 0; digit < digits_of<T>; ++digit)
            digits_.launch(now, on, add_digit<State>{state, digits_.totals()}, "digits");
        next_.launch(now, on, end_selection<State, SetLambda>{state, size_, next_.totals(), set_lambda},
                     "the next value");
    }

  private:
    void clear() {
        tables_.clear();
        first_.clear();
        second_.clear();
        digits_.clear();
        next_.clear();
    }
    template <class Function>
    void add_table(const State* state, const Function& f, index_t units) {
        using table = resident_table<State, Function>;
        tables_.add(table{state, f}, units, table::per_tile, 0);
    }
    void add_readers(const State* state, const selection_values<T>& from, index_t units) {
        digits_.add(count_digits<State>{state, from}, units, selection_tile, 0);
        next_.add(find_next<State>{state, from}, units, selection_tile, 0);
    }

    selection_size size_{};
    bool has_groups_ = false;
    thrust::device_vector<std::int32_t> counts_; // of candidates, of each lane
    job_queue<std::int64_t, std::int64_t> tables_;
    job_queue<bracket_counts<std::int32_t>, bracket_counts<std::int64_t>> first_, second_;
    job_queue<digit_counts<std::int32_t>, digit_counts<std::int64_t>> digits_;
    job_queue<smallest_of<key<T>>, smallest_of<key<T>>> next_;
};

} // namespace bregman::device

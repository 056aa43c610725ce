#pragma once

#include <cmath>
#include <concepts>
#include <cstdint>
#include <limits>
#include <type_traits>

#include <thrust/copy.h>
#include <thrust/device_vector.h>

#include <bregman/backends/thrust/execution.hpp>
#include <bregman/backends/thrust/selection.hpp>
#include <bregman/base/finite.hpp>
#include <bregman/base/portability.hpp>
#include <bregman/concepts.hpp>
#include <bregman/control/observation.hpp>
#include <bregman/tensors/tensor.hpp>

/// \file
/// What changes from step to step, in device memory, and the single threads that change it: the beginning of a step,
/// the control law after it.

namespace bregman::device {

/// A record in device memory.
template <class Record>
class value {
    static_assert(std::is_trivially_copyable_v<Record>);

  public:
    value() : bytes_(sizeof(Record)) {}

    void store(const Record& record) {
        const auto* from = reinterpret_cast<const unsigned char*>(&record);
        copy_to_device(from, index_t(sizeof(Record)), bytes_.begin());
    }
    void load(Record& record) const {
        copy_to_host(bytes_.begin(), index_t(sizeof(Record)), reinterpret_cast<unsigned char*>(&record));
    }
    Record* get() { return reinterpret_cast<Record*>(thrust::raw_pointer_cast(bytes_.data())); }

  private:
    thrust::device_vector<unsigned char> bytes_;
};

/// Stands for a law that is asked on the host.
struct law_on_host {};

/// The scalars of an optimizer while its steps run on the device.
template <class T, class Increment, class Law>
struct step_state {
    using scalar = T;
    using law_type = Law;

    std::int64_t step, epoch;
    T lambda, next_lambda; ///< what the last step used, and what the next will
    T sparsity, target, granularity, loss, step_size;
    T gradient_scale, primal_factor;
    double gradient_norm;
    Increment increment;
    Law law;
    T unusable_lambda; ///< what a law has returned that is no lambda
    bool law_has_failed;
    bool refused;        ///< the gradient was not finite: the step is not made
    bool asks;           ///< lambda becomes the lambda of the target
    bool again;          ///< theta is computed again
    selection<T> choice; ///< how the lambda of the target is found
};

/// The beginning of a step: whether and how the gradient is used, and the constants of the direction.
template <class State, class Direction>
struct begin_step {
    State* state;
    Direction direction;
    const double* squares; ///< sums of the gradient's squares, null when nobody asks
    index_t count;         ///< of them
    double clip_norm;

    BREGMAN_HOST_DEVICE void operator()() const {
        using T = typename State::scalar;
        State& s = *state;
        s.refused = s.asks = s.again = false;
        s.gradient_scale = 1;
        if (squares) {
            double total = 0;
            for (index_t i = 0; i < count; ++i) total += squares[i];
            s.gradient_norm = std::sqrt(total);
            // Where squares are beyond the range of double, clipping would not know by what to divide.
            constexpr double most = std::numeric_limits<double>::max() * 0x1p-40;
            s.refused = !is_finite(total) || (clip_norm > 0 && total >= most);
            if (s.refused) return;
            if (clip_norm > 0 && s.gradient_norm > clip_norm) s.gradient_scale = T(clip_norm / s.gradient_norm);
        }
        ++s.step;
        s.lambda = s.next_lambda;
        s.increment = direction.at(s.step, s.step_size);
        if constexpr (contract::scales_theta<Direction, T>) s.primal_factor = T(s.increment.primal_factor);
    }
};

/// What the counts of a pass are counted for.
struct counted_range {
    index_t group;
    bool counted;
};
struct count_table {
    const counted_range* ranges;
    index_t range_count;
    const std::int64_t* totals; ///< of each range
    index_t* nonzeros;          ///< of each parameter group
    index_t group_count;
    index_t counted_size; ///< elements of the counted groups

    /// The sparsity of the counted groups.
    BREGMAN_HOST_DEVICE double add_up() const {
        for (index_t g = 0; g < group_count; ++g) nonzeros[g] = 0;
        index_t counted = 0;
        for (index_t r = 0; r < range_count; ++r) {
            const index_t sum = index_t(totals[r]);
            nonzeros[ranges[r].group] += sum;
            if (ranges[r].counted) counted += sum;
        }
        return counted_size > 0 ? 1.0 - double(counted) / double(counted_size) : 0.0;
    }
};

/// lambda for the next step, for all parameter groups.
template <class State>
struct lambda_setter {
    State* state;
    typename State::scalar* lambdas; ///< of each parameter group
    index_t group_count;

    BREGMAN_HOST_DEVICE void operator()(typename State::scalar next) const {
        for (index_t g = 0; g < group_count; ++g) lambdas[g] = next;
        state->next_lambda = next;
    }
};

/// Whether a law leaves it to the caller to find the lambda of the target.
template <class Law, class T>
concept asks_for_lambda = requires(const Law& law, const device_observation<T>& seen) {
    { law.asks_for_lambda(seen) } -> std::convertible_to<bool>;
};

/// Whether a law says what lambda becomes. Both hold for one that was chosen at run time.
template <class Law, class T>
concept says_lambda = requires(Law& law, const device_observation<T>& seen) {
    { law(seen) } -> std::convertible_to<T>;
};

template <class Law>
inline constexpr bool may_act_at_once = requires(const Law& law) { law.acts_at_once; };

/// Whether such a law does not insist on it (needs_lambda_for): it has another way on the host.
template <class Law>
inline constexpr bool may_do_without_selection = !requires { Law::needs_lambda_for; };

/// After a step: its counts, and the law where that runs here.
template <class State>
struct end_step {
    State* state;
    count_table counts;
    lambda_setter<State> set_lambda;

    BREGMAN_HOST_DEVICE void operator()() const {
        using T = typename State::scalar;
        using law = typename State::law_type;
        State& s = *state;
        if (s.refused) return;
        s.sparsity = T(counts.add_up());
        if constexpr (!std::is_same_v<law, law_on_host>) {
            device_observation<T> seen;
            seen.step = s.step;
            seen.epoch = s.epoch;
            seen.lambda = s.lambda;
            seen.sparsity = s.sparsity;
            seen.target = s.target;
            seen.granularity = s.granularity;
            seen.loss = s.loss;
            if constexpr (asks_for_lambda<law, T>) s.asks = s.law.asks_for_lambda(seen);
            if constexpr (says_lambda<law, T>) {
                const T next = T(s.law(seen));
                if (next >= 0 && is_finite(next)) {
                    if constexpr (may_act_at_once<law>) s.again = s.law.acts_at_once && next != s.next_lambda;
                    if (next != s.next_lambda) set_lambda(next);
                } else {
                    s.law_has_failed = true;
                    s.unusable_lambda = next;
                }
            }
        }
    }
};

/// The counts alone, where the law is asked on the host.
template <class State>
struct end_counts {
    State* state;
    count_table counts;

    BREGMAN_HOST_DEVICE void operator()() const {
        if (!state->refused) state->sparsity = typename State::scalar(counts.add_up());
    }
};

/// After theta has been computed again.
template <class State>
struct end_refresh {
    State* state;
    count_table counts;

    BREGMAN_HOST_DEVICE void operator()() const {
        if (state->again) state->sparsity = typename State::scalar(counts.add_up());
    }
};

/// What the host changes between two steps, in the order of the stream.
template <class State, class Value>
struct change_state {
    State* state;
    Value State::*member;
    Value to;
    BREGMAN_HOST_DEVICE void operator()() const { state->*member = to; }
};

} // namespace bregman::device

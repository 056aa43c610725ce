#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <thrust/device_vector.h>

#include <bregman/backends/thrust/execution.hpp>
#include <bregman/backends/thrust/sweep.hpp>
#include <bregman/concepts.hpp>
#include <bregman/directions/tensor_statistics.hpp>
#include <bregman/step/work_plan.hpp>
#include <bregman/tensors/tensor.hpp>

namespace bregman::device {

/// What a direction remembers of each tensor, and its constants of the step for each, from the sums of squares: a thread for
/// each tensor with elements, after the beginning of a step.
template <class State, class Direction, class Increment>
struct remember_tensors {
    const State* state;
    Direction direction;
    const double* gradient_squares;
    const double* theta_squares; ///< null when the direction does not ask
    const index_t* tensors;      ///< of each sum
    const index_t* sizes;        ///< the same
    double* memory;              ///< of each tensor of the list
    Increment* increments;       ///< the same

    BREGMAN_HOST_DEVICE void operator()(index_t sum) const {
        const State& s = *state;
        if (s.refused) return;
        const double scale = double(s.gradient_scale);
        const index_t tensor = tensors[sum];
        tensor_statistics seen;
        seen.gradient_squares = gradient_squares[sum] * scale * scale;
        if (theta_squares) seen.theta_squares = theta_squares[sum];
        seen.size = sizes[sum];
        seen.step = s.step;
        memory[tensor] = direction.remember(memory[tensor], seen);
        increments[tensor] = direction.at(s.step, s.step_size, memory[tensor]);
    }
};

/// For directions that remember tensors (tensor_statistics.hpp), while steps run on a device. Allocates nothing once it has
/// seen the list.
template <class State, class Direction, class Increment, class Stored>
class tensor_memory {
  public:
    /// The jobs, which take the sums of the gradients' squares and, for a direction that asks, of the thetas'.
    template <class Entries>
    void record(progress_of_pass& now, const work_plan& plan, const Entries& entries) {
        memory_.resize(entries.size());
        increments_.resize(entries.size() * sizeof(Increment));
        gradients_.record(
            plan, [&](index_t i) { return entries[std::size_t(i)].gradient; }, true);
        gradients_.queue().prepare(now);
        if constexpr (contract::asks_for_theta<Direction>) {
            thetas_.record(
                plan, [&](index_t i) -> const Stored* { return entries[std::size_t(i)].theta; }, true);
            thetas_.queue().prepare(now); // of the same tensors in the same order
        }
        tensors_.host = gradients_.queue().keys();
        sizes_.host.clear();
        for (const index_t i : tensors_.host) sizes_.host.push_back(entries[std::size_t(i)].size);
        tensors_on_device_ = tensors_.upload();
        sizes_on_device_ = sizes_.upload();
    }

    /// What the optimizer remembers, and back.
    void store(const std::vector<double>& remembered) {
        copy_to_device(remembered.data(), index_t(remembered.size()), memory_.begin());
    }
    void load(std::vector<double>& remembered) const {
        copy_to_host(memory_.begin(), index_t(remembered.size()), remembered.data());
    }

    /// Of each tensor of the list, on the device.
    const Increment* increments() { return reinterpret_cast<Increment*>(thrust::raw_pointer_cast(increments_.data())); }

    /// The sums, begin_of(totals, their number) in one thread, and then what is remembered.
    template <class BeginOf>
    void launch(progress_of_pass& now, State* state, const Direction& direction, BeginOf&& begin_of, stream on) {
        const double* of_theta = nullptr;
        if constexpr (contract::asks_for_theta<Direction>) {
            thetas_.queue().launch(now, on, no_more{}, "squares of theta");
            of_theta = thetas_.queue().totals();
        }
        const double* const totals = gradients_.queue().totals();
        const index_t count = index_t(tensors_.host.size());
        gradients_.queue().launch(now, on, begin_of(totals, count), "squares");
        if (count == 0) return;
        double* const memory = thrust::raw_pointer_cast(memory_.data());
        auto* const increments = reinterpret_cast<Increment*>(thrust::raw_pointer_cast(increments_.data()));
        now.at("what is remembered of the tensors");
        for_each_index(0, count,
                       remember_tensors<State, Direction, Increment>{state, direction, totals, of_theta,
                                                                     tensors_on_device_, sizes_on_device_, memory,
                                                                     increments},
                       on, "tensors");
    }

  private:
    sum_of_squares<Stored> gradients_, thetas_;
    table<index_t> tensors_, sizes_;
    const index_t* tensors_on_device_ = nullptr;
    const index_t* sizes_on_device_ = nullptr;
    thrust::device_vector<double> memory_;
    thrust::device_vector<unsigned char> increments_;
};

} // namespace bregman::device

#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include <bregman/backends/thrust/bodies.hpp>
#include <bregman/backends/thrust/job_queue.hpp>
#include <bregman/step/work_plan.hpp>
#include <bregman/tensors/tensor.hpp>

namespace bregman::device {

/// Collects what a pass of the optimizer does to each tensor, then does it to all of them: one kernel for each kind
/// of kernel that the optimizer asked for, two that add up the counts and one small copy to the host.
template <class T, class Stored>
class sweep {
  public:
    /// record(i, on) calls on.elements, on.groups or on.whole for tensor i of the plan, or nothing. The counts of the
    /// parameter groups that were recorded go to `nonzeros`.
    template <class Record, class WholeTensor>
    void run(progress_of_pass& now, const work_plan& plan, std::vector<index_t>& nonzeros, Record&& record,
             WholeTensor&& whole_tensor) {
        queue_.clear();
        on_host_.clear();
        for (index_t i = 0; i < index_t(plan.tensors.size()); ++i) {
            on_tensor<WholeTensor> on{*this, plan.tensors[std::size_t(i)], i, now, whole_tensor};
            record(i, on);
        }
        queue_.prepare(now);
        queue_.launch(now, {}, no_more{}, "pass");
        for (const count& c : on_host_) nonzeros[std::size_t(c.group)] = 0;
        for (const count& c : on_host_) nonzeros[std::size_t(c.group)] += c.nonzeros;
        queue_.read(now, [&](index_t group, std::int64_t sum) { nonzeros[std::size_t(group)] += index_t(sum); });
    }

  private:
    struct count {
        index_t group, nonzeros;
    };

    /// What a pass may do to a tensor.
    template <class WholeTensor>
    struct on_tensor {
        sweep& self;
        const work_plan::tensor& tensor;
        index_t number;
        progress_of_pass& now;
        WholeTensor& whole_tensor;

        // As a backend's functions: here a pass takes tensors whole, so the range is all of it.
        template <class Kernel>
        index_t elements(const Kernel& kernel, index_t, index_t) {
            using body = count_elements<T, Kernel>;
            return add(body{kernel}, tensor.size, body::per_tile);
        }
        template <class Kernel, class Factor>
        index_t groups(const Kernel& kernel, const Factor& factor, Stored* theta, const group_layout& layout, index_t,
                       index_t) {
            const index_t groups = layout.groups();
            if (layout.inner != 1)
                return add(count_groups<T, Kernel, Factor>{{kernel, factor, theta, layout}}, groups, lanes);
            if (layout.size < lanes)
                return add(short_groups<T, Kernel, Factor>{kernel, factor, theta, layout.size}, groups, lanes);
            return add(long_group<T, Kernel, Factor>{kernel, factor, theta, layout.size}, groups, 1);
        }
        /// At once, since the host takes part.
        template <class Kernel, class Function>
        index_t whole(const Kernel& kernel, Stored* theta, const tensor_shape& shape, Function&& f) {
            now.in_kernels = true;
            now.at("the regularizer of whole tensors", number, number);
            return note(whole_tensor(kernel, theta, shape, f));
        }

      private:
        template <class Body>
        index_t add(const Body& body, index_t units, index_t per_tile) {
            self.queue_.add(body, units, per_tile, tensor.group, number);
            return note(0);
        }
        index_t note(index_t nonzeros) {
            self.on_host_.push_back({tensor.group, nonzeros});
            return nonzeros;
        }
    };

    job_queue<std::int64_t, std::int64_t> queue_;
    std::vector<count> on_host_; // of each recorded tensor, what is known before the kernels run
};

/// Sum of the squares of all tensors' values, values_of(i) those of tensor i or null, with one kernel that reads them.
template <class Stored>
class sum_of_squares {
  public:
    template <class ValuesOf>
    double of(progress_of_pass& now, const work_plan& plan, ValuesOf&& values_of) {
        record(plan, values_of);
        double total = 0;
        queue_.run(
            now, [&](index_t, double sum) { total += sum; }, "squares");
        return total;
    }
    /// The same for each tensor: of_each[i] where values_of(i) is not null.
    template <class ValuesOf>
    void of_each(progress_of_pass& now, const work_plan& plan, ValuesOf&& values_of, std::vector<double>& of_each) {
        record(plan, values_of, true);
        queue_.run(
            now, [&](index_t tensor, double sum) { of_each[std::size_t(tensor)] = sum; }, "squares");
    }

    /// The jobs alone, for who runs them often; their sums together, or each tensor's.
    template <class ValuesOf>
    void record(const work_plan& plan, ValuesOf&& values_of, bool each = false) {
        queue_.clear();
        for (index_t i = 0; i < index_t(plan.tensors.size()); ++i) {
            const index_t size = plan.tensors[std::size_t(i)].size, per_tile = add_squares<Stored>::per_tile;
            if (const Stored* values = values_of(i))
                queue_.add(add_squares<Stored>{values}, size, per_tile, each ? i : 0, i);
        }
    }
    auto& queue() { return queue_; }

  private:
    job_queue<double, double> queue_;
};

} // namespace bregman::device

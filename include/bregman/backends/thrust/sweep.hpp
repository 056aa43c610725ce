#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include <bregman/backends/thrust/bodies.hpp>
#include <bregman/backends/thrust/job_queue.hpp>
#include <bregman/tensor.hpp>
#include <bregman/work_plan.hpp>

namespace bregman::device {

/// Collects what a pass of the optimizer does to each tensor, then does it to all of them: one kernel for each kind
/// of kernel that the optimizer asked for (two for long groups), one that adds up the counts and one small copy to
/// the host.
template <class T>
class sweep {
  public:
    /// record(i, on) calls on.elements, on.groups or on.whole for tensor i of the plan, or nothing. The counts of the
    /// parameter groups that were recorded go to `nonzeros`.
    template <class Record, class WholeTensor>
    void run(const work_plan& plan, std::vector<index>& nonzeros, Record&& record, WholeTensor&& whole_tensor) {
        queue_.clear();
        on_host_.clear();
        for (index i = 0; i < index(plan.tensors.size()); ++i) {
            on_tensor<WholeTensor> on{*this, plan.tensors[std::size_t(i)], whole_tensor};
            record(i, on);
        }
        for (const count& c : on_host_) nonzeros[std::size_t(c.group)] = 0;
        for (const count& c : on_host_) nonzeros[std::size_t(c.group)] += c.nonzeros;
        queue_.run([&](index group, std::int64_t sum) { nonzeros[std::size_t(group)] += index(sum); });
    }

  private:
    struct count {
        index group, nonzeros;
    };

    /// What a pass may do to a tensor.
    template <class WholeTensor>
    struct on_tensor {
        sweep& self;
        const work_plan::tensor& tensor;
        WholeTensor& whole_tensor;

        template <class Kernel>
        index elements(const Kernel& kernel) {
            using body = count_elements<T, Kernel>;
            return add(body{kernel}, tensor.size, body::per_tile);
        }
        template <class Kernel, class Factor>
        index groups(const Kernel& kernel, const Factor& factor, T* theta, const group_layout& layout) {
            const index groups = layout.groups();
            if (layout.inner == 1 && layout.size >= lanes) {
                const index slot = self.queue_.reserve(groups, tensor.group);
                self.queue_.add(begin_group<T, Kernel>{kernel, layout.size}, groups, 1, slot);
                self.queue_.add(finish_group<T, Kernel, Factor>{factor, theta, layout.size}, groups, 1, slot);
                return note(0);
            }
            return add(count_groups<T, Kernel, Factor>{{kernel, factor, theta, layout}}, groups, lanes);
        }
        /// At once, since the host takes part.
        template <class Kernel, class Function>
        index whole(const Kernel& kernel, T* theta, const tensor_shape& shape, Function&& f) {
            return note(whole_tensor(kernel, theta, shape, f));
        }

      private:
        template <class Body>
        index add(const Body& body, index units, index per_tile) {
            self.queue_.add(body, units, per_tile, self.queue_.reserve(tiles_of(units, per_tile), tensor.group));
            return note(0);
        }
        index note(index nonzeros) {
            self.on_host_.push_back({tensor.group, nonzeros});
            return nonzeros;
        }
    };

    job_queue<std::int32_t, std::int64_t, T> queue_;
    std::vector<count> on_host_; // of each recorded tensor, what is known before the kernels run
};

/// Sum of the squares of all tensors' values, value_of(i) those of tensor i, with one kernel.
template <class T>
class sum_of_squares {
  public:
    template <class ValuesOf>
    double of(const work_plan& plan, ValuesOf&& values_of) {
        queue_.clear();
        for (index i = 0; i < index(plan.tensors.size()); ++i) {
            const index size = plan.tensors[std::size_t(i)].size, per_tile = add_squares<T>::per_tile;
            queue_.add(add_squares<T>{values_of(i)}, size, per_tile, queue_.reserve(tiles_of(size, per_tile), 0));
        }
        double total = 0;
        queue_.run([&](index, double sum) { total += sum; });
        return total;
    }

  private:
    job_queue<double, double, T> queue_;
};

} // namespace bregman::device

#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <thrust/copy.h>
#include <thrust/device_ptr.h>
#include <thrust/device_vector.h>
#include <thrust/functional.h>
#include <thrust/iterator/counting_iterator.h>
#include <thrust/sort.h>
#include <thrust/system_error.h>
#include <thrust/transform_reduce.h>

#include <bregman/backends/forward.hpp>
#if !defined(__CUDACC__)
#include <bregman/backends/lane_loops.hpp>
#endif
#include <bregman/backends/thrust/bodies.hpp>
#include <bregman/backends/thrust/execution.hpp>
#include <bregman/backends/thrust/sweep.hpp>
#include <bregman/element_access.hpp>
#include <bregman/sparsity.hpp>
#include <bregman/tensor.hpp>
#include <bregman/work_plan.hpp>

namespace bregman {

/// A call of the device failed: out of memory, a wrong pointer, a lost device. The message names the pass and what
/// the device said. lambda has not changed; after an error inside a kernel CUDA leaves no memory that could be read.
class device_error : public std::runtime_error {
  public:
    device_error(const char* pass, const char* reason)
        : std::runtime_error("bregman: " + std::string(pass) + " failed on the device: " + reason) {}
};

/// Thrust: the state in device vectors, passes on the device system that Thrust is compiled for.
///
/// On a GPU (Path = elements) a pass over any number of tensors is one kernel for each kind of regularizer, counts
/// of non-zeros included. Under a host compiler (Path = lanes) Thrust spreads the chunks of the Eigen backend over
/// its threads, with the same bits for any number of them.
template <class T, thrust_path Path>
class thrust_backend {
    static constexpr bool one_kernel = Path == thrust_path::elements;

  public:
    static constexpr const char* name = "thrust";
    using scalar = T;
    using buffer = thrust::device_vector<T>;

    buffer zeros(index n) const { return buffer(std::size_t(n), T(0)); }
    T* data(buffer& b) const { return thrust::raw_pointer_cast(b.data()); }
    index size(const buffer& b) const { return index(b.size()); }

    std::vector<T> to_host(const T* from, index n) const {
        std::vector<T> host(static_cast<std::size_t>(n));
        const thrust::device_ptr<const T> begin(from);
        thrust::copy(begin, begin + n, host.begin());
        return host;
    }
    void to_device(const std::vector<T>& from, T* to) const {
        thrust::copy(from.begin(), from.end(), thrust::device_ptr<T>(to));
    }

    /// Without lanes a tensor is one chunk: what runs chunk by chunk then is Thrust's to spread over the device.
    index chunk_size() const { return one_kernel ? std::numeric_limits<index>::max() / 2 : 16384; }
    template <class Work>
    void for_each_chunk(index chunks, Work&& work) const {
        if constexpr (one_kernel) {
            for (index c = 0; c < chunks; ++c) work(c);
        } else {
            device::for_each_index(0, chunks, [&work](index c) { work(c); });
        }
    }

    template <class Kernel>
    index elements(const Kernel& kernel, index first, index last) const {
        if constexpr (one_kernel)
            return count(device::count_element<T, Kernel>{kernel}, first, last);
        else
            return host_loops::elements(kernel, first, last);
    }
    template <class Kernel, class Factor>
    index groups(const Kernel& kernel, const Factor& factor, T* theta, const group_layout& layout,
                 index first, index last) const {
        if constexpr (one_kernel)
            return count(device::count_group<T, Kernel, Factor>{kernel, factor, theta, layout}, first, last);
        else
            return host_loops::groups(kernel, factor, theta, layout, first, last);
    }
    /// f(theta) for a tensor as a whole, on the host; returns how many non-zeros it has then.
    template <class Function>
    index whole(T* theta, const tensor_shape& shape, Function&& f) const {
        std::vector<T> host = to_host(theta, shape.size());
        f(tensor_view<T>{host.data(), shape});
        to_device(host, theta);
        index nonzeros = 0;
        for (T x : host) nonzeros += std::fabs(double(x)) > zero_tolerance;
        return nonzeros;
    }
    template <class Function>
    void for_each(const Function& f, index first, index last) const {
        device::for_each_index(first, last, f);
    }

    /// Sum of the squares of [first, last); not finite exactly when an element is not.
    double sum_of_squares(const T* values, index first, index last) const {
        if constexpr (one_kernel) {
            const double total = add(device::square<T>{values}, first, last, 0.0);
            if (std::isfinite(total)) return total;
            return beyond_range(count(device::not_finite<T>{values}, first, last));
        } else {
            return host_loops::sum_of_squares(values, first, last);
        }
    }

    /// One pass over all tensors: record(i, on) says what happens to tensor i; see docs/concepts/backend.md.
    template <class Record>
    void sweep_all(const work_plan& plan, std::vector<index>& nonzeros, Record&& record) requires one_kernel {
        auto whole_tensor = [this](const auto& kernel, T* theta, const tensor_shape& shape, auto& f) {
            this->elements(kernel, 0, shape.size());
            return this->whole(theta, shape, f);
        };
        guarded("the pass over all tensors", [&] { sweep_.run(plan, nonzeros, record, whole_tensor); });
    }

    /// Sum of the squares of all tensors' values; not finite exactly when an element is not.
    template <class ValuesOf>
    double sum_of_squares_of_all(const work_plan& plan, ValuesOf&& values_of) requires one_kernel {
        return guarded("the gradient norm", [&] {
            const double total = squares_.of(plan, values_of);
            if (std::isfinite(total)) return total;
            index unusable = 0;
            for (index i = 0; i < index(plan.tensors.size()); ++i)
                unusable += count(device::not_finite<T>{values_of(i)}, 0, plan.tensors[std::size_t(i)].size);
            return beyond_range(unusable);
        });
    }

    /// The k-th smallest of n values and the one after it; sorts them.
    std::pair<T, T> order_statistics(T* values, index n, index k) const {
        const thrust::device_ptr<T> begin(values);
        thrust::sort(begin, begin + n);
        const T chosen = begin[k - 1];
        return {chosen, k < n ? T(begin[k]) : chosen};
    }

  private:
#if defined(__CUDACC__)
    static_assert(one_kernel, "bregman: lanes are for host compilers");
    struct host_loops;
#else
    using host_loops = lane_loops<T, primal_store::cached>;
#endif

    // A sum of squares beyond the range of double is reported as its largest value.
    static double beyond_range(index not_finite) {
        return not_finite > 0 ? std::numeric_limits<double>::infinity() : std::numeric_limits<double>::max();
    }

    template <class Function>
    static auto guarded(const char* pass, Function&& f) {
        try {
            return f();
        } catch (const thrust::system_error& error) {
            throw device_error(pass, error.what());
        }
    }

    template <class Function, class Sum>
    static Sum add(const Function& f, index first, index last, Sum zero) {
        return thrust::transform_reduce(thrust::device, thrust::counting_iterator<index>(first),
                                        thrust::counting_iterator<index>(last), f, zero, thrust::plus<Sum>());
    }
    template <class Function>
    static index count(const Function& f, index first, index last) {
        return add(f, first, last, index(0));
    }

    device::sweep<T> sweep_;
    device::sum_of_squares<T> squares_;
};

} // namespace bregman

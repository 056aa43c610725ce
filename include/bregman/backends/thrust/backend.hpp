#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <new>
#include <string>
#include <type_traits>
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

#include <bregman/backends/cpu/old_support.hpp>
#include <bregman/backends/forward.hpp>
#if !defined(__CUDACC__)
#include <bregman/backends/cpu/lane_loops.hpp>
#endif
#include <bregman/backends/thrust/bodies.hpp>
#include <bregman/backends/thrust/error.hpp>
#include <bregman/backends/thrust/execution.hpp>
#include <bregman/backends/thrust/sweep.hpp>
#include <bregman/base/error.hpp>
#include <bregman/base/finite.hpp>
#include <bregman/base/first_exception.hpp>
#include <bregman/policy/element_access.hpp>
#include <bregman/step/work_plan.hpp>
#include <bregman/tensors/tensor.hpp>

namespace bregman {

/// Thrust: the state in device vectors, passes on the device system that Thrust is compiled for.
///
/// On a GPU (Path = elements) a pass over any number of tensors is one kernel for each kind of regularizer, counts
/// of non-zeros included. Under a host compiler (Path = lanes) Thrust spreads the chunks of the Eigen backend over
/// its threads, with the same bits for any number of them.
///
/// `Stored` other than T is mixed precision: theta and gradient in bfloat16 or half, v and moments in T. v is the
/// master copy and there is no second one: theta is v's image, rounded once, and what is counted is that.
template <class T, thrust_path Path, class Stored>
class thrust_backend {
    static constexpr bool one_kernel = Path == thrust_path::elements;
    static constexpr bool is_mixed = !std::is_same_v<Stored, T>;
    static_assert(one_kernel || !is_mixed,
                  "bregman: mixed precision has no lanes: use mixed_precision_backend<Stored>, whose path is "
                  "thrust_path::elements");

  public:
    static constexpr const char* name = "thrust";
    /// Whether Thrust's device system is CUDA here.
    static constexpr bool is_on_cuda = THRUST_DEVICE_SYSTEM == THRUST_DEVICE_SYSTEM_CUDA;
    using scalar = T;
    using stored = Stored;
    using buffer = thrust::device_vector<T>;

    buffer zeros(index_t n) const { return buffer(std::size_t(n), T(0)); }
    T* data(buffer& b) const { return thrust::raw_pointer_cast(b.data()); }
    const T* data(const buffer& b) const { return thrust::raw_pointer_cast(b.data()); }
    index_t size(const buffer& b) const { return index_t(b.size()); }

    std::vector<T> to_host(const T* from, index_t n) const {
        std::vector<T> host(static_cast<std::size_t>(n));
        const thrust::device_ptr<const T> begin(from);
        device::copy_to_host(begin, n, host.data());
        return host;
    }
    void to_device(const std::vector<T>& from, T* to) const {
        device::copy_to_device(from.data(), index_t(from.size()), thrust::device_ptr<T>(to));
    }
    /// The same of theta in mixed precision: widened, and rounded.
    std::vector<T> to_host(const Stored* from, index_t n) const
        requires is_mixed
    {
        std::vector<Stored> host(static_cast<std::size_t>(n));
        const thrust::device_ptr<const Stored> begin(from);
        device::copy_to_host(begin, n, host.data());
        std::vector<T> widened;
        widened.reserve(host.size());
        for (const Stored& x : host) widened.push_back(static_cast<T>(x));
        return widened;
    }
    void to_device(const std::vector<T>& from, Stored* to) const
        requires is_mixed
    {
        std::vector<Stored> rounded;
        rounded.reserve(from.size());
        for (const T x : from) rounded.push_back(static_cast<Stored>(x));
        device::copy_to_device(rounded.data(), index_t(rounded.size()), thrust::device_ptr<Stored>(to));
    }

    /// Refuses memory that is not the device's, at the first step.
    template <class Value>
    void check_memory([[maybe_unused]] const Value* data, [[maybe_unused]] index_t size,
                      [[maybe_unused]] const char* what, [[maybe_unused]] index_t tensor) const {
#if defined(__CUDACC__)
        if (size == 0) return;
        cudaPointerAttributes seen{};
        int device = 0;
        if (cudaGetDevice(&device) != cudaSuccess || cudaPointerGetAttributes(&seen, data) != cudaSuccess)
            throw device_error("the first step",
                               "a look at " + std::string(what) + " of tensor " + std::to_string(tensor),
                               cudaGetErrorString(cudaGetLastError()));
        const bool is_here =
            seen.type == cudaMemoryTypeManaged || (seen.type == cudaMemoryTypeDevice && seen.device == device);
        if (!is_here)
            refuse(what + std::string(" of tensor ") + std::to_string(tensor),
                   seen.type == cudaMemoryTypeDevice ? "memory of device " + std::to_string(seen.device)
                                                     : std::string("memory of the host"),
                   "memory of device " + std::to_string(device) + ", the current one",
                   "keep all tensors of an optimizer on one device, and make it the current one");
#endif
    }

    /// Without lanes a tensor is one chunk: what runs chunk by chunk then is Thrust's to spread over the device.
    index_t chunk_size() const { return one_kernel ? std::numeric_limits<index_t>::max() / 2 : 16384; }
    /// Calls work(chunk) for each chunk: on the system's threads where it has lanes, else one after the other.
    template <class Work>
    void for_each_chunk(index_t chunks, Work&& work) const {
        if constexpr (one_kernel) {
            for (index_t c = 0; c < chunks; ++c) work(c);
        } else {
            first_exception thrown; // Thrust's threads cannot carry one
            device::for_each_index(0, chunks, [&](index_t c) { thrown.guard(c, [&] { work(c); }); });
            thrown.rethrow();
        }
    }

    /// Runs a kernel over the elements [first, last) and returns how many are not zero.
    template <class Kernel>
    index_t elements(const Kernel& kernel, index_t first, index_t last) const {
        if constexpr (one_kernel)
            return count(device::count_element<T, Kernel>{kernel}, first, last);
        else
            return host_loops::elements(kernel, first, last);
    }
    /// The same for whole groups: the norm of each group first, then its factor.
    template <class Kernel, class Factor>
    index_t groups(const Kernel& kernel, const Factor& factor, Stored* theta, const group_layout& layout, index_t first,
                   index_t last) const {
        if constexpr (one_kernel)
            return count(device::count_group<T, Kernel, Factor>{kernel, factor, theta, layout}, first, last);
        else
            return host_loops::groups(kernel, factor, theta, layout, first, last);
    }
    /// Runs a kernel over a tensor and then, on the host, f(theta) on the tensor as a whole; returns how many non-zeros it
    /// has then.
    template <class Kernel, class Function>
    index_t whole(const Kernel& kernel, Stored* theta, const tensor_shape& shape, Function&& f) const {
        static_assert(!is_mixed, "bregman: a regularizer of whole tensors needs theta in the optimizer's scalar type; "
                                 "in mixed precision use element-wise or grouped ones");
        old_support<kernel::compares_supports<Kernel>> before;
        before.start();
        if constexpr (kernel::compares_supports<Kernel>) before.look(to_host(theta, shape.size()).data(), shape.size());
        elements(kernel, 0, shape.size());
        std::vector<T> host = to_host(theta, shape.size());
        f(tensor_view<T>{host.data(), shape});
        to_device(host, theta);
        index_t counted = 0;
        for (index_t i = 0; i < shape.size(); ++i) counted += before.count(host[std::size_t(i)], i);
        return counted;
    }
    /// Runs f(i) for each i of [first, last) on the device.
    template <class Function>
    void for_each(const Function& f, index_t first, index_t last) const {
        device::for_each_index(first, last, f);
    }

    /// Sum of the squares of [first, last); not finite exactly when an element is not.
    double sum_of_squares(const T* values, index_t first, index_t last) const {
        if constexpr (one_kernel) {
            const double total = add(device::square<T>{values}, first, last, 0.0);
            if (is_finite(total)) return total;
            // Beyond the range of double is reported as its largest value.
            return count(device::not_finite<T>{values}, first, last) > 0 ? infinity_of<double>()
                                                                         : std::numeric_limits<double>::max();
        } else {
            return host_loops::sum_of_squares(values, first, last);
        }
    }

    /// One pass over all tensors: record(i, on) says what happens to tensor i; see docs/concepts/backend.md. Throws
    /// device_error, for good once a kernel has failed.
    template <class Record>
    void sweep_all(const work_plan& plan, std::vector<index_t>& nonzeros, Record&& record)
        requires one_kernel
    {
        auto whole_tensor = [this](const auto& kernel, Stored* theta, const tensor_shape& shape, auto& f) {
            return this->whole(kernel, theta, shape, f);
        };
        guarded("the pass over all tensors",
                [&](device::progress_of_pass& now) { sweep_.run(now, plan, nonzeros, record, whole_tensor); });
    }

    /// Sum of the squares of all tensors' values; not finite exactly when an element is not.
    template <class ValuesOf>
    double sum_of_squares_of_all(const work_plan& plan, ValuesOf&& values_of)
        requires one_kernel
    {
        return guarded("the gradient norm", [&](device::progress_of_pass& now) {
            now.writes = false;
            return squares_.of(now, plan, values_of);
        });
    }

    /// The same for each tensor, in of_each[i] where values_of(i) is not null.
    template <class ValuesOf>
    void sum_of_squares_of_each(const work_plan& plan, ValuesOf&& values_of, std::vector<double>& of_each)
        requires one_kernel
    {
        guarded("the gradient norm", [&](device::progress_of_pass& now) {
            now.writes = false;
            squares_.of_each(now, plan, values_of, of_each);
        });
    }

    /// f(now), with the errors of the device as device_error. After one among kernels that write nothing is run again.
    template <class Function>
    auto guarded(const char* pass, Function&& f) {
        device::progress_of_pass now;
        const auto fail = [&](const char* reason) {
            const device_error error(pass, now.text(), reason);
            if (now.in_kernels && now.writes) broken_ = error.what();
            throw error;
        };
        if (!broken_.empty())
            throw device_error(pass, "an earlier step", broken_ + "; make a new optimizer and load its last state");
        try {
            return f(now);
        } catch (const thrust::system_error& error) {
            fail(error.what());
            throw;
        } catch (const std::bad_alloc&) {
            fail("out of memory");
            throw;
        }
    }

    /// The k-th smallest of n values and the one after it; sorts them.
    std::pair<T, T> order_statistics(T* values, index_t n, index_t k) const {
        const thrust::device_ptr<T> begin(values);
        device::note_kernel("sort", {}); // many kernels, and a temporary copy
        thrust::sort(begin, begin + n);
        device::note_copy_to_host(std::int64_t(2 * sizeof(T)), true);
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

    template <class Function, class Sum>
    static Sum add(const Function& f, index_t first, index_t last, Sum zero) {
        if constexpr (device::counts_calls) device::note_kernel("reduction", device::traffic_of(f, last - first));
        device::note_copy_to_host(std::int64_t(sizeof(Sum)), true);
        return thrust::transform_reduce(thrust::device, thrust::counting_iterator<index_t>(first),
                                        thrust::counting_iterator<index_t>(last), f, zero, thrust::plus<Sum>());
    }
    template <class Function>
    static index_t count(const Function& f, index_t first, index_t last) {
        return add(f, first, last, index_t(0));
    }

    device::sweep<T, Stored> sweep_;
    device::sum_of_squares<Stored> squares_;
    std::string broken_; // what has failed among kernels that write
};

} // namespace bregman

#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include <thrust/copy.h>
#include <thrust/device_ptr.h>
#include <thrust/device_vector.h>
#include <thrust/execution_policy.h>
#include <thrust/for_each.h>
#include <thrust/functional.h>
#include <thrust/iterator/counting_iterator.h>
#include <thrust/sort.h>
#include <thrust/transform_reduce.h>

#include <bregman/aliases.hpp>
#include <bregman/backends/forward.hpp>
#include <bregman/control/any_law.hpp>
#include <bregman/control/fixed.hpp>
#include <bregman/control/quantile.hpp>
#include <bregman/element_access.hpp>
#include <bregman/kernels.hpp>
#include <bregman/minimize.hpp>
#include <bregman/regularizers/group_l2.hpp>
#include <bregman/regularizers/none.hpp>
#include <bregman/sparsity.hpp>
#include <bregman/tensor.hpp>

/// \file
/// The optimizers over thrust::device_vector, on whatever device system Thrust is compiled for: CUDA under
/// nvcc, or THRUST_DEVICE_SYSTEM=THRUST_DEVICE_SYSTEM_OMP, _TBB or _CPP under a host compiler. Needs no
/// Eigen.

#if defined(__CUDACC__)
// A policy of the user's that runs on the host only would compile with a mere warning and store garbage.
#pragma nv_diag_error 20011, 20012, 20013, 20014, 20015
#endif

namespace bregman {

/// thrust::device_vector, in place.
template <class T, class Allocator>
struct tensor_adapter<thrust::device_vector<T, Allocator>> {
    static tensor_view<T> view(thrust::device_vector<T, Allocator>& v) {
        return as_tensor(thrust::raw_pointer_cast(v.data()), index(v.size()));
    }
    static tensor_view<const T> view(const thrust::device_vector<T, Allocator>& v) {
        return as_tensor(thrust::raw_pointer_cast(v.data()), index(v.size()));
    }
};

namespace kernel {

/// Runs a kernel on element i and says whether the theta it stored is non-zero.
template <class T, class Kernel>
struct count_element {
    Kernel kernel;

    BREGMAN_HOST_DEVICE index operator()(index i) const {
        return abs(kernel(element_access<T>{i})) > T(zero_tolerance) ? 1 : 0;
    }
};

/// Runs a kernel on the elements of group g, scales the group and counts its non-zeros.
template <class T, class Kernel, class Factor>
struct count_group {
    Kernel kernel;
    Factor factor;
    T* theta;
    group_layout layout;

    BREGMAN_HOST_DEVICE index operator()(index g) const {
        for (index j = 0; j < layout.size; ++j) kernel(element_access<T>{layout.at(g, j)});
        const T scale = factor(group_norm(theta, layout, g), T(layout.size));
        index nonzeros = 0;
        for (index j = 0; j < layout.size; ++j) {
            T& x = theta[layout.at(g, j)];
            x *= scale;
            nonzeros += abs(x) > T(zero_tolerance) ? 1 : 0;
        }
        return nonzeros;
    }
};

template <class T>
struct square {
    const T* values;

    BREGMAN_HOST_DEVICE double operator()(index i) const { return double(values[i]) * double(values[i]); }
};

template <class T>
struct not_finite {
    const T* values;

    BREGMAN_HOST_DEVICE index operator()(index i) const {
        return abs(values[i]) <= std::numeric_limits<T>::max() ? 0 : 1;
    }
};

} // namespace kernel

/// Thrust: state in device vectors, one transform_reduce per tensor. Update and count are one kernel.
template <class T>
class thrust_backend {
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

    /// A tensor is one chunk: Thrust itself spreads it over the device.
    index chunk_size() const { return std::numeric_limits<index>::max() / 2; }
    template <class Work>
    void for_each_chunk(index chunks, Work&& work) const {
        for (index c = 0; c < chunks; ++c) work(c);
    }

    template <class Kernel>
    index elements(const Kernel& kernel, index first, index last) const {
        return count(kernel::count_element<T, Kernel>{kernel}, first, last);
    }
    template <class Kernel, class Factor>
    index groups(const Kernel& kernel, const Factor& factor, T* theta, const group_layout& layout,
                 index first, index last) const {
        return count(kernel::count_group<T, Kernel, Factor>{kernel, factor, theta, layout}, first, last);
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
        thrust::for_each(thrust::device, thrust::counting_iterator<index>(first),
                         thrust::counting_iterator<index>(last), f);
    }

    /// Sum of the squares of [first, last); not finite exactly when an element is not.
    double sum_of_squares(const T* values, index first, index last) const {
        const double total = thrust::transform_reduce(thrust::device, thrust::counting_iterator<index>(first),
                                                      thrust::counting_iterator<index>(last),
                                                      kernel::square<T>{values}, 0.0, thrust::plus<double>());
        if (std::isfinite(total)) return total;
        const index unusable = count(kernel::not_finite<T>{values}, first, last);
        return unusable > 0 ? std::numeric_limits<double>::infinity() : std::numeric_limits<double>::max();
    }

    /// The k-th smallest of n values and the one after it; sorts them.
    std::pair<T, T> order_statistics(T* values, index n, index k) const {
        const thrust::device_ptr<T> begin(values);
        thrust::sort(begin, begin + n);
        const T chosen = begin[k - 1];
        return {chosen, k < n ? T(begin[k]) : chosen};
    }

  private:
    template <class Function>
    index count(const Function& f, index first, index last) const {
        return thrust::transform_reduce(thrust::device, thrust::counting_iterator<index>(first),
                                        thrust::counting_iterator<index>(last), f, index(0),
                                        thrust::plus<index>());
    }
};

} // namespace bregman

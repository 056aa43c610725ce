#pragma once

#include <utility>

#include <thrust/device_ptr.h>
#include <thrust/device_vector.h>

#include <bregman/tensors/tensor.hpp>

namespace bregman {

/// thrust::device_vector, in place.
template <class T, class Allocator>
struct tensor_adapter<thrust::device_vector<T, Allocator>> {
    static tensor_view<T> view(thrust::device_vector<T, Allocator>& v) {
        return as_tensor(thrust::raw_pointer_cast(v.data()), index_t(v.size()));
    }
    static tensor_view<const T> view(const thrust::device_vector<T, Allocator>& v) {
        return as_tensor(thrust::raw_pointer_cast(v.data()), index_t(v.size()));
    }
};

/// Device memory as a tensor: `as_tensor(vector.data() + 100, 12, {{3, 4}})`. A raw pointer to device memory, from
/// cudaMalloc or a CUDA torch tensor, goes the same way.
template <class T>
tensor_view<T> as_tensor(thrust::device_ptr<T> data, index_t size, tensor_shape shape = {}) {
    return as_tensor(thrust::raw_pointer_cast(data), size, std::move(shape));
}

} // namespace bregman

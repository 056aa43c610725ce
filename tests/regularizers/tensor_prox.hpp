#pragma once

#include <vector>

#include <bregman/tensors/tensor.hpp>

namespace bregman::testing {

/// prox of a tensor regularizer as a function.
template <class T, class R>
std::vector<T> tensor_prox(const R& regularizer, std::vector<T> x, double t, tensor_shape shape = {}) {
    regularizer.prox(as_tensor(x.data(), index_t(x.size()), shape), T(t));
    return x;
}

} // namespace bregman::testing

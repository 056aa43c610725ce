#pragma once

#include <cmath>
#include <cstdint>

#include <bregman/base/error.hpp>
#include <bregman/base/random.hpp>
#include <bregman/tensors/parameters.hpp>
#include <bregman/tensors/tensor.hpp>

namespace bregman {

/// How to thin out the weights before the first step.
struct sparse_initialisation {
    double density = 0.01;         ///< share of weights kept, in (0, 1]; the paper keeps 1 %
    bool rescale_variance = false; ///< divide the kept weights by sqrt(density), as in JMLR 23(192),
                                   ///< Section 4.1: a layer's output then keeps its variance
    std::uint64_t seed = 0;        ///< the same seed leaves the same elements

    void validate() const {
        require(density > 0 && density <= 1, "density", density, "(0, 1]", "the paper keeps 0.01");
    }
};

/// Multiplies theta by a Bernoulli(density) mask. `stream` distinguishes tensors that share a seed. Host
/// memory.
template <class T>
void thin_out(const tensor_view<T>& theta, const sparse_initialisation& settings, std::uint64_t stream = 0) {
    settings.validate();
    const counter_random random(settings.seed, stream);
    const T kept = settings.rescale_variance ? T(1 / std::sqrt(settings.density)) : T(1);
    for (index_t i = 0; i < theta.size(); ++i)
        theta.data[i] = random.uniform(std::uint64_t(i)) < settings.density ? theta.data[i] * kept : T(0);
}

/// Thins out every regularized tensor of a list; unregularized ones stay dense. Call it before the first
/// step, which makes v0 from what it leaves.
template <class T, class Regularizer>
void thin_out(const parameter_list<T, Regularizer>& parameters, const sparse_initialisation& settings) {
    settings.validate();
    std::uint64_t stream = 0;
    for (const auto& entry : parameters.entries()) {
        if (is_regularized(parameters.group_of(entry)))
            thin_out(tensor_view<T>{entry.theta, entry.shape}, settings, stream);
        ++stream;
    }
}

/// The same for memory of any backend, such as a device's: a tensor at a time goes to the host and back.
template <class T, class Regularizer, class Backend>
void thin_out(const parameter_list<T, Regularizer>& parameters, const sparse_initialisation& settings,
              const Backend& backend) {
    settings.validate();
    std::uint64_t stream = 0;
    for (const auto& entry : parameters.entries()) {
        if (is_regularized(parameters.group_of(entry))) {
            auto theta = backend.to_host(entry.theta, entry.size);
            thin_out(as_tensor(theta), settings, stream);
            backend.to_device(theta, entry.theta);
        }
        ++stream;
    }
}

} // namespace bregman

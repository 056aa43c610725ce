#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <Eigen/Core>

#include <bregman/regularizers/l1.hpp>
#include <bregman/tensors/parameters.hpp>
#include <bregman/tensors/tensor.hpp>

namespace bench {

using bregman::index_t;

/// Parameters and gradients to step on, each tensor in memory of its own.
struct workload {
    std::vector<bregman::tensor_shape> shapes;
    std::vector<Eigen::ArrayXf> theta, gradient;
    index_t size = 0;

    /// Values in [-1, 1) times `scale`, from a fixed seed.
    static Eigen::ArrayXf noise(index_t size, float scale, std::uint32_t seed) {
        Eigen::ArrayXf values(size);
        for (index_t i = 0; i < size; ++i) {
            seed = seed * 1664525u + 1013904223u;
            values[i] = scale * (float(seed >> 8) / float(1 << 23) - 1);
        }
        return values;
    }

    explicit workload(std::vector<bregman::tensor_shape> list) : shapes(std::move(list)) {
        for (const auto& shape : shapes) {
            theta.push_back(noise(shape.size(), 1, std::uint32_t(theta.size())));
            gradient.push_back(noise(shape.size(), 1e-2f, 1000 + std::uint32_t(theta.size())));
            size += shape.size();
        }
    }

    template <class Regularizer>
    bregman::parameter_list<float, Regularizer> parameters(Regularizer regularizer) {
        bregman::parameter_list<float, Regularizer> list;
        list.add_group({.name = "parameters", .regularizer = regularizer});
        for (std::size_t i = 0; i < shapes.size(); ++i) list.add_view(theta[i].data(), gradient[i].data(), shapes[i]);
        return list;
    }
};

} // namespace bench

#pragma once

#include <string>
#include <vector>

#include <bregman/control/dual_rule.hpp>
#include <bregman/tensors/tensor.hpp>

/// \file
/// Runs that are made on a GPU and, by another compiler, on the CPU: what they start from and what comes out. No
/// backend and no Eigen, so that nvcc and the host compiler both read it.

namespace bregman::testing {

/// One run of an optimizer with the quantile law or a fixed lambda on tensors of every kind.
struct device_run {
    std::string method = "linbreg"; ///< or linbreg_momentum, adabreg
    bool quantile = false;
    dual_rule rule = dual_rule::keep;
    int steps = 5;
};

/// theta of all tensors one after the other, v, and the non-zeros of the parameter groups.
struct device_result {
    std::vector<float> theta, dual;
    std::vector<index_t> nonzeros;
    double sparsity = 0, gradient_norm = 0;
    std::string state; ///< as it is saved
};

device_result run_on_cpu(const device_run& run);

} // namespace bregman::testing

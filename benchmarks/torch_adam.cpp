#include "torch_adam.hpp"

#include <cmath>

#include <torch/torch.h>

namespace bench::torch_adam {
namespace {

constexpr double rate = 0.01, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;

using tensors = std::vector<torch::Tensor>;

struct state {
    tensors theta, gradient, m1, m2, steps;
};

state state_of(const std::vector<tensor_operations::tensor>& on, bool on_cuda) {
    const auto place = torch::TensorOptions().device(on_cuda ? torch::kCUDA : torch::kCPU);
    state result;
    for (const tensor_operations::tensor& t : on) {
        const std::vector<std::int64_t> extents(t.shape.extents.begin(), t.shape.extents.end());
        result.theta.push_back(torch::from_blob(t.theta, extents, place));
        result.gradient.push_back(torch::from_blob(t.gradient, extents, place));
        result.m1.push_back(torch::zeros(extents, place));
        result.m2.push_back(torch::zeros(extents, place));
        result.steps.push_back(torch::zeros({}, place));
    }
    return result;
}

} // namespace

std::function<void()> foreach (const std::vector<tensor_operations::tensor>& on, bool on_cuda) {
    return [s = state_of(on, on_cuda), k = 0]() mutable {
        torch::NoGradGuard no_gradients;
        ++k;
        at::_foreach_mul_(s.m1, beta1);
        at::_foreach_add_(s.m1, s.gradient, 1 - beta1);
        at::_foreach_mul_(s.m2, beta2);
        at::_foreach_addcmul_(s.m2, s.gradient, s.gradient, 1 - beta2);
        auto denominators = at::_foreach_sqrt(s.m2);
        at::_foreach_div_(denominators, std::sqrt(1 - std::pow(beta2, k)));
        at::_foreach_add_(denominators, epsilon);
        at::_foreach_addcdiv_(s.theta, s.m1, denominators, -rate / (1 - std::pow(beta1, k)));
    };
}

std::function<void()> fused(const std::vector<tensor_operations::tensor>& on) {
    return [s = state_of(on, true)]() mutable {
        torch::NoGradGuard no_gradients;
        at::_foreach_add_(s.steps, 1);
        at::_fused_adam_(s.theta, s.gradient, s.m1, s.m2, {}, s.steps, rate, beta1, beta2, /*weight_decay=*/0, epsilon,
                         /*amsgrad=*/false, /*maximize=*/false);
    };
}

} // namespace bench::torch_adam

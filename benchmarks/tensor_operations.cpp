#include "tensor_operations.hpp"

#include <cmath>
#include <vector>

#include <torch/torch.h>

namespace bench::tensor_operations {
namespace {

constexpr double lambda = 0.1, beta = 0.9, beta2 = 0.999, epsilon = 1e-8;

/// One tensor with its state.
struct slot {
    torch::Tensor theta, gradient, v, m1, m2;
};

std::vector<slot> slots(const std::vector<tensor>& on, bool on_cuda) {
    const auto place = torch::TensorOptions().device(on_cuda ? torch::kCUDA : torch::kCPU);
    std::vector<slot> result;
    for (const tensor& t : on) {
        const std::vector<std::int64_t> extents(t.shape.extents.begin(), t.shape.extents.end());
        slot s;
        s.theta = torch::from_blob(t.theta, extents, place);
        s.gradient = torch::from_blob(t.gradient, extents, place);
        s.v = s.theta + lambda * s.theta.sign();
        s.m1 = torch::zeros_like(s.theta);
        s.m2 = torch::zeros_like(s.theta);
        result.push_back(s);
    }
    return result;
}

void shrink(slot& s, shrinkage how) {
    if (how == shrinkage::softshrink)
        torch::softshrink_out(s.theta, s.v, lambda);
    else
        s.theta.copy_(torch::sign(s.v) * torch::clamp_min(torch::abs(s.v) - lambda, 0));
}

/// move_dual(slot, step) is all in which the algorithms differ.
template <class MoveDual>
std::function<void()> stepper(const std::vector<tensor>& on, options how, MoveDual move_dual) {
    return [list = slots(on, how.on_cuda), k = 0, how, move_dual]() mutable -> std::int64_t {
        torch::NoGradGuard no_gradients;
        ++k;
        for (slot& s : list) {
            move_dual(s, k);
            shrink(s, how.with);
        }
        std::int64_t zeros = 0;
        if (!how.count_zeros) return zeros;
        for (slot& s : list) zeros += (s.theta.abs() <= 1e-12).sum().item<std::int64_t>();
        return zeros;
    };
}

} // namespace

std::function<void()> linbreg(const std::vector<tensor>& on, options how) {
    return stepper(on, how, [](slot& s, int) { s.v.add_(s.gradient, -0.1); });
}

std::function<void()> linbreg_momentum(const std::vector<tensor>& on, options how) {
    return stepper(on, how, [](slot& s, int) {
        s.m1.mul_(beta).add_(s.gradient, (1 - beta) * 0.1);
        s.v.sub_(s.m1);
    });
}

std::function<void()> adabreg(const std::vector<tensor>& on, options how) {
    return stepper(on, how, [](slot& s, int k) {
        s.m1.mul_(beta).add_(s.gradient, 1 - beta);
        s.m2.mul_(beta2).addcmul_(s.gradient, s.gradient, 1 - beta2);
        const torch::Tensor denominator = s.m2.sqrt().div_(std::sqrt(1 - std::pow(beta2, k))).add_(epsilon);
        s.v.addcdiv_(s.m1, denominator, -0.01 / (1 - std::pow(beta, k)));
    });
}

} // namespace bench::tensor_operations

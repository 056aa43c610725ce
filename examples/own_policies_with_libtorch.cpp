// A regularizer and a mirror map of one's own, in LibTorch: positive weights pay, and large weights move faster.
#include <algorithm>
#include <cmath>
#include <iostream>

#include <bregman/torch.hpp>

/// J(x) = sum of max(x_i, 0): only positive weights become zero. Homogeneous: has a step with every even mirror map.
struct positive_part {
    static constexpr bool is_homogeneous = true;
    float value(float x) const { return std::max(x, 0.0f); }
    float subgradient(float x) const { return x > 0 ? 1.0f : 0.0f; }
    float prox(float x, float t) const { return std::min(x, 0.0f) + std::max(x - t, 0.0f); }
    float critical_lambda(float v) const {
        return v >= 0 ? v : INFINITY;
    } // where it becomes zero: for the quantile law
};

/// grad phi(x) = sign(x) sqrt(|x|), so that theta = v |v|: a change of v moves large weights more.
struct square_root_map {
    static constexpr bool is_even = true;
    float to_dual(float x) const { return std::copysign(std::sqrt(std::abs(x)), x); }
    float to_primal(float v) const { return v * std::abs(v); }
};

int main() {
    torch::manual_seed(1);
    torch::nn::Sequential net(torch::nn::Linear(20, 64), torch::nn::ReLU(), torch::nn::Linear(64, 1));
    const auto x = torch::randn({512, 20}), y = x.slice(1, 0, 1) - 2 * x.slice(1, 1, 2);
    bregman::libtorch::adabreg<float, positive_part, square_root_map> optimizer(
        {{.name = "all", .tensors = net->parameters()}}, {.target = 0.4f}, bregman::quantile_law());
    for (int k = 0; k < 400; ++k) {
        optimizer.zero_grad();
        torch::mse_loss(net->forward(x), y).backward();
        optimizer.step();
    }
    std::cout << "mean square error " << torch::mse_loss(net->forward(x), y).item<float>() << " with "
              << 100 * optimizer.last().sparsity << " % of the parameters zero\n";
}

#include <iostream>

#include <bregman/torch.hpp>

int main() {
    torch::Tensor weights = torch::tensor({0.5f, 0.f, -0.2f, 0.f}, torch::requires_grad());
    bregman::libtorch::linbreg<> optimizer({{"weights", bregman::l1{}, 1, true, {weights}}},
                                           {.step_size = 0.02f, .lambda = 0.1f}, bregman::fixed_law());
    (weights * torch::tensor({1.f, -6.f, 0.5f, 0.f})).sum().backward();
    optimizer.step();
    std::cout << "theta " << weights << ", sparsity " << optimizer.last().sparsity << '\n';
    return optimizer.last().sparsity == 0.25f ? 0 : 1;
}

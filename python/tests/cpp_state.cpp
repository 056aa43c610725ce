// Writes python/tests/cpp_adabreg.state, which test_torch_state.py reads: what a C++ program saves after four steps. Compile it
// with LibTorch (docs/cmake.md) and run it with the path of the file.
#include <fstream>

#include <bregman/torch.hpp>

int main(int, char** arguments) {
    std::vector<torch::Tensor> parameters;
    for (const std::vector<std::int64_t>& sizes : {std::vector<std::int64_t>{8, 6}, {8}, {2, 8}, {2}}) {
        std::int64_t size = 1;
        for (const std::int64_t extent : sizes) size *= extent;
        parameters.push_back(((torch::arange(size) * 5 % 11 - 5) * 0.125f).view(sizes).requires_grad_());
    }
    bregman::libtorch::adabreg<> optimizer(bregman::libtorch::weights_and_rest(parameters),
                                           {.step_size = 0.0625f, .target = 0.5f});
    for (int k = 1; k <= 4; ++k) {
        for (torch::Tensor& p : parameters)
            p.mutable_grad() = ((torch::arange(p.numel()) * (k + 3) % 7 - 3) * 0.25f).view(p.sizes());
        optimizer.step();
    }
    std::ofstream file(arguments[1], std::ios::binary);
    optimizer.save_state(file);
}

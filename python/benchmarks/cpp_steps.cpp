// The steps of steps.py by the C++ adapter: prints milliseconds per step, a line for each round that standard input asks for, so
// that rounds of both can alternate. Arguments: the number of steps in a round, then the sizes of tensors, as 512,80,5 512 ...
#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <limits>
#include <sstream>
#include <string>

#include <bregman/control/multiplicative.hpp>
#include <bregman/torch.hpp>

double milliseconds_of_this_thread() {
    std::timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return 1e3 * double(now.tv_sec) + 1e-6 * double(now.tv_nsec);
}

int main(int count, char** arguments) {
    torch::manual_seed(1);
    const int steps = std::atoi(arguments[1]);
    std::vector<torch::Tensor> parameters;
    for (int i = 2; i < count; ++i) {
        std::vector<std::int64_t> sizes;
        std::istringstream text(arguments[i]);
        for (std::string number; std::getline(text, number, ',');) sizes.push_back(std::stoll(number));
        parameters.push_back((torch::randn(sizes) * 0.1).requires_grad_());
        parameters.back().mutable_grad() = torch::randn(sizes) * 0.01;
    }
    bregman::libtorch::adabreg<> optimizer(bregman::libtorch::weights_and_rest(parameters),
                                           {.lambda = 0.1f, .target = 0.9f}, bregman::multiplicative_law<float>());
    for (std::string line; std::getline(std::cin, line);) {
        double least = std::numeric_limits<double>::infinity();
        for (int k = 0; k < steps; ++k) {
            const double begin = milliseconds_of_this_thread();
            optimizer.step();
            least = std::min(least, milliseconds_of_this_thread() - begin);
        }
        std::cout << least << std::endl;
    }
}

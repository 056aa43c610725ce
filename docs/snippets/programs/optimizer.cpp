#include <cmath>
#include <iostream>
#include <vector>

#include <bregman/bregman.hpp>

int main() {
    // The loss is ||theta - data||^2 / 2, its gradients are noisy; of 1000 numbers 50 are not zero.
    std::vector<float> data(1000), theta(1000), gradient(1000);
    for (int i = 0; i < 1000; i += 20) data[i] = 3;

    bregman::linbreg<> optimizer({.step_size = 0.1f, .lambda = 0.1f, .target = 0.95f, .clip_norm = 100});
    for (int epoch = 0; epoch < 4; ++epoch) {
        optimizer.set_epoch(epoch);
        for (int k = 0; k < 250; ++k) {
            float loss = 0;
            for (int i = 0; i < 1000; ++i) {
                const float error = theta[i] - data[i];
                loss += error * error / 2;
                gradient[i] = error + std::sin(float(i) * float(250 * epoch + k));
            }
            const auto report = optimizer.step(theta, gradient, loss);
            if (report.refused) {
                std::cerr << "the gradient is not finite: nothing has changed\n";
                return 1;
            }
        }
        std::cout << "step " << optimizer.steps() << ": sparsity " << optimizer.sparsity() << " of "
                  << optimizer.target() << ", lambda " << optimizer.lambda() << '\n';
        optimizer.set_step_size(optimizer.step_size() / 2);
    }
}

// Several processes train one sparse network, of any LibTorch module: each takes its share of every batch, gradients are
// averaged while backward runs, and all make the same step. One process alone works too:
//     scripts/launch --processes 2 -- build/default/examples/data_parallel
#include <exception>
#include <iostream>
#include <string>

#include <torch/torch.h>

#include <bregman/distributed/c10d.hpp>
#include <bregman/distributed/c10d_gradients.hpp>
#include <bregman/torch.hpp>

/// The label is the largest of four sums, each of five of the 20 inputs.
torch::Tensor labels_of(const torch::Tensor& x) { return x.view({-1, 4, 5}).sum(2).argmax(1); }

void train() {
    auto processes = bregman::join_processes(); // RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT, as torchrun sets them
    torch::manual_seed(1); // the same batches everywhere, of which each process takes every N-th row
    torch::nn::Sequential net(torch::nn::Linear(20, 256), torch::nn::ReLU(), torch::nn::Linear(256, 4));
    bregman::libtorch::adabreg<> optimizer(bregman::libtorch::weights_and_rest(net->parameters()),
                                           {.lambda = 0.1f, .target = 0.9f}, bregman::quantile_law());
    bregman::gradient_average average(net->parameters(), processes);

    const int steps = 300;
    for (int k = 1; k <= steps; ++k) {
        const auto batch = torch::randn({128, 20});
        const auto share = batch.slice(0, processes.rank(), batch.size(0), processes.size());
        optimizer.zero_grad();
        // The mean over the whole batch: a share that is not 1/N of it weighs as many rows as it has.
        const double weight = double(share.size(0)) * processes.size() / double(batch.size(0));
        (torch::cross_entropy_loss(net->forward(share), labels_of(share)) * weight).backward();
        average.wait();
        optimizer.step();
        if (k % 100 == 0) // three times in this run; every few thousand steps in a long one
            optimizer.visit_parameters([&](const auto& list) { check_same_state(optimizer.core(), list, processes); });
    }
    if (processes.rank() > 0) return;
    const torch::NoGradGuard no_gradients;
    const auto x = torch::randn({4096, 20});
    const double right = net->forward(x).argmax(1).eq(labels_of(x)).to(torch::kFloat64).mean().item<double>();
    std::cout << processes.size() << " processes: " << 100 * right << " % right with "
              << 100 * optimizer.last().sparsity << " % of the parameters zero, lambda " << optimizer.core().lambda()
              << std::endl;
}

int main() {
    try {
        train();
    } catch (const std::exception& error) {
        // in one piece: the others may say theirs at the same time
        std::cerr << "data_parallel: " + std::string(error.what()) + '\n';
        return 1;
    }
}

#include "sparse_networks.hpp"

#include <vector>

#include <torch/csrc/jit/api/compilation_unit.h>
#include <torch/csrc/jit/frontend/tracer.h>
#include <torch/csrc/jit/passes/frozen_graph_optimizations.h>
#include <torch/csrc/jit/passes/frozen_ops_to_mkldnn.h>

#include <bregman/torch.hpp>

#include "speaker_verification/model/state_dict.hpp"

namespace bench {

using speaker_verification::speaker_model;

speaker_model make_model(const network_case& which) {
    torch::manual_seed(1);
    speaker_model model;
    auto& run = model.trained.run;
    auto& settings = run.all.model;
    settings.network = which.network;
    settings.squeeze = settings.attention = 128;
    settings.pooled_channels = 1536;
    settings.embedding = which.network == "resnet34" ? 256 : 192;
    (which.network == "resnet34" ? settings.stage_channels : settings.channels) = which.channels;
    run.all.features.bands = 80;
    run.features = speaker_verification::filter_bank_of(run.all.features);
    run.normalization = {{}, {std::vector<float>(80, 0.f), std::vector<float>(80, 1.f)}};
    model.mean = Eigen::RowVectorXf::Zero(settings.embedding);
    model.trained.network.embedder = speaker_verification::make_embedder(settings, 80);
    model.trained.network.embedder->eval();
    return model;
}

double train_to(const speaker_model& model, double target, int steps, double density) {
    auto& network = *model.trained.network.embedder;
    for (auto& each : network.parameters()) each.set_requires_grad(true);
    network.train();
    bregman::libtorch::adabreg<> optimizer(bregman::libtorch::weights_and_rest(network.parameters()),
                                           {.step_size = 1e-3f, .target = float(target)}, bregman::quantile_law());
    optimizer.thin_out({.density = density});
    torch::manual_seed(2);
    const auto speech = torch::randn({8, 2, 64, 80});
    const auto wanted = torch::randn({8, 2, model.mean.size()});
    for (int step = 0; step < steps; ++step) {
        optimizer.zero_grad();
        torch::mse_loss(network.forward(speech[step % 8]), wanted[step % 8]).backward();
        optimizer.step();
    }
    network.eval();
    return weight_sparsity(model);
}

double weight_sparsity(const speaker_model& model) {
    std::int64_t weights = 0, zeros = 0;
    for (const auto& each : model.trained.network.embedder->parameters()) {
        if (each.dim() < 2) continue;
        weights += each.numel();
        zeros += each.eq(0).sum().item<std::int64_t>();
    }
    return double(zeros) / double(weights);
}

forward_function eager(const speaker_model& model) {
    return [network = model.trained.network.embedder](const torch::Tensor& x) { return network->forward(x); };
}

forward_function frozen(const speaker_model& model, const torch::Tensor& example, bool mkldnn) {
    namespace jit = torch::jit;
    const torch::NoGradGuard no_gradient;
    auto network = model.trained.network.embedder;
    for (auto& each : network->parameters()) each.set_requires_grad(false); // or they are no constants
    const auto traced = jit::tracer::trace(
        {example}, [&](jit::Stack in) { return jit::Stack{network->forward(in.front().toTensor())}; },
        [](const torch::Tensor&) { return std::string(); });
    auto graph = traced.first->graph;
    jit::OptimizeFrozenGraph(graph);
    if (mkldnn) jit::ConvertFrozenOpsToMKLDNN(graph);
    auto unit = std::make_shared<jit::CompilationUnit>();
    auto* function = unit->create_function("forward", graph);
    return [unit, function](const torch::Tensor& x) {
        jit::Stack stack{x};
        function->run(stack);
        return stack.front().isTuple() ? stack.front().toTuple()->elements()[0].toTensor() : stack.front().toTensor();
    };
}

} // namespace bench

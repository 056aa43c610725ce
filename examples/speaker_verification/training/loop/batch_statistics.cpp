#include "speaker_verification/training/loop/batch_statistics.hpp"

#include <algorithm>
#include <memory>
#include <vector>

namespace speaker_verification {

namespace {

/// Calls `f(layer)` for each batch normalisation of the network, in order.
template <class Function>
void visit_normalisations(const torch::nn::Module& network, Function&& f) {
    for (const auto& module : network.modules()) {
        if (auto* flat = module->as<torch::nn::BatchNorm1dImpl>()) f(*flat);
        if (auto* square = module->as<torch::nn::BatchNorm2dImpl>()) f(*square);
    }
}

} // namespace

void measure_batch_statistics(const speaker_network& network, const batch_maker& batches, std::int64_t last,
                              std::int64_t count) {
    const torch::NoGradGuard no_gradient;
    using momentum = std::decay_t<decltype(torch::nn::BatchNormOptions(1).momentum())>;
    std::vector<momentum> momenta;
    visit_normalisations(*network.embedder, [&](auto& layer) {
        momenta.push_back(layer.options.momentum());
        layer.reset_running_stats();
        // Without a momentum LibTorch averages over all batches since the reset.
        layer.options.momentum().reset();
    });
    auto embedder = network.embedder;
    embedder->train();
    for (std::int64_t step = std::max<std::int64_t>(0, last - count); step < last; ++step) {
        embedder->forward(tensor_of(batches.make(std::uint64_t(step))).to(network.device()));
    }
    auto before = momenta.begin();
    visit_normalisations(*network.embedder, [&](auto& layer) { layer.options.momentum() = *before++; });
}

} // namespace speaker_verification

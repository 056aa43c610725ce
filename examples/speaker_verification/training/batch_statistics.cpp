#include "speaker_verification/training/batch_statistics.hpp"

#include <algorithm>
#include <memory>
#include <vector>

namespace speaker_verification {

void measure_batch_statistics(const speaker_network& network, const batch_maker& batches, std::int64_t last,
                              std::int64_t count) {
    std::vector<torch::nn::BatchNorm1dImpl*> normalisations;
    for (const auto& module : network.embedder->modules()) {
        if (auto* each = module->as<torch::nn::BatchNorm1dImpl>()) normalisations.push_back(each);
    }
    const torch::NoGradGuard no_gradient;
    std::vector<std::decay_t<decltype(normalisations.front()->options.momentum())>> momenta;
    for (auto* each : normalisations) {
        momenta.push_back(each->options.momentum());
        each->reset_running_stats();
        each->options.momentum()
            .reset(); // without a momentum LibTorch averages over all batches since the reset
    }
    auto embedder = network.embedder;
    embedder->train();
    for (std::int64_t step = std::max<std::int64_t>(0, last - count); step < last; ++step) {
        embedder->forward(tensor_of(batches.make(std::uint64_t(step))));
    }
    for (std::size_t i = 0; i < normalisations.size(); ++i)
        normalisations[i]->options.momentum() = momenta[i];
}

} // namespace speaker_verification

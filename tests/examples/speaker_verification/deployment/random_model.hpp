#pragma once
#include "speaker_verification/deployment/sparse_model.hpp"
#include "speaker_verification/model/parameter_roles.hpp"
#include "speaker_verification/training/optimizers/sparsity_count.hpp"
#include "speaker_verification/training/settings/settings.hpp"

namespace speaker_verification::testing {

inline run_description description_of(settings all) {
    resolve_defaults(all);
    run_description run;
    run.all = std::move(all);
    run.features = filter_bank_of(run.all.features);
    const auto bands = std::size_t(run.all.features.bands);
    run.normalization = {{}, {std::vector<float>(bands, .3f), std::vector<float>(bands, 1.7f)}};
    run.speakers = {"anna", "bert", "cleo"};
    return run;
}

/// A random network of which so many trainable numbers are left as `density` says; norms and biases stay.
inline speaker_model random_model(const settings& all, double density) {
    speaker_model model;
    model.trained.run = description_of(all);
    model.trained.network = make_network(model.trained.run);
    const torch::NoGradGuard no_gradient;
    const auto count = count_sparsity(*model.trained.network.embedder);
    const double dense = double(count.parameters - count.regularised);
    const double kept = (density * double(count.parameters) - dense) / double(count.regularised);
    for (const auto& parameter : classify_parameters(*model.trained.network.embedder)) {
        torch::Tensor tensor = parameter.tensor;
        if (tensor.dim() > 1) {
            tensor.mul_(torch::rand_like(tensor) < kept);
        } else {
            tensor.add_(torch::randn_like(tensor));
        }
    }
    for (const auto& buffer : model.trained.network.embedder->named_buffers()) {
        torch::Tensor tensor = buffer.value();
        if (tensor.is_floating_point()) tensor.add_(torch::rand_like(tensor));
    }
    model.trained.network.embedder->eval();
    model.mean = Eigen::RowVectorXf::Random(model.trained.run.all.model.embedding);
    return model;
}

/// Utterances of noise, each with a level of its own in each band, without which a deep network says the same of all.
inline torch::Tensor random_features(std::int64_t batch, std::int64_t frames, std::int64_t bands) {
    return torch::randn({batch, frames, bands}) + 2 * torch::randn({batch, 1, bands});
}

/// A random_model whose embeddings depend on what it hears: its normalisations know what comes by them, and biases are small.
inline speaker_model hearing_model(const settings& all, double density) {
    auto model = random_model(all, density);
    const torch::NoGradGuard no_gradient;
    auto& embedder = *model.trained.network.embedder;
    for (auto& each : embedder.named_parameters()) {
        if (each.key().ends_with("bias")) each.value().mul_(.1);
    }
    for (const auto& each : embedder.modules()) { // the last batch is what they know
        if (auto* of_frames = each->as<torch::nn::BatchNorm1d>()) of_frames->options.momentum(1.);
        if (auto* of_images = each->as<torch::nn::BatchNorm2d>()) of_images->options.momentum(1.);
    }
    embedder.train();
    embedder.forward(random_features(8, 64, all.features.bands));
    embedder.eval();
    return model;
}

} // namespace speaker_verification::testing

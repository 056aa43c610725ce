#pragma once
/// A few layers of known sizes, and an optimizer that steps on them with gradients of its own choice.
#include "speaker_verification/model/aam_softmax.hpp"
#include "speaker_verification/training/optimizers/sparsity_count.hpp"
#include "speaker_verification/training/optimizers/training_optimizer.hpp"

#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <torch/torch.h>

namespace speaker_verification::testing {

/// conv.weight (4,3,3), linear.weight (10,16) and a head of (6,10) may become sparse: 256 of 278 parameters.
struct tiny_network {
    static constexpr std::int64_t parameters = 278, head_weights = 60, norms_and_biases = 22;

    std::shared_ptr<torch::nn::Module> module = std::make_shared<torch::nn::Module>();

    tiny_network() {
        torch::manual_seed(3);
        module->register_module("conv", torch::nn::Conv1d(3, 4, 3));
        module->register_module("norm", torch::nn::BatchNorm1d(4));
        module->register_module("linear", torch::nn::Linear(16, 10));
        aam_softmax_options head;
        head.classes = 6;
        head.embedding_size = 10;
        module->register_module("projection", aam_softmax(head));
    }

    torch::Tensor weight(const std::string& name) const { return module->named_parameters()[name]; }
    torch::Tensor values(const std::string& name) const { return weight(name).detach().clone(); }
    torch::Tensor gradient(const std::string& name) const { return weight(name).grad().clone(); }

    void set_gradients(const std::function<torch::Tensor(const torch::Tensor&)>& gradient_of) {
        for (auto& parameter : module->parameters()) parameter.mutable_grad() = gradient_of(parameter.detach());
    }
    /// Normal ones, a function of `seed`.
    void draw_gradients(std::int64_t seed) {
        torch::manual_seed(std::uint64_t(100 + seed));
        set_gradients([](const torch::Tensor& parameter) { return torch::randn_like(parameter); });
    }
};

/// The settings of an optimizer without clipping and weight decay, with a dense start.
inline settings plain_settings(const char* optimizer) {
    settings all;
    all.optimizer.optimizer = optimizer;
    all.optimizer.clip_norm = 0;
    all.optimizer.weight_decay = 0;
    all.sparsity.density = 1;
    all.sparsity.every = 2;
    return all;
}

/// A training run of `length` steps on random gradients.
struct random_descent {
    static constexpr std::int64_t length = 40;

    settings all;
    tiny_network network;
    std::unique_ptr<training_optimizer> optimizer;
    std::int64_t done = 0;

    explicit random_descent(settings chosen) : all(std::move(chosen)) {
        resolve_defaults(all);
        check(all);
        optimizer = make_training_optimizer(all, *network.module);
    }

    void draw_gradients() { network.draw_gradients(done + 1); }
    step_outcome step_on_gradients() {
        ++done;
        optimizer->set_share(double(done) / double(length));
        return optimizer->step(1);
    }
    step_outcome step() {
        draw_gradients();
        return step_on_gradients();
    }
    step_outcome steps(std::int64_t count) {
        step_outcome outcome;
        for (std::int64_t i = 0; i < count; ++i) outcome = step();
        return outcome;
    }

    /// Goes on from where `other` stands, by its saved state.
    void continue_from(random_descent& other) {
        const torch::NoGradGuard no_gradient;
        const auto theirs = other.network.module->parameters();
        auto ours = network.module->parameters();
        for (std::size_t i = 0; i < ours.size(); ++i) ours[i].copy_(theirs[i]);
        std::stringstream state(std::ios::in | std::ios::out | std::ios::binary);
        other.optimizer->save(state);
        optimizer->load(state);
        done = other.done;
    }

    std::int64_t zeros() const {
        const auto count = count_sparsity(*network.module);
        return count.parameters - count.nonzeros;
    }
};

inline bool same_parameters(const random_descent& one, const random_descent& other) {
    const auto ours = one.network.module->parameters(), theirs = other.network.module->parameters();
    for (std::size_t i = 0; i < ours.size(); ++i) {
        if (!torch::equal(ours[i], theirs[i])) return false;
    }
    return true;
}

inline std::int64_t zeros_of(const torch::Tensor& tensor) {
    return tensor.numel() - tensor.ne(0).sum().item<std::int64_t>();
}

} // namespace speaker_verification::testing

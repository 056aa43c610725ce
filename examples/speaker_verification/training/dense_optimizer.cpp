#include "speaker_verification/training/training_optimizer.hpp"

#include <cmath>
#include <istream>
#include <ostream>
#include <utility>

namespace speaker_verification {

namespace {

/// Any torch::optim::Optimizer. Its state travels as a LibTorch archive, the one form that 1.13 and 2.x
/// share.
class dense_optimizer final : public training_optimizer {
  public:
    dense_optimizer(std::unique_ptr<torch::optim::Optimizer> optimizer, double clip_norm)
        : optimizer_(std::move(optimizer)), clip_norm_(clip_norm) {}

    void set_learning_rate(double rate) override {
        for (auto& group : optimizer_->param_groups()) group.options().set_lr(rate);
    }

    void zero_gradients() override { optimizer_->zero_grad(); }

    step_outcome step(double) override {
        step_outcome outcome;
        outcome.gradient_norm = gradient_norm();
        outcome.refused = !std::isfinite(outcome.gradient_norm);
        if (outcome.refused) return outcome;
        if (clip_norm_ > 0 && outcome.gradient_norm > clip_norm_)
            scale_gradients(clip_norm_ / outcome.gradient_norm);
        optimizer_->step();
        return outcome;
    }

    void save(std::ostream& stream) override { torch::save(*optimizer_, stream); }
    void load(std::istream& stream) override { torch::load(*optimizer_, stream); }

  private:
    const std::vector<torch::Tensor>& parameters() const {
        return optimizer_->param_groups().front().params();
    }

    double gradient_norm() const {
        double squares = 0;
        for (const auto& parameter : parameters()) {
            if (!parameter.grad().defined()) continue;
            const double norm = parameter.grad().norm().item<double>();
            squares += norm * norm;
        }
        return std::sqrt(squares);
    }

    void scale_gradients(double factor) {
        for (const auto& parameter : parameters()) {
            if (parameter.grad().defined()) parameter.grad().mul_(factor);
        }
    }

    std::unique_ptr<torch::optim::Optimizer> optimizer_;
    double clip_norm_;
};

std::unique_ptr<torch::optim::Optimizer> make_torch_optimizer(const optimizer_settings& chosen,
                                                              std::vector<torch::Tensor> parameters) {
    if (chosen.optimizer == "adamw") {
        return std::make_unique<torch::optim::AdamW>(std::move(parameters),
                                                     torch::optim::AdamWOptions(chosen.learning_rate)
                                                         .betas({chosen.beta1, chosen.beta2})
                                                         .weight_decay(chosen.weight_decay));
    }
    return std::make_unique<torch::optim::SGD>(std::move(parameters),
                                               torch::optim::SGDOptions(chosen.learning_rate)
                                                   .momentum(chosen.momentum)
                                                   .nesterov(chosen.momentum > 0)
                                                   .weight_decay(chosen.weight_decay));
}

} // namespace

std::unique_ptr<training_optimizer> make_dense_optimizer(const settings& all, torch::nn::Module& network) {
    return std::make_unique<dense_optimizer>(make_torch_optimizer(all.optimizer, network.parameters()),
                                             all.optimizer.clip_norm);
}

} // namespace speaker_verification

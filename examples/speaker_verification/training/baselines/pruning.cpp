#include "speaker_verification/training/baselines/pruning.hpp"

#include <bregman/control/target_schedule.hpp>

#include <stdexcept>

namespace speaker_verification {

std::vector<grown_weights> pruning_method::before_step(double share) {
    if (step_++ == 0) {
        masks_.mask_zeros();
        start();
        masks_.apply();
    }
    auto grown = change_before_step(share);
    masks_.mask_gradients();
    return grown;
}

void pruning_method::after_step(double share) {
    change_after_step(share);
    // Momentum and weight decay move masked weights too.
    masks_.apply();
}

void pruning_method::save(torch::serialize::OutputArchive& archive) const {
    masks_.save(archive);
    archive.write("step", c10::IValue(step_));
}

void pruning_method::load(torch::serialize::InputArchive& archive) {
    masks_.load(archive);
    c10::IValue step;
    archive.read("step", step);
    if (!step.isInt() || step.toInt() < 0) throw std::invalid_argument("its pruning is at no step");
    step_ = step.toInt();
}

namespace {

class gradual_pruning final : public pruning_method {
  public:
    gradual_pruning(const torch::nn::Module& network, const settings& all)
        : pruning_method(network, all), target_(all.sparsity.target) {}

    void save(torch::serialize::OutputArchive& archive) const override {
        pruning_method::save(archive);
        archive.write("from", c10::IValue(from_));
        archive.write("ended", c10::IValue(ended_));
    }
    void load(torch::serialize::InputArchive& archive) override {
        pruning_method::load(archive);
        c10::IValue from;
        archive.read("from", from);
        c10::IValue ended;
        archive.read("ended", ended);
        if (!from.isDouble() || !(from.toDouble() >= 0 && from.toDouble() <= 1) || !ended.isBool()) {
            throw std::invalid_argument("its pruning starts from no share of zeros");
        }
        from_ = from.toDouble();
        ended_ = ended.toBool();
    }

  protected:
    void start() override { from_ = double(masks_.zeros()) / double(masks_.counted()); }

    void change_after_step(double share) override {
        const bool ends = share >= pruning_.pruning_end;
        if (ended_ || share < pruning_.pruning_start || !(is_due() || ends)) return;
        masks_.mask_smallest(masks_.zeros_for(ends ? target_ : sparsity_at(share)));
        ended_ = ends;
    }

  private:
    double sparsity_at(double share) const {
        const double p = (share - pruning_.pruning_start) / (pruning_.pruning_end - pruning_.pruning_start);
        if (pruning_.pruning_curve == "linear") return bregman::ramps::linear(from_, target_, p);
        if (pruning_.pruning_curve == "geometric") return bregman::ramps::geometric(from_, target_, p);
        return bregman::ramps::cubic(from_, target_, p);
    }

    double target_;
    double from_ = 0;
    bool ended_ = false;
};

} // namespace

std::unique_ptr<pruning_method> make_gradual_pruning(const torch::nn::Module& network, const settings& all) {
    return std::make_unique<gradual_pruning>(network, all);
}

} // namespace speaker_verification

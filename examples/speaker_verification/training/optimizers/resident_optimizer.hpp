#pragma once
#include "speaker_verification/training/optimizers/sparse_optimizer.hpp"

#include <bregman/torch/resident_steps.hpp>

#include <cstdio>
#include <optional>
#include <stdexcept>

namespace speaker_verification {

/// AdaBreg or LinBreg whose steps stay on the device: lambda, the law, the counts and the gradient's norm are there until
/// somebody asks. Any law of the settings runs there.
template <class Direction, class Backend>
class resident_optimizer final : public sparse_optimizer<Direction, Backend> {
    using base = sparse_optimizer<Direction, Backend>;

  public:
    resident_optimizer(const settings& all, torch::nn::Module& network, Direction direction)
        : base(all, network, direction) {
        const auto rule = dual_rule_of(all.sparsity);
        // The settling law goes another way where it cannot find lambda, and that way is the host's.
        can_order_ = rule == bregman::dual_rule::keep ||
                     (rule == bregman::dual_rule::prox_rescaled && all.sparsity.law != "settling");
    }

    void set_share(double share) override {
        if (steps_) {
            if (share <= this->freeze_from_ || frozen_) return;
            steps_->finish();
        }
        base::set_share(share);
        frozen_ = this->optimizer_.core().is_frozen();
        if (steps_) steps_->resume();
    }
    void zero_gradients() override { steps_ ? steps_->zero_grad() : base::zero_gradients(); }

    bool can_order() const override { return can_order_; }
    void order() override {
        try {
            if (!steps_) steps_.emplace(this->optimizer_);
            steps_->step();
        } catch (const std::invalid_argument& error) {
            step_by_the_host(error.what());
        }
    }
    torch::Tensor refused() override {
        if (steps_) return steps_->refused();
        const auto device = this->optimizer_.all_parameters().front().device();
        return torch::full({}, this->optimizer_.last().refused, torch::TensorOptions(torch::kBool).device(device));
    }
    step_outcome finish() override { return base::outcome_of(steps_ ? steps_->finish() : this->optimizer_.last()); }

    void save(std::ostream& stream) override {
        if (steps_) steps_->finish();
        base::save(stream);
    }
    void load(std::istream& stream) override {
        steps_.reset();
        base::load(stream);
        frozen_ = this->optimizer_.core().is_frozen();
    }

  private:
    /// What resident steps do not take (a parameter without a gradient, memory in another order) is no reason to stop.
    void step_by_the_host(const char* reason) {
        std::fprintf(stderr, "train: each step is waited for from now on, since %s\n", reason);
        if (steps_) steps_->finish();
        steps_.reset();
        can_order_ = false;
        this->optimizer_.step();
    }

    bool can_order_, frozen_ = false;
    std::optional<bregman::libtorch::resident_steps<typename base::adapter_type>> steps_;
};

} // namespace speaker_verification

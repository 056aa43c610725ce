#pragma once
#include "speaker_verification/training/optimizers/control_law.hpp"
#include "speaker_verification/training/optimizers/parameter_groups.hpp"
#include "speaker_verification/training/optimizers/training_optimizer.hpp"

#include <bregman/directions/adam.hpp>
#include <bregman/directions/adam_mini.hpp>
#include <bregman/directions/gradient.hpp>
#include <bregman/directions/momentum.hpp>
#include <bregman/torch/torch_optimizer.hpp>

#include <type_traits>

namespace speaker_verification {

/// AdaBreg or LinBreg with its law over the tensors of a backend, which the including file brings.
template <class Direction, class Backend>
class sparse_optimizer : public training_optimizer {
  public:
    sparse_optimizer(const settings& all, torch::nn::Module& network, Direction direction)
        : optimizer_(group_by_role(network, all),
                     {.step_size = float(all.optimizer.learning_rate),
                      .lambda = float(all.sparsity.lambda),
                      .target = bregman::target_schedule<float>(float(all.sparsity.target)),
                      .clip_norm = float(all.optimizer.clip_norm),
                      .on_lambda_change = dual_rule_of(all.sparsity)},
                     make_control_law(all.sparsity), direction, bregman::euclidean<float>{float(all.optimizer.delta)}) {
        optimizer_.thin_out({.density = all.sparsity.density,
                             .rescale_variance = all.sparsity.rescale_variance,
                             .seed = std::uint64_t(all.run.seed)});
    }

    void set_learning_rate(double rate) override { optimizer_.set_learning_rate(rate); }
    void zero_gradients() override { optimizer_.zero_grad(); }

    step_outcome step(double loss) override {
        optimizer_.set_loss(loss);
        optimizer_.step();
        return outcome_of(optimizer_.last());
    }

    void save(std::ostream& stream) override { optimizer_.save_state(stream); }
    void load(std::istream& stream) override { optimizer_.load_state(stream); }

  protected:
    using adapter_type = bregman::libtorch::torch_optimizer<Direction, float, bregman::libtorch::any_regularizer,
                                                            bregman::euclidean<float>, Backend>;
    static step_outcome outcome_of(const bregman::step_report<float>& report) {
        return {report.lambda, report.sparsity, report.gradient_norm, report.refused};
    }

    adapter_type optimizer_;
};

/// The one that the settings name, for a network on the backend's device. `Ordered` is what makes it where the direction
/// has steps that stay on a device: sparse_optimizer, or resident_optimizer.
template <class Backend, template <class, class> class Ordered = sparse_optimizer>
std::unique_ptr<training_optimizer> make_sparse_optimizer_on(const settings& all, torch::nn::Module& network) {
    const auto make = [&]<class Direction>(Direction direction) -> std::unique_ptr<training_optimizer> {
        using one = std::conditional_t<bregman::contract::remembers_tensors<Direction>,
                                       sparse_optimizer<Direction, Backend>, Ordered<Direction, Backend>>;
        return std::make_unique<one>(all, network, direction);
    };
    const optimizer_settings& chosen = all.optimizer;
    if (chosen.optimizer == "adabreg") {
        return make(bregman::adam{.beta1 = chosen.beta1, .beta2 = chosen.beta2, .epsilon = chosen.epsilon});
    }
    if (chosen.optimizer == "adabreg_mini") {
        return make(bregman::adam_mini{.beta1 = chosen.beta1, .beta2 = chosen.beta2, .epsilon = chosen.epsilon});
    }
    if (chosen.momentum > 0) return make(bregman::momentum{.beta = chosen.momentum});
    return make(bregman::gradient{});
}

} // namespace speaker_verification

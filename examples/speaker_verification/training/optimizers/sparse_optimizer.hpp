#pragma once
#include "speaker_verification/training/optimizers/control_law.hpp"
#include "speaker_verification/training/optimizers/parameter_groups.hpp"
#include "speaker_verification/training/optimizers/training_optimizer.hpp"

#include <bregman/directions/adam.hpp>
#include <bregman/directions/adam_mini.hpp>
#include <bregman/directions/birth_by_evidence.hpp>
#include <bregman/directions/freeze.hpp>
#include <bregman/directions/gradient.hpp>
#include <bregman/directions/leak.hpp>
#include <bregman/directions/momentum.hpp>
#include <bregman/directions/turnover.hpp>
#include <bregman/directions/weight_decay.hpp>
#include <bregman/torch/torch_optimizer.hpp>

#include <type_traits>
#include <utility>

namespace speaker_verification {

/// Counts births and deaths in each step, for nothing else: name and state are the direction's own, so that a run goes on where
/// they are not counted.
template <class Direction>
struct counting : bregman::with_turnover<Direction> {
    static inline const std::string name = bregman::policy_name(Direction{});

    template <class Field>
    void visit(Field&& field) {
        if constexpr (requires { this->direction.visit(field); }) this->direction.visit(field);
    }
};

/// A direction with all that the settings may put around it. What is 0 there changes no bit.
template <class Direction>
auto surrounded(const Direction& direction, const optimizer_settings& chosen) {
    using decaying = bregman::with_dual_weight_decay<Direction>;
    return bregman::with_leak<decaying>{decaying{direction, chosen.dual_decay}, chosen.leak};
}

/// AdaBreg or LinBreg with its law over the tensors of a backend, which the including file brings.
template <class Direction, class Backend>
class sparse_optimizer : public training_optimizer {
  public:
    sparse_optimizer(const settings& all, torch::nn::Module& network, Direction direction, Backend backend = {})
        : optimizer_(group_by_role(network, all),
                     {.step_size = float(all.optimizer.learning_rate),
                      .lambda = float(all.sparsity.lambda),
                      .target = bregman::target_schedule<float>(float(all.sparsity.target)),
                      .clip_norm = float(all.optimizer.clip_norm),
                      .on_lambda_change = dual_rule_of(all.sparsity)},
                     make_control_law(all.sparsity), direction, bregman::euclidean<float>{float(all.optimizer.delta)},
                     std::move(backend)) {
        optimizer_.thin_out({.density = all.sparsity.density,
                             .rescale_variance = all.sparsity.rescale_variance,
                             .seed = std::uint64_t(all.run.seed)});
        freeze_from_ = all.sparsity.freeze_from;
        for (const auto& group : group_by_role(network, all))
            may_be_zero_.push_back(!std::holds_alternative<bregman::none>(group.regularizer));
    }

    void set_share(double share) override {
        if (is_due_to_freeze(share)) optimizer_.freeze();
    }
    void set_learning_rate(double rate) override { optimizer_.set_learning_rate(rate); }
    void zero_gradients() override { optimizer_.zero_grad(); }

    step_outcome step(double loss) override {
        optimizer_.set_loss(loss);
        optimizer_.step();
        auto outcome = outcome_of(optimizer_.last());
        count_changes(outcome);
        return outcome;
    }

    void save(std::ostream& stream) override { optimizer_.save_state(stream); }
    void load(std::istream& stream) override { optimizer_.load_state(stream); }

  protected:
    using adapter_type =
        bregman::libtorch::torch_optimizer<Direction, float, weight_regularizer, bregman::euclidean<float>, Backend>;
    static step_outcome outcome_of(const bregman::step_report<float>& report) {
        return {.lambda = report.lambda,
                .sparsity = report.sparsity,
                .gradient_norm = report.gradient_norm,
                .refused = report.refused};
    }
    /// Of the weights that may become zero, counted in s or not. Of the first step nothing is known.
    void count_changes(step_outcome& outcome) const {
        const auto& counts = optimizer_.core().counts();
        std::int64_t births = 0, deaths = 0;
        for (std::size_t g = 0; g < counts.size(); ++g) {
            if (!may_be_zero_[g]) continue;
            if (counts[g].births < 0 || counts[g].deaths < 0) return;
            births += counts[g].births;
            deaths += counts[g].deaths;
        }
        outcome.births = births;
        outcome.deaths = deaths;
    }

    /// A support that no step has found is not frozen.
    bool is_due_to_freeze(double share) const {
        return freeze_from_ < 1 && share > freeze_from_ && !optimizer_.core().is_frozen() &&
               optimizer_.core().size() > 0;
    }

    adapter_type optimizer_;
    double freeze_from_ = 1;
    std::vector<bool> may_be_zero_; ///< of each group
};

/// The one that the settings name, for a network on the backend's device. `Ordered` is what makes it: sparse_optimizer, whose
/// steps count births and deaths, or resident_optimizer, whose steps stay on a device. `backend` is nothing, or one for
/// sparse_optimizer.
template <class Backend, template <class, class> class Ordered = sparse_optimizer, class... Made>
std::unique_ptr<training_optimizer> make_sparse_optimizer_on(const settings& all, torch::nn::Module& network,
                                                             const Made&... backend) {
    const optimizer_settings& chosen = all.optimizer;
    const auto make_of = [&]<class Inner>(const Inner& inner) -> std::unique_ptr<training_optimizer> {
        using Direction = bregman::with_freeze<Inner>;
        return std::make_unique<Ordered<Direction, Backend>>(all, network, Direction{inner}, backend...);
    };
    const auto make = [&](const auto& direction) {
        const auto inner = surrounded(direction, chosen);
        using Inner = std::remove_const_t<decltype(inner)>;
        constexpr bool stays_on_device = !std::is_same_v<Ordered<Inner, Backend>, sparse_optimizer<Inner, Backend>>;
        if constexpr (stays_on_device)
            return make_of(inner);
        else
            return make_of(counting<Inner>{{inner}});
    };
    const bregman::adam adam{.beta1 = chosen.beta1, .beta2 = chosen.beta2, .epsilon = chosen.epsilon};
    // Each direction over each backend costs seconds of compilation: with a backend that is given, only two optimizers.
    if constexpr (sizeof...(Made) == 0) {
        if (chosen.optimizer == "adabreg" && chosen.birth_leak > 0)
            return make(bregman::with_birth_by_evidence<bregman::adam>{.direction = adam, .leak = chosen.birth_leak});
        if (chosen.optimizer == "adabreg_mini") {
            return make(bregman::adam_mini{.beta1 = chosen.beta1, .beta2 = chosen.beta2, .epsilon = chosen.epsilon});
        }
    }
    if (chosen.optimizer == "adabreg") return make(adam);
    if (chosen.momentum > 0) return make(bregman::momentum{.beta = chosen.momentum});
    return make(bregman::gradient{});
}

} // namespace speaker_verification

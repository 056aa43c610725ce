#include "speaker_verification/training/training_optimizer.hpp"

#include "speaker_verification/model/parameter_roles.hpp"

#include <bregman/torch.hpp>

#include <string>
#include <utility>
#include <vector>

namespace speaker_verification {

namespace {

using bregman::libtorch::parameter_group;

/// By what a parameter does, never by its name: the table of the paper's code.
std::vector<parameter_group> group_by_role(const torch::nn::Module& network, const model_settings& model) {
    parameter_group convolutions{"convolutions", bregman::group_kernels{}, 1, true, {}};
    if (model.network == "resnet34") convolutions.regularizer = bregman::l1{};
    parameter_group linear{"linear layers", bregman::l1{}, 1, true, {}};
    parameter_group head{"head", bregman::l1{}, 1, true, {}};
    parameter_group rest{"normalisation and biases", bregman::none{}, 1, true, {}};
    for (const auto& parameter : classify_parameters(network)) {
        switch (parameter.role) {
        case parameter_role::convolution_weight:
            convolutions.tensors.push_back(parameter.tensor);
            break;
        case parameter_role::linear_weight:
            linear.tensors.push_back(parameter.tensor);
            break;
        case parameter_role::head_weight:
            head.tensors.push_back(parameter.tensor);
            break;
        default:
            rest.tensors.push_back(parameter.tensor);
        }
    }
    return {std::move(convolutions), std::move(linear), std::move(head), std::move(rest)};
}

bregman::any_law<float> make_law(const sparsity_settings& chosen) {
    if (chosen.law == "fixed") return bregman::fixed_law{};
    if (chosen.law == "quantile") return bregman::quantile_law(chosen.every);
    bregman::multiplicative_settings<float> law;
    law.gain = float(chosen.alpha);
    law.every = chosen.every;
    law.minimum = float(chosen.lambda_min);
    law.maximum = float(chosen.lambda_max);
    law.zone = float(chosen.zone);
    law.zone_gain_divisor = float(chosen.zone_alpha_divisor);
    law.zone_every = chosen.zone_every_factor;
    return bregman::multiplicative_law<float>(law);
}

template <class Direction>
class sparse_optimizer final : public training_optimizer {
  public:
    sparse_optimizer(const settings& all, torch::nn::Module& network, Direction direction)
        : optimizer_(group_by_role(network, all.model),
                     {.step_size = float(all.optimizer.learning_rate),
                      .lambda = float(all.sparsity.lambda),
                      .target = bregman::target_schedule<float>(float(all.sparsity.target)),
                      .clip_norm = float(all.optimizer.clip_norm)},
                     make_law(all.sparsity), direction,
                     bregman::euclidean<float>{float(all.optimizer.delta)}) {
        optimizer_.thin_out({.density = all.sparsity.density,
                             .rescale_variance = all.sparsity.rescale_variance,
                             .seed = std::uint64_t(all.run.seed)});
    }

    void set_learning_rate(double rate) override { optimizer_.set_learning_rate(rate); }
    void zero_gradients() override { optimizer_.zero_grad(); }

    step_outcome step(double loss) override {
        optimizer_.set_loss(loss);
        optimizer_.step();
        const auto& report = optimizer_.last();
        return {report.lambda, report.sparsity, report.gradient_norm, report.refused};
    }

    void save(std::ostream& stream) override { optimizer_.save_state(stream); }
    void load(std::istream& stream) override { optimizer_.load_state(stream); }

  private:
    bregman::libtorch::torch_optimizer<Direction, float> optimizer_;
};

template <class Direction>
std::unique_ptr<training_optimizer> make(const settings& all, torch::nn::Module& network,
                                         Direction direction) {
    return std::make_unique<sparse_optimizer<Direction>>(all, network, direction);
}

} // namespace

std::unique_ptr<training_optimizer> make_sparse_optimizer(const settings& all, torch::nn::Module& network) {
    const optimizer_settings& chosen = all.optimizer;
    if (chosen.optimizer == "adabreg") {
        return make(all, network, bregman::adam{.beta1 = chosen.beta1, .beta2 = chosen.beta2});
    }
    if (chosen.momentum > 0) return make(all, network, bregman::momentum{.beta = chosen.momentum});
    return make(all, network, bregman::gradient{});
}

} // namespace speaker_verification

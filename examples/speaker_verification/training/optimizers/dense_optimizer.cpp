#include "speaker_verification/training/baselines/pruning.hpp"
#include "speaker_verification/training/loop/gradient_clipping.hpp"
#include "speaker_verification/training/optimizers/training_optimizer.hpp"

#include <cmath>
#include <istream>
#include <ostream>
#include <sstream>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace speaker_verification {

namespace {

/// The key of a parameter in an optimizer's state: its address, as text in LibTorch 1.13, plain in 2.x.
template <class Key>
Key state_key(const torch::Tensor& parameter) {
    if constexpr (std::is_same_v<Key, std::string>) {
        std::ostringstream address;
        address << parameter.unsafeGetTensorImpl();
        return address.str();
    } else {
        return parameter.unsafeGetTensorImpl();
    }
}

/// What AdamW or SGD remember of an element, all 0 again as for one that was never there.
template <class States>
void forget_moments(States& states, const grown_weights& grown) {
    const auto found = states.find(state_key<typename States::key_type>(grown.weight));
    if (found == states.end()) return; // before the first step
    std::vector<torch::Tensor> moments;
    if (auto* adamw = dynamic_cast<torch::optim::AdamWParamState*>(found->second.get())) {
        moments = {adamw->exp_avg(), adamw->exp_avg_sq()};
    } else if (auto* sgd = dynamic_cast<torch::optim::SGDParamState*>(found->second.get())) {
        moments = {sgd->momentum_buffer()};
    }
    for (auto& moment : moments) {
        if (moment.defined()) moment.masked_fill_(grown.where, 0);
    }
}

void require_moment(const torch::Tensor& moment, const torch::Tensor& parameter, bool squares) {
    if (!moment.defined()) return; // before the first step
    const bool fits = moment.sizes() == parameter.sizes() && moment.scalar_type() == parameter.scalar_type() &&
                      moment.isfinite().all().item<bool>() && (!squares || moment.ge(0).all().item<bool>());
    if (!fits) throw std::invalid_argument("its moments do not fit the network, or no training makes them");
}

/// What LibTorch takes from an archive without a look.
template <class States>
void require_moments(States& states, const torch::Tensor& parameter) {
    const auto found = states.find(state_key<typename States::key_type>(parameter));
    if (found == states.end()) return; // before the first step
    if (auto* adamw = dynamic_cast<torch::optim::AdamWParamState*>(found->second.get())) {
        require_moment(adamw->exp_avg(), parameter, false);
        require_moment(adamw->exp_avg_sq(), parameter, true);
        if (adamw->step() < 0 || !adamw->exp_avg().defined() || !adamw->exp_avg_sq().defined()) {
            throw std::invalid_argument("its moments are not whole");
        }
    } else if (auto* sgd = dynamic_cast<torch::optim::SGDParamState*>(found->second.get())) {
        require_moment(sgd->momentum_buffer(), parameter, false);
    }
}

/// AdamW or SGD, with a method that masks weights or without. The state travels as a LibTorch archive, the
/// one form that 1.13 and 2.x share.
class dense_optimizer final : public training_optimizer {
  public:
    dense_optimizer(std::unique_ptr<torch::optim::Optimizer> optimizer, double clip_norm,
                    std::unique_ptr<pruning_method> pruning)
        : optimizer_(std::move(optimizer)), clip_norm_(clip_norm), pruning_(std::move(pruning)) {}

    void set_learning_rate(double rate) override {
        for (auto& group : optimizer_->param_groups()) group.options().set_lr(rate);
    }
    void set_share(double share) override { share_ = share; }

    void zero_gradients() override { optimizer_->zero_grad(); }

    step_outcome step(double) override {
        step_outcome outcome;
        outcome.gradient_norm = gradient_norm(parameters());
        outcome.refused = !std::isfinite(outcome.gradient_norm);
        if (outcome.refused) return outcome;
        if (pruning_) {
            for (const auto& grown : pruning_->before_step(share_)) forget_moments(optimizer_->state(), grown);
            outcome.gradient_norm = gradient_norm(parameters()); // of the weights that are there
        }
        clip_gradients(parameters(), outcome.gradient_norm, clip_norm_);
        optimizer_->step();
        if (pruning_) {
            pruning_->after_step(share_);
            outcome.sparsity = pruning_->masks().sparsity();
        }
        return outcome;
    }

    void save(std::ostream& stream) override {
        torch::serialize::OutputArchive archive;
        optimizer_->save(archive);
        if (pruning_) {
            torch::serialize::OutputArchive masks(archive.compilation_unit());
            pruning_->save(masks);
            archive.write("pruning", masks);
        }
        archive.save_to(stream);
    }
    void load(std::istream& stream) override {
        std::stringstream before(std::ios::in | std::ios::out | std::ios::binary);
        save(before);
        try {
            read(stream);
            for (const auto& parameter : parameters()) require_moments(optimizer_->state(), parameter);
        } catch (...) {
            read(before);
            throw;
        }
    }

  private:
    void read(std::istream& stream) {
        torch::serialize::InputArchive archive;
        archive.load_from(stream, parameters().front().device()); // it may have been saved on another
        optimizer_->load(archive);
        if (pruning_) {
            torch::serialize::InputArchive masks;
            archive.read("pruning", masks);
            pruning_->load(masks);
        }
    }

    const std::vector<torch::Tensor>& parameters() const { return optimizer_->param_groups().front().params(); }

    std::unique_ptr<torch::optim::Optimizer> optimizer_;
    double clip_norm_;
    std::unique_ptr<pruning_method> pruning_;
    double share_ = 0;
};

std::unique_ptr<torch::optim::Optimizer> make_torch_optimizer(const optimizer_settings& chosen,
                                                              std::vector<torch::Tensor> parameters) {
    if (chosen.optimizer == "adamw") {
        return std::make_unique<torch::optim::AdamW>(std::move(parameters),
                                                     torch::optim::AdamWOptions(chosen.learning_rate)
                                                         .betas({chosen.beta1, chosen.beta2})
                                                         .eps(chosen.epsilon)
                                                         .weight_decay(chosen.weight_decay));
    }
    return std::make_unique<torch::optim::SGD>(std::move(parameters), torch::optim::SGDOptions(chosen.learning_rate)
                                                                          .momentum(chosen.momentum)
                                                                          .nesterov(chosen.momentum > 0)
                                                                          .weight_decay(chosen.weight_decay));
}

std::unique_ptr<pruning_method> make_pruning(const settings& all, const torch::nn::Module& network) {
    if (all.pruning.pruning == "gradual") return make_gradual_pruning(network, all);
    if (all.pruning.pruning == "rigl" || all.pruning.pruning == "set") return make_moving_masks(network, all);
    if (all.pruning.pruning == "hypersparse") return make_hypersparse(network, all);
    return nullptr;
}

} // namespace

std::unique_ptr<training_optimizer> make_dense_optimizer(const settings& all, torch::nn::Module& network) {
    return std::make_unique<dense_optimizer>(make_torch_optimizer(all.optimizer, network.parameters()),
                                             all.optimizer.clip_norm, make_pruning(all, network));
}

} // namespace speaker_verification

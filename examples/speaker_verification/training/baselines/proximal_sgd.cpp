#include "speaker_verification/training/baselines/proximal_map.hpp"
#include "speaker_verification/training/loop/gradient_clipping.hpp"
#include "speaker_verification/training/optimizers/control_law.hpp"
#include "speaker_verification/training/optimizers/parameter_groups.hpp"
#include "speaker_verification/training/optimizers/training_optimizer.hpp"

#include <algorithm>
#include <cmath>
#include <istream>
#include <iterator>
#include <limits>
#include <ostream>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace speaker_verification {

namespace {

/// Steps on the CPU, wherever the network is: gradients and theta come to it and theta goes back at each
/// step.
class proximal_sgd final : public training_optimizer {
  public:
    proximal_sgd(const settings& all, const torch::nn::Module& network)
        : rate_(all.optimizer.learning_rate), beta_(all.optimizer.momentum), clip_norm_(all.optimizer.clip_norm),
          target_(float(all.sparsity.target)), lambda_(float(all.sparsity.lambda)),
          law_(make_control_law(all.sparsity)) {
        law_.validate(lambda_);
        for (const auto& group : group_by_role(network, all)) {
            for (const auto& tensor : group.tensors) add(group, tensor);
        }
        thin_out({.density = all.sparsity.density,
                  .rescale_variance = all.sparsity.rescale_variance,
                  .seed = std::uint64_t(all.run.seed)});
    }

    void set_learning_rate(double rate) override { rate_ = rate; }

    void zero_gradients() override {
        for (auto& parameter : parameters_) {
            if (parameter.grad().defined()) parameter.mutable_grad().detach_().zero_();
        }
    }

    step_outcome step(double loss) override {
        step_outcome outcome;
        outcome.lambda = lambda_;
        outcome.sparsity = sparsity_;
        outcome.gradient_norm = gradient_norm(parameters_);
        outcome.refused = !std::isfinite(outcome.gradient_norm);
        if (outcome.refused) return outcome;
        clip_gradients(parameters_, outcome.gradient_norm, clip_norm_);
        const torch::NoGradGuard no_gradient;
        for (auto& each : entries_) descend(each);
        apply_regularizers();
        ++step_;
        control(loss);
        hand_back();
        outcome.sparsity = sparsity_;
        return outcome;
    }

    std::string description() const { return "proximal SGD, law " + law_.name; }

    template <class Field>
    void visit(Field&& field) {
        field("step", step_);
        field("lambda", lambda_);
        field("sparsity", sparsity_);
        law_.visit(bregman::prefixed("law.", field));
        std::vector<float> momentum = gather_momentum();
        field("momentum", momentum);
        scatter_momentum(momentum);
    }

    void save(std::ostream& stream) override { stream << bregman::state_bytes(*this); }

    void load(std::istream& stream) override {
        const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
        const bregman::state_format::reader reader(bytes);
        bregman::require(reader.description == description(), "optimizer state", reader.description, description(),
                         "resume with the settings it was written with");
        visit(bregman::state_format::checker{reader});
        const std::string before = bregman::state_bytes(*this);
        try {
            visit(bregman::state_format::loader{reader});
            require_possible();
        } catch (...) {
            visit(bregman::state_format::loader{bregman::state_format::reader(before)});
            throw;
        }
    }

  private:
    /// Whether a training can have made this state.
    void require_possible() const {
        const std::string remedy = "resume with its own checkpoint";
        bregman::require(step_ >= 0, "step of the optimizer's state", step_, ">= 0", remedy);
        bregman::require(lambda_ >= 0 && std::isfinite(lambda_), "lambda of the optimizer's state", lambda_,
                         ">= 0 and finite", remedy);
        bregman::require(sparsity_ >= 0 && sparsity_ <= 1, "sparsity of the optimizer's state", sparsity_, "[0, 1]",
                         remedy);
        for (const auto& each : entries_) {
            bregman::require(each.momentum.isfinite().all().item<bool>(), "momentum of the optimizer's state",
                             "not finite", "finite", remedy);
        }
        law_.validate(lambda_);
    }

    struct entry {
        torch::Tensor parameter; ///< of the network, has the gradient
        torch::Tensor theta;     ///< its values
        weight_regularizer regularizer;
        bool counted;
        torch::Tensor momentum; ///< m
        torch::Tensor point;    ///< theta - tau m
    };

    void add(const weight_group& group, const torch::Tensor& tensor) {
        bregman::require(tensor.is_contiguous() && tensor.scalar_type() == torch::kFloat32,
                         "parameter of group \"" + group.name + "\"", toString(tensor.scalar_type()),
                         "contiguous float32", "convert the network with to(torch::kFloat32)");
        parameters_.push_back(tensor);
        const auto theta = tensor.detach().to(torch::kCPU, torch::kFloat32, /*non_blocking=*/false, /*copy=*/true);
        entries_.push_back(
            {tensor, theta, group.regularizer, group.counted, torch::zeros_like(theta), torch::zeros_like(theta)});
        if (group.counted) counted_ += tensor.numel();
    }

    /// The same weights stay as with AdaBreg and LinBreg.
    void thin_out(const bregman::sparse_initialisation& how) {
        for (std::size_t i = 0; i < entries_.size(); ++i) {
            const auto& theta = entries_[i].theta;
            if (!std::holds_alternative<bregman::none>(entries_[i].regularizer))
                bregman::thin_out(bregman::as_tensor(theta.data_ptr<float>(), theta.numel()), how, i);
        }
        hand_back();
    }

    void descend(entry& moved) {
        moved.momentum.mul_(beta_);
        const auto gradient = moved.parameter.grad();
        if (gradient.defined()) moved.momentum.add_(gradient.cpu(), 1 - beta_);
        moved.point.copy_(moved.parameter).sub_(moved.momentum, rate_);
    }

    /// theta to the network.
    void hand_back() {
        const torch::NoGradGuard no_gradient;
        for (auto& each : entries_) each.parameter.copy_(each.theta);
    }

    /// theta from the points with the present lambda.
    void apply_regularizers() {
        std::int64_t nonzeros = 0;
        const float t = float(rate_ * double(lambda_));
        for (auto& each : entries_) {
            const auto left = apply_prox(each.regularizer, each.point, each.theta, t);
            if (each.counted) nonzeros += left;
        }
        sparsity_ = float(1 - double(nonzeros) / double(counted_));
    }

    void control(double loss) {
        bregman::observation<float> seen;
        seen.step = step_;
        seen.lambda = lambda_;
        seen.sparsity = sparsity_;
        seen.target = target_;
        seen.loss = float(loss);
        seen.lambda_for = [this](float sparsity) { return lambda_for(sparsity); };
        seen.can_tell_lambda = true;
        const float next = law_(seen);
        bregman::require(next >= 0 && std::isfinite(next), "lambda returned by the control law", next,
                         ">= 0 and finite", "choose another law");
        if (std::exchange(lambda_, next) != next && law_.acts_at_once) apply_regularizers();
    }

    /// The lambda between the last element that is to be zero and the next.
    float lambda_for(float sparsity) const {
        std::vector<float> critical;
        for (const auto& each : entries_) {
            if (each.counted) append_critical_values(each.regularizer, each.point, critical);
        }
        const auto all = std::int64_t(critical.size());
        const auto zeros = std::min<std::int64_t>(all, std::llround(double(sparsity) * double(counted_)));
        if (zeros == 0) return 0;
        const auto [last, next] = bregman::eigen_backend<float>().order_statistics(critical.data(), all, zeros);
        const double between = zeros == all ? last * (1 + 8 * double(std::numeric_limits<float>::epsilon()))
                                            : last + (double(next) - double(last)) / 2;
        return float(between / rate_);
    }

    std::vector<float> gather_momentum() const {
        std::vector<float> values;
        for (const auto& each : entries_) {
            const float* const from = each.momentum.data_ptr<float>();
            values.insert(values.end(), from, from + each.momentum.numel());
        }
        return values;
    }
    void scatter_momentum(const std::vector<float>& values) {
        std::size_t wanted = 0;
        for (const auto& each : entries_) wanted += std::size_t(each.momentum.numel());
        bregman::require(values.size() == wanted, "parameters in the optimizer's state", values.size(),
                         "those of the network, " + std::to_string(wanted), "resume with its own checkpoint");
        const float* from = values.data();
        for (auto& each : entries_) {
            std::copy_n(from, each.momentum.numel(), each.momentum.data_ptr<float>());
            from += each.momentum.numel();
        }
    }

    double rate_, beta_, clip_norm_;
    float target_, lambda_, sparsity_ = 0;
    bregman::any_law<float> law_;
    std::int64_t step_ = 0, counted_ = 0;
    std::vector<torch::Tensor> parameters_;
    std::vector<entry> entries_; ///< one for each parameter
};

} // namespace

std::unique_ptr<training_optimizer> make_proximal_sgd(const settings& all, torch::nn::Module& network) {
    return std::make_unique<proximal_sgd>(all, network);
}

} // namespace speaker_verification

#pragma once

#include <cstdint>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <torch/torch.h>

#include <bregman/bregman.hpp>

/// \file
/// A torch::optim::Optimizer over the same core: LibTorch 1.13 and 2.x, CPU tensors.

namespace bregman::libtorch {

/// What a parameter group may choose from at run time.
using any_regularizer = std::variant<none, l1, group_rows, group_kernels>;

/// Tensors that share a regularizer. All tensors of an optimizer make one step together.
struct parameter_group {
    std::string name;
    any_regularizer regularizer = l1{};
    double lambda_scale = 1; ///< the group uses lambda_scale * lambda
    bool counted = true;     ///< whether the group is part of the sparsity that the control law sees
    std::vector<torch::Tensor> tensors;
    double least_density = 0; ///< share of the group that stays non-zero at any lambda, in [0, 1)
};

/// The learning rate, where LibTorch's schedulers look for it.
class optimizer_options : public torch::optim::OptimizerCloneableOptions<optimizer_options> {
  public:
    explicit optimizer_options(double lr) : lr_(lr) {}
    double get_lr() const override { return lr_; }
    void set_lr(const double lr) override { lr_ = lr; }

  private:
    double lr_;
};

/// LinBreg, AdaBreg and their relatives for LibTorch modules. Parameters and gradients are used in place: no
/// copies, one pass over memory for all tensors together, non-zeros counted in it.
///
///     bregman::libtorch::adabreg<> optimizer({{"weights", bregman::l1{}, 1, true, weights},
///                                             {"rest", bregman::none{}, 1, true, rest}},
///                                            {.lambda = 1, .target = 0.9f});
///     optimizer.thin_out({.density = 0.01});
///     loss.backward(); optimizer.step(); optimizer.last().sparsity ...
///
/// T is float or double and must be the type of every parameter. The law is any control law of T.
/// A parameter without a gradient takes part with a gradient of zero.
/// Errors: std::invalid_argument for tensors of another type, on another device, with gaps, without
/// requires_grad, or named twice.
template <class Direction, class T = float>
class torch_optimizer : public torch::optim::Optimizer {
  public:
    using core_type =
        bregman::optimizer<Direction, euclidean<T>, any_regularizer, any_law<T>, eigen_backend<T>>;
    using settings = optimizer_settings<T>;

    explicit torch_optimizer(std::vector<parameter_group> groups, settings s = {},
                             any_law<T> law = multiplicative_law<T>(), Direction direction = {},
                             euclidean<T> mirror = {})
        : torch::optim::Optimizer(torch_groups(groups),
                                  std::make_unique<optimizer_options>(
                                      double(s.step_size.value_or(T(Direction::default_step_size))))),
          core_(s, direction, mirror, {}, std::move(law)) {
        for (const parameter_group& group : groups) {
            parameters_.add_group(
                {group.name, group.regularizer, group.lambda_scale, group.counted, group.least_density});
            for (const torch::Tensor& tensor : group.tensors) add(group.name, tensor);
        }
        refuse_duplicates();
    }

    /// Evaluates the closure, if there is one, and makes one step. A gradient that is not finite is refused:
    /// then last().refused is true and nothing has changed.
    torch::Tensor step(LossClosure closure = nullptr) override {
        torch::Tensor loss;
        if (closure != nullptr) {
            torch::AutoGradMode enable_gradients(true);
            loss = closure();
        }
        torch::NoGradGuard no_gradients;
        require(param_groups().size() == 1, "number of torch parameter groups", param_groups().size(), "1",
                "pass all groups to the constructor instead of add_param_group");
        core_.set_step_size(T(param_groups()[0].options().get_lr()));
        bind_gradients();
        if (loss.defined()) loss_ = T(loss.template item<double>());
        core_.step(parameters_, loss_);
        for (torch::Tensor& tensor : tensors_) tensor.unsafeGetTensorImpl()->bump_version();
        return loss;
    }

    /// Keeps a random share of the regularized weights; before the first step. Tensors of the group `none`
    /// stay dense.
    void thin_out(const sparse_initialisation& how) {
        require(core_.size() == 0, "steps", core_.steps(), "0", "thin out before the first step");
        torch::NoGradGuard no_gradients;
        bregman::thin_out(parameters_, how);
    }

    /// The loss that the control law sees, for callers without a closure.
    void set_loss(double loss) { loss_ = T(loss); }
    void set_learning_rate(double rate) { param_groups()[0].options().set_lr(rate); }
    double learning_rate() const { return param_groups()[0].options().get_lr(); }

    /// The optimizer itself: lambda(), sparsity(), counts(), set_target(), set_epoch(), ...
    core_type& core() { return core_; }
    const core_type& core() const { return core_; }
    const step_report<T>& last() const { return core_.last(); }

    /// Duals, moments, lambda, law and settings; not the parameters, which the module saves.
    void save_state(std::ostream& out) { bregman::save_state(out, core_); }
    void load_state(std::istream& in) {
        bregman::load_state(in, core_);
        set_learning_rate(double(core_.step_size()));
    }

    void save(torch::serialize::OutputArchive& archive) const override {
        std::ostringstream out;
        bregman::save_state(out, core_);
        const std::string bytes = out.str();
        torch::Tensor state = torch::empty({std::int64_t(bytes.size())}, torch::kUInt8);
        std::copy(bytes.begin(), bytes.end(), state.template data_ptr<std::uint8_t>());
        archive.write("bregman_state", state, /*is_buffer=*/true);
    }
    void load(torch::serialize::InputArchive& archive) override {
        torch::Tensor state;
        archive.read("bregman_state", state, /*is_buffer=*/true);
        const std::uint8_t* bytes = state.template data_ptr<std::uint8_t>();
        std::istringstream in(std::string(bytes, bytes + state.numel()));
        load_state(in);
    }

  private:
    static std::vector<torch::optim::OptimizerParamGroup>
    torch_groups(const std::vector<parameter_group>& groups) {
        std::vector<torch::Tensor> all;
        for (const parameter_group& group : groups)
            for (const torch::Tensor& tensor : group.tensors) {
                // LibTorch's own constructor would answer these with a stack trace.
                const std::string where = name_of(all.size(), group.name);
                require(tensor.defined() && tensor.requires_grad(), where, "no gradient",
                        "a tensor with requires_grad", "pass module->parameters()");
                require(tensor.is_leaf(), where, "a computed tensor", "a leaf", "pass module->parameters()");
                all.push_back(tensor);
            }
        return {torch::optim::OptimizerParamGroup(std::move(all))};
    }

    static std::string name_of(std::size_t i, const std::string& group) {
        return "parameter " + std::to_string(i) + " (group \"" + group + "\")";
    }

    static constexpr torch::ScalarType scalar_type = sizeof(T) == 4 ? torch::kFloat32 : torch::kFloat64;

    void add(const std::string& group, const torch::Tensor& tensor) {
        const std::string where =
            "parameter " + std::to_string(tensors_.size()) + " (group \"" + group + "\")";
        require(tensor.defined() && tensor.requires_grad(), where, "no gradient",
                "a tensor with requires_grad", "pass module->parameters()");
        require(tensor.scalar_type() == scalar_type, where + " scalar type", toString(tensor.scalar_type()),
                toString(scalar_type),
                "convert the module with module->to(), or use the optimizer of that type");
        require(tensor.device().is_cpu(), where + " device", tensor.device().str(), "cpu",
                "move the module to the CPU");
        require(tensor.is_contiguous(), where + " memory", "not contiguous", "contiguous",
                "replace the parameter by parameter.contiguous()");
        parameters_.add_view(tensor.template data_ptr<T>(), nullptr,
                             {tensor_extents(tensor.sizes().begin(), tensor.sizes().end())});
        tensors_.push_back(tensor);
    }

    void refuse_duplicates() const {
        for (std::size_t i = 0; i < tensors_.size(); ++i)
            for (std::size_t j = 0; j < i; ++j)
                require(!tensors_[i].is_same(tensors_[j]), "parameter " + std::to_string(i),
                        "the same tensor as parameter " + std::to_string(j), "distinct tensors",
                        "put each parameter in one group");
    }

    void bind_gradients() {
        gradients_.clear();
        for (std::size_t i = 0; i < tensors_.size(); ++i) {
            torch::Tensor gradient = tensors_[i].grad();
            if (!gradient.defined()) {
                gradient = torch::zeros_like(tensors_[i]);
            } else {
                require(gradient.layout() == torch::kStrided, "layout of gradient " + std::to_string(i),
                        "sparse", "strided", "use dense gradients");
                gradient = gradient.contiguous();
            }
            gradients_.push_back(gradient); // keeps a copy made by contiguous() alive during the step
            parameters_.rebind(index(i), tensors_[i].template data_ptr<T>(), gradient.template data_ptr<T>());
        }
    }

    mutable core_type core_; // saving reads it through visit, which is not const
    typename core_type::parameter_list parameters_;
    std::vector<torch::Tensor> tensors_;
    std::vector<torch::Tensor> gradients_;
    T loss_ = std::numeric_limits<T>::quiet_NaN();
};

template <class T = float>
using linbreg = torch_optimizer<gradient, T>;
template <class T = float>
using linbreg_momentum = torch_optimizer<momentum, T>;
template <class T = float>
using adabreg = torch_optimizer<adam, T>;

} // namespace bregman::libtorch

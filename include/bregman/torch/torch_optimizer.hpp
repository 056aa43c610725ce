#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <torch/torch.h>

#include <bregman/backends/forward.hpp>
#include <bregman/base/error.hpp>
#include <bregman/control/any_law.hpp>
#include <bregman/control/multiplicative.hpp>
#include <bregman/io/state_file.hpp>
#include <bregman/mirror_maps/euclidean.hpp>
#include <bregman/optimizer.hpp>
#include <bregman/tensors/sparse_initialisation.hpp>
#include <bregman/torch/default_stream.hpp>
#include <bregman/torch/parameter_group.hpp>

/// \file
/// A torch::optim::Optimizer over any backend, which the including file chooses: <bregman/torch.hpp> or
/// <bregman/torch_thrust.hpp>.

namespace bregman::libtorch {

/// The learning rate, where LibTorch's schedulers look for it.
class optimizer_options : public torch::optim::OptimizerCloneableOptions<optimizer_options> {
  public:
    explicit optimizer_options(double lr) : lr_(lr) {}
    double get_lr() const override { return lr_; }
    void set_lr(const double lr) override { lr_ = lr; }

  private:
    double lr_;
};

/// Where a backend's tensors are: on the CPU unless it says `static constexpr bool is_on_cuda = true`.
template <class Backend>
constexpr torch::DeviceType device_type_of() {
    if constexpr (requires { Backend::is_on_cuda; })
        return Backend::is_on_cuda ? torch::kCUDA : torch::kCPU;
    else
        return torch::kCPU;
}

/// LinBreg, AdaBreg and their relatives for LibTorch modules. Parameters and gradients are used in place: no
/// copies, one pass over memory for all tensors together, non-zeros counted in it.
///
///     bregman::libtorch::adabreg<> optimizer({{"weights", bregman::l1{}, 1, true, weights},
///                                             {"rest", bregman::none{}, 1, true, rest}},
///                                            {.lambda = 1, .target = 0.9f});
///     optimizer.thin_out({.density = 0.01});
///     loss.backward(); optimizer.step(); optimizer.last().sparsity ...
///
/// T is float or double and must be the type of every parameter; under autocast parameters and gradients stay
/// float32, so nothing changes. The law is any control law of T. All parameters are on one device, that of
/// the backend. A parameter without a gradient takes part with a gradient of zero.
///
/// Errors: std::invalid_argument for tensors of another type, on another device, with gaps, without
/// requires_grad, or named twice.
template <class Direction, class T = float, class Backend = eigen_backend<T>>
class torch_optimizer : public torch::optim::Optimizer {
  public:
    using core_type = bregman::optimizer<Direction, euclidean<T>, any_regularizer, any_law<T>, Backend>;
    using settings = optimizer_settings<T>;

    explicit torch_optimizer(std::vector<parameter_group> groups, settings s = {},
                             any_law<T> law = multiplicative_law<T>(), Direction direction = {},
                             euclidean<T> mirror = {})
        : torch::optim::Optimizer(torch_groups(groups), std::make_unique<optimizer_options>(double(
                                                            s.step_size.value_or(T(Direction::default_step_size))))),
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
        on_device([&] { core_.step(parameters_, loss_); });
        for (torch::Tensor& tensor : tensors_) tensor.unsafeGetTensorImpl()->bump_version();
        return loss;
    }

    /// Keeps a random share of the regularized weights; before the first step. Tensors of the group `none`
    /// stay dense. The same weights stay on every device.
    void thin_out(const sparse_initialisation& how) {
        require(core_.size() == 0, "steps", core_.steps(), "0", "thin out before the first step");
        on_device([&] { bregman::thin_out(parameters_, how, core_.get_backend()); });
    }

    /// The loss that the control law sees, for callers without a closure.
    void set_loss(double loss) { loss_ = T(loss); }
    void set_learning_rate(double rate) { param_groups()[0].options().set_lr(rate); }
    double learning_rate() const { return param_groups()[0].options().get_lr(); }

    /// The optimizer itself: lambda(), sparsity(), counts(), set_target(), set_epoch(), ...
    core_type& core() { return core_; }
    const core_type& core() const { return core_; }
    const step_report<T>& last() const { return core_.last(); }

    /// Duals, moments, lambda, law and settings; not the parameters, which the module saves. The same file on
    /// every device: what was saved on one continues on another.
    void save_state(std::ostream& out) const {
        on_device([&] { bregman::save_state(out, core_); });
    }
    void load_state(std::istream& in) {
        on_device([&] { bregman::load_state(in, core_); });
        set_learning_rate(double(core_.step_size()));
    }

    void save(torch::serialize::OutputArchive& archive) const override {
        std::ostringstream out;
        save_state(out);
        const std::string bytes = out.str();
        torch::Tensor state = torch::empty({std::int64_t(bytes.size())}, torch::kUInt8);
        std::copy(bytes.begin(), bytes.end(), state.template data_ptr<std::uint8_t>());
        archive.write("bregman_state", state, /*is_buffer=*/true);
    }
    void load(torch::serialize::InputArchive& archive) override {
        torch::Tensor state;
        archive.read("bregman_state", state, /*is_buffer=*/true);
        state = state.cpu(); // an archive may have been opened for a GPU
        const std::uint8_t* bytes = state.template data_ptr<std::uint8_t>();
        std::istringstream in(std::string(bytes, bytes + state.numel()));
        load_state(in);
    }

  private:
    static constexpr torch::ScalarType scalar_type = sizeof(T) == 4 ? torch::kFloat32 : torch::kFloat64;
    static constexpr torch::DeviceType device_type = device_type_of<Backend>();

    static std::vector<torch::optim::OptimizerParamGroup> torch_groups(const std::vector<parameter_group>& groups) {
        std::vector<torch::Tensor> all;
        for (const parameter_group& group : groups)
            for (const torch::Tensor& tensor : group.tensors) {
                // LibTorch's own constructor would answer these with a stack trace.
                const std::string where = name_of(all.size(), group.name);
                require(tensor.defined() && tensor.requires_grad(), where, "no gradient", "a tensor with requires_grad",
                        "pass module->parameters()");
                require(tensor.is_leaf(), where, "a computed tensor", "a leaf", "pass module->parameters()");
                all.push_back(tensor);
            }
        return {torch::optim::OptimizerParamGroup(std::move(all))};
    }

    static std::string name_of(std::size_t i, const std::string& group) {
        return "parameter " + std::to_string(i) + " (group \"" + group + "\")";
    }

    void add(const std::string& group, const torch::Tensor& tensor) {
        const std::string where = name_of(tensors_.size(), group);
        require(tensor.scalar_type() == scalar_type, where + " scalar type", toString(tensor.scalar_type()),
                toString(scalar_type), "convert the module with module->to(), or use the optimizer of that type");
        require_device(where, tensor);
        require(tensor.is_contiguous(), where + " memory", "not contiguous", "contiguous",
                "replace the parameter by parameter.contiguous()");
        parameters_.add_view(tensor.template data_ptr<T>(), nullptr,
                             {tensor_extents(tensor.sizes().begin(), tensor.sizes().end())});
        tensors_.push_back(tensor);
    }

    void require_device(const std::string& where, const torch::Tensor& tensor) const {
        require(tensor.device().type() == device_type, where + " device", tensor.device().str(),
                torch::Device(device_type).str(),
                "move the module there with module->to(), or use the optimizer of the tensor's device");
        if (tensors_.empty()) return;
        const torch::Device common = tensors_.front().device();
        require(tensor.device() == common, where + " device", tensor.device().str(),
                common.str() + ", that of parameter 0", "move the whole module to one device with module->to()");
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
                require(gradient.layout() == torch::kStrided, "layout of gradient " + std::to_string(i), "sparse",
                        "strided", "use dense gradients");
                if (gradient.device() != tensors_[i].device())
                    require_device("gradient " + std::to_string(i), gradient);
                gradient = gradient.contiguous();
            }
            gradients_.push_back(gradient); // keeps a copy made by contiguous() alive during the step
            parameters_.rebind(index_t(i), tensors_[i].template data_ptr<T>(), gradient.template data_ptr<T>());
        }
    }

    template <class Function>
    void on_device(Function&& f) const {
        on_default_stream(tensors_.empty() ? torch::Device(torch::kCPU) : tensors_.front().device(), f);
    }

    mutable core_type core_; // saving reads it through visit, which is not const
    typename core_type::parameter_list parameters_;
    std::vector<torch::Tensor> tensors_;
    std::vector<torch::Tensor> gradients_;
    T loss_ = std::numeric_limits<T>::quiet_NaN();
};

} // namespace bregman::libtorch

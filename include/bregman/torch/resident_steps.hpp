#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <torch/torch.h>

#include <bregman/backends/thrust/device_steps.hpp>
#include <bregman/torch/default_stream.hpp>
#include <bregman/torch/torch_optimizer.hpp>

namespace bregman::libtorch {

/// Steps of a torch_optimizer that the host orders and does not wait for: device_steps for LibTorch's parameters. lambda,
/// the counts, the gradient's norm and the law are on the device until finish().
///
///     bregman::libtorch::resident_steps steps(optimizer); // after the first backward(): gradients have to be there
///     for (...) { steps.zero_grad(); loss(...).backward(); steps.step(); }
///     steps.finish(); // waits; optimizer.last(), lambda(), save_state() are up to date
///
/// The law is any that the optimizer was given; one of the library's own runs on the device, with lambda_scope::shared and
/// the rules `keep` and `prox_rescaled`, and another is asked on the host after every `ask_every`-th step, with a wait.
/// Learning rates are looked at in every step, and so is where parameters and gradients lie: when one has moved
/// (torch's zero_grad frees gradients), the tables are made again, with a wait. zero_grad() here keeps them in place.
///
/// Errors: std::invalid_argument for a parameter without a gradient, for one that is not in the order of its indices
/// (channels_last), for groups with different learning rates or a least density, and for whatever device_steps refuses.
template <class Optimizer>
class resident_steps {
  public:
    using core_type = typename Optimizer::core_type;
    using report = typename core_type::report;
    using scalar = typename core_type::scalar;

    explicit resident_steps(Optimizer& optimizer, std::int64_t ask_every = 1)
        : optimizer_(optimizer), tensors_(optimizer.all_parameters()), rate_(optimizer.common_learning_rate()),
          places_(where_they_are()), steps_(optimizer.core(), optimizer.list_in_place(), ask_every) {}

    /// Whether no step needs the host.
    bool law_is_on_device() const { return steps_.law_is_on_device(); }

    /// Gradients to 0, in the memory that they have.
    void zero_grad() {
        const torch::NoGradGuard no_gradients;
        for (const torch::Tensor& parameter : tensors_)
            if (parameter.grad().defined()) parameter.grad().zero_();
    }

    /// The loss that the law sees from now on.
    void set_loss(double loss) {
        on_device([&] { steps_.set_loss(scalar(loss)); });
    }

    /// Orders one step.
    void step() {
        const torch::NoGradGuard no_gradients;
        follow_what_has_moved();
        on_device([&] {
            const double rate = optimizer_.common_learning_rate();
            if (std::exchange(rate_, rate) != rate) steps_.set_step_size(scalar(rate));
            steps_.step();
        });
        for (const torch::Tensor& parameter : tensors_) parameter.unsafeGetTensorImpl()->bump_version();
    }

    /// Whether the last step was refused, for a gradient that was not finite: a bool on the device, to be used there. It
    /// changes with each step.
    torch::Tensor refused() {
        auto* flag = const_cast<bool*>(steps_.refused_on_device());
        return torch::from_blob(flag, {}, torch::TensorOptions().dtype(torch::kBool).device(device()));
    }

    /// Waits; lambda, law, counts and the number of steps are the optimizer's again.
    report finish() {
        report last;
        on_device([&] { last = steps_.finish(); });
        return last;
    }
    /// Takes the optimizer's numbers anew, after somebody has changed them: a loaded state, set_target.
    void resume() {
        on_device([&] { steps_.resume(); });
    }

  private:
    using place = std::pair<const void*, const void*>;

    torch::Device device() const { return tensors_.front().device(); }

    std::vector<place> where_they_are() const {
        std::vector<place> places;
        places.reserve(tensors_.size());
        for (const torch::Tensor& parameter : tensors_)
            places.emplace_back(parameter.data_ptr(),
                                parameter.grad().defined() ? parameter.grad().data_ptr() : nullptr);
        return places;
    }
    void follow_what_has_moved() {
        auto now = where_they_are();
        if (now == places_ && optimizer_.all_parameters().size() == tensors_.size()) return;
        require(optimizer_.all_parameters().size() == tensors_.size(), "number of parameters",
                optimizer_.all_parameters().size(), std::to_string(tensors_.size()) + ", as at the start",
                "call finish() and make new resident_steps after a parameter was added");
        on_device([&] { steps_.rebind(optimizer_.list_in_place()); });
        places_ = std::move(now);
    }
    template <class Function>
    void on_device(Function&& f) const {
        on_default_stream(device(), f);
    }

    Optimizer& optimizer_;
    std::vector<torch::Tensor> tensors_;
    double rate_;
    std::vector<place> places_;
    device_steps<core_type> steps_;
};

} // namespace bregman::libtorch

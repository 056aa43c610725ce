#pragma once

#include <cstdint>
#include <ostream>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include <bregman/base/error.hpp>
#include <bregman/base/finite.hpp>
#include <bregman/concepts.hpp>
#include <bregman/tensors/tensor.hpp>

namespace bregman {

/// Why minimize() ended. None of these is an error: not converging is a result.
enum class stop_reason {
    max_steps,          ///< all steps were made
    observer,           ///< an observer returned false
    non_finite_gradient ///< the objective's gradient was not finite; theta is what it was before that step
};

inline std::ostream& operator<<(std::ostream& out, stop_reason reason) {
    switch (reason) {
    case stop_reason::max_steps:
        return out << "max_steps";
    case stop_reason::observer:
        return out << "observer";
    case stop_reason::non_finite_gradient:
        return out << "non_finite_gradient";
    }
    return out;
}

/// What observers see after each step.
template <class T>
struct progress {
    std::int64_t step;    ///< steps done so far, from 1
    T loss;               ///< of the theta that the gradient was taken at, i.e. before this step
    T lambda;             ///< what theta was made with
    T sparsity;           ///< after this step
    T target;             ///< the sparsity asked for
    double gradient_norm; ///< NaN when neither clipping nor check_finite is on
};

/// What minimize() returns.
template <class T>
struct minimize_result {
    stop_reason reason = stop_reason::max_steps; ///< why it ended
    std::int64_t steps = 0;                      ///< done by the optimizer, earlier calls included
    T loss = nan_of<T>();                        ///< the last one computed
    T lambda = 0;                                ///< for the next step
    T sparsity = 0;                              ///< of the counted groups, after the last step
};

/// Shows a progress to each observer; false when one of them wants to stop.
template <class T, class... Observers>
bool notify(const progress<T>& now, Observers&... observers) {
    bool go_on = true;
    [[maybe_unused]] auto show = [&](auto& observer) {
        if constexpr (std::is_void_v<decltype(observer(now))>)
            observer(now);
        else
            go_on = observer(now) && go_on;
    };
    (show(observers), ...);
    return go_on;
}

/// Memory for a gradient, in theta's own type where that owns its memory.
template <class Theta>
class gradient_like {
  public:
    explicit gradient_like(const Theta& theta) : values_(theta) {}
    /// The memory, of theta's size.
    auto& values() { return values_; }

  private:
    static auto owning_type() {
        if constexpr (requires { typename Theta::PlainObject; })
            return std::type_identity<typename Theta::PlainObject>(); // a copy of an Eigen::Map would be theta itself
        else
            return std::type_identity<Theta>();
    }
    typename decltype(owning_type())::type values_;
};
/// A copy of a view is theta's memory: here the view is of a vector beside it.
template <class T, std::size_t Extent>
class gradient_like<std::span<T, Extent>> {
  public:
    explicit gradient_like(std::span<T, Extent> theta)
        : memory_(theta.begin(), theta.end()), values_(memory_.data(), memory_.size()) {}
    auto& values() { return values_; }

  private:
    std::vector<T> memory_;
    std::span<T, Extent> values_;
};
template <class T>
class gradient_like<tensor_view<T>> {
  public:
    explicit gradient_like(const tensor_view<T>& theta)
        : memory_(theta.data, theta.data + theta.size()), values_{memory_.data(), theta.shape} {}
    auto& values() { return values_; }

  private:
    std::vector<T> memory_;
    tensor_view<T> values_;
};

/// The loop around an optimizer, for problems that are a function. `objective(theta, gradient)` returns the
/// loss and fills the gradient, which has theta's type and size. Observers are callables on `const
/// progress<T>&`, passed by reference; one that returns false ends the loop after the current step.
///
///     auto result = minimize(optimizer, theta, objective, 500, history, print_every(50));
template <class Optimizer, class Theta, class Objective, class... Observers>
auto minimize(Optimizer& optimizer, Theta& theta, Objective&& objective, std::int64_t max_steps,
              Observers&&... observers) -> minimize_result<typename Optimizer::scalar> {
    using T = typename Optimizer::scalar;
    constexpr bool observers_fit = (observer<std::remove_reference_t<Observers>, T> && ...);
    static_assert(observers_fit,
                  "bregman: an observer must be copy-constructible and callable as `void observer(const progress<T>&)` "
                  "or `bool observer(const progress<T>&)`, false to stop; see docs/concepts/observer.md");
    require(max_steps >= 0, "max_steps", max_steps, ">= 0", "say how many steps to make");

    auto gradient = gradient_like(theta);
    require(theta.size() == 0 || as_tensor(gradient.values()).data != as_tensor(theta).data, "theta",
            "a view, whose copy is the same memory", "a container that owns its memory, std::span or an Eigen type",
            "pass the container itself, or std::span over it");
    minimize_result<T> result;
    for (std::int64_t i = 0; i < max_steps; ++i) {
        result.loss = objective(std::as_const(theta), gradient.values());
        const auto report = optimizer.step(theta, gradient.values(), result.loss);
        if (report.refused) {
            result.reason = stop_reason::non_finite_gradient;
            break;
        }
        const progress<T> now{report.step,     result.loss,        report.lambda,
                              report.sparsity, optimizer.target(), report.gradient_norm};
        if constexpr (observers_fit) {
            if (!notify(now, observers...)) {
                result.reason = stop_reason::observer;
                break;
            }
        }
    }
    result.steps = optimizer.steps();
    result.lambda = optimizer.lambda();
    result.sparsity = optimizer.sparsity();
    return result;
}

} // namespace bregman

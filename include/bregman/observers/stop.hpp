#pragma once

#include <cmath>
#include <cstdint>
#include <utility>

#include <bregman/base/error.hpp>
#include <bregman/base/finite.hpp>
#include <bregman/minimize.hpp>

namespace bregman {

/// Ends the loop when condition(progress) holds.
template <class Condition>
struct stop_when {
    Condition condition; ///< any callable `bool condition(const progress<T>&)`

    explicit stop_when(Condition c) : condition(std::move(c)) {}
    template <class T>
    bool operator()(const progress<T>& now) {
        return !condition(now);
    }
};

/// Ends the loop once the loss is at most `loss`; NaN is not.
inline auto stop_below(double loss) {
    require(!is_nan(loss), "loss", loss, "any number", "0.01 ends the loop at a hundredth");
    return stop_when([loss](const auto& now) { return !is_nan(now.loss) && double(now.loss) <= loss; });
}

/// Ends the loop once the sparsity has stayed within `tolerance` of the target for `steps` steps in a row.
class stop_at_target {
  public:
    stop_at_target(double tolerance, std::int64_t steps) : tolerance_(tolerance), steps_(steps) {
        require(tolerance >= 0, "tolerance", tolerance, ">= 0", "0.01 is one per cent of the parameters");
        require(steps >= 1, "steps", steps, ">= 1", "1 stops at the first hit");
    }
    template <class T>
    bool operator()(const progress<T>& now) {
        inside_ = std::abs(double(now.sparsity) - double(now.target)) <= tolerance_ ? inside_ + 1 : 0;
        return inside_ < steps_;
    }

  private:
    double tolerance_;
    std::int64_t steps_;
    std::int64_t inside_ = 0;
};

} // namespace bregman

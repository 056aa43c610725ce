#pragma once

#include <cstdint>

#include <bregman/base/error.hpp>
#include <bregman/base/portability.hpp>
#include <bregman/control/observation.hpp>

namespace bregman {

/// Hits the target exactly, without gain or feedback: for l1 the support is {|v| > lambda}, so lambda is the
/// target's quantile of |v| (of ||v_g|| / sqrt(n_g) for groups). Every `every` steps it asks the optimizer
/// for that quantile and theta is computed anew with it, so the step ends at the target. `every` >= 1,
/// default 1.
class quantile_law {
  public:
    static constexpr const char* name = "quantile";
    /// The new lambda is used in the same step: the optimizer computes theta again from v.
    static constexpr bool acts_at_once = true;
    static constexpr bool needs_lambda_for = true;
    static constexpr bool runs_on_device = true;

    quantile_law(std::int64_t every = 1) : every_(every) { validate(); }
    /// The setting, from a constructor or a state file.
    void validate() const { require(every_ >= 1, "every", every_, ">= 1", "1 hits the target after each step"); }

    template <class T>
    T operator()(const observation<T>& seen) const {
        if (!asks_for_lambda(seen)) return seen.lambda;
        require(bool(seen.lambda_for), "lambda_for", "empty", "a function",
                "the quantile law needs observations that come from an optimizer");
        return seen.lambda_for(seen.target);
    }
    /// Whether lambda becomes lambda_for(target): all that a device, where nothing can be called back, has to know.
    template <class T, class LambdaFor>
    BREGMAN_HOST_DEVICE bool asks_for_lambda(const observation<T, LambdaFor>& seen) const {
        return seen.step % every_ == 0;
    }

    template <class Field>
    void visit(Field&& field) {
        field("every", every_);
    }

  private:
    std::int64_t every_;
};

} // namespace bregman

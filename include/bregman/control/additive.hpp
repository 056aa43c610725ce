#pragma once

#include <cstdint>

#include <bregman/control/common_settings.hpp>

namespace bregman {

/// The settings of additive_law.
template <class T>
struct additive_settings {
    T gain = T(0.01);         ///< K >= 0, in units of lambda: the law is not scale-free
    std::int64_t every = 1;   ///< >= 1: lambda may change after every so many steps
    std::int64_t warm_up = 0; ///< >= 0: steps during which lambda is kept
    T minimum = 0;            ///< >= 0: this law also leaves 0 again
    T maximum = T(1e3);       ///< >= minimum

    template <class Field>
    void visit(Field&& field) {
        field("gain", gain);
        visit_pace_and_range(*this, field);
    }
};

/// Integral control of lambda itself: every so many steps
///
///     lambda <- clamp(lambda + K (target - sparsity), minimum, maximum)
///
/// The sign is the point: too dense (sparsity below the target) must raise lambda. With sparsity - target it
/// runs to its minimum, and a test shows that. Source: integral control; dual ascent on the constraint
/// sparsity = target.
///
/// Errors: std::invalid_argument for settings out of range, lambda0 outside [minimum, maximum], and readings
/// that are not in [0, 1].
template <class T>
class additive_law {
  public:
    static constexpr const char* name = "additive";
    static constexpr bool runs_on_device = true;
    using settings = additive_settings<T>;

    additive_law(settings s = {}) : settings_(s) { validate(); }

    template <class LambdaFor>
    BREGMAN_HOST_DEVICE T operator()(const observation<T, LambdaFor>& seen) const {
        check_reading(seen);
        if (!is_due(seen.step, settings_.every, settings_.warm_up)) return seen.lambda;
        return within_range(settings_, seen.lambda + settings_.gain * (seen.target - seen.sparsity));
    }

    /// Settings and state, from a constructor or a state file.
    void validate() const {
        const settings& s = settings_;
        check_gain("gain", s.gain);
        check_pace(s);
        require(s.minimum >= 0, "minimum", s.minimum, ">= 0", "lambda is never negative");
        check_maximum(s);
    }
    /// Called by the optimizer when it is made.
    void validate(T lambda0) const { check_start(settings_, lambda0); }
    const settings& get_settings() const { return settings_; }
    template <class Field>
    void visit(Field&& field) {
        settings_.visit(field);
    }

  private:
    settings settings_;
};

} // namespace bregman

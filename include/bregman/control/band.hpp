#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

#include <bregman/control/common_settings.hpp>

namespace bregman {

/// The settings of band_law.
template <class T>
struct band_settings {
    T half_width = T(0.01);     ///< >= 0: lambda is kept while |target - sparsity| <= this
    T gain = 1;                 ///< alpha >= 0
    std::int64_t cooldown = 10; ///< >= 0: steps after a change during which lambda is kept
    std::int64_t warm_up = 0;   ///< >= 0: steps during which lambda is kept
    T minimum = T(1e-6);        ///< > 0
    T maximum = T(1e3);         ///< >= minimum

    template <class Field>
    void visit(Field&& field) {
        field("half_width", half_width);
        field("gain", gain);
        field("cooldown", cooldown);
        field("warm_up", warm_up);
        field("minimum", minimum);
        field("maximum", maximum);
    }
};

/// Acts only outside a band around the target, and then waits for what its change does. With
/// e = target - sparsity, when |e| > half_width and the last change is more than `cooldown` steps ago,
///
///     e > 0 (too dense):   lambda <- lambda (1 + alpha |e|)
///     e < 0 (too sparse):  lambda <- lambda / (1 + alpha |e|)
///
/// clamped to [minimum, maximum]: the paper's rule with a dead band. lambda is constant while the sparsity is
/// good enough, at the price of an error of up to half_width. Source: dead-band control.
///
/// Errors: as multiplicative_law.
template <class T>
class band_law {
  public:
    static constexpr const char* name = "band";
    static constexpr bool runs_on_device = true;
    using settings = band_settings<T>;

    band_law(settings s = {}) : settings_(s) { validate(); }

    template <class LambdaFor>
    BREGMAN_HOST_DEVICE T operator()(const observation<T, LambdaFor>& seen) {
        check_reading(seen);
        const T error = seen.target - seen.sparsity;
        if (seen.step <= settings_.warm_up || seen.step < next_step_) return seen.lambda;
        if (std::abs(error) <= settings_.half_width) return seen.lambda;
        next_step_ = seen.step + settings_.cooldown + 1;
        const T factor = 1 + settings_.gain * std::abs(error);
        return within_range(settings_, error > 0 ? seen.lambda * factor : seen.lambda / factor);
    }

    /// Settings and state, from a constructor or a state file.
    void validate() const {
        const settings& s = settings_;
        require(s.half_width >= 0 && s.half_width < 1, "half_width", s.half_width, "[0, 1)",
                "0.01 leaves one per cent of the parameters either way");
        check_gain("gain", s.gain);
        constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max() / 4; // a step and this can be added
        require(s.cooldown >= 0 && s.cooldown <= most, "cooldown", s.cooldown, ">= 0, a number of steps",
                "0 may act after each step");
        require(s.warm_up >= 0, "warm_up", s.warm_up, ">= 0", "0 starts at once");
        check_range(s);
        require(next_step_ >= 0, "next_step", next_step_, ">= 0", "steps are counted from 0");
    }
    /// Called by the optimizer when it is made.
    void validate(T lambda0) const { check_start(settings_, lambda0); }
    const settings& get_settings() const { return settings_; }
    template <class Field>
    void visit(Field&& field) {
        settings_.visit(field);
        field("next_step", next_step_);
    }

  private:
    settings settings_;
    std::int64_t next_step_ = 0;
};

} // namespace bregman

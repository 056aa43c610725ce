#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include <bregman/base/finite.hpp>
#include <bregman/control/common_settings.hpp>

namespace bregman {

/// The settings of multiplicative_law, with the defaults of the authors' class.
template <class T>
struct multiplicative_settings {
    T gain = T(0.25);             ///< alpha >= 0
    std::int64_t every = 1;       ///< f >= 1: lambda may change after every f-th step
    T minimum = T(1e-6);          ///< lambda_min > 0
    T maximum = T(1e3);           ///< lambda_max >= lambda_min
    T zone = 0;                   ///< zeta >= 0: width of the fine-tuning zone around the target; 0 is off
    T zone_gain_divisor = 5;      ///< d >= 1: inside the zone the gain is alpha / d
    std::int64_t zone_every = 10; ///< m >= 1: inside the zone lambda changes every f m steps
    std::int64_t warm_up = 0;     ///< steps during which lambda is kept
    T max_relative_change = 0;    ///< r >= 0: one change stays within [lambda (1 - r), lambda (1 + r)]; 0 is off

    template <class Field>
    void visit(Field&& field) {
        field("gain", gain);
        visit_pace_and_range(*this, field);
        field("zone", zone);
        field("zone_gain_divisor", zone_gain_divisor);
        field("zone_every", zone_every);
        field("max_relative_change", max_relative_change);
    }

    /// What the paper's experiments used: alpha 1, f 50, lambda in [1e-12, 1e3], zeta .005, d 10, m 2.
    static multiplicative_settings of_paper() {
        multiplicative_settings s;
        s.gain = 1;
        s.every = 50;
        s.minimum = T(1e-12);
        s.zone = T(0.005);
        s.zone_gain_divisor = 10;
        s.zone_every = 2;
        return s;
    }
};

/// The paper's law (Aloradi, Roith, Habets, Tenbrinck 2026): with e = target - sparsity, every f steps
///
///     e > 0 (too dense):   lambda <- lambda (1 + alpha |e|)
///     e < 0 (too sparse):  lambda <- lambda / (1 + alpha |e|)
///
/// clamped to [lambda_min, lambda_max]. It is integral control of log lambda: an up and a down step of the
/// same error cancel. Inside the zone |e| < zeta the gain is alpha / d and the period f m.
///
/// Errors: std::invalid_argument for settings out of range, lambda0 outside [minimum, maximum], and readings
/// that are not finite or not in [0, 1].
template <class T>
class multiplicative_law {
  public:
    static constexpr const char* name = "multiplicative";
    static constexpr bool runs_on_device = true;
    using settings = multiplicative_settings<T>;

    multiplicative_law(settings s = {}) : settings_(s) { validate(); }

    template <class LambdaFor>
    BREGMAN_HOST_DEVICE T operator()(const observation<T, LambdaFor>& seen) const {
        check_reading(seen);
        const settings& s = settings_;
        const T error = seen.target - seen.sparsity;
        const bool in_zone = s.zone > 0 && std::abs(error) < s.zone;
        const std::int64_t every = in_zone ? s.every * s.zone_every : s.every;
        if (!is_due(seen.step, every, s.warm_up)) return seen.lambda;

        const T factor = 1 + (in_zone ? s.gain / s.zone_gain_divisor : s.gain) * std::abs(error);
        T next = error > 0 ? seen.lambda * factor : error < 0 ? seen.lambda / factor : seen.lambda;
        if (s.max_relative_change > 0)
            next =
                std::clamp(next, seen.lambda * (1 - s.max_relative_change), seen.lambda * (1 + s.max_relative_change));
        return within_range(s, next);
    }

    /// Settings and state, from a constructor or a state file.
    void validate() const {
        const settings& s = settings_;
        check_gain("gain", s.gain);
        check_pace(s);
        check_range(s);
        require(s.zone >= 0 && is_finite(s.zone), "zone", s.zone, ">= 0 and finite",
                "0 switches the fine-tuning zone off");
        require(s.zone_gain_divisor >= 1 && is_finite(s.zone_gain_divisor), "zone_gain_divisor", s.zone_gain_divisor,
                ">= 1 and finite", "the paper uses 10");
        require(s.zone_every >= 1 && s.zone_every <= std::numeric_limits<std::int64_t>::max() / s.every, "zone_every",
                s.zone_every, ">= 1, and every * zone_every a number of steps", "the paper uses 2");
        require(s.max_relative_change >= 0 && s.max_relative_change < 1, "max_relative_change", s.max_relative_change,
                "[0, 1)", "0 switches the limit off");
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

#pragma once

#include <cmath>
#include <cstdint>

#include <bregman/base/finite.hpp>
#include <bregman/control/common_settings.hpp>

namespace bregman {

/// The settings of nupi_law.
template <class T>
struct nupi_settings {
    T proportional = T(0.25); ///< kappa_P, finite: positive damps, negative is momentum
    T integral = T(0.25);     ///< kappa_I >= 0: per update
    T nu = T(0.9);            ///< in [0, 1): weight of the past in the moving average; 0 is PI control
    std::int64_t every = 1;   ///< >= 1: lambda may change after every so many steps
    std::int64_t warm_up = 0; ///< >= 0: steps during which lambda is kept
    T minimum = T(1e-6);      ///< > 0
    T maximum = T(1e3);       ///< >= minimum

    template <class Field>
    void visit(Field&& field) {
        field("proportional", proportional);
        field("integral", integral);
        field("nu", nu);
        visit_pace_and_range(*this, field);
    }
};

/// nuPI control of log lambda: PI control whose proportional part acts on a moving average of the error
/// e = target - sparsity,
///
///     xi_new = nu xi + (1 - nu) e
///     log lambda <- log lambda + kappa_I e + kappa_P (xi_new - xi),      xi_0 = 0
///
/// clamped to [minimum, maximum]. Written by increments, it winds nothing up. nu = 0 is PI; nu = beta with
/// kappa_I = a / (1 - beta), kappa_P = -a beta / (1 - beta)^2 is gradient ascent with Polyak's momentum beta
/// and step a, on log lambda. Source: Sohrabi, Ramirez, Zhang, Lacoste-Julien, Gallego-Posada, "On PI
/// controllers for updating Lagrange multipliers in constrained optimization", ICML 2024, Algorithm 1 and
/// Theorem 1, there for a multiplier itself.
///
/// Errors: as multiplicative_law.
template <class T>
class nupi_law {
  public:
    static constexpr const char* name = "nupi";
    static constexpr bool runs_on_device = true;
    using settings = nupi_settings<T>;

    nupi_law(settings s = {}) : settings_(s) { validate(); }

    template <class LambdaFor>
    BREGMAN_HOST_DEVICE T operator()(const observation<T, LambdaFor>& seen) {
        check_reading(seen);
        if (!is_due(seen.step, settings_.every, settings_.warm_up)) return seen.lambda;
        const double error = double(seen.target) - double(seen.sparsity);
        const double average = double(settings_.nu) * average_ + double(1 - settings_.nu) * error;
        const double push = double(settings_.integral) * error + double(settings_.proportional) * (average - average_);
        average_ = average;
        return within_range(settings_, T(double(within_range(settings_, seen.lambda)) * std::exp(push)));
    }

    /// Settings and state, from a constructor or a state file.
    void validate() const {
        const settings& s = settings_;
        require(is_finite(s.proportional), "proportional", s.proportional, "finite",
                "positive damps, negative is momentum");
        check_gain("integral", s.integral);
        require(s.nu >= 0 && s.nu < 1, "nu", s.nu, "[0, 1)", "0 is PI control");
        check_pace(s);
        check_range(s);
        require(std::abs(average_) <= 1, "average", average_, "[-1, 1]", "it is a mean of errors");
    }
    /// Called by the optimizer when it is made.
    void validate(T lambda0) const { check_start(settings_, lambda0); }
    const settings& get_settings() const { return settings_; }
    template <class Field>
    void visit(Field&& field) {
        settings_.visit(field);
        field("average", average_);
    }

  private:
    settings settings_;
    double average_ = 0;
};

} // namespace bregman

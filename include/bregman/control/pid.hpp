#pragma once

#include <cmath>
#include <cstdint>

#include <bregman/base/finite.hpp>
#include <bregman/control/common_settings.hpp>

namespace bregman {

/// What pid_law does with its integral while lambda is held at an end of its range.
enum class anti_windup {
    none,            ///< it goes on adding: the law leaves the end late, by as much as it has added
    conditional,     ///< it stops while the error pushes further out
    back_calculation ///< it is pulled back by a share of what the range cut off
};

/// The settings of pid_law.
template <class T>
struct pid_settings {
    T proportional = T(0.1);      ///< K_P >= 0: answers to changes of the error; much of it swings
    T integral = T(0.25);         ///< K_I >= 0: per update; the paper's law has alpha in its place
    T derivative = 0;             ///< K_D >= 0; 0 makes it PI control
    T derivative_filter = T(0.9); ///< beta in [0, 1): d <- beta d + (1 - beta) (s_old - s)
    anti_windup on_saturation = anti_windup::conditional; ///< what the integral does while lambda is at a bound
    T tracking = T(0.5);      ///< in (0, 1]: the share that back_calculation takes back per update
    std::int64_t every = 1;   ///< >= 1: lambda may change after every so many steps
    std::int64_t warm_up = 0; ///< >= 0: steps during which lambda is kept
    T minimum = T(1e-6);      ///< > 0
    T maximum = T(1e3);       ///< >= minimum

    template <class Field>
    void visit(Field&& field) {
        field("proportional", proportional);
        field("integral", integral);
        field("derivative", derivative);
        field("derivative_filter", derivative_filter);
        int rule = int(on_saturation);
        field("on_saturation", rule);
        on_saturation = anti_windup(rule);
        field("tracking", tracking);
        visit_pace_and_range(*this, field);
    }
};

/// PID control of log lambda, with e = target - sparsity:
///
///     I <- I + K_I e
///     lambda <- exp(I + K_P e + K_D d),    d <- beta d + (1 - beta) (s_old - s)
///
/// clamped to [minimum, maximum]. The derivative is that of the reading, so that a new target makes no kick.
/// The first update starts from the present lambda without a jump, and so does the one after somebody else
/// has changed lambda (optimizer.set_lambda, a wrapper such as rate_limit). Source: Astrom and Hagglund, PID
/// Controllers, 1995, sections 3.4 and 3.5.
///
/// Errors: as multiplicative_law.
template <class T>
class pid_law {
  public:
    static constexpr const char* name = "pid";
    static constexpr bool runs_on_device = true;
    using settings = pid_settings<T>;

    pid_law(settings s = {}) : settings_(s) { validate(); }

    template <class LambdaFor>
    BREGMAN_HOST_DEVICE T operator()(const observation<T, LambdaFor>& seen) {
        check_reading(seen);
        if (!is_due(seen.step, settings_.every, settings_.warm_up)) return seen.lambda;
        const double error = double(seen.target) - double(seen.sparsity);
        start_from(seen, error);
        slope_ = double(settings_.derivative_filter) * slope_ +
                 double(1 - settings_.derivative_filter) * (sparsity_ - double(seen.sparsity));
        sparsity_ = double(seen.sparsity);

        const double push = double(settings_.integral) * error;
        const double wanted =
            integral_ + push + double(settings_.proportional) * error + double(settings_.derivative) * slope_;
        const double held = std::clamp(wanted, log_of(settings_.minimum), log_of(settings_.maximum));
        integrate(push, wanted - held);
        return lambda_ = within_range(settings_, T(std::exp(held)));
    }

    /// Settings and state, from a constructor or a state file.
    void validate() const {
        const settings& s = settings_;
        require(s.on_saturation >= anti_windup::none && s.on_saturation <= anti_windup::back_calculation,
                "on_saturation", int(s.on_saturation), "none, conditional or back_calculation",
                "conditional is the default");
        check_gain("proportional", s.proportional);
        check_gain("integral", s.integral);
        check_gain("derivative", s.derivative);
        require(s.derivative_filter >= 0 && s.derivative_filter < 1, "derivative_filter", s.derivative_filter, "[0, 1)",
                "0 does not filter");
        require(s.tracking > 0 && s.tracking <= 1, "tracking", s.tracking, "(0, 1]",
                "1 takes all of the excess back at once");
        check_pace(s);
        check_range(s);
        require(is_finite(integral_) && is_finite(slope_) && is_finite(sparsity_) && is_finite(lambda_) &&
                    (lambda_ > 0 || !started_),
                "state of the pid law", integral_, "finite numbers", "load another state");
    }
    /// Called by the optimizer when it is made.
    void validate(T lambda0) const { check_start(settings_, lambda0); }
    const settings& get_settings() const { return settings_; }
    template <class Field>
    void visit(Field&& field) {
        settings_.visit(field);
        field("integral_sum", integral_);
        field("slope", slope_);
        field("last_sparsity", sparsity_);
        field("last_lambda", lambda_);
        field("started", started_);
    }

  private:
    BREGMAN_HOST_DEVICE static double log_of(T lambda) { return std::log(double(lambda)); }

    template <class LambdaFor>
    BREGMAN_HOST_DEVICE void start_from(const observation<T, LambdaFor>& seen, double error) {
        const double present = log_of(within_range(settings_, seen.lambda));
        if (!started_) {
            integral_ = present - double(settings_.proportional) * error;
            sparsity_ = double(seen.sparsity);
            started_ = true;
        } else if (seen.lambda != lambda_) {
            integral_ += present - log_of(lambda_);
        }
    }

    // `excess` is what the range has cut off: positive above the maximum, negative below the minimum.
    BREGMAN_HOST_DEVICE void integrate(double push, double excess) {
        switch (settings_.on_saturation) {
        case anti_windup::none:
            integral_ += push;
            break;
        case anti_windup::conditional:
            if (excess * push <= 0) integral_ += push;
            break;
        case anti_windup::back_calculation:
            integral_ += push - double(settings_.tracking) * excess;
            break;
        }
    }

    settings settings_;
    double integral_ = 0;
    double slope_ = 0;
    double sparsity_ = 0;
    T lambda_ = 0;
    bool started_ = false;
};

} // namespace bregman

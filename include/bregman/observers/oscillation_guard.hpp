#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include <bregman/base/error.hpp>
#include <bregman/base/finite.hpp>
#include <bregman/minimize.hpp>

namespace bregman {

/// The settings of oscillation_guard, with the defaults of the authors' code.
struct oscillation_guard_settings {
    std::int64_t window = 1000;     ///< >= 1: steps that are looked back on
    std::int64_t sign_changes = 50; ///< >= 1: of sparsity - target in the window, from which on it acts
    double ignore = 0.01;           ///< >= 0: readings with |sparsity - target| <= this have no sign
    double factor = 0.25;           ///< in (0, 1): of the step size

    template <class Field>
    void visit(Field&& field) {
        field("window", window);
        field("sign_changes", sign_changes);
        field("ignore", ignore);
        field("factor", factor);
    }
};

/// Makes the step size of an optimizer smaller when the sparsity swings around its target: once
/// sparsity - target has changed its sign `sign_changes` times within the last `window` steps,
///
///     tau <- factor * tau
///
/// and the window is cleared. An observer of minimize(), or called by a loop of one's own after each step.
/// The optimizer must outlive it; it needs step_size() and set_step_size(). Source: the code of Aloradi,
/// Roith, Habets, Tenbrinck 2026.
///
/// Errors: std::invalid_argument for settings out of range.
template <class Optimizer>
class oscillation_guard {
  public:
    using settings = oscillation_guard_settings;

    explicit oscillation_guard(Optimizer& optimizer, settings s = {}) : optimizer_(&optimizer), settings_(s) {
        require(s.window >= 1, "window", s.window, ">= 1", "the paper's code uses 1000 steps");
        require(s.sign_changes >= 1, "sign_changes", s.sign_changes, ">= 1", "the paper's code uses 50");
        require(s.ignore >= 0 && is_finite(s.ignore), "ignore", s.ignore, ">= 0 and finite",
                "0.01 ignores what is within one per cent of the target");
        require(s.factor > 0 && s.factor < 1, "factor", s.factor, "(0, 1)", "0.25 takes a quarter");
    }

    template <class T>
    void operator()(const progress<T>& now) {
        const double error = double(now.sparsity) - double(now.target);
        if (!(std::abs(error) > settings_.ignore)) return;
        const int sign = error > 0 ? 1 : -1;
        if (last_sign_ * sign < 0) changes_.push_back(now.step);
        last_sign_ = sign;
        std::erase_if(changes_, [&](std::int64_t step) { return step <= now.step - settings_.window; });
        if (std::int64_t(changes_.size()) >= settings_.sign_changes) act();
    }

    /// How often the step size was made smaller.
    std::int64_t reductions() const { return reductions_; }
    /// Sign changes in the window.
    std::int64_t sign_changes() const { return std::int64_t(changes_.size()); }

    template <class Field>
    void visit(Field&& field) {
        settings_.visit(field);
        field("changes", changes_);
        field("last_sign", last_sign_);
        field("reductions", reductions_);
    }

  private:
    void act() {
        using step_size = decltype(optimizer_->step_size());
        const auto smaller = step_size(double(optimizer_->step_size()) * settings_.factor);
        if (smaller > 0) optimizer_->set_step_size(smaller); // else it has underflowed: keep the smallest
        changes_.clear();
        last_sign_ = 0;
        ++reductions_;
    }

    Optimizer* optimizer_;
    settings settings_;
    std::vector<std::int64_t> changes_; // the steps they happened at
    int last_sign_ = 0;
    std::int64_t reductions_ = 0;
};

} // namespace bregman

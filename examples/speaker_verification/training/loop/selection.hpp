#pragma once
#include <cmath>
#include <cstdint>

namespace speaker_verification {

/// Chooses the best model among those that hold the sparsity asked for.
///
/// A model far from its target may well be the more accurate one, being denser; so validations with
/// |sparsity - target| > gate neither become the best nor move a plateau schedule.
class gated_selection {
  public:
    explicit gated_selection(double gate) : gate_(gate) {}

    bool admits(double sparsity, double target) const { return std::abs(sparsity - target) <= gate_; }

    /// True when this validation is the best admitted one so far.
    bool observe(std::int64_t step, double accuracy, double sparsity, double target) {
        if (!admits(sparsity, target) || accuracy <= best_accuracy_) return false;
        best_accuracy_ = accuracy;
        best_step_ = step;
        return true;
    }

    double best_accuracy() const { return best_accuracy_; } ///< -1: none yet
    std::int64_t best_step() const { return best_step_; }   ///< 0: none yet

    template <class Visitor>
    void visit(Visitor&& field) {
        field("best_accuracy", best_accuracy_);
        field("best_step", best_step_);
    }

  private:
    double gate_;
    double best_accuracy_ = -1;
    std::int64_t best_step_ = 0;
};

} // namespace speaker_verification

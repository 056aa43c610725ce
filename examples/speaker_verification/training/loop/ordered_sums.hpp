#pragma once
#include "speaker_verification/training/reports/training_report.hpp"

#include <cstdint>
#include <torch/torch.h>

namespace speaker_verification {

/// What steps add up that the host does not wait for: loss and accuracy of those that were made since the last line of the
/// log, how many were refused, and how many in a row. Kept where the network is, read in one copy.
class ordered_sums {
  public:
    struct reading {
        training_window window;
        std::int64_t refused;          ///< since the last reading
        std::int64_t refused_in_a_row; ///< up to the last step
        std::int64_t longest_row;      ///< of refused steps, since the last reading
    };

    /// Goes on from `window` and from `row` steps refused in a row.
    ordered_sums(const torch::Device& device, const training_window& window, std::int64_t row)
        : sums_(torch::tensor({window.loss, window.accuracy, double(window.steps), 0.0, double(row), double(row)},
                              torch::kFloat64)
                    .to(device)) {}

    /// `loss`, `accuracy`, `refused`: of one step, numbers on the device.
    void add(const torch::Tensor& loss, const torch::Tensor& accuracy, const torch::Tensor& refused) {
        const torch::NoGradGuard no_gradient;
        const auto kind = sums_.scalar_type();
        const auto no = refused.to(kind);
        // A refused step's loss may be no number, which times 0 is none either.
        const auto seen = torch::stack({loss.detach().to(kind), accuracy.detach().to(kind)}).masked_fill(refused, 0);
        const auto row = (sums_[4] + 1) * no;
        const auto longest = torch::maximum(sums_[5], row);
        sums_ = torch::cat(
            {sums_.slice(0, 0, 4) + torch::cat({seen, torch::stack({1 - no, no})}), torch::stack({row, longest})});
    }

    /// Waits for what was added.
    reading read() {
        const auto on_host = sums_.to(torch::kCPU, /*non_blocking=*/false, /*copy=*/true);
        const double* values = on_host.data_ptr<double>();
        sums_[3].zero_();
        sums_[5].copy_(sums_[4]);
        return {{values[0], values[1], std::int64_t(values[2])},
                std::int64_t(values[3]),
                std::int64_t(values[4]),
                std::int64_t(values[5])};
    }
    /// After a line of the log.
    void begin_window() { sums_.slice(0, 0, 3).zero_(); }

  private:
    torch::Tensor sums_; ///< loss, accuracy, steps; refused; row, longest row
};

} // namespace speaker_verification

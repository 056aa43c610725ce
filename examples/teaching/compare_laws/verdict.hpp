#pragma once

#include "teaching/compare_laws/runs.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace compare_laws {

/// Whether one run found the target and came to rest: within 1 % in a tenth of the run and within 0.1 % in a half, at most
/// 2 changes of sign beyond 0.2 % after that half, a steady error of at most 0.1 %. Never finer than 1.5 parameters. And,
/// beside the other laws, whether its theta is as good (judge_quality).
struct verdict {
    std::optional<std::int64_t> to_1_percent, to_01_percent;
    std::int64_t overshoots = 0; ///< changes of sign beyond 0.2 % in the second half
    double steady_error = 0;
    std::string failed; ///< which of "1 %", "0.1 %", "rings", "steady error", "quality"; empty: it holds

    /// `size` >= 1 is how many parameters count; `hold` >= 1 as of steps_to_within.
    verdict(const law_run& run, double target, std::int64_t size, std::int64_t hold);
    void fail(const char* what);
    /// The row without what names it.
    nlohmann::json json() const;
};

/// A run and what names it, a row of laws.json.
struct judged_run {
    std::string problem, optimizer, law;
    double lambda0, target;
    int seed;
    double quality; ///< nan where the problem measures none
    verdict judged;

    nlohmann::json json() const;
};

/// Fails the quality of laws that are worse than the best by more than noise, on one problem with one optimizer and target.
/// Of each law the mean over its draws and lambda0 counts; the best is sought among those with a mean steady error of at most
/// 1 %, since a denser theta is another answer. Noise of an accuracy over `samples` is two standard errors of the difference
/// and twice the larger spread over the runs; of relative errors a factor 3, where all below 0.001 are alike.
void judge_quality(std::vector<judged_run>& runs, bool larger_is_better, std::int64_t samples);

} // namespace compare_laws

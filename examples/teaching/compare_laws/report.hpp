#pragma once

#include "teaching/compare_laws/runs.hpp"
#include "teaching/compare_laws/verdict.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace compare_laws {

/// The measures of one law on one problem at one target, over all seeds.
struct law_result {
    std::vector<std::optional<std::int64_t>> steps_to_1_percent, steps_to_01_percent; ///< by seed
    double overshoot = 0, steady_error = 0, lambda = 0, quality = 0;                  ///< means over the seeds

    /// `runs` has at least one.
    law_result(const std::vector<law_run>& runs, double target, std::int64_t hold);
};

/// The results of one problem: result[law][target].
struct problem_table {
    std::string title, quality;
    std::vector<std::string> laws;
    std::vector<double> targets;
    std::vector<std::vector<law_result>> result;

    /// A heading and a Markdown table.
    std::string markdown() const;
    nlohmann::json json() const;
};

/// Which laws hold how often: a Markdown table with a column for each problem, or each optimizer (`by`), "7 of 12" and what
/// fails most often.
std::string verdict_table(const std::vector<judged_run>& rows, const std::string& by);

} // namespace compare_laws

#pragma once

#include "teaching/compare_laws/runs.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace compare_laws {

/// Whether one run found the target and came to rest: within 1 % in a tenth of the run and within 0.1 % in a half, at most
/// 2 changes of sign beyond 0.2 % after that half, a steady error of at most 0.1 %. Never finer than 1.5 parameters.
struct verdict {
    std::optional<std::int64_t> to_1_percent, to_01_percent;
    std::int64_t overshoots = 0; ///< changes of sign beyond 0.2 % in the second half
    double steady_error = 0;
    std::string failed; ///< which of "1 %", "0.1 %", "rings", "steady error"; empty: it holds

    /// `size` >= 1 is how many parameters count; `hold` >= 1 as of steps_to_within.
    verdict(const law_run& run, double target, std::int64_t size, std::int64_t hold);
    /// The row without what names it.
    nlohmann::json json() const;
};

} // namespace compare_laws

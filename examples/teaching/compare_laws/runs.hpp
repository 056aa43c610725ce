#pragma once

#include "teaching/compare_laws/laws.hpp"
#include "teaching/compare_laws/problems.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace compare_laws {

/// What one law did on one draw of a problem.
struct law_run {
    std::vector<double> sparsity, lambda; ///< after each step
    double quality = 0;                   ///< of the last theta, see control_problem::quality
};

/// `steps` of an optimizer from the draw's start. `optimizer` is one of optimizer_names.
law_run run_law(const control_problem& problem, const problem_draw& draw, const std::string& optimizer,
                const bregman::any_law<float>& law, float lambda0, float target, std::int64_t steps);

} // namespace compare_laws

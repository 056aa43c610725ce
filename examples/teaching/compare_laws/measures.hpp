#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace compare_laws {

/// The first step from which |s - target| <= tolerance for `hold` steps in a row; none if there is no such.
/// sparsity[k] is that after step k + 1. An error of half a part per million is rounding.
std::optional<std::int64_t> steps_to_within(const std::vector<double>& sparsity, double target, double tolerance,
                                            std::int64_t hold);

/// max (s - target), at least 0: how much too sparse theta ever was.
double overshoot(const std::vector<double>& sparsity, double target);

/// The mean of |s - target| over the last quarter of the steps.
double steady_error(const std::vector<double>& sparsity, double target);

/// How often s - target changes its sign from step `first` on, counting from 0, where |s - target| <= tolerance has none.
std::int64_t sign_changes(const std::vector<double>& sparsity, double target, double tolerance, std::int64_t first);

} // namespace compare_laws

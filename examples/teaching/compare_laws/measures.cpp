#include "teaching/compare_laws/measures.hpp"

#include <algorithm>
#include <cmath>

namespace compare_laws {

std::optional<std::int64_t> steps_to_within(const std::vector<double>& sparsity, double target, double tolerance,
                                            std::int64_t hold) {
    constexpr double rounding = 5e-7; // sparsities are floats
    std::int64_t inside = 0;
    for (std::size_t k = 0; k < sparsity.size(); ++k) {
        inside = std::abs(sparsity[k] - target) <= tolerance + rounding ? inside + 1 : 0;
        if (inside == hold) return std::int64_t(k) + 2 - hold;
    }
    return {};
}

double overshoot(const std::vector<double>& sparsity, double target) {
    double most = 0;
    for (const double s : sparsity) most = std::max(most, s - target);
    return most;
}

double steady_error(const std::vector<double>& sparsity, double target) {
    const std::size_t count = std::max<std::size_t>(1, sparsity.size() / 4);
    double sum = 0;
    for (std::size_t k = sparsity.size() - count; k < sparsity.size(); ++k) sum += std::abs(sparsity[k] - target);
    return sum / double(count);
}

std::int64_t sign_changes(const std::vector<double>& sparsity, double target, double tolerance, std::int64_t first) {
    constexpr double rounding = 5e-7; // sparsities are floats
    std::int64_t changes = 0;
    double last = 0;
    for (std::size_t k = std::size_t(first); k < sparsity.size(); ++k) {
        const double error = sparsity[k] - target;
        if (std::abs(error) <= tolerance + rounding) continue;
        changes += last * error < 0;
        last = error;
    }
    return changes;
}

} // namespace compare_laws

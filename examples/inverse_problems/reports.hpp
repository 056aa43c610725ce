#pragma once

#include "inverse_problems/program.hpp"

#include <bregman/solvers/result.hpp>

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

namespace examples {

/// ||x - truth|| / ||truth||.
inline double relative_error(const Eigen::VectorXd& x, const Eigen::VectorXd& truth) {
    return (x - truth).norm() / truth.norm();
}

/// How well the support of x is that of the truth: 2 hits / (2 hits + wrong + missed), 1 when it is the same.
inline double support_f1(const Eigen::VectorXd& x, const Eigen::VectorXd& truth) {
    const auto found = x.array() != 0, there = truth.array() != 0;
    return 2.0 * double((found && there).count()) / double(std::max<Eigen::Index>(1, found.count() + there.count()));
}

/// What a solver returned, and `more`, for a summary.
inline notes notes_of(const bregman::solver_result<double>& result, notes more = {}) {
    std::ostringstream reason;
    reason << result.reason;
    notes all = {{"stopped_by", reason.str()},
                 {"iterations", result.iterations},
                 {"operator_pairs", result.operator_pairs},
                 {"seconds", result.seconds},
                 {"relative_residual", result.relative_residual},
                 {"kkt", result.certificate.kkt},
                 {"nonzeros", std::int64_t((result.x.array() != 0).count())}};
    all.insert(all.end(), more.begin(), more.end());
    return all;
}

/// The least value so far, at each place: what a curve that goes up and down has reached.
inline std::vector<double> best_so_far(std::vector<double> values) {
    for (std::size_t i = 1; i < values.size(); ++i) values[i] = std::min(values[i], values[i - 1]);
    return values;
}

/// An observer that keeps what figures need: residual and distance to the truth after each iteration.
struct solver_trace {
    const Eigen::VectorXd& truth;
    std::vector<double> iteration = {}, pairs = {}, residual = {}, error = {};

    void operator()(const bregman::solver_progress<double>& now) {
        iteration.push_back(double(now.iteration));
        pairs.push_back(now.operator_pairs);
        residual.push_back(now.relative_residual);
        error.push_back(relative_error(now.x, truth));
    }
};

} // namespace examples

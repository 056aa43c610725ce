#pragma once

#include "inverse_problems/program.hpp"

#include <bregman/backends/eigen.hpp>
#include <bregman/control/fixed.hpp>
#include <bregman/directions/gradient.hpp>
#include <bregman/optimizer.hpp>
#include <bregman/problems/least_squares.hpp>
#include <bregman/regularizers/none.hpp>

#include <Eigen/QR>

#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

namespace examples {

/// What mirror descent ended at, and the points it went through.
struct descent {
    Eigen::VectorXd w;
    std::vector<double> first = {}, second = {}; // the first two coordinates
    std::int64_t steps = 0;
    double residual = 0, outside_of_range = 0;
};

/// For a summary: the norms of w too, each of which some mirror map makes small.
inline notes notes_of(const descent& found) {
    return {{"steps", found.steps},
            {"relative_residual", found.residual},
            {"outside_of_range", found.outside_of_range},
            {"l1", found.w.lpNorm<1>()},
            {"l2", found.w.norm()},
            {"linf", found.w.lpNorm<Eigen::Infinity>()}};
}

/// How far grad psi(w) - grad psi(0) is from the range of A^T: at 0, w minimises psi among all interpolators.
template <class Mirror>
double outside_of_range(const Mirror& mirror, const Eigen::MatrixXd& A, const Eigen::VectorXd& w) {
    const Eigen::VectorXd dual = w.unaryExpr([&](double x) { return mirror.to_dual(x) - mirror.to_dual(0.0); });
    const Eigen::MatrixXd transposed = A.transpose();
    return (dual - transposed * transposed.colPivHouseholderQr().solve(dual)).norm() / dual.norm();
}

/// Mirror descent from 0. The step is doubled after each one and halved until the loss falls by half of what
/// the slope promises: optimizers are values, so that a step is tried on a copy.
template <class Mirror>
descent descend(const Mirror& mirror, const bregman::least_squares<double>& problem, std::int64_t steps) {
    bregman::optimizer<bregman::gradient, Mirror, bregman::none, bregman::fixed_law, bregman::eigen_backend<double>>
        optimizer({.step_size = 1e-3}, {}, mirror);
    descent r{Eigen::VectorXd::Zero(problem.A.cols())};
    Eigen::VectorXd g = r.w, trial, trial_g = r.w;
    double loss = problem(r.w, g), start = loss;
    for (; r.steps < steps && loss > 1e-16 * start; ++r.steps) {
        r.first.push_back(r.w[0]), r.second.push_back(r.w[1]);
        for (int halvings = 0; halvings < 100; ++halvings) {
            auto attempt = optimizer;
            trial = r.w;
            attempt.step(trial, g);
            const double trial_loss = problem(trial, trial_g);
            if (trial_loss <= loss + g.dot(trial - r.w) / 2) {
                optimizer = std::move(attempt), r.w.swap(trial), g.swap(trial_g), loss = trial_loss;
                optimizer.set_step_size(2 * optimizer.step_size());
                break;
            }
            optimizer.set_step_size(optimizer.step_size() / 2);
        }
    }
    r.first.push_back(r.w[0]), r.second.push_back(r.w[1]);
    r.residual = std::sqrt(loss / start);
    r.outside_of_range = outside_of_range(mirror, problem.A, r.w);
    return r;
}

} // namespace examples

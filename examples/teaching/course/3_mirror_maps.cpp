// Lesson 3: with more unknowns than equations the mirror map decides which of the solutions is found.
#include <bregman/backends/eigen.hpp>
#include <bregman/control/fixed.hpp>
#include <bregman/directions/gradient.hpp>
#include <bregman/mirror_maps/euclidean.hpp>
#include <bregman/mirror_maps/hypentropy.hpp>
#include <bregman/optimizer.hpp>
#include <bregman/problems/least_squares.hpp>
#include <bregman/regularizers/none.hpp>

#include "teaching/course/slide.hpp"

#include <utility>

namespace {

using examples::plot_series, examples::plot_style;

/// v <- v - tau A'(A w - b),  w <- grad phi*(v), from w = 0 on; nothing is regularized. `path` gets w1 and w2 on the way.
template <class Mirror>
Eigen::VectorXd descend(const Mirror& mirror, double tau, const bregman::least_squares<double>& problem,
                        plot_series& path) {
    bregman::optimizer<bregman::gradient, Mirror, bregman::none, bregman::fixed_law, bregman::eigen_backend<double>>
        optimizer({.step_size = tau}, {}, mirror);
    Eigen::VectorXd w = Eigen::VectorXd::Zero(problem.A.cols()), g = w;
    for (int k = 0; k < 20000; ++k) {
        if (k < 100 || k % 100 == 0) path.x.push_back(w[0]), path.y.push_back(w[1]);
        problem(w, g);
        optimizer.step(w, g);
    }
    return w;
}

} // namespace

int main(int argc, char** argv) {
    return course::lesson("3_mirror_maps", argc, argv, [](course::slide& slide) {
        using bregman::euclidean, bregman::hypentropy;
        const euclidean<double> plain;                 // v = w
        const hypentropy<double> sparse{.beta = 1e-6}; // v = asinh(w / beta), w = beta sinh(v)

        // 30 equations, 100 unknowns of which 4 are not zero. Both find solutions; one finds the sparse one.
        const auto data = bregman::sparse_recovery<double>::gaussian(30, 100, 4, 0, 1);
        const auto report = [&](const std::string& name, const Eigen::VectorXd& w) {
            const double error = (w - data.solution).norm() / data.solution.norm();
            slide.say(name + ": ||A w - b|| / ||b||",
                      (data.problem.A * w - data.problem.b).norm() / data.problem.b.norm());
            slide.say("  relative error of w", error);
            slide.say("  ||w||_2", w.norm());
            slide.say("  ||w||_1", w.lpNorm<1>());
            return error;
        };
        plot_series unused;
        const double error_of_plain = report("gradient descent", descend(plain, 0.1, data.problem, unused));
        const double error_of_sparse = report("mirror descent", descend(sparse, 0.3, data.problem, unused));
        slide.say("the signal's ||w||_1", data.solution.lpNorm<1>());
        slide.promise("gradient descent fits and is wrong, the mirror map finds the signal",
                      error_of_plain > 0.5 && error_of_sparse < 0.01);

        // The same in a plane: w1 + 2 w2 = 2.
        const bregman::least_squares<double> line{Eigen::RowVector2d(1, 2), Eigen::VectorXd::Constant(1, 2.0)};
        plot_series to_plain{.name = "gradient descent", .style = plot_style::line_with_points};
        plot_series to_sparse{.name = "beta 1e-6", .style = plot_style::line_with_points};
        plot_series between{.name = "beta 0.1", .style = plot_style::line_with_points};
        descend(plain, 0.02, line, to_plain), descend(sparse, 0.1, line, to_sparse);
        descend(hypentropy<double>{.beta = 0.1}, 0.05, line, between);
        return examples::figure{
            .title = "w1 + 2 w2 = 2: who solves it where",
            .x = {.label = "w1", .low = -0.05, .high = 1},
            .y = {.label = "w2", .low = 0, .high = 1.1},
            .series = {to_plain, to_sparse, between, {.name = "all solutions", .x = {0, 1}, .y = {1, 0.5}}}};
    });
}

// Lesson 2: the lasso pulls every entry towards zero; a dual variable that collects gradients does not.
#include <bregman/aliases.hpp>
#include <bregman/backends/eigen.hpp>
#include <bregman/control/fixed.hpp>
#include <bregman/problems/least_squares.hpp>
#include <bregman/regularizers/l1.hpp>

#include "teaching/course/slide.hpp"

#include <algorithm>

int main(int argc, char** argv) {
    return course::lesson("2_dual_variable", argc, argv, [](course::slide& slide) {
        // 200 unknowns, 10 of them not zero, 100 measurements with noise.
        const auto data = bregman::sparse_recovery<double>::gaussian(100, 200, 10, 0.02, 3);
        const auto& problem = data.problem;
        const Eigen::VectorXd& truth = data.solution;
        examples::plot_series lasso{.name = "lasso: lambda falls", .style = examples::plot_style::line_with_points};
        examples::plot_series bregman_path{.name = "LinBreg: time passes",
                                           .style = examples::plot_style::line_with_points};
        const auto record = [&](examples::plot_series& path, const Eigen::VectorXd& x) {
            const double nonzeros = double((x.array() != 0).count());
            if (nonzeros == 0 || nonzeros > 60) return;
            path.x.push_back(nonzeros);
            path.y.push_back((x - truth).norm() / truth.norm());
        };

        const double tau = 1 / problem.lipschitz_constant();
        Eigen::VectorXd x = Eigen::VectorXd::Zero(200), g(200);
        for (double lambda = 1.5; lambda > 0.005; lambda *= 0.85) { // each starts where the last one ended
            for (int k = 0; k < 300; ++k) {
                problem(x, g); // g <- A'(A x - b)
                x -= tau * g;
                for (double& xi : x) xi = bregman::l1().prox(xi, tau * lambda);
            }
            record(lasso, x);
        }

        // v <- v - tau A'(A x - b),  x <- shrink(v, lambda): lambda is large and stays, v grows.
        bregman::linbreg<double, bregman::l1, bregman::fixed_law> optimizer({.step_size = tau, .lambda = 50});
        x.setZero();
        for (int k = 0; k < 4000; ++k) {
            problem(x, g);
            optimizer.step(x, g);
            if (k % 25 == 0) record(bregman_path, x);
        }

        const double best_lasso = *std::ranges::min_element(lasso.y);
        const double best_bregman = *std::ranges::min_element(bregman_path.y);
        const auto size_of_best = [](const examples::plot_series& path) {
            return path.x[std::size_t(std::ranges::min_element(path.y) - path.y.begin())];
        };
        slide.say("the lasso's least relative error", best_lasso);
        slide.say("  and the non-zeros it takes (10 are right)", size_of_best(lasso));
        slide.say("LinBreg's least relative error", best_bregman);
        slide.say("  and its non-zeros", size_of_best(bregman_path));
        slide.promise("LinBreg is nearer to the truth, with fewer non-zeros",
                      best_bregman < best_lasso / 1.5 && size_of_best(bregman_path) < size_of_best(lasso));

        return examples::figure{.title = "Bias: what the lasso pays for its zeros",
                                .x = {.label = "non-zeros (the truth has 10)", .low = 0, .high = 60},
                                .y = {.label = "relative error", .logarithmic = true, .low = 0.01, .high = 1},
                                .series = {lasso, bregman_path}};
    });
}

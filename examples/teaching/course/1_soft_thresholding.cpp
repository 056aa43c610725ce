// Lesson 1: zeros that are zero come from the proximal map of |x|, not from its derivative.
#include <bregman/problems/least_squares.hpp>
#include <bregman/regularizers/l1.hpp>

#include "teaching/course/slide.hpp"

#include <algorithm>

namespace {

using vector = Eigen::VectorXd;

/// Shares of entries with |x| at most a bound, for bounds from 1e-12 to 1.
examples::plot_series shares_below(const std::string& name, const vector& x) {
    examples::plot_series series{.name = name};
    for (double exponent = -12; exponent <= 0; exponent += 0.125) {
        series.x.push_back(std::pow(10, exponent));
        series.y.push_back(100 * double((x.array().abs() <= series.x.back()).count()) / double(x.size()));
    }
    return series;
}

} // namespace

int main(int argc, char** argv) {
    return course::lesson("1_soft_thresholding", argc, argv, [](course::slide& slide) {
        // min ||A x - b||^2 / 2 + lambda ||x||_1: 200 unknowns, 10 of them not zero, 80 measurements with noise.
        const auto data = bregman::sparse_recovery<double>::gaussian(80, 200, 10, 0.02);
        const double lambda = 0.05, tau = 1 / data.problem.lipschitz_constant();
        vector obvious = vector::Zero(200), proximal = obvious, g(200);
        for (int k = 0; k < 2000; ++k) {
            data.problem(obvious, g); // g <- A'(A x - b)
            obvious -= tau * (g + lambda * obvious.cwiseSign());

            data.problem(proximal, g);
            proximal -= tau * g;
            for (double& x : proximal) x = bregman::l1().prox(x, tau * lambda); // x - clamp(x, -t, t)
        }
        const auto zeros = [](const vector& x) { return double((x.array() == 0).count()); };
        slide.say("zeros by the derivative of |x|", zeros(obvious));
        slide.say("  entries below 1e-2", double((obvious.array().abs() < 1e-2).count()));
        slide.say("  entries below 1e-3", double((obvious.array().abs() < 1e-3).count()));
        slide.say("  entries below 1e-4", double((obvious.array().abs() < 1e-4).count()));
        slide.say("zeros by soft thresholding", zeros(proximal));
        slide.promise("soft thresholding ends with zeros, the other without",
                      zeros(proximal) > 100 && zeros(obvious) == 0);

        return examples::figure{
            .title = "How sparse is x? One answer, or any",
            .x = {.label = "what you call zero: |x| at most", .logarithmic = true},
            .y = {.label = "% zeros", .low = 0, .high = 105},
            .series = {shares_below("soft thresholding", proximal), shares_below("derivative of |x|", obvious)}};
    });
}

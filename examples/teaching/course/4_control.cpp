// Lesson 4: sparsity is a controlled quantity: too small a gain never arrives, too large a one rings, and one settles.
#include <bregman/aliases.hpp>
#include <bregman/backends/eigen.hpp>
#include <bregman/control/any_law.hpp>
#include <bregman/control/fixed.hpp>
#include <bregman/control/multiplicative.hpp>
#include <bregman/control/settling.hpp>
#include <bregman/problems/least_squares.hpp>

#include "teaching/course/slide.hpp"

#include <algorithm>

int main(int argc, char** argv) {
    return course::lesson("4_control", argc, argv, [](course::slide& slide) {
        using bregman::multiplicative_law;
        const int steps = 150;
        const double target = 0.9;
        // 200 unknowns, all of them not zero: nothing but the law makes it sparse.
        const auto data = bregman::sparse_recovery<double>::gaussian(400, 200, 200, 0.1);
        examples::figure picture{.title = "Who holds 90 % zeros?",
                                 .x = {.label = "step", .low = 0, .high = steps},
                                 .y = {.label = "% zeros", .low = 0, .high = 102},
                                 .references = {{"target", 100 * target}}};
        const auto run = [&](const std::string& name, double lambda, bregman::any_law<double> law) {
            bregman::linbreg<double, bregman::l1, bregman::any_law<double>> optimizer(
                {.step_size = 0.1, .lambda = lambda, .target = target}, {}, {}, {}, std::move(law));
            Eigen::VectorXd theta = Eigen::VectorXd::Zero(200), g(200);
            examples::plot_series seen{.name = name};
            for (int k = 0; k < steps; ++k) {
                const double loss = data.problem(theta, g);
                optimizer.step(theta, g, loss);
                seen.x.push_back(k + 1), seen.y.push_back(100 * optimizer.sparsity());
            }
            const std::vector<double> late(seen.y.begin() + steps / 2, seen.y.end());
            const double least = *std::ranges::min_element(late), most = *std::ranges::max_element(late);
            slide.say(name + ": zeros at the end, %", late.back());
            slide.say("  swing in the last half, %", most - least);
            picture.series.push_back(seen);
            return std::max(most - 100 * target, 100 * target - least); // the largest miss of the last half
        };
        const double by_hand = run("lambda by hand", 1, bregman::fixed_law());
        const double slow = run("gain 0.02", 1e-3, multiplicative_law<double>({.gain = 0.02}));
        const double ringing = run("gain 3", 1e-3, multiplicative_law<double>({.gain = 3}));
        const double settled = run("settling_law", 1e-3, bregman::settling_law());
        slide.promise("only the law that settles stays within 1 % of the target",
                      std::min({by_hand, slow, ringing}) > 1 && settled <= 1);
        return picture;
    });
}

// Lesson 5: a law of your own is a function. What it lacks decides what it misses.
#include <bregman/aliases.hpp>
#include <bregman/backends/eigen.hpp>
#include <bregman/control/any_law.hpp>
#include <bregman/problems/least_squares.hpp>

#include "teaching/course/slide.hpp"

#include <algorithm>
#include <cmath>

namespace {

using observation = bregman::observation<double>;

/// The obvious one: lambda in proportion to the error. Where the error is 0, so is lambda: it never gets there.
double proportional(const observation& seen) { return 0.5 * std::max(seen.target - seen.sparsity, 0.0); }

/// The next one: up or down by a fifth. It never rests.
double up_or_down(const observation& seen) {
    return seen.sparsity < seen.target ? seen.lambda * 1.2 : seen.lambda / 1.2;
}

/// Log lambda adds up the errors, and so does the rate at which it grows: v grows, and lambda has to keep up with it.
struct with_memory {
    static constexpr const char* name = "with_memory"; // which a state file asks for
    double rate = 0;

    double operator()(const observation& seen) {
        const double error = seen.target - seen.sparsity;
        rate += 0.01 * error;
        return seen.lambda * std::exp(0.3 * error + rate);
    }
    template <class Field>
    void visit(Field&& field) { // what it remembers is saved with the optimizer
        field("rate", rate);
    }
};

} // namespace

int main(int argc, char** argv) {
    return course::lesson("5_own_law", argc, argv, [](course::slide& slide) {
        // A law needs no optimizer to be tested: too dense, lambda rises; too sparse, it falls.
        with_memory tested;
        const observation too_dense{.step = 1, .lambda = 1, .sparsity = 0.5, .target = 0.9};
        const observation too_sparse{.step = 2, .lambda = 1, .sparsity = 1, .target = 0.9};
        slide.promise("too dense: lambda rises; too sparse: it falls", tested(too_dense) > 1 && tested(too_sparse) < 1);

        const int steps = 300;
        const double target = 0.9;
        const auto data =
            bregman::sparse_recovery<double>::gaussian(400, 200, 200, 0.1); // nothing is sparse but by the law
        examples::figure picture{.title = "Three laws of our own, target 90 %",
                                 .x = {.label = "step", .low = 0, .high = steps},
                                 .y = {.label = "% zeros", .low = 0, .high = 102},
                                 .references = {{"target", 100 * target}}};
        const auto run = [&](const std::string& name, bregman::any_law<double> law) {
            bregman::linbreg<double, bregman::l1, bregman::any_law<double>> optimizer(
                {.step_size = 0.02, .lambda = 0.01, .target = target}, {}, {}, {}, std::move(law));
            Eigen::VectorXd theta = Eigen::VectorXd::Zero(200), g(200);
            examples::plot_series seen{.name = name};
            double miss = 0; // mean of the last hundred steps
            for (int k = 0; k < steps; ++k) {
                const double loss = data.problem(theta, g);
                optimizer.step(theta, g, loss);
                seen.x.push_back(k + 1), seen.y.push_back(100 * optimizer.sparsity());
                if (k >= steps - 100) miss += std::abs(seen.y.back() - 100 * target) / 100;
            }
            slide.say(name + ": misses the target by, %", miss);
            picture.series.push_back(seen);
            return miss;
        };
        const double obvious = run("proportional", proportional), next = run("up or down", up_or_down);
        const double best = run("with memory", with_memory());
        slide.promise("the law with a memory is the nearest, within 0.5 %",
                      best < 0.5 && best < std::min(obvious, next));
        return picture;
    });
}

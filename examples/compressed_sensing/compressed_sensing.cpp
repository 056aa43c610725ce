// A sparse signal from few Gaussian measurements: LinBreg with lambda fixed, and with lambda finding itself.
#include <filesystem>
#include <iostream>

#include <CLI/CLI.hpp>
#include <bregman/bregman.hpp>
#include <bregman/problems/least_squares.hpp>

#include "common/gnuplot.hpp"
#include "common/json_file.hpp"

namespace {

struct run {
    Eigen::VectorXd x;
    bregman::minimize_result<double> result;
    std::vector<double> step, error, lambda, sparsity;
};

template <class Optimizer>
run recover(Optimizer optimizer, const bregman::sparse_recovery<double>& recovery, std::int64_t steps) {
    run r{Eigen::VectorXd::Zero(recovery.solution.size()), {}, {}, {}, {}, {}};
    auto record = [&](const bregman::progress<double>& now) {
        if (now.step % 10 != 0) return;
        r.step.push_back(double(now.step));
        r.error.push_back((r.x - recovery.solution).norm() / recovery.solution.norm());
        r.lambda.push_back(now.lambda);
        r.sparsity.push_back(now.sparsity);
    };
    const double accuracy = 1e-12 * recovery.problem.b.squaredNorm();
    r.result = bregman::minimize(optimizer, r.x, recovery.problem, steps, record, bregman::stop_below(accuracy));
    return r;
}

nlohmann::json summary(const run& r, const bregman::sparse_recovery<double>& recovery) {
    return {{"steps", r.result.steps},
            {"lambda", r.result.lambda},
            {"sparsity", r.result.sparsity},
            {"nonzeros", (r.x.array() != 0).count()},
            {"loss", r.result.loss},
            {"relative_error", (r.x - recovery.solution).norm() / recovery.solution.norm()}};
}

} // namespace

int main(int argc, char** argv) try {
    int unknowns = 1000, measurements = 300, nonzeros = 40;
    double noise = 0;
    std::uint64_t seed = 1;
    std::int64_t steps = 4000;
    std::string out = "results/compressed_sensing";
    CLI::App app("Recover a sparse signal from Gaussian measurements, lambda fixed and lambda controlled");
    app.add_option("--unknowns", unknowns, "length of the signal")->capture_default_str();
    app.add_option("--measurements", measurements, "number of measurements")->capture_default_str();
    app.add_option("--nonzeros", nonzeros, "non-zero entries of the signal")->capture_default_str();
    app.add_option("--noise", noise, "standard deviation of the noise per measurement")->capture_default_str();
    app.add_option("--seed", seed, "seed of signal, matrix and noise")->capture_default_str();
    app.add_option("--steps", steps, "steps at most")->capture_default_str();
    app.add_option("--out", out, "folder for pictures and summary.json")->capture_default_str();
    CLI11_PARSE(app, argc, argv);

    const auto recovery = bregman::sparse_recovery<double>::gaussian(measurements, unknowns, nonzeros, noise, seed);
    const double tau = 1.9 / recovery.problem.lipschitz_constant();
    const double target = 1 - double(nonzeros) / unknowns;

    // Basis pursuit needs lambda of about 10 max|x|, which nobody knows beforehand; the law needs only the
    // target.
    const double informed = 10 * recovery.solution.lpNorm<Eigen::Infinity>();
    const run fixed = recover(bregman::linbreg<double, bregman::l1, bregman::fixed_law>(
                                  {.step_size = tau, .lambda = informed, .target = target}),
                              recovery, steps);
    const run controlled =
        recover(bregman::make_linbreg<double>({.step_size = tau, .lambda = 1, .target = target},
                                              bregman::multiplicative_law<double>({.gain = 1, .every = 200})),
                recovery, steps);

    std::filesystem::create_directories(out);
    std::vector<double> true_place, truth, found_place, found;
    for (int i = 0; i < unknowns; ++i) {
        if (recovery.solution[i] != 0) true_place.push_back(i), truth.push_back(recovery.solution[i]);
        if (controlled.x[i] != 0) found_place.push_back(i), found.push_back(controlled.x[i]);
    }
    examples::figure signal{.title = "A sparse signal and what LinBreg recovered from " + std::to_string(measurements) +
                                     " measurements",
                            .x = {.label = "position"},
                            .y = {.label = "value"}};
    signal.series = {{.name = "signal", .x = true_place, .y = truth, .style = examples::plot_style::impulses},
                     {.name = "recovered", .x = found_place, .y = found, .style = examples::plot_style::points}};
    examples::figure error{.title = "Relative error while lambda is fixed, and while it finds itself",
                           .x = {.label = "step"},
                           .y = {.label = "relative error", .logarithmic = true}};
    error.series = {{.name = "lambda fixed at 10 max|x|", .x = fixed.step, .y = fixed.error},
                    {.name = "target sparsity given", .x = controlled.step, .y = controlled.error}};
    examples::figure control{.title = "Lambda finds itself", .x = {.label = "step"}, .y = {.label = "sparsity"}};
    control.second_y = {.label = "lambda", .logarithmic = true};
    control.series = {{.name = "sparsity", .x = controlled.step, .y = controlled.sparsity},
                      {.name = "lambda", .x = controlled.step, .y = controlled.lambda, .second_axis = true}};
    control.references = {{"target", target}};
    for (const auto& [figure, name] : {std::pair{&signal, "signal"}, {&error, "error"}, {&control, "lambda"}})
        std::cout << examples::write_figure(*figure, out + "/" + name).png.string() << '\n';

    const nlohmann::json report = {{"unknowns", unknowns},
                                   {"measurements", measurements},
                                   {"nonzeros", nonzeros},
                                   {"noise", noise},
                                   {"seed", seed},
                                   {"target", target},
                                   {"fixed", summary(fixed, recovery)},
                                   {"controlled", summary(controlled, recovery)}};
    examples::write_json_file(out + "/summary.json", report);
    std::cout << report.dump(2) << '\n';
} catch (const std::exception& error) {
    std::cerr << "compressed_sensing: " << error.what() << '\n';
    return 1;
}

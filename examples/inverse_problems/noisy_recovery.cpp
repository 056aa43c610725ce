// Noisy data: the iteration first comes close to the signal and then fits the noise. The discrepancy
// principle says when to stop, and a polish on the support found removes the bias.
#include <bregman/problems/least_squares.hpp>
#include <bregman/solvers/linearised_bregman.hpp>
#include <bregman/solvers/polish.hpp>

#include "inverse_problems/pictures.hpp"
#include "inverse_problems/program.hpp"
#include "inverse_problems/reports.hpp"

int main(int argc, char** argv) {
    std::int64_t unknowns = 1000, measurements = 400, nonzeros = 40, iterations = 2000;
    double decibels = 30;
    examples::program app("noisy_recovery", "Recover a sparse signal from noisy measurements");
    app.option("unknowns", unknowns, "length of the signal");
    app.option("measurements", measurements, "number of measurements");
    app.option("nonzeros", nonzeros, "non-zero entries of the signal");
    app.option("decibels", decibels, "signal-to-noise ratio of the measurements");
    app.option("iterations", iterations, "iterations of the run that does not stop");

    return app.run(argc, argv, [&] {
        const auto recovery =
            bregman::sparse_recovery<double>::gaussian(measurements, unknowns, nonzeros, 0, app.seed());
        const Eigen::MatrixXd& A = recovery.problem.A;
        const Eigen::VectorXd &signal = recovery.solution, &clean = recovery.problem.b;
        Eigen::VectorXd b = clean;
        bregman::add_noise(b, bregman::noise_at(clean, decibels), app.seed());
        const double noise = (b - clean).norm();

        examples::solver_trace trace{signal};
        bregman::linearised_bregman(A, b,
                                    {.step = bregman::dual_step::fixed,
                                     .delta_factor = 2,
                                     .stop = {.max_iterations = iterations, .residual = 0, .kkt = 0},
                                     .observer = trace});
        const auto stopped = bregman::linearised_bregman(
            A, b,
            {.step = bregman::dual_step::fixed,
             .delta_factor = 2,
             .stop = {.max_iterations = iterations, .noise_norm = noise, .discrepancy_factor = 1}});
        const auto polished = bregman::polish(A, b, stopped.x, {.significance = 3, .certify = false});

        const double best = *std::min_element(trace.error.begin(), trace.error.end());
        const double error = examples::relative_error(stopped.x, signal);
        const double f1 = examples::support_f1(polished.x, signal);
        const double polished_error = examples::relative_error(polished.x, signal);
        app.note("noise_over_data", noise / b.norm());
        app.note("stopped",
                 examples::notes_of(stopped, {{"error", error}, {"f1", examples::support_f1(stopped.x, signal)}}));
        app.note("polished", examples::notes_of(polished, {{"error", polished_error}, {"f1", f1}}));
        app.note("not_stopped", examples::notes{{"least_error", best}, {"last_error", trace.error.back()}});
        app.promise_at_most("error when stopped, over the least of all iterations", error / best, 1.6);
        app.promise_at_most("error of the polished signal, over that when stopped", polished_error / error, 1);
        app.promise_at_least("F1 of the polished support", f1, 0.95);

        examples::figure errors{
            .title = "Noise: stop when the residual is as large as the noise",
            .x = {.label = "iteration", .logarithmic = true},
            .y = {.label = "relative error or residual", .logarithmic = true, .low = 1e-3, .high = 3}};
        errors.series = {{.name = "error", .x = trace.iteration, .y = trace.error},
                         {.name = "residual", .x = trace.iteration, .y = trace.residual},
                         {.name = "stopped here",
                          .x = {double(stopped.iterations)},
                          .y = {error},
                          .style = examples::plot_style::impulses}};
        errors.references = {{"noise", noise / b.norm()}, {"error after the polish", polished_error}};
        app.draw(errors, "error");
        app.draw(examples::signal_figure("Recovered from noisy measurements and polished", signal, polished.x),
                 "signal");
    });
}

// How many measurements does a sparse signal need? The share of recoveries over (m/n, k/m), and the curve
// above which l1 minimisation has to fail.
#include <bregman/problems/least_squares.hpp>
#include <bregman/solvers/linearised_bregman.hpp>

#include "common/progress.hpp"
#include "common/require.hpp"
#include "inverse_problems/parallel.hpp"
#include "inverse_problems/pictures.hpp"
#include "inverse_problems/program.hpp"
#include "inverse_problems/reports.hpp"

namespace {

/// k/m at which l1 recovery from m = delta n Gaussian measurements changes from success to failure as n
/// grows:
///
///     max over z of (1 - (2 / delta) c(z)) / (1 + z^2 - 2 c(z)),     c(z) = (1 + z^2) Phi(-z) - z phi(z)
///
/// Donoho, Maleki, Montanari, PNAS 106(45), 2009: the curve of Donoho and Tanner in closed form.
double transition(double delta) {
    double best = 0;
    for (double z = 0; z < 8; z += 1e-3) {
        const double density = std::exp(-z * z / 2) / std::sqrt(2 * std::acos(-1.0));
        const double c = (1 + z * z) * std::erfc(z / std::sqrt(2.0)) / 2 - z * density;
        best = std::max(best, (1 - 2 / delta * c) / (1 + z * z - 2 * c));
    }
    return best;
}

/// The share of `trials` signals that are recovered to a relative error of 1e-3.
double success(std::int64_t n, std::int64_t m, std::int64_t k, std::int64_t trials, std::int64_t iterations,
               std::uint64_t seed) {
    int recovered = 0;
    for (std::int64_t trial = 0; trial < trials; ++trial) {
        const auto r = bregman::sparse_recovery<double>::gaussian(m, n, k, 0, seed * 1000 + std::uint64_t(trial));
        const auto found = bregman::linearised_bregman(
            r.problem.A, r.problem.b, {.delta_factor = 10, .stop = {.max_iterations = iterations, .residual = 1e-5}});
        recovered += examples::relative_error(found.x, r.solution) < 1e-3;
    }
    return double(recovered) / double(trials);
}

} // namespace

int main(int argc, char** argv) {
    std::int64_t unknowns = 200, cells = 20, trials = 10, iterations = 3000, threads = 0;
    examples::program app("phase_transition", "Map where l1 minimisation recovers sparse signals");
    app.option("unknowns", unknowns, "length of the signals, n");
    app.option("cells", cells, "cells of the map along m/n and along k/m");
    app.option("trials", trials, "signals for each cell");
    app.option("iterations", iterations, "iterations for each signal at most");
    app.option("threads", threads, "threads; 0: as many as the machine runs at once");

    return app.run(argc, argv, [&] {
        examples::require(cells >= 2 && trials >= 1, "cells", cells, "at least 2, and at least one trial");
        Eigen::MatrixXd share(cells, cells); // row: k/m from high to low, as it is drawn
        examples::progress_line progress("cells", cells * cells);
        examples::for_each_in_parallel(cells * cells, threads, progress, [&](std::int64_t cell) {
            const double delta = (double(cell % cells) + 0.5) / double(cells);
            const double rho = 1 - (double(cell / cells) + 0.5) / double(cells);
            const auto m = std::max<std::int64_t>(1, std::llround(delta * double(unknowns)));
            const auto k = std::max<std::int64_t>(1, std::llround(rho * double(m)));
            share(cell / cells, cell % cells) =
                success(unknowns, m, k, trials, iterations, app.seed() * 1000003 + std::uint64_t(cell));
        });

        examples::image_figure map{.title = "Share of signals that l1 minimisation recovers"};
        map.panels = {examples::panel_of(
            "n = " + std::to_string(unknowns) + ", " + std::to_string(trials) + " signals for each cell", share)};
        map.palette = examples::image_palette::viridis;
        map.low = 0, map.high = 1;
        map.colour_label = "share recovered";
        map.axes = {{.label = "measurements over unknowns, m / n", .low = 0, .high = 1},
                    {.label = "non-zeros over measurements, k / m", .low = 0, .high = 1}};
        map.curves = {{.name = "limit for large n (Donoho, Tanner)"}};
        double difference = 0; // how high the column's successes reach, against the curve
        for (std::int64_t column = 0; column < cells; ++column) {
            const double reach = share.col(column).mean(), delta = (double(column) + 0.5) / double(cells);
            difference += std::abs(reach - transition(delta)) / double(cells);
        }
        for (double delta = 0.005; delta < 1; delta += 0.005)
            map.curves[0].x.push_back(delta), map.curves[0].y.push_back(transition(delta));
        app.draw(map, "map");
        app.note("share_of_all_cells", share.mean());
        app.note("mean_distance_to_the_curve", difference);
        app.promise_at_most("mean distance to the curve", difference, 0.06);
    });
}

// A sparse signal from part of its cosine transform: what the four ways to move the dual variable cost.
#include <bregman/problems/partial_dct_recovery.hpp>
#include <bregman/solvers/linearised_bregman.hpp>

#include "inverse_problems/pictures.hpp"
#include "inverse_problems/program.hpp"
#include "inverse_problems/reports.hpp"

using bregman::dual_step;

int main(int argc, char** argv) {
    std::int64_t unknowns = 4096, measurements = 1638, nonzeros = 163, iterations = 3000;
    examples::program app("partial_dct", "Recover a sparse signal from part of its discrete cosine transform");
    app.option("unknowns", unknowns, "length of the signal");
    app.option("measurements", measurements, "coefficients that are known");
    app.option("nonzeros", nonzeros, "non-zero entries of the signal");
    app.option("iterations", iterations, "iterations at most");

    return app.run(argc, argv, [&] {
        const auto recovery =
            bregman::partial_dct_recovery<double>::make(measurements, unknowns, nonzeros, 0, app.seed());
        examples::figure residuals{.title = "The same iteration, four ways to step",
                                   .x = {.label = "operator pairs (A x and A^T y)", .logarithmic = true},
                                   .y = {.label = "least ||A x - b|| / ||b|| so far", .logarithmic = true}};
        bregman::solver_result<double> last;
        for (const auto& [name, step] : {std::pair{"fixed", dual_step::fixed},
                                         {"accelerated", dual_step::accelerated},
                                         {"Barzilai-Borwein", dual_step::barzilai_borwein},
                                         {"L-BFGS", dual_step::lbfgs}}) {
            examples::solver_trace trace{recovery.solution};
            last = bregman::linearised_bregman(
                recovery.A, recovery.b,
                {.step = step, .stop = {.max_iterations = iterations, .residual = 1e-6}, .observer = trace});
            residuals.series.push_back({.name = name, .x = trace.pairs, .y = examples::best_so_far(trace.residual)});
            const double error = examples::relative_error(last.x, recovery.solution);
            app.note(name, examples::notes_of(last, {{"relative_error", error},
                                                     {"f1", examples::support_f1(last.x, recovery.solution)}}));
            app.promise_at_most(std::string("relative error with ") + name, error, 1e-4);
        }
        app.promise_at_most("operator pairs of L-BFGS", last.operator_pairs, 150);
        app.promise_at_least("F1 of the support", examples::support_f1(last.x, recovery.solution), 0.99);

        app.draw(residuals, "residual");
        app.draw(examples::signal_figure(std::to_string(nonzeros) + " spikes from " + std::to_string(measurements) +
                                             " of " + std::to_string(unknowns) + " cosine coefficients",
                                         recovery.solution, last.x),
                 "signal");
    });
}

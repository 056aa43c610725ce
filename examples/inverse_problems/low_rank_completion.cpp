// A matrix of low rank from some of its entries: linearised Bregman iteration with the nuclear norm is
// singular value thresholding (Cai, Candes, Shen 2010).
#include <bregman/operators/sampling_mask.hpp>
#include <bregman/problems/sparse_signal.hpp>
#include <bregman/regularizers/nuclear.hpp>
#include <bregman/solvers/linearised_bregman.hpp>

#include <limits>

#include "inverse_problems/pictures.hpp"
#include "inverse_problems/program.hpp"
#include "inverse_problems/reports.hpp"

using bregman::dual_step;

namespace {

/// A rows x columns matrix of N(0, 1) from one stream of the seed.
Eigen::MatrixXd normal_matrix(Eigen::Index rows, Eigen::Index columns, std::uint64_t seed, std::uint64_t stream) {
    const bregman::normal_source normal{bregman::counter_random(seed, stream)};
    Eigen::MatrixXd matrix(rows, columns);
    for (Eigen::Index i = 0; i < matrix.size(); ++i) matrix.data()[i] = normal(i);
    return matrix;
}

} // namespace

int main(int argc, char** argv) {
    std::int64_t rows = 80, columns = 60, rank = 3, iterations = 400;
    double share = 0.4;
    examples::program app("low_rank_completion", "Complete a matrix of low rank from some of its entries");
    app.option("rows", rows, "rows of the matrix");
    app.option("columns", columns, "columns of the matrix");
    app.option("rank", rank, "its rank");
    app.option("share", share, "share of the entries that are known");
    app.option("iterations", iterations, "iterations at most");

    return app.run(argc, argv, [&] {
        const Eigen::MatrixXd truth =
            normal_matrix(rows, rank, app.seed(), 7) * normal_matrix(rank, columns, app.seed(), 8);
        const Eigen::VectorXd entries = truth.reshaped();
        const bregman::sampling_mask<double> mask(
            truth.size(),
            bregman::random_positions(truth.size(), std::llround(share * double(truth.size())), app.seed()));
        Eigen::VectorXd known;
        mask.apply(entries, known);

        examples::figure errors{.title = "Singular value thresholding, three ways to step",
                                .x = {.label = "iteration, one or more singular value decompositions"},
                                .y = {.label = "relative error", .logarithmic = true}};
        bregman::solver_result<double> last;
        for (const auto& [name, step] : {std::pair{"fixed", dual_step::fixed},
                                         {"accelerated", dual_step::accelerated},
                                         {"L-BFGS", dual_step::lbfgs}}) {
            examples::solver_trace trace{entries};
            last = bregman::linearised_bregman(mask, known,
                                               {.step = step,
                                                .delta_factor = 20,
                                                .regularizer = bregman::nuclear{},
                                                .shape = {{rows, columns}, bregman::storage_order::column_major},
                                                .stop = {.max_iterations = iterations, .residual = 1e-5},
                                                .observer = trace});
            errors.series.push_back({.name = name, .x = trace.iteration, .y = trace.error});
            app.note(name, examples::notes_of(last, {{"relative_error", trace.error.back()}}));
        }
        const Eigen::MatrixXd found = last.x.reshaped(rows, columns);
        const Eigen::VectorXd values = Eigen::BDCSVD<Eigen::MatrixXd>(found).singularValues();
        const auto found_rank = (values.array() > 1e-6 * values[0]).count();
        const double error = examples::relative_error(last.x, entries);
        app.note("rank_found", std::int64_t(found_rank));
        app.note("singular_values",
                 std::vector<double>(values.begin(), values.begin() + std::min<std::int64_t>(rank + 2, values.size())));
        app.promise_at_most("relative error", error, 1e-3);
        app.promise_at_most("rank found", double(found_rank), double(rank));

        Eigen::VectorXd holes = Eigen::VectorXd::Constant(entries.size(), std::numeric_limits<double>::quiet_NaN());
        for (bregman::index_t i : mask.kept()) holes[i] = entries[i];
        examples::image_figure images{.title = "A matrix of rank " + std::to_string(rank) + " from " +
                                               std::to_string(mask.rows()) + " of its " +
                                               std::to_string(entries.size()) + " entries",
                                      .palette = examples::image_palette::viridis};
        images.panels = {examples::panel_of("matrix", truth),
                         examples::panel_of("known", holes.reshaped(rows, columns)),
                         examples::panel_of("completed", found)};
        app.draw(images, "matrix");
        app.draw(errors, "error");
    });
}

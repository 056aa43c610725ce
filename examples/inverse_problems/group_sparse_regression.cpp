// Coefficients that are zero in groups: knowing the groups, half as many measurements are enough.
#include <bregman/problems/least_squares.hpp>
#include <bregman/regularizers/group_indices.hpp>
#include <bregman/solvers/linearised_bregman.hpp>

#include "inverse_problems/pictures.hpp"
#include "inverse_problems/program.hpp"
#include "inverse_problems/reports.hpp"

namespace {

using index_lists = std::vector<std::vector<bregman::index_t>>;

/// The unknowns dealt out at random into groups of one size.
index_lists random_groups(std::int64_t unknowns, std::int64_t size, std::uint64_t seed) {
    std::vector<bregman::index_t> order(static_cast<std::size_t>(unknowns));
    const bregman::counter_random random(seed, 5);
    for (std::size_t i = 0; i < order.size(); ++i) {
        const std::size_t place = random.bits(i) % (i + 1); // Fisher and Yates, from the inside out
        order[i] = order[place];
        order[place] = bregman::index_t(i);
    }
    index_lists groups;
    for (auto first = order.begin(); order.end() - first >= size; first += size)
        groups.emplace_back(first, first + size);
    return groups;
}

/// N(0, 1) in the first `active` groups.
Eigen::VectorXd group_signal(std::int64_t unknowns, const index_lists& groups, std::int64_t active,
                             std::uint64_t seed) {
    Eigen::VectorXd x = Eigen::VectorXd::Zero(unknowns);
    const bregman::normal_source normal{bregman::counter_random(seed, 6)};
    for (std::int64_t g = 0; g < active; ++g)
        for (bregman::index_t i : groups[std::size_t(g)]) x[i] = normal(i);
    return x;
}

} // namespace

int main(int argc, char** argv) {
    std::int64_t unknowns = 1000, group_size = 10, active = 8, measurements = 200, iterations = 500;
    examples::program app("group_sparse_regression", "Recover coefficients that are zero in known groups");
    app.option("unknowns", unknowns, "number of coefficients");
    app.option("group-size", group_size, "coefficients in each group");
    app.option("active", active, "groups that are not zero");
    app.option("measurements", measurements, "measurements at which both signals are drawn");
    app.option("iterations", iterations, "iterations at most");

    return app.run(argc, argv, [&] {
        const auto groups = random_groups(unknowns, group_size, app.seed());
        const Eigen::VectorXd x = group_signal(unknowns, groups, active, app.seed());
        const auto recover = [&](std::int64_t m, auto regularizer) {
            const auto A = bregman::sparse_recovery<double>::gaussian(m, unknowns, 0, 0, app.seed()).problem.A;
            const Eigen::VectorXd b = A * x;
            return bregman::linearised_bregman(
                A, b, {.delta_factor = 5, .regularizer = regularizer, .stop = {.max_iterations = iterations}});
        };
        const bregman::group_indices group_l2(groups);

        examples::plot_series plain{.name = "l1", .style = examples::plot_style::line_with_points};
        examples::plot_series grouped{.name = "group l1,2", .style = examples::plot_style::line_with_points};
        const std::int64_t nonzeros = active * group_size;
        for (std::int64_t m = nonzeros; m <= 5 * nonzeros; m += std::max<std::int64_t>(1, nonzeros / 4)) {
            plain.x.push_back(double(m)), grouped.x.push_back(double(m));
            plain.y.push_back(examples::relative_error(recover(m, bregman::l1{}).x, x));
            grouped.y.push_back(examples::relative_error(recover(m, group_l2).x, x));
        }
        const auto by_l1 = recover(measurements, bregman::l1{});
        const auto by_groups = recover(measurements, group_l2);
        const double error = examples::relative_error(by_groups.x, x),
                     plain_error = examples::relative_error(by_l1.x, x);
        app.note("l1", examples::notes_of(by_l1, {{"relative_error", plain_error}}));
        app.note("groups", examples::notes_of(
                               by_groups, {{"relative_error", error}, {"f1", examples::support_f1(by_groups.x, x)}}));
        app.promise_at_most("relative error with groups", error, 1e-4);
        app.promise_at_least("relative error without groups", plain_error, 0.1);

        examples::figure errors{.title = "Groups that are known save measurements",
                                .x = {.label = "measurements"},
                                .y = {.label = "relative error", .logarithmic = true}};
        errors.series = {plain, grouped};
        app.draw(errors, "error");
        app.draw(examples::signal_figure("Recovered with groups", x, by_groups.x), "groups");
        app.draw(examples::signal_figure("Recovered by l1 alone from the same measurements", x, by_l1.x), "l1");
    });
}

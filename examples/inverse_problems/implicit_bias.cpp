// More unknowns than equations: every mirror map leads gradient descent to an interpolator of its own, the
// one nearest to the start in its Bregman divergence.
#include <bregman/mirror_maps/hypentropy.hpp>
#include <bregman/mirror_maps/p_norm.hpp>

#include "inverse_problems/mirror_descent.hpp"
#include "inverse_problems/program.hpp"

namespace {

using bregman::least_squares;

/// |w_i| from the largest down, as far as the picture shows.
examples::plot_series sorted_sizes(const std::string& name, const Eigen::VectorXd& w) {
    examples::plot_series series{.name = name};
    for (double size : w.cwiseAbs()) series.y.push_back(size);
    std::sort(series.y.rbegin(), series.y.rend());
    while (series.y.back() < 1e-4) series.y.pop_back();
    for (std::size_t i = 0; i < series.y.size(); ++i) series.x.push_back(double(i + 1));
    return series;
}

} // namespace

int main(int argc, char** argv) {
    std::int64_t unknowns = 100, equations = 30, nonzeros = 4, steps = 20000;
    examples::program app("implicit_bias", "Which of the many interpolators mirror descent ends at");
    app.option("unknowns", unknowns, "unknowns of the large problem");
    app.option("equations", equations, "its equations, fewer than the unknowns");
    app.option("nonzeros", nonzeros, "non-zero entries of the signal that made them");
    app.option("steps", steps, "steps at most");

    return app.run(argc, argv, [&] {
        // One equation for two unknowns, w1 + 2 w2 = 2: the interpolators are a line in the plane.
        const least_squares<double> line{Eigen::RowVector2d(1, 2), Eigen::VectorXd::Constant(1, 2.0)};
        const auto large = bregman::sparse_recovery<double>::gaussian(equations, unknowns, nonzeros, 0, app.seed());
        examples::figure plane{.title = "From 0 to w1 + 2 w2 = 2: each mirror map has a way of its own",
                               .x = {.label = "w1", .low = 0, .high = 1},
                               .y = {.label = "w2", .low = 0, .high = 1.1}};
        examples::figure sizes{.title = "The interpolators of " + std::to_string(equations) + " equations",
                               .x = {.label = "entry, by size"},
                               .y = {.label = "|w|", .logarithmic = true, .low = 1e-4, .high = 2}};
        const auto solve = [&](const std::string& name, const auto& mirror, const least_squares<double>& problem) {
            const examples::descent found = examples::descend(mirror, problem, steps);
            app.promise_at_most("residual of " + name, found.residual, 1e-3);
            app.promise_at_most("part outside of the range of A^T, " + name, found.outside_of_range, 1e-8);
            return found;
        };
        const auto in_plane = [&](const std::string& name, const auto& mirror) {
            const examples::descent found = solve(name, mirror, line);
            plane.series.push_back(
                {.name = name, .x = found.first, .y = found.second, .style = examples::plot_style::line_with_points});
        };
        const auto in_space = [&](const std::string& name, const auto& mirror) {
            const examples::descent found = solve(name, mirror, large.problem);
            sizes.series.push_back(sorted_sizes(name, found.w));
            app.note(name, examples::notes_of(found));
        };
        using bregman::hypentropy, bregman::p_norm;
        in_plane("q = 1.1", p_norm<double>{.q = 1.1}), in_space("q = 1.1", p_norm<double>{.q = 1.1});
        in_plane("q = 2", p_norm<double>{.q = 2}), in_space("q = 2", p_norm<double>{.q = 2});
        in_plane("q = 10", p_norm<double>{.q = 10}), in_space("q = 3", p_norm<double>{.q = 3});
        for (const double beta : {1e-3, 100.0}) {
            const std::string name = beta < 1 ? "hypentropy, beta = .001" : "hypentropy, beta = 100 (on q = 2)";
            in_plane(name, hypentropy<double>{.beta = beta}), in_space(name, hypentropy<double>{.beta = beta});
        }
        plane.series.push_back({.name = "interpolators", .x = {0, 1}, .y = {1, 0.5}});
        app.draw(plane, "plane");
        app.draw(sizes, "sizes");
    });
}

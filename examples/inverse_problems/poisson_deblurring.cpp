// A blurred image seen through few photons: mirror descent with Burg's entropy or the entropy keeps it
// positive, and the discrepancy principle stops before it fits the noise.
#include <bregman/operators/convolution_2d.hpp>
#include <bregman/solvers/poisson.hpp>

#include <random>

#include "inverse_problems/phantom.hpp"
#include "inverse_problems/pictures.hpp"
#include "inverse_problems/program.hpp"
#include "inverse_problems/reports.hpp"

namespace {

/// A Gaussian blur of standard deviation `sigma` pixels, cut off at three of them.
Eigen::MatrixXd gaussian_kernel(double sigma) {
    const Eigen::Index radius = Eigen::Index(std::ceil(3 * sigma));
    const Eigen::ArrayXd place = Eigen::ArrayXd::LinSpaced(2 * radius + 1, double(-radius), double(radius));
    const Eigen::VectorXd weight = (-place.square() / (2 * sigma * sigma)).exp();
    return weight * weight.transpose() / (weight.sum() * weight.sum());
}

} // namespace

int main(int argc, char** argv) {
    std::int64_t side = 128, iterations = 150;
    double blur = 1.5, photons = 200, background = 2;
    examples::program app("poisson_deblurring", "Deblur an image from Poisson counts");
    app.option("side", side, "pixels along each side of the image (2^a 3^b 5^c is fast)");
    app.option("blur", blur, "standard deviation of the Gaussian blur in pixels");
    app.option("photons", photons, "expected counts of the brightest pixel");
    app.option("background", background, "expected counts of every pixel that are not of the image");
    app.option("iterations", iterations, "iterations of the run that does not stop");

    return app.run(argc, argv, [&] {
        const Eigen::VectorXd image = photons * examples::shepp_logan(side).reshaped();
        const bregman::convolution_2d<double> A(side, side, gaussian_kernel(blur));
        Eigen::VectorXd expected, counts(image.size());
        A.apply(image, expected);
        std::mt19937_64 random(app.seed());
        for (Eigen::Index i = 0; i < image.size(); ++i)
            counts[i] = double(std::poisson_distribution<int>(std::max(0.0, expected[i]) + background)(random));
        const Eigen::VectorXd seen = (counts.array() - background).cwiseMax(0);
        const double error_before = examples::relative_error(seen, image);

        examples::figure errors{.title = "Distance to the image: stop before the noise is fitted",
                                .x = {.label = "iteration", .logarithmic = true},
                                .y = {.label = "relative error"}};
        const auto recover = [&](const char* name, bregman::poisson_mirror mirror) {
            const auto stopped = bregman::poisson_descent(
                A, counts,
                {.mirror = mirror,
                 .background = background,
                 .stop = {.max_iterations = iterations, .noise_norm = std::sqrt(double(image.size()))}});
            examples::solver_trace trace{image}; // of a run that does not stop
            bregman::poisson_descent(A, counts,
                                     {.mirror = mirror,
                                      .background = background,
                                      .stop = {.max_iterations = iterations, .residual = 0, .kkt = 0},
                                      .observer = trace});
            const double error = examples::relative_error(stopped.x, image);
            app.note(name, examples::notes_of(stopped, {{"error", error}}));
            errors.series.push_back({.name = name, .x = trace.iteration, .y = trace.error});
            if (stopped.reason == bregman::solver_stop::discrepancy)
                errors.series.push_back({.name = std::string(name) + " stops here",
                                         .x = {double(stopped.iterations)},
                                         .y = {error},
                                         .style = examples::plot_style::points});
            return stopped.x;
        };
        recover("Burg", bregman::poisson_mirror::burg);
        const Eigen::VectorXd found = recover("entropy", bregman::poisson_mirror::entropy);
        app.note("error_of_the_counts", error_before);
        app.promise_at_most("error of the entropy over that of the counts",
                            examples::relative_error(found, image) / error_before, 0.8);

        const auto panel = [&](const char* title, const Eigen::VectorXd& x) {
            return examples::panel_of(title, x.reshaped(side, side));
        };
        examples::image_figure pictures{.title = "Poisson deblurring", .low = 0, .high = photons};
        pictures.panels = {panel("image", image), panel("blurred, counted", seen), panel("recovered", found)};
        errors.references = {{"error of the counts", error_before}};
        app.draw(pictures, "images");
        app.draw(errors, "error");
    });
}

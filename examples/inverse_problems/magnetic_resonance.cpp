// A head from a third of its Fourier coefficients, seen through a coil that turns the phase: total variation against l1 of
// wavelets and no model at all. compare_with_bart.py gives the same data to BART.
#include <bregman/operators/wavelet.hpp>
#include <bregman/problems/sparse_signal.hpp>
#include <bregman/solvers/proximal_gradient.hpp>

#include <chrono>

#include "inverse_problems/magnetic_resonance.hpp"
#include "inverse_problems/phantom.hpp"
#include "inverse_problems/pictures.hpp"
#include "inverse_problems/program.hpp"

using examples::complex_vector;
using scalar = std::complex<double>;

namespace {

struct reconstruction {
    complex_vector image;
    std::int64_t iterations = 0, denoising_iterations = 0;
    double seconds = 0;
};

/// min lambda TV(x) + ||A x - b||^2 / 2, ||A|| = 1, by FISTA: each prox starts from the dual variable of the last one and
/// needs a few iterations only. lambda comes down from ten times its value, so that the large structures come first.
template <class A>
reconstruction total_variation(const A& a, const complex_vector& b, double lambda, const bregman::tensor_shape& shape) {
    const auto begin = std::chrono::steady_clock::now();
    const bregman::total_variation_2d penalty{.gap = 1e-4, .max_iterations = 20};
    bregman::total_variation_dual dual;
    reconstruction found;
    complex_vector &x = found.image, before, residual, gradient;
    a.apply_transposed(b, x);
    complex_vector point = x;
    double momentum = 1, weight = 10 * lambda, change = 1;
    for (; found.iterations < 500 && (weight > lambda || change > 3e-4); ++found.iterations) {
        weight = std::max(lambda, 0.8 * weight);
        before = x;
        a.apply(point, residual);
        residual -= b;
        a.apply_transposed(residual, gradient);
        x = point - gradient;
        penalty.prox(bregman::tensor_view<scalar>{x.data(), shape}, weight, dual);
        found.denoising_iterations += dual.iterations;
        const double next = (1 + std::sqrt(1 + 4 * momentum * momentum)) / 2;
        const bool uphill = bregman::inner(point - x, x - before) > 0;
        point = x + (uphill ? 0 : (momentum - 1) / next) * (x - before);
        momentum = uphill ? 1 : next;
        change = (x - before).norm() / x.norm();
    }
    found.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    return found;
}

} // namespace

int main(int argc, char** argv) {
    std::int64_t side = 128;
    double share = 1.0 / 3, noise = 40, lambda = 0.001;
    examples::program app("magnetic_resonance", "Reconstruct a head from part of its Fourier transform");
    app.option("side", side, "pixels along each side of the image (a multiple of 16; 2^a 3^b 5^c is fast)");
    app.option("share", share, "share of the Fourier coefficients that are measured");
    app.option("noise", noise, "signal to noise ratio of the measurements in dB");
    app.option("lambda", lambda, "weight of the total variation, relative to the brightest pixel without a model");

    return app.run(argc, argv, [&] {
        const complex_vector truth = examples::shepp_logan(side).reshaped().cast<scalar>();
        const complex_vector phase = examples::coil_phase(side);
        const auto kept = examples::variable_density(side, std::llround(share * double(side * side)), app.seed());
        const auto A = bregman::compose<scalar>(bregman::partial_fourier<scalar>(side, side, kept),
                                                bregman::diagonal_operator<scalar>(phase));
        complex_vector b, zero_filled;
        A.apply(truth, b);
        const bregman::normal_source normal{bregman::counter_random(app.seed(), 52)};
        complex_vector errors(b.size());
        for (Eigen::Index i = 0; i < b.size(); ++i) errors[i] = {normal(2 * i), normal(2 * i + 1)};
        b += b.norm() / errors.norm() * std::pow(10, -noise / 20) * errors;
        A.apply_transposed(b, zero_filled);

        const auto error_of = [&](const complex_vector& image) { return (image - truth).norm() / truth.norm(); };
        const double scale = zero_filled.lpNorm<Eigen::Infinity>();
        const auto found = total_variation(A, b, lambda * scale, {{side, side}, bregman::storage_order::column_major});
        const bregman::wavelet_synthesis<scalar> haar(side, side, 4);
        const auto wavelets = bregman::fista(
            bregman::compose<scalar>(A, haar), b,
            {.lambda = 2 * lambda * scale, .norm_squared = 1, .continuation = 0.1, .stop = {.kkt = 0.02}});
        complex_vector from_wavelets;
        haar.apply(wavelets.x, from_wavelets);

        app.note("measurements", std::int64_t(b.size()));
        app.note("zero_filled", {{"relative_error", error_of(zero_filled)}});
        app.note("wavelets", {{"relative_error", error_of(from_wavelets)},
                              {"seconds", wavelets.seconds},
                              {"operator_pairs", wavelets.operator_pairs},
                              {"kkt", wavelets.certificate.kkt}});
        app.note("total_variation", {{"relative_error", error_of(found.image)},
                                     {"seconds", found.seconds},
                                     {"iterations", found.iterations},
                                     {"denoising_iterations", found.denoising_iterations}});
        app.promise_at_most("error of total variation over that of zero filling",
                            error_of(found.image) / error_of(zero_filled), 0.15);
        app.promise_at_most("error of wavelets over that of zero filling",
                            error_of(from_wavelets) / error_of(zero_filled), 0.7);

        const auto panel = [&](const char* title, const complex_vector& x, double factor = 1) {
            return examples::panel_of(title, Eigen::MatrixXd((factor * x).cwiseAbs().reshaped(side, side)));
        };
        examples::image_figure pictures{
            .title = "A head from a third of its Fourier coefficients", .low = 0, .high = 1};
        pictures.panels = {panel("truth", truth), panel("zero-filled", zero_filled), panel("wavelets", from_wavelets),
                           panel("total variation", found.image), panel("its error x 10", found.image - truth, 10)};
        app.draw(pictures, "images");
        for (const auto& [name, image] :
             {std::pair{"samples", examples::centred(side, kept, b)}, {"coil", phase}, {"truth", truth}})
            examples::write_cfl(app.folder() / name, side, image);
    });
}

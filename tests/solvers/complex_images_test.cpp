// Complex images from some of their Fourier coefficients. Apart from the other complex numbers: its prox iterates, and takes
// a hundred times as long without optimisation.
#include <complex>

#include <bregman/problems/sparse_signal.hpp>
#include <bregman/regularizers/total_variation_2d.hpp>
#include <bregman/solvers.hpp>

#include "support/checks.hpp"

namespace bregman::testing {

using complex = std::complex<double>;

BOOST_AUTO_TEST_SUITE(complex_images)

// Total variation as J: what its prox keeps from one step to the next belongs to one solve, so that two are bit-equal.
BOOST_AUTO_TEST_CASE(images_are_recovered_by_total_variation) {
    dense_matrix<complex> image = dense_matrix<complex>::Zero(8, 8);
    image.block(2, 3, 4, 3).setConstant(complex(1, 2));
    const auto a = partial_fourier<complex>(8, 8, random_positions(64, 40, 26));
    dense_vector<complex> b;
    const dense_vector<complex> pixels = image.reshaped();
    a.apply(pixels, b);
    linearised_bregman_settings<complex> settings{.step = dual_step::barzilai_borwein,
                                                  .delta = 10,
                                                  .regularizer = total_variation_2d{.gap = 1e-7},
                                                  .shape = {{8, 8}, storage_order::column_major},
                                                  .stop = {.max_iterations = 2000, .residual = 1e-3, .kkt = 1e-3}};
    const auto found = linearised_bregman(a, b, settings);
    settings.stop.max_iterations = 5;
    const auto first = linearised_bregman(a, b, settings), again = linearised_bregman(a, b, settings);
    BOOST_TEST(found.solved());
    BOOST_TEST(found.certificate.kkt <= 1e-3);
    BOOST_TEST((found.x - pixels).norm() <= 1e-2 * pixels.norm());
    BOOST_TEST((first.x.array() == again.x.array()).all());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing

// Total variation of images: the prox by its certificate, and what is known of it without one.
#include <algorithm>
#include <cmath>
#include <complex>

#include <bregman/concepts.hpp>
#include <bregman/regularizers/total_variation.hpp>
#include <bregman/regularizers/total_variation_2d.hpp>

#include "support/checks.hpp"
#include "support/values.hpp"
#include "tolerances.hpp"

namespace bregman::testing {

namespace {

using complex = std::complex<double>;
using all_scalars = std::tuple<float, double, complex>;

static_assert(tensor_regularizer<total_variation_2d, float> && tensor_regularizer<total_variation_2d, double>);

/// A bright rectangle in noise; of complex numbers one that turns its phase at an edge too.
template <class T>
std::vector<T> noisy_image(index_t rows, index_t columns, std::uint64_t seed = 3) {
    const auto noise = normal_values<double>(2 * rows * columns, seed, 0.2);
    std::vector<T> image;
    for (index_t i = 0; i < rows * columns; ++i) {
        const bool inside = i / columns > rows / 4 && i % columns > columns / 3;
        if constexpr (contract::is_complex_number<T>)
            image.push_back(T(inside, i % columns > columns / 2) +
                            T(noise[std::size_t(2 * i)], noise[std::size_t(2 * i + 1)]));
        else
            image.push_back(T(double(inside) + noise[std::size_t(2 * i)]));
    }
    return image;
}

template <class T>
tensor_view<const T> view(const std::vector<T>& x, const tensor_shape& shape) {
    return {x.data(), shape};
}

/// prox as a function.
template <class R, class T>
std::vector<T> denoised(const R& j, std::vector<T> x, double t, tensor_shape shape = {}) {
    if (shape.extents.empty()) shape.extents = {index_t(x.size())};
    j.prox(tensor_view<T>{x.data(), shape}, contract::real_part_of<T>(t));
    return x;
}

template <class T>
double distance(const std::vector<T>& a, const std::vector<T>& b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += std::norm(complex(a[i]) - complex(b[i]));
    return std::sqrt(sum);
}

template <class T>
std::vector<T> transposed(const std::vector<T>& x, index_t rows, index_t columns) {
    std::vector<T> result;
    for (index_t j = 0; j < columns; ++j)
        for (index_t i = 0; i < rows; ++i) result.push_back(x[std::size_t(i * columns + j)]);
    return result;
}

const total_variation_2d isotropic{.gap = 1e-12}, anisotropic{.anisotropic = true, .gap = 1e-12};

} // namespace

BOOST_AUTO_TEST_SUITE(total_variation_of_images)

// The certificate bounds ||x - prox(y)||^2 / 2 by a computation of its own; of another x it is larger than its distance.
BOOST_AUTO_TEST_CASE_TEMPLATE(prox_has_its_dual_certificate, T, all_scalars) {
    const bool single = std::is_same_v<T, float>;
    for (const total_variation_2d& j : {isotropic, anisotropic})
        for (const auto& [rows, columns] : {std::pair<index_t, index_t>{12, 17}, {1, 1}, {1, 9}, {9, 1}, {2, 2}})
            for (const double t : {1e-3, 0.15, 2.0}) {
                const tensor_shape shape{{rows, columns}};
                const auto y = noisy_image<T>(rows, columns);
                auto x = y;
                total_variation_dual dual;
                j.prox(tensor_view<T>{x.data(), shape}, contract::real_part_of<T>(t), dual);
                const auto certificate = [&](const std::vector<T>& at) {
                    return j.certificate(view(y, shape), view(at, shape), contract::real_part_of<T>(t), dual);
                };
                BOOST_TEST(dual.relative_gap <= 1.1 * j.gap); // and rounding
                BOOST_TEST(certificate(x) <= (single ? 1e-6 : 1e-10));
                auto elsewhere = x;
                elsewhere[0] += T(0.1);
                BOOST_TEST(certificate(elsewhere) >= 0.1 * 0.1 / 2 - (single ? 1e-4 : 1e-8));
            }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(constants_stay_and_means_too, T, all_scalars) {
    const tensor_shape shape{{6, 7}};
    const std::vector<T> constant(42, T(0.3f));
    const auto y = noisy_image<T>(6, 7);
    for (const total_variation_2d& j : {isotropic, anisotropic}) {
        BOOST_TEST(same_bits(denoised(j, constant, 0.7, shape), constant));
        BOOST_TEST(j.value(view(constant, shape)) == 0);
        BOOST_TEST(same_bits(denoised(j, y, 0, shape), y));
        const auto flat = denoised(j, y, 1000, shape); // a t above the polar of y - mean
        T mean = 0;
        for (const T& value : y) mean += value;
        mean /= T(42);
        BOOST_TEST(distance(flat, std::vector<T>(42, mean)) <= 1e-4);
    }
}

BOOST_AUTO_TEST_CASE(images_of_one_line_are_signals) {
    const auto y = noisy_image<double>(1, 60);
    const auto expected = denoised(total_variation{}, y, 0.3);
    for (const tensor_shape& shape : {tensor_shape{{60}}, tensor_shape{{1, 60}}, tensor_shape{{60, 1}}})
        for (const total_variation_2d& j : {isotropic, anisotropic}) {
            BOOST_TEST(distance(denoised(j, y, 0.3, shape), expected) <= 1e-6);
            BOOST_TEST(std::abs(j.value(view(y, shape)) - total_variation{}.value(view(y, {{60}}))) <= 1e-12);
        }
}

BOOST_AUTO_TEST_CASE(lines_and_columns_are_alike) {
    const index_t rows = 9, columns = 14;
    const auto y = noisy_image<double>(rows, columns);
    for (const total_variation_2d& j : {isotropic, anisotropic}) {
        const auto x = denoised(j, y, 0.2, {{rows, columns}});
        const auto turned = denoised(j, transposed(y, rows, columns), 0.2, {{columns, rows}});
        BOOST_TEST(distance(transposed(x, rows, columns), turned) <= 1e-5);
        const auto column_major = denoised(j, y, 0.2, {{columns, rows}, storage_order::column_major});
        BOOST_TEST(same_bits(column_major, x)); // the same memory, the same image
        const double value = j.value(view(y, {{rows, columns}}));
        BOOST_TEST(std::abs(value - j.value(view(transposed(y, rows, columns), {{columns, rows}}))) <= 1e-12 * value);
    }
    // |p| + |q| lies between sqrt(p^2 + q^2) and sqrt(2) times that, which a diagonal edge reaches.
    std::vector<double> diagonal(100);
    for (index_t i = 0; i < 100; ++i) diagonal[std::size_t(i)] = double(i / 10 + i % 10);
    const double by_norm = isotropic.value(view(diagonal, {{10, 10}})),
                 by_sum = anisotropic.value(view(diagonal, {{10, 10}}));
    BOOST_TEST(by_sum == 180);
    BOOST_TEST(std::abs(by_norm - (81 * std::sqrt(2.0) + 18)) <= 1e-12);
}

// J is a seminorm that does not see a constant: prox_{ct}(c y + d) = c prox_t(y) + d. Turning all phases turns the prox.
BOOST_AUTO_TEST_CASE(prox_scales_shifts_and_turns) {
    const tensor_shape shape{{8, 11}};
    const auto y = noisy_image<complex>(8, 11);
    const complex factor = std::polar(50.0, 2.0), offset(3, -4);
    auto moved = y;
    for (complex& value : moved) value = factor * value + offset;
    for (const total_variation_2d& j : {isotropic, anisotropic}) {
        auto expected = denoised(j, y, 0.2, shape);
        for (complex& value : expected) value = factor * value + offset;
        BOOST_TEST(distance(denoised(j, moved, 10, shape), expected) <= 1e-3);
        BOOST_TEST(std::abs(j.value(view(moved, shape)) - 50 * j.value(view(y, shape))) <= 1e-9);
    }
    // Real numbers as complex ones.
    const auto real_image = noisy_image<double>(8, 11);
    std::vector<complex> as_complex(real_image.begin(), real_image.end());
    isotropic.prox(tensor_view<complex>{as_complex.data(), shape}, 0.2);
    const auto expected = denoised(isotropic, real_image, 0.2, shape);
    BOOST_TEST(distance(as_complex, std::vector<complex>(expected.begin(), expected.end())) <= 1e-8);
}

BOOST_AUTO_TEST_CASE(subgradients_support_the_function) {
    const tensor_shape shape{{5, 6}};
    for (const total_variation_2d& j : {isotropic, anisotropic})
        for (std::uint64_t seed = 0; seed < 5; ++seed) {
            auto x = noisy_image<double>(5, 6, seed);
            std::fill(x.begin() + 3, x.begin() + 12, 0.5); // flat places
            std::vector<double> slope(30);
            j.subgradient(view(x, shape), tensor_view<double>{slope.data(), shape});
            double at_x = 0, sum = 0;
            for (std::size_t i = 0; i < 30; ++i) at_x += slope[i] * x[i], sum += slope[i];
            BOOST_TEST(std::abs(at_x - j.value(view(x, shape))) <= 1e-12); // <p, x> = J(x)
            BOOST_TEST(std::abs(sum) <= 1e-12);
            for (std::uint64_t other = 10; other < 30; ++other) {
                const auto u = normal_values<double>(30, other);
                double at_u = 0;
                for (std::size_t i = 0; i < 30; ++i) at_u += slope[i] * u[i];
                BOOST_TEST(at_u <= j.value(view(u, shape)) + 1e-12);
            }
            // The polar is at most 1 on a subgradient; what is returned lies above it.
            BOOST_TEST(j.polar(view(slope, shape)) >= 1 - 1e-12);
            slope[0] += 1;
            BOOST_TEST(j.polar(view(slope, shape)) == INFINITY);
        }
    BOOST_TEST(isotropic.polar(view(std::vector<double>(30), shape)) == 0);
    // Two pixels: z = (1, -1) is t (1, -1) with t = 1.
    BOOST_TEST(isotropic.polar(view(std::vector<double>{1, -1}, {{2}})) == 1);
}

BOOST_AUTO_TEST_CASE(a_warm_start_saves_iterations_and_changes_nothing) {
    const tensor_shape shape{{20, 20}};
    const total_variation_2d j{.gap = 1e-10};
    auto y = noisy_image<double>(20, 20);
    const auto prox = [&](total_variation_dual& dual, double t) {
        auto x = y;
        j.prox(tensor_view<double>{x.data(), shape}, t, dual);
        return x;
    };
    total_variation_dual warm, cold;
    const auto first = prox(warm, 0.2);
    const auto needed = warm.iterations;
    BOOST_TEST(distance(prox(warm, 0.2), first) <= 1e-4);
    BOOST_TEST(warm.iterations == 1);
    for (double& value : y) value += 1e-4 * std::sin(1e3 * value); // an iterate that has moved a little, and another t
    const auto next = prox(warm, 0.2001);
    BOOST_TEST(distance(next, prox(cold, 0.2001)) <= 1e-4);
    BOOST_TEST(2 * warm.iterations < needed);
    BOOST_TEST(cold.iterations > warm.iterations);
    warm.clear();
    BOOST_TEST(same_bits(prox(warm, 0.2001), prox(cold = {}, 0.2001)));
    // Of another shape: anew.
    auto x = y;
    j.prox(tensor_view<double>{x.data(), {{10, 40}}}, 0.2, warm);
    BOOST_TEST(same_bits(x, denoised(j, y, 0.2, {{10, 40}})));
    CHECK_REFUSES(j.certificate(view(y, shape), view(x, shape), 0.2, warm), "dual variable");
    // What is not reached is said.
    const total_variation_2d hasty{.gap = 1e-10, .max_iterations = 3};
    total_variation_dual report;
    x = y;
    hasty.prox(tensor_view<double>{x.data(), shape}, 0.2, report);
    BOOST_TEST(report.iterations == 3);
    BOOST_TEST(report.relative_gap > 1e-10);
    // And the dual variable is that of x: no distance beside the gap.
    double objective = 0.2 * hasty.value(view(x, shape));
    for (std::size_t i = 0; i < x.size(); ++i) objective += (x[i] - y[i]) * (x[i] - y[i]) / 2;
    const double gap = hasty.certificate(view(y, shape), view(x, shape), 0.2, report);
    BOOST_TEST(std::abs(gap - report.relative_gap * objective) <= 1e-12 * objective);
}

BOOST_AUTO_TEST_CASE(the_images_of_a_tensor_are_denoised_one_by_one) {
    const auto y = noisy_image<double>(6, 20);
    const auto all = denoised(isotropic, y, 0.2, {{3, 5, 8}});
    double sum = 0;
    for (std::ptrdiff_t i = 0; i < 3; ++i) {
        const std::vector<double> part(y.begin() + 40 * i, y.begin() + 40 * (i + 1));
        BOOST_TEST(same_bits(denoised(isotropic, part, 0.2, {{5, 8}}),
                             std::vector<double>(all.begin() + 40 * i, all.begin() + 40 * (i + 1))));
        sum += isotropic.value(view(part, {{5, 8}}));
    }
    BOOST_TEST(std::abs(sum - isotropic.value(view(y, {{3, 5, 8}}))) <= 1e-12);
    const tensor_view<double> nothing{nullptr, {{0, 3}}};
    isotropic.prox(nothing, 1.0);
    BOOST_TEST(isotropic.value(tensor_view<const double>{nullptr, {{0, 3}}}) == 0);
}

BOOST_AUTO_TEST_CASE(misuse_is_refused) {
    std::vector<double> x(4);
    const tensor_view<double> image{x.data(), {{2, 2}}};
    CHECK_REFUSES(total_variation_2d{.gap = -1}.validate(), "total_variation_2d.gap = -1; allowed: >= 0");
    CHECK_REFUSES(total_variation_2d{.max_iterations = 0}.validate(), "total_variation_2d.max_iterations = 0");
    CHECK_REFUSES(isotropic.prox(image, -1.0), "t = -1; allowed: >= 0, finite");
    CHECK_REFUSES(isotropic.prox(image, double(NAN)), "t = nan");
}

// A NaN in an image is not hidden, and ends the iteration.
BOOST_AUTO_TEST_CASE(what_is_not_finite_stays_so) {
    total_variation_dual dual;
    std::vector<double> x{1, 2, NAN, 4};
    isotropic.prox(tensor_view<double>{x.data(), {{2, 2}}}, 0.1, dual);
    BOOST_TEST(std::any_of(x.begin(), x.end(), [](double value) { return std::isnan(value); }));
    BOOST_TEST(dual.iterations == 1);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing

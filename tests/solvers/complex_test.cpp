// Complex numbers: the prox by the modulus, operators, and solvers against the same problem in pairs of real numbers.
#include <complex>
#include <functional>
#include <memory>
#include <numeric>

#include <bregman/aliases.hpp>
#include <bregman/backends/eigen.hpp>
#include <bregman/control/fixed.hpp>
#include <bregman/problems/sparse_signal.hpp>
#include <bregman/regularizers/group_l2.hpp>
#include <bregman/regularizers/sparse_group_lasso.hpp>
#include <bregman/regularizers/total_variation_2d.hpp>
#include <bregman/solvers.hpp>

#include "support/checks.hpp"
#include "support/common_solvers.hpp"
#include "tolerances.hpp"

namespace bregman::testing {

namespace {

using complex = std::complex<double>;
using complex_scalars = std::tuple<std::complex<float>, complex>;

/// n normal complex numbers of E|x|^2 = 2.
template <class T = complex>
dense_vector<T> numbers(index_t n, std::uint64_t seed) {
    const normal_source normal{counter_random(seed, 41)};
    dense_vector<T> values(n);
    for (index_t i = 0; i < n; ++i) values[i] = {real_of<T>(normal(2 * i)), real_of<T>(normal(2 * i + 1))};
    return values;
}
template <class T = complex>
dense_matrix<T> numbers(index_t m, index_t n, std::uint64_t seed) {
    return numbers<T>(m * n, seed).reshaped(m, n) / real_of<T>(std::sqrt(2.0 * double(m)));
}

/// k entries of modulus 1 and any phase among n.
template <class T = complex>
dense_vector<T> spikes(index_t n, index_t k, std::uint64_t seed) {
    dense_vector<T> x = dense_vector<T>::Zero(n), phases = numbers<T>(n, seed + 100);
    for (const index_t place : random_positions(n, k, seed)) x[place] = phases[place] / std::abs(phases[place]);
    return x;
}

/// A as a map of real and imaginary parts, one half behind the other.
Eigen::MatrixXd doubled(const dense_matrix<complex>& a) {
    Eigen::MatrixXd all(2 * a.rows(), 2 * a.cols());
    all << a.real(), -a.imag(), a.imag(), a.real();
    return all;
}
Eigen::VectorXd doubled(const dense_vector<complex>& x) {
    Eigen::VectorXd all(2 * x.size());
    all << x.real(), x.imag();
    return all;
}

/// ||x||_1 in these pairs is the sum of the norms of columns of a 2 x n matrix, without the weight sqrt(2) of a group.
const double pair_weight = std::sqrt(0.5);
tensor_shape pairs(index_t n) { return {{2, n}}; }

template <class T>
double distance(const dense_vector<T>& a, const dense_vector<T>& b) {
    return double((a - b).norm() / b.norm());
}

/// Operators of one type, so that solvers are compiled once.
template <class T>
using product = std::function<void(const dense_vector<T>&, dense_vector<T>&)>;
template <class T, class A>
matrix_free_operator<product<T>, product<T>> any_operator(const A& a) {
    const auto held = std::make_shared<const std::decay_t<decltype(as_operator<T>(a))>>(as_operator<T>(a));
    return {held->rows(), held->cols(), [held](const dense_vector<T>& x, dense_vector<T>& y) { held->apply(x, y); },
            [held](const dense_vector<T>& y, dense_vector<T>& x) { held->apply_transposed(y, x); }};
}

/// The matrix of the unitary Fourier transform of a signal.
dense_matrix<complex> fourier_matrix(index_t n) {
    dense_matrix<complex> f(n, n);
    for (index_t k = 0; k < n; ++k)
        for (index_t p = 0; p < n; ++p)
            f(k, p) = std::polar(1 / std::sqrt(double(n)), -2 * std::acos(-1.0) * double(k * p % n) / double(n));
    return f;
}

} // namespace

BOOST_AUTO_TEST_SUITE(complex_numbers)

// p = prox(x): <x - p, p> = t |p| and |x - p| <= t, which is x - p in t d|p| (and with it Moreau's decomposition).
BOOST_AUTO_TEST_CASE_TEMPLATE(the_prox_of_the_modulus, T, complex_scalars) {
    const double rounding = 10 * tolerance<real_of<T>>::rounding;
    const dense_vector<T> x = numbers<T>(40, 1), y = numbers<T>(40, 2);
    const real_of<T> t = real_of<T>(0.7);
    const T turn = std::polar(real_of<T>(1), real_of<T>(2.5));
    for (index_t i = 0; i < x.size(); ++i) {
        const T p = l1{}.prox(x[i], t), rest = x[i] - p, q = l1{}.prox(y[i], t);
        BOOST_TEST(std::abs(rest) <= t + rounding);
        BOOST_TEST(std::abs(std::conj(rest) * p - t * l1{}.value(p)) <= rounding);
        BOOST_TEST(std::norm(p - q) <= std::real(std::conj(p - q) * (x[i] - y[i])) + rounding); // firmly non-expansive
        BOOST_TEST(std::abs(l1{}.prox(turn * x[i], t) - turn * p) <= rounding);
        BOOST_TEST(std::abs(l1{}.prox(T(x[i].real()), t) - T(shrink(x[i].real(), t))) <= rounding);
        BOOST_TEST(std::abs(l1{}.subgradient(x[i]) * l1{}.critical_lambda(x[i]) - x[i]) <= rounding);
    }
    BOOST_TEST(l1{}.prox(T(0), real_of<T>(0)) == T(0));
    BOOST_TEST(l1{}.subgradient(T(0)) == T(0));
}

// J of a solver: the prox in pairs of real numbers is the same function, where J depends on norms alone.
BOOST_AUTO_TEST_CASE(regularizers_of_solvers_are_those_of_pairs) {
    const index_t n = 12;
    const dense_vector<complex> z = numbers(n, 3);
    const auto check = [&](const solver_regularizer<complex>& j, const tensor_shape& shape) {
        dense_vector<complex> p = z, turned = std::polar(1.0, 1.2) * z, smaller;
        j.prox(p, 0.4, shape);
        j.prox(turned, 0.4, shape);
        BOOST_TEST((turned - std::polar(1.0, 1.2) * p).norm() <= 1e-14);
        // The least value of t J(u) + ||u - z||^2 / 2 is at p: no u nearby has a smaller one.
        const auto objective = [&](const dense_vector<complex>& u) {
            return 0.4 * j.value(u, shape) + (u - z).squaredNorm() / 2;
        };
        for (std::uint64_t seed = 0; seed < 20; ++seed)
            BOOST_TEST(objective(p) <= objective(p + (seed % 2 ? 1e-2 : 1.0) * numbers(n, seed + 50)));
        smaller = z;
        if (const double polar = j.polar(z, shape); std::isfinite(polar)) {
            j.prox(smaller, polar * (1 + 1e-12), shape);
            BOOST_TEST(smaller.norm() == 0);
        }
    };
    const std::vector<double> weights{1, 2, 3, 0.5, 1, 1, 2, 0.1, 1, 1, 1, 4};
    check(l1{}, {});
    check(weighted_l1<double>::of(weights), {});
    check(elastic_net{.ratio = 0.3}, {});
    check(group_rows{}, {{3, 4}});
    check(group_columns{}, {{3, 4}});
    check(sparse_group_lasso<group_rows>{.group_share = 0.4}, {{3, 4}});
    check(total_variation_2d{.gap = 0}, {{1, 12}});

    Eigen::VectorXd in_pairs = doubled(z);
    const solver_regularizer<double> columns = group_columns{};
    columns.prox(in_pairs, 0.4 * pair_weight, pairs(n));
    dense_vector<complex> p = z;
    solver_regularizer<complex>().prox(p, 0.4, {});
    BOOST_TEST((doubled(p) - in_pairs).norm() <= 1e-14);
}

// What the message of an optimizer with complex scalars says to do: pairs as groups of two are the complex iteration.
BOOST_AUTO_TEST_CASE(an_optimizer_of_pairs_is_one_of_complex_numbers) {
    const index_t n = 30;
    const double lambda = 0.6;
    linbreg<double, group_rows, fixed_law> optimizer({.step_size = 0.5, .lambda = lambda * pair_weight});
    dense_vector<complex> theta = dense_vector<complex>::Zero(n), v = theta;
    for (std::uint64_t step = 0; step < 5; ++step) {
        dense_vector<complex> gradient = numbers(n, 60 + step);
        v -= 0.5 * gradient;
        const tensor_shape shape{{n, 2}};
        const auto view = [&](dense_vector<complex>& x) {
            return as_tensor(reinterpret_cast<double*>(x.data()), 2 * n, shape);
        };
        optimizer.step(view(theta), view(gradient));
    }
    for (index_t i = 0; i < n; ++i) BOOST_TEST(std::abs(theta[i] - shrink(v[i], lambda)) <= 1e-14);
}

BOOST_AUTO_TEST_CASE(operators_have_their_adjoints) {
    using T = complex;
    const auto check = [](const auto& a) {
        for (std::uint64_t seed : {1, 2}) BOOST_TEST(adjoint_error<T>(a, seed) <= tolerance<double>::adjoint);
    };
    const dense_matrix<T> a = numbers<T>(17, 40, 4);
    const Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> by_rows = a;
    const Eigen::SparseMatrix<T> sparse = a.sparseView(1, 0.2);
    check(dense_operator<T>(a));
    check(as_operator<T>(by_rows));
    check(as_operator<T>(sparse));
    check(sampling_mask<T>(20, {0, 7, 19}));
    check(partial_fourier<T>(15, {0, 1, 5, 14}));
    check(partial_fourier<T>(6, 10, random_positions(60, 25, 5)));
    check(convolution_2d<T>(6, 10, numbers<T>(3, 5, 6)));
    check(wavelet_synthesis<T>(8, 12, 2, wavelet_family::daubechies_4));
    check(diagonal_operator<T>(numbers<T>(9, 7)));
    check(compose<T>(a, diagonal_operator<T>(numbers<T>(40, 7)), wavelet_synthesis<T>(40, 1, 2)));
    check(stack_operators<T>(std::vector{compose<T>(a, diagonal_operator<T>(numbers<T>(40, 8))),
                                         compose<T>(a, diagonal_operator<T>(numbers<T>(40, 9)))}));
    check(matrix_free_operator(
        17, 40, [&](const auto& x, auto& y) { y.noalias() = a * x; },
        [&](const auto& y, auto& x) { x.noalias() = a.adjoint() * y; }));
    const matrix_free_operator without_conjugate(
        17, 40, [&](const auto& x, auto& y) { y.noalias() = a * x; },
        [&](const auto& y, auto& x) { x.noalias() = a.transpose() * y; });
    BOOST_TEST(adjoint_error<T>(without_conjugate) > 1e-2);
}

BOOST_AUTO_TEST_CASE(fourier_coefficients_are_those_of_the_definition) {
    // Every position, lines without one, single points; extents of which one is 1.
    for (const auto& [rows, cols, share] : {std::tuple<index_t, index_t, int>{6, 10, 1},
                                            {10, 6, 3},
                                            {7, 1, 2},
                                            {1, 9, 2},
                                            {12, 4, 4},
                                            {4, 12, 4},
                                            {4, 4, 5}}) {
        std::vector<index_t> kept;
        for (index_t i = 0; i < rows * cols; i += share) kept.push_back(i);
        const partial_fourier<complex> a(rows, cols, kept);
        const dense_vector<complex> x = numbers(rows * cols, 10);
        dense_vector<complex> y, back;
        a.apply(x, y);
        const dense_matrix<complex> all = fourier_matrix(rows) * x.reshaped(rows, cols) * fourier_matrix(cols);
        for (std::size_t i = 0; i < kept.size(); ++i)
            BOOST_TEST(std::abs(y[index_t(i)] - all.reshaped()[kept[i]]) <= 1e-13);
        a.apply_transposed(y, back);
        dense_vector<complex> again;
        a.apply(back, again);
        BOOST_TEST((again - y).norm() <= 1e-13); // A A^* = I
    }
    CHECK_REFUSES(partial_fourier<complex>(0, 3, {0}), "image extents = 0; allowed: >= 1");
    CHECK_REFUSES(partial_fourier<complex>(4, {1, 1}), "partial_fourier positions = 1; allowed: ascending");
    CHECK_REFUSES(partial_fourier<complex>(4, {4}), "partial_fourier positions = 4");
}

BOOST_AUTO_TEST_CASE(wavelets_are_orthonormal_and_flat_images_have_few) {
    for (const wavelet_family family : {wavelet_family::haar, wavelet_family::daubechies_4}) {
        const wavelet_synthesis<double> w(8, 16, 3, family);
        const dense_vector<double> c = numbers(128, 11).real();
        dense_vector<double> x, back;
        w.apply(c, x);
        w.apply_transposed(x, back);
        BOOST_TEST((back - c).norm() <= 1e-13);
        BOOST_TEST(std::abs(x.norm() - c.norm()) <= 1e-13);
        w.apply_transposed(dense_vector<double>::Ones(128), back);
        BOOST_TEST((back.array().abs() > 1e-12).count() == 2); // 1 x 2 coarse pixels
    }
    CHECK_REFUSES(wavelet_synthesis<double>(12, 16, 3), "image extent = 12; allowed: divisible by 2^levels");
    CHECK_REFUSES(wavelet_synthesis<double>(8, 8, -1), "levels = -1");
    const dense_vector<complex> three = numbers(3, 1);
    const dense_matrix<complex> two_columns = numbers(3, 2, 1);
    CHECK_REFUSES(compose<complex>(two_columns, diagonal_operator<complex>(three)), "rows of the inner operator = 3");
    CHECK_REFUSES(stack_operators<complex>(std::vector<diagonal_operator<complex>>{}), "number of operators = 0");
    CHECK_REFUSES(diagonal_operator<complex>(dense_vector<complex>{}), "elements of the diagonal = 0");
}

// min lambda ||x||_1 + ||x||^2 / (2 delta), A x = b, in complex numbers and in pairs: one x, one objective.
BOOST_AUTO_TEST_CASE(linearised_bregman_solves_the_problem_in_pairs) {
    const dense_matrix<complex> a = numbers(24, 60, 12);
    const dense_vector<complex> b = a * spikes(60, 4, 13);
    const Eigen::MatrixXd real_a = doubled(a);
    const stop_rule stop{.residual = 1e-11, .kkt = 1e-11};
    const auto wanted = linearised_bregman(
        real_a, doubled(b),
        {.lambda = 0.5 * pair_weight, .delta = 8, .regularizer = group_columns{}, .shape = pairs(60), .stop = stop});
    BOOST_TEST(wanted.solved());
    for (const dual_step step :
         {dual_step::lbfgs, dual_step::barzilai_borwein, dual_step::accelerated, dual_step::exact}) {
        const auto found = linearised_bregman(a, b, {.step = step, .lambda = 0.5, .delta = 8, .stop = stop});
        BOOST_TEST_CONTEXT(int(step)) {
            BOOST_TEST(found.solved());
            BOOST_TEST(distance<double>(doubled(found.x), wanted.x) <= 1e-9);
            BOOST_TEST(std::abs(found.certificate.objective / wanted.certificate.objective - 1) <= 1e-10);
            BOOST_TEST(found.certificate.kkt <= 1e-9);
            BOOST_TEST(std::abs(found.certificate.gap) <= 1e-9);
        }
    }
}

// The lasso: the x of FISTA fulfils the conditions of the problem in pairs, by its certificate and by hand.
BOOST_AUTO_TEST_CASE(fista_solves_the_problem_in_pairs) {
    const dense_matrix<complex> a = numbers(24, 60, 14);
    const dense_vector<complex> b = a * spikes(60, 6, 15) + 0.05 * numbers(24, 16);
    const double lambda = 0.1;
    const auto found = fista(a, b, {.lambda = lambda, .stop = {.kkt = 1e-10}});
    BOOST_TEST(found.reason == solver_stop::kkt);
    const auto in_pairs =
        certify(problem_statement<double>{.kind = problem_kind::penalised,
                                          .lambda = lambda * pair_weight,
                                          .regularizer = group_columns{},
                                          .shape = pairs(60)},
                doubled(a), doubled(b), doubled(found.x), doubled(dense_vector<complex>(b - a * found.x)));
    BOOST_TEST(std::abs(in_pairs.objective / found.certificate.objective - 1) <= 1e-13);
    BOOST_TEST(in_pairs.gap <= 1e-8);
    const dense_vector<complex> slope = a.adjoint() * (b - a * found.x) / lambda;
    index_t nonzeros = 0;
    for (index_t i = 0; i < 60; ++i) {
        const double size = std::abs(found.x[i]);
        nonzeros += size > 0;
        BOOST_TEST((size > 0 ? std::abs(slope[i] - found.x[i] / size) : std::abs(slope[i]) - 1) <= 1e-9);
    }
    BOOST_TEST((nonzeros >= 6 && nonzeros < 24));
}

// Of a dense matrix, of a third of the coefficients of a signal of spikes, and of an image with few wavelets seen through
// the phase of a coil.
BOOST_AUTO_TEST_CASE(sparse_signals_are_recovered) {
    const dense_matrix<complex> dense = numbers(60, 200, 17);
    dense_vector<complex> phase = numbers(256, 24);
    phase = phase.unaryExpr([](const complex& z) { return complex(z / std::abs(z)); }).eval();
    const auto coil = compose<complex>(partial_fourier<complex>(16, 16, random_positions(256, 85, 25)),
                                       diagonal_operator<complex>(phase), wavelet_synthesis<complex>(16, 16, 3));
    for (const auto& [a, nonzeros] :
         {std::pair{any_operator<complex>(dense), 8},
          {any_operator<complex>(partial_fourier<complex>(192, random_positions(192, 64, 21))), 9},
          {any_operator<complex>(coil), 10}}) {
        const dense_vector<complex> x = spikes(a.cols(), nonzeros, 18);
        dense_vector<complex> b;
        a.apply(x, b);
        const auto recovered = recover_sparse(a, b, {.bregman = {.delta_factor = 10}});
        BOOST_TEST(recovered.solved());
        BOOST_TEST(distance(recovered.x, x) <= recovery_error);
        const auto proven = polish(a, b, recovered.x);
        BOOST_TEST(proven.reason == solver_stop::kkt);
        BOOST_TEST(distance(proven.x, x) <= 1e-9);
    }
}

BOOST_AUTO_TEST_CASE(bregman_iteration_solves_basis_pursuit_in_float) {
    using T = std::complex<float>;
    const dense_matrix<T> a = numbers<T>(40, 120, 19);
    const dense_vector<T> x = spikes<T>(120, 5, 20), b = a * x;
    const auto found = bregman_iteration(a, b, {.stop = {.residual = 1e-5}});
    BOOST_TEST(found.solved());
    BOOST_TEST(distance(found.x, x) <= 10 * recovery_error);
    BOOST_TEST(certify({}, a, b, found.x, found.dual).kkt <= 1e-3);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing

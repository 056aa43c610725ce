// Laws of single solvers that a changed line broke without any other test noticing (docs/testing.md, "Mutants").
#include <bregman/problems/least_squares.hpp>
#include <bregman/regularizers/total_variation.hpp>
#include <bregman/regularizers/weighted_l1.hpp>
#include <bregman/solvers.hpp>

#include "support/checks.hpp"
#include "support/common_solvers.hpp"
#include "tolerances.hpp"

namespace bregman::testing {

namespace {

/// The products alone, and how many there were.
struct counting_operator {
    const dense_matrix<double>& a;
    int& products;

    index_t rows() const { return a.rows(); }
    index_t cols() const { return a.cols(); }
    void apply(const dense_vector<double>& x, dense_vector<double>& y) const { ++products, y = a * x; }
    void apply_transposed(const dense_vector<double>& y, dense_vector<double>& x) const {
        ++products, x = a.transpose() * y;
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(mutants)

BOOST_AUTO_TEST_CASE(two_products_are_a_pair_and_all_are_counted) {
    const auto problem = sparse_recovery<double>::gaussian(40, 80, 4, 0.0, 1).problem;
    const auto& b = problem.b;
    int products = 0;
    const counting_operator a{problem.A, products};
    const auto check = [&](const char* name, const auto& solve) {
        products = 0;
        const double pairs = solve().operator_pairs;
        BOOST_TEST_CONTEXT(name) {
            BOOST_TEST(products > 10);
            BOOST_TEST(std::abs(pairs - 0.5 * products) <= 1e-9 * pairs);
        }
    };
    const stop_rule stop{.max_iterations = 30};
    const auto rough = linearised_bregman(problem.A, b, {.stop = stop}).x;
    for (const dual_step step : {dual_step::fixed, dual_step::accelerated, dual_step::dynamic, dual_step::exact,
                                 dual_step::barzilai_borwein, dual_step::lbfgs})
        check("linearised_bregman", [&] { return linearised_bregman(a, b, {.step = step, .stop = stop}); });
    check("bregman_iteration", [&] { return bregman_iteration(a, b, {.stop = stop}); });
    check("multilevel", [&] { return multilevel_linearised_bregman(a, b, {.stop = stop}); });
    check("proximal_gradient", [&] { return proximal_gradient(a, b, {.stop = stop}); });
    check("fista", [&] { return fista(a, b, {.stop = stop}); });
    check("rda", [&] { return rda(a, b, {.stop = stop}); });
    check("split_lbi", [&] { return split_lbi(a, b, {.stop = stop}); });
    check("recover_sparse", [&] { return recover_sparse(a, b, {.stop = stop}); });
    check("polish", [&] { return polish(a, b, rough); });
}

// However often x changed between two looks at it, on all coordinates or on its support.
BOOST_AUTO_TEST_CASE(multilevel_returns_the_x_of_its_v) {
    const auto problem = sparse_recovery<double>::gaussian(100, 250, 8, 0.0, 3).problem;
    multilevel_settings<> settings{.lambda = 0.01, .delta = 20, .support_steps = 5};
    for (const int cycles : {20, 50, 100}) {
        settings.stop.max_iterations = cycles;
        const auto result = multilevel_linearised_bregman(problem.A, problem.b, settings);
        BOOST_TEST(result.x.norm() > 0);
        for (index_t i = 0; i < result.x.size(); ++i) {
            const double expected = settings.delta * shrink(result.dual[i], settings.lambda);
            BOOST_TEST(std::abs(result.x[i] - expected) <=
                       tolerance<double>::rounding * settings.delta * (1 + std::abs(result.dual[i])));
        }
    }
}

// Its steps are those of gamma = ||A||^2, which is told or found, where no gamma is given.
BOOST_AUTO_TEST_CASE(rda_without_a_gamma_takes_the_norm) {
    const auto problem = sparse_recovery<double>::gaussian(40, 60, 4, 0.0, 3).problem;
    const auto x = [&](double gamma, double norm_squared) {
        return rda(problem.A, problem.b, {.gamma = gamma, .norm_squared = norm_squared, .stop = {.max_iterations = 50}})
            .x;
    };
    const auto with_gamma = x(12, 0);
    BOOST_TEST(with_gamma.norm() > 0);
    BOOST_TEST((x(0, 12).array() == with_gamma.array()).all());
}

// Besides them there are looks at the residual, once for as many rows, and the certificate.
BOOST_AUTO_TEST_CASE(as_many_rows_as_a_has_make_a_pair_of_kaczmarz) {
    const auto problem = sparse_recovery<double>::gaussian(40, 60, 4, 0.0, 3).problem;
    const auto result = sparse_kaczmarz(problem.A, problem.b, {.stop = {.max_iterations = 40 * 20, .residual = 0}});
    BOOST_TEST(result.iterations == 40 * 20);
    BOOST_TEST(result.operator_pairs >= 20);
    BOOST_TEST(result.operator_pairs <= 20 * 1.5 + 5);
}

// Continuation is a chain of runs, each from where the last one ended.
BOOST_AUTO_TEST_CASE(fista_begins_anew_with_each_lambda) {
    const auto [A, b] = sparse_recovery<double>::gaussian(100, 250, 8, 0.0, 3).problem;
    const double largest = (A.transpose() * b).lpNorm<Eigen::Infinity>(), lambda = 0.01 * largest;
    const lasso_settings<> chain{.lambda = lambda,
                                 .norm_squared = 8,
                                 .continuation = 0.3,
                                 .continuation_factor = 0.01,
                                 .continuation_kkt = 0.1,
                                 .stop = {.kkt = 1e-8}};
    const auto whole = fista(A, b, chain);
    const auto first = fista(A, b, {.lambda = 0.3 * largest, .norm_squared = 8, .stop = {.kkt = 0.1}});
    const auto second =
        fista(A, b, {.lambda = lambda, .norm_squared = 8, .stop = {.kkt = 1e-8}, .warm_start = first.x});
    BOOST_TEST(first.iterations > 5);
    BOOST_TEST(whole.iterations == first.iterations + second.iterations);
    check_close(whole.x, second.x, tolerance<double>::many_steps);
}

// The first and the last one too: where recovery is exact without them, the x that is found does not tell.
BOOST_AUTO_TEST_CASE(every_element_is_shrunk_by_its_weight) {
    const auto [A, b] = sparse_recovery<double>::gaussian(30, 60, 4, 0.0, 3).problem;
    std::vector<double> weights(60);
    for (std::size_t i = 0; i < 60; ++i) weights[i] = 0.1 + 0.01 * double(i);
    const double delta = 10;
    for (const std::int64_t steps : {10, 50, 200}) {
        const auto result = linearised_bregman(A, b,
                                               {.step = dual_step::fixed,
                                                .delta = delta,
                                                .regularizer = weighted_l1<double>::of(weights),
                                                .stop = {.max_iterations = steps, .residual = 0}});
        const dense_vector<double> z = A.transpose() * result.dual;
        for (index_t i = 0; i < 60; ++i) {
            const double expected = delta * shrink(z[i], weights[std::size_t(i)]);
            BOOST_TEST(std::abs(result.x[i] - expected) <= tolerance<double>::many_steps * 10 * delta);
        }
    }
}

// Whatever the residual's products with the other columns are.
BOOST_AUTO_TEST_CASE(what_polish_certifies_is_least_squares_on_the_support) {
    const dense_matrix<double> A = sparse_recovery<double>::gaussian(40, 10, 0, 0.0, 3).problem.A;
    const dense_vector<double> b = dense_vector<double>::LinSpaced(40, -1, 1);
    dense_vector<double> x = dense_vector<double>::Zero(10);
    x[1] = x[4] = x[7] = 1;
    const auto result = polish(A, b, x, {.certify = false});
    BOOST_TEST(result.relative_residual > 0.1);
    BOOST_TEST(result.certificate.kkt <= 1e-9);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing

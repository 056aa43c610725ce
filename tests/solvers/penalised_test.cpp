// Penalised problems by what changes nothing, by their work, and by what they refuse.
#include <algorithm>
#include <cmath>
#include <complex>

#include <bregman/operators/columnwise.hpp>
#include <bregman/regularizers/elastic_net.hpp>
#include <bregman/regularizers/group_l2.hpp>
#include <bregman/regularizers/none.hpp>
#include <bregman/regularizers/nonnegative_l1.hpp>
#include <bregman/regularizers/nuclear.hpp>
#include <bregman/solvers/penalised_path.hpp>
#include <bregman/solvers/proximal_gradient.hpp>

#include "penalised_samples.hpp"
#include "support/checks.hpp"
#include "support/common_solvers.hpp"
#include "support/eigen_svd.hpp"
#include "tolerances.hpp"

namespace bregman::testing {

using namespace penalised;

namespace {

/// huber_loss{0.5} as a user may write it.
struct own_loss {
    double value(double p, double b) const {
        const double r = std::abs(p - b);
        return r <= 0.5 ? r * r / 2 : 0.5 * r - 0.125;
    }
    double gradient(double p, double b) const { return std::max(-0.5, std::min(0.5, p - b)); }
};

} // namespace

BOOST_AUTO_TEST_SUITE(penalised_problems)

BOOST_AUTO_TEST_CASE(at_lambda_max_and_above_x_is_zero_and_below_it_is_not) {
    const auto& [A, B, b, labels, counts] = data();
    const auto check = [&A = A](const vector& of, penalised_settings<double> settings) {
        const double largest = lambda_max(A, of, settings);
        settings.stop = tight;
        settings.lambda = largest * (1 + 1e-9);
        const auto at = minimise_penalised(A, of, settings);
        BOOST_TEST(at.reason == solver_stop::kkt);
        BOOST_TEST(at.x.lpNorm<Eigen::Infinity>() == 0.0);
        settings.lambda = largest * 0.99;
        BOOST_TEST(minimise_penalised(A, of, settings).x.norm() > 0.0);
        return largest;
    };
    BOOST_TEST(check(b, {}) == (A.transpose() * b).lpNorm<Eigen::Infinity>());
    check(b, {.loss = huber_loss{}, .intercept = true});
    check(labels, {.loss = logistic_loss{}, .intercept = true});
    check(counts, {.loss = poisson_loss{}, .regularizer = elastic_net{}, .intercept = true});
    check(b, {.regularizer = group_rows{}, .shape = {{16, 5}}});
    check(b, {.regularizer = nuclear{}, .shape = {{16, 5}}});
    BOOST_TEST(!is_finite(lambda_max(A, b, {.regularizer = none{}})));
}

BOOST_AUTO_TEST_CASE(a_path_has_the_solutions_that_each_lambda_has_alone) {
    const auto& [A, B, b, labels, counts] = data();
    const penalised_settings<double> each{.loss = logistic_loss{}, .intercept = true, .stop = {.kkt = 1e-9}};
    std::size_t seen = 0;
    const auto path =
        penalised_path(A, labels, {.each = each, .count = 8, .smallest = 0.05, .observer = [&](const auto& now) {
                                       BOOST_TEST(now.index == seen++);
                                       BOOST_TEST(now.count == 8u);
                                       return true;
                                   }});
    BOOST_TEST(seen == 8u);
    BOOST_TEST(path.front().x.norm() == 0.0);
    double warm = 0, cold = 0;
    for (const auto& result : path) {
        BOOST_TEST(result.solved());
        auto alone = each;
        alone.lambda = result.certificate.lambda;
        const auto again = minimise_penalised(A, labels, alone);
        BOOST_TEST(std::abs(again.certificate.objective - result.certificate.objective) <=
                   1e-8 * again.certificate.objective);
        warm += result.operator_pairs, cold += again.operator_pairs;
    }
    BOOST_TEST(warm < 0.9 * cold);
    BOOST_TEST(path.back().certificate.lambda / path.front().certificate.lambda == 0.05,
               boost::test_tools::tolerance(1e-12));
    const auto ended =
        penalised_path(A, b, {.lambdas = {5, 2, 1}, .observer = [](const auto& now) { return now.index < 1; }});
    BOOST_TEST(ended.size() == 2u);
    BOOST_TEST(ended[1].certificate.lambda == 2.0);
}

BOOST_AUTO_TEST_CASE(an_intercept_takes_what_is_common_and_labels_may_be_written_twice) {
    const auto& [A, B, b, labels, counts] = data();
    const penalised_settings<double> settings{.lambda = 0.7, .intercept = true, .stop = tight};
    const auto plain = minimise_penalised(A, b, settings);
    const auto lifted = minimise_penalised(A, vector(b.array() + 100), settings);
    BOOST_TEST(distance(lifted.x, plain.x) <= 1e-8);
    BOOST_TEST(std::abs(lifted.intercept - plain.intercept - 100) <= 1e-8);
    // Columns with a mean of their own: x stays, and so does the work, since the best intercept is found for each x.
    const matrix shifted = A.rowwise() + 50 * vector::LinSpaced(80, -1, 1).transpose();
    const auto uncentred = minimise_penalised(shifted, b, settings);
    BOOST_TEST(distance(uncentred.x, plain.x) <= 1e-7);
    BOOST_TEST(uncentred.operator_pairs <= 1.5 * plain.operator_pairs);

    const penalised_settings<double> classes{.loss = logistic_loss{}, .lambda = 0.3, .intercept = true, .stop = tight};
    const auto zero_one = minimise_penalised(A, labels, classes);
    const auto plus_minus = minimise_penalised(A, vector(2 * labels.array() - 1), classes);
    const auto swapped = minimise_penalised(A, vector(1 - labels.array()), classes);
    BOOST_TEST(distance(plus_minus.x, zero_one.x) == 0.0);
    BOOST_TEST(distance(-swapped.x, zero_one.x) <= 1e-8);
    BOOST_TEST(std::abs(swapped.intercept + zero_one.intercept) <= 1e-8);
}

BOOST_AUTO_TEST_CASE(a_loss_of_ones_own_needs_a_value_and_a_gradient) {
    const auto& [A, B, b, labels, counts] = data();
    for (const bool intercept : {false, true}) {
        const auto own =
            minimise_penalised(A, b, {.loss = own_loss{}, .lambda = 0.5, .intercept = intercept, .stop = tight});
        const auto ours =
            minimise_penalised(A, b, {.loss = huber_loss{0.5}, .lambda = 0.5, .intercept = intercept, .stop = tight});
        BOOST_TEST(own.solved());
        BOOST_TEST(std::abs(own.certificate.objective - ours.certificate.objective) <=
                   1e-10 * ours.certificate.objective);
        BOOST_TEST(is_nan(own.certificate.gap));
        BOOST_TEST(std::abs(ours.certificate.gap) <= 1e-9);
    }
}

BOOST_AUTO_TEST_CASE(steps_that_are_searched_cost_less_and_know_no_scale) {
    const auto& [A, B, b, labels, counts] = data();
    const stop_rule stop{.kkt = 1e-8};
    const auto found = minimise_penalised(A, b, {.lambda = 1, .stop = stop});
    const auto fixed = fista(A, b, {.lambda = 1, .continuation = 0.5, .stop = stop});
    BOOST_TEST(found.solved());
    BOOST_TEST(found.operator_pairs <= 0.8 * fixed.operator_pairs);
    BOOST_TEST(distance(found.x, fixed.x) <= 1e-6);
    for (const double scale : {1e-6, 1e6}) {
        const auto scaled = minimise_penalised(matrix(scale * A), b, {.lambda = scale, .stop = stop});
        BOOST_TEST(scaled.solved());
        BOOST_TEST(distance(scale * scaled.x, found.x) <= 1e-7);
        BOOST_TEST(scaled.operator_pairs <= 1.5 * found.operator_pairs);
        const auto counted =
            minimise_penalised(matrix(scale * A), counts, {.loss = poisson_loss{}, .lambda = scale, .stop = stop});
        BOOST_TEST(counted.solved()); // exp(A x) overflows at a step that is too long
    }
    const auto given =
        minimise_penalised(A, labels, {.loss = logistic_loss{}, .lambda = 0.2, .norm_squared = 1, .stop = stop});
    BOOST_TEST(given.solved()); // ||A||^2 is 39: the watch notices
}

BOOST_AUTO_TEST_CASE(plain_cases_have_plain_results) {
    const auto& [A, B, b, labels, counts] = data();
    for (const bool intercept : {false, true}) {
        const auto no_data = minimise_penalised(A, vector(vector::Zero(40)), {.intercept = intercept});
        BOOST_TEST(no_data.solved());
        BOOST_TEST(no_data.iterations == 0);
        BOOST_TEST(no_data.x.norm() == 0.0);
        const auto no_matrix =
            minimise_penalised(matrix(matrix::Zero(40, 3)), b, {.lambda = 1, .intercept = intercept});
        BOOST_TEST(no_matrix.solved());
        BOOST_TEST(no_matrix.x.norm() == 0.0);
        BOOST_TEST(no_matrix.intercept == (intercept ? b.mean() : 0.0), boost::test_tools::tolerance(1e-14));
    }
    const auto again = minimise_penalised(A, b, {.lambda = 1, .stop = tight});
    BOOST_TEST(minimise_penalised(A, b, {.lambda = 1, .stop = {.kkt = 1e-9}, .warm_start = again.x}).iterations == 0);
    const auto exhausted = minimise_penalised(A, b, {.lambda = 1, .stop = {.kkt = 1e-300}});
    BOOST_TEST(!exhausted.solved());
    BOOST_TEST(exhausted.certificate.kkt <= 1e-11);
    // What ends early is the best x seen, with its own certificate.
    double least = 1e300;
    const auto early = minimise_penalised(
        A, labels,
        {.loss = logistic_loss{},
         .lambda = 0.01,
         .intercept = true,
         .stop = {.max_iterations = 30},
         .observer = [&](const solver_progress<double>& now) { least = std::min(least, now.certificate.objective); }});
    BOOST_TEST(early.reason == solver_stop::max_iterations);
    BOOST_TEST(early.certificate.objective == least);
    problem_statement<double> stated{.kind = problem_kind::penalised, .lambda = 0.01, .loss = logistic_loss{}};
    stated.intercept = early.intercept;
    BOOST_TEST(certify(stated, A, labels, early.x).objective == least, boost::test_tools::tolerance(1e-12));
    const auto by_gap = minimise_penalised(A, b, {.stop = {.kkt = 0, .gap = 1e-4}});
    BOOST_TEST(by_gap.reason == solver_stop::gap);
    BOOST_TEST(by_gap.certificate.gap <= 1e-4);
}

BOOST_AUTO_TEST_CASE(moves_along_the_kernel_of_a_lengthen_no_step_beyond_use) {
    // Columns that come twice with opposite signs: steps by a search need no more than steps of 1 / ||A||^2, and end.
    matrix A(20, 40);
    A << data().A.topLeftCorner(20, 20), -data().A.topLeftCorner(20, 20);
    A.col(3).setZero(), A.col(7).setConstant(4);
    const vector b = data().b.head(20);
    const auto solve = [&](double norm_squared) {
        return minimise_penalised(A, b,
                                  {.regularizer = group_rows{},
                                   .shape = {{8, 5}},
                                   .norm_squared = norm_squared,
                                   .stop = {.max_iterations = 30000, .kkt = 1e-7}});
    };
    const auto searched = solve(0), fixed = solve(norm_squared<double>(dense_operator<double>(A)));
    BOOST_TEST(searched.solved());
    BOOST_TEST(fixed.solved());
    BOOST_TEST(searched.operator_pairs <= 1.5 * fixed.operator_pairs);
}

BOOST_AUTO_TEST_CASE(numbers_whose_squares_are_no_numbers_change_nothing) {
    const dense_matrix<float> A = data().A.cast<float>();
    const dense_vector<float> b = data().b.cast<float>(), tiny = 1e-25f * b;
    const auto plain = minimise_penalised(A, b, {.relative_lambda = 0.1, .stop = {.kkt = 1e-4}});
    const auto small = minimise_penalised(A, tiny, {.relative_lambda = 0.1, .stop = {.kkt = 1e-4}});
    BOOST_TEST(small.solved());
    BOOST_TEST((1e25f * small.x - plain.x).norm() <= 1e-3f * plain.x.norm());
    // What an intercept alone fits leaves rounding, of which nothing is to be learnt.
    const auto constant =
        minimise_penalised(data().A, vector(vector::Constant(40, 148)), {.loss = poisson_loss{}, .intercept = true});
    BOOST_TEST(constant.solved());
    BOOST_TEST(constant.x.norm() == 0.0);
}

BOOST_AUTO_TEST_CASE(x_is_where_the_regularizer_is_finite) {
    const auto& [A, B, b, labels, counts] = data();
    for (const double lambda : {3.0, 0.3, 0.03})
        for (const std::int64_t most : {1, 7, 50000}) {
            const auto result = minimise_penalised(
                A, b,
                {.lambda = lambda, .regularizer = nonnegative_l1{}, .stop = {.max_iterations = most, .kkt = 1e-9}});
            BOOST_TEST(result.x.minCoeff() >= 0.0);
            BOOST_TEST(is_finite(result.certificate.objective));
            BOOST_TEST(result.solved() == (most == 50000));
            if (result.solved()) BOOST_TEST(std::abs(result.certificate.gap) <= 1e-8);
        }
}

BOOST_AUTO_TEST_CASE(complex_numbers_are_those_of_the_quadratic_loss) {
    using complex = std::complex<double>;
    const dense_matrix<complex> A = data().A.cast<complex>() + complex(0, 0.5) * numbers(7, 40, 80).cast<complex>();
    dense_vector<complex> b = A.col(3) * complex(1, 2) - A.col(50);
    b.array() += complex(3, -1);
    const auto result = minimise_penalised(A, b, {.lambda = 0.2, .intercept = true, .stop = tight});
    BOOST_TEST(result.solved());
    BOOST_TEST(std::abs(result.certificate.gap) <= 1e-9);
    BOOST_TEST(std::abs(result.intercept - complex(3, -1)) <= 0.1);
    BOOST_TEST(std::abs(result.x[3] - complex(1, 2)) <= 0.1);
    BOOST_TEST(support_of(result.x).size() <= 10u);
}

BOOST_AUTO_TEST_CASE(bad_input_is_one_sentence) {
    const auto& [A, B, b, labels, counts] = data();
    CHECK_REFUSES(minimise_penalised(A, vector(b.head(39))), "size of b = 39; allowed: the rows of A");
    CHECK_REFUSES(minimise_penalised(A, vector(b * std::nan(""))), "b = nan; allowed: finite numbers");
    matrix bad = A;
    bad(3, 7) = std::nan("");
    CHECK_REFUSES(minimise_penalised(bad, b), "A^T b = nan; allowed: finite numbers");
    CHECK_REFUSES(minimise_penalised(A, b, {.loss = logistic_loss{}}), "label b = ");
    CHECK_REFUSES(minimise_penalised(A, vector(-counts), {.loss = poisson_loss{}}), "count b = -");
    CHECK_REFUSES(minimise_penalised(A, b, {.lambda = -1}), "lambda = -1; allowed: >= 0, finite");
    CHECK_REFUSES(minimise_penalised(A, b, {.lambda = std::nan("")}), "lambda = nan; allowed: >= 0, finite");
    CHECK_REFUSES(minimise_penalised(A, b, {.relative_lambda = 0}), "relative_lambda = 0; allowed: > 0");
    CHECK_REFUSES(minimise_penalised(A, b, {.regularizer = none{}}),
                  "lambda = 0; allowed: > 0 where J does not penalise");
    CHECK_REFUSES(minimise_penalised(A, b, {.shape = {{3, 5}}}), "size of shape = 15; allowed: the columns of A");
    CHECK_REFUSES(minimise_penalised(A, b, {.continuation = 0}), "continuation = 0; allowed: (0, 1]");
    CHECK_REFUSES(minimise_penalised(A, b, {.warm_start = vector(vector::Zero(7))}), "warm_start (x) = 7");
    CHECK_REFUSES(minimise_penalised(A, counts, {.loss = poisson_loss{}, .norm_squared = 1}),
                  "norm_squared = 1; allowed: 0, for a loss whose second derivative has no known bound");
    CHECK_REFUSES(
        minimise_penalised(A, counts, {.loss = poisson_loss{}, .warm_start = vector(vector::Constant(80, 1e4))}),
        "derivative of the loss at the start = not finite");
    CHECK_REFUSES(penalised_path(A, b, {.lambdas = {1, 2}}), "lambdas = 2; allowed: less than the one before");
    CHECK_REFUSES(penalised_path(A, b, {.smallest = 1}), "smallest = 1; allowed: (0, 1)");
    CHECK_REFUSES(penalised_path(A, b, {.each = {.regularizer = none{}}}), "lambdas = empty; allowed: a list where J");
    CHECK_REFUSES((columnwise_operator<double, matrix>(A, 0)), "columns = 0; allowed: >= 1");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing

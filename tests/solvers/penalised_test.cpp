// Penalised problems: against scikit-learn, by certificates that are computed here once more, and by what changes nothing.
#include <algorithm>
#include <cmath>
#include <complex>
#include <map>
#include <string>
#include <vector>

#include <bregman/operators/columnwise.hpp>
#include <bregman/regularizers/elastic_net.hpp>
#include <bregman/regularizers/group_l2.hpp>
#include <bregman/regularizers/none.hpp>
#include <bregman/regularizers/nuclear.hpp>
#include <bregman/regularizers/total_variation.hpp>
#include <bregman/regularizers/weighted_l1.hpp>
#include <bregman/solvers/penalised_path.hpp>
#include <bregman/solvers/proximal_gradient.hpp>

#include "support/checks.hpp"
#include "support/eigen_svd.hpp"
#include "tolerances.hpp"

namespace bregman::testing {

namespace {

using vector = dense_vector<double>;
using matrix = dense_matrix<double>;

/// Uniform on [-1, 1), as make_penalised_references.py makes them.
matrix numbers(std::uint64_t stream, index_t rows, index_t columns) {
    const counter_random random(2026, stream);
    return matrix::NullaryExpr(
        rows, columns, [&](index_t i, index_t j) { return 2 * random.uniform(std::uint64_t(j * rows + i)) - 1; });
}

/// 40 samples of 80 numbers, five of which count.
struct samples {
    matrix A = numbers(0, 40, 80), B = matrix(40, 3);
    vector b, labels, counts;

    samples() {
        vector x = vector::Zero(80);
        x[0] = 1.5, x[16] = -2, x[32] = 1, x[48] = -0.5, x[64] = 2.5;
        b = A * x + 0.3 * numbers(1, 40, 1) + vector::Constant(40, 0.7);
        B << b, 2 * b.reverse(), numbers(2, 40, 1);
        labels = ((numbers(3, 40, 1).col(0) + b).array() > 0.5).cast<double>();
        counts = (0.5 * b.array() + 0.5).exp().floor();
    }
};
const samples& data() {
    static const samples once;
    return once;
}

const std::map<std::string, double> references{
#include "data/penalised_references.inc"
};

/// ||x||^2 / 2, which is all that scikit-learn's PoissonRegressor penalises.
struct ridge {
    double value(double x) const { return x * x / 2; }
    double subgradient(double x) const { return x; }
    double prox(double x, double t) const { return x / (1 + t); }
};

/// huber_loss{0.5} as a user may write it.
struct own_loss {
    double value(double p, double b) const {
        const double r = std::abs(p - b);
        return r <= 0.5 ? r * r / 2 : 0.5 * r - 0.125;
    }
    double gradient(double p, double b) const { return std::max(-0.5, std::min(0.5, p - b)); }
};

const stop_rule tight{.max_iterations = 50000, .kkt = 1e-10};

void check_reference(const std::string& name, const solver_result<double>& result) {
    const double reference = references.at(name), objective = result.certificate.objective;
    BOOST_TEST(result.reason == solver_stop::kkt, name << ": " << result.reason);
    BOOST_TEST(std::abs(objective - reference) <= 1e-9 * reference,
               name << ": " << objective << " is not " << reference);
}

double distance(const vector& x, const vector& y) { return (x - y).norm() / std::max(y.norm(), 1e-300); }

} // namespace

BOOST_AUTO_TEST_SUITE(penalised_problems)

BOOST_AUTO_TEST_CASE(objectives_are_those_of_scikit_learn) {
    const auto& [A, B, b, labels, counts] = data();
    for (const auto& [lambda, text] : std::map<double, std::string>{{8, "8.0"}, {1, "1.0"}, {0.1, "0.1"}})
        for (const bool intercept : {false, true}) {
            const std::string which = ' ' + text + (intercept ? " 1" : " 0");
            check_reference("lasso" + which,
                            minimise_penalised(A, b, {.lambda = lambda, .intercept = intercept, .stop = tight}));
            if (lambda < 8)
                check_reference(
                    "logistic" + which,
                    minimise_penalised(
                        A, labels, {.loss = logistic_loss{}, .lambda = lambda, .intercept = intercept, .stop = tight}));
        }
    for (const auto& [lambda, ratio, text] : {std::tuple{2.0, 0.5, "2.0 0.5"}, std::tuple{0.5, 3.0, "0.5 3.0"}}) {
        const auto result = minimise_penalised(
            A, b, {.lambda = lambda, .regularizer = elastic_net{ratio}, .intercept = true, .stop = tight});
        check_reference(std::string("elastic_net ") + text, result);
        BOOST_TEST(std::abs(result.certificate.gap) <= 1e-9);
    }
    const columnwise_operator<double, matrix> tasks(A, 3);
    for (const auto& [lambda, text] : std::map<double, std::string>{{4, "4.0"}, {0.5, "0.5"}})
        check_reference(
            "multi_task " + text,
            minimise_penalised(tasks, B.reshaped(),
                               {.lambda = lambda, .regularizer = group_rows{}, .shape = tasks.shape(), .stop = tight}));
    check_reference(
        "poisson 2",
        minimise_penalised(
            A, counts,
            {.loss = poisson_loss{}, .lambda = 2, .regularizer = ridge{}, .intercept = true, .stop = tight}));
}

BOOST_AUTO_TEST_CASE(certificates_hold_against_a_second_computation) {
    const auto& [A, B, b, labels, counts] = data();
    const auto result =
        minimise_penalised(A, labels, {.loss = logistic_loss{}, .lambda = 0.5, .intercept = true, .stop = tight});
    // The optimality conditions and both objectives of l1 logistic regression, in plain words.
    const vector sign = 2 * labels.array() - 1,
                 margin = sign.cwiseProduct((A * result.x).array().matrix() + vector::Constant(40, result.intercept));
    const vector share = 1 / (1 + margin.array().exp()), g = A.transpose() * (-sign.cwiseProduct(share));
    double worst = std::abs(sign.dot(share));
    for (index_t i = 0; i < 80; ++i)
        worst =
            std::max(worst, result.x[i] != 0 ? std::abs(g[i] + (result.x[i] > 0 ? 0.5 : -0.5)) : std::abs(g[i]) - 0.5);
    BOOST_TEST(worst <= 2e-10);
    BOOST_TEST(result.certificate.kkt >= worst * 1.9); // in units of lambda
    const double primal = (1 + (-margin.array()).exp()).log().sum() + 0.5 * result.x.lpNorm<1>();
    const double dual = -(share.array() * share.array().log() + (1 - share.array()) * (1 - share.array()).log()).sum();
    BOOST_TEST(std::abs(result.certificate.objective - primal) <= 1e-12 * primal);
    BOOST_TEST(std::abs(primal - dual) <= 1e-9 * primal);
    BOOST_TEST(std::abs(result.certificate.gap) <= 1e-9);

    problem_statement<double> stated{.kind = problem_kind::penalised, .lambda = 0.5, .loss = logistic_loss{}};
    stated.intercept = result.intercept;
    const auto proof = certify(stated, A, labels, result.x, result.dual);
    BOOST_TEST(proof.kkt <= 2e-10);
    BOOST_TEST(std::abs(proof.objective - primal) <= 1e-12 * primal);
    // A wrong x, a wrong intercept and a y with a sum are seen, and the gap bounds how far the objective is from the least.
    const auto wrong = certify(stated, A, labels, vector(1.1 * result.x));
    BOOST_TEST(wrong.kkt >= 1e-3);
    BOOST_TEST(wrong.gap * wrong.objective >= wrong.objective - primal);
    const vector tilted = result.dual.array() * 0.9 + 0.01;
    BOOST_TEST(certify(stated, A, labels, result.x, tilted).gap >= 1e-4);
    BOOST_TEST(certify(stated, A, labels, result.x, tilted).gap <= 0.5);
    stated.intercept = result.intercept + 0.1;
    BOOST_TEST(certify(stated, A, labels, result.x).kkt >= 1e-3);
    BOOST_TEST(certify(stated, A, labels, result.x).gap >= 1e-6);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(every_kind_of_regularizer_is_solved_to_its_certificate, T, scalars) {
    const double wanted = std::is_same_v<T, float> ? 1e-3 : 1e-8;
    const dense_matrix<T> A = data().A.cast<T>();
    const dense_vector<T> b = data().b.cast<T>();
    std::vector<T> weights(80);
    for (std::size_t i = 0; i < weights.size(); ++i) weights[i] = T(i) / T(40);
    const tensor_shape square{{16, 5}};
    const auto check = [&](const char* name, const solver_regularizer<T>& regularizer, bool has_gap, T lambda = 1) {
        for (const solver_loss<T>& loss : {solver_loss<T>(quadratic_loss{}), solver_loss<T>(huber_loss{})}) {
            const auto result = minimise_penalised(A, b,
                                                   {.loss = loss,
                                                    .lambda = double(lambda),
                                                    .regularizer = regularizer,
                                                    .shape = square,
                                                    .intercept = true,
                                                    .stop = {.max_iterations = 20000, .kkt = wanted}});
            BOOST_TEST(result.reason == solver_stop::kkt, name << ": " << result.reason);
            BOOST_TEST(double(result.certificate.kkt) <= wanted, name << ": kkt " << result.certificate.kkt);
            problem_statement<T> stated{.kind = problem_kind::penalised,
                                        .lambda = lambda,
                                        .regularizer = regularizer,
                                        .shape = square,
                                        .loss = loss};
            stated.intercept = result.intercept;
            const auto proof = certify(stated, A, b, result.x);
            BOOST_TEST(double(proof.kkt) <= (std::is_same_v<T, float> ? 3 : 1.5) * wanted,
                       name << ": kkt " << proof.kkt);
            if (has_gap)
                BOOST_TEST(std::abs(double(proof.gap)) <= 2 * wanted, name << ": gap " << proof.gap);
            else
                BOOST_TEST(double(proof.gap) >= 0.0, name << ": gap " << proof.gap);
        }
    };
    check("l1", l1{}, true);
    check("elastic_net", elastic_net{0.3}, true);
    check("weighted_l1", weighted_l1<T>::of(weights), false);
    for (T& weight : weights) weight += T(0.5); // no element is free any more, and the polar is finite
    check("weighted_l1", weighted_l1<T>::of(weights), true);
    check("group_rows", group_rows{}, true);
    check("nuclear", nuclear{}, true);
    check("total_variation", total_variation{}, false);
}

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

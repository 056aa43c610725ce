// Penalised problems against scikit-learn, and by certificates that are computed here once more.
#include <cmath>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include <bregman/operators/columnwise.hpp>
#include <bregman/regularizers/elastic_net.hpp>
#include <bregman/regularizers/group_l2.hpp>
#include <bregman/regularizers/nuclear.hpp>
#include <bregman/regularizers/total_variation.hpp>
#include <bregman/regularizers/total_variation_2d.hpp>
#include <bregman/regularizers/weighted_l1.hpp>
#include <bregman/solvers/penalised.hpp>

#include "penalised_samples.hpp"
#include "support/checks.hpp"
#include "support/common_solvers.hpp"
#include "support/eigen_svd.hpp"
#include "tolerances.hpp"

namespace bregman::testing {

using namespace penalised;

namespace {

const std::map<std::string, double> references{
#include "data/penalised_references.inc"
};

/// ||x||^2 / 2, which is all that scikit-learn's PoissonRegressor penalises.
struct ridge {
    double value(double x) const { return x * x / 2; }
    double subgradient(double x) const { return x; }
    double prox(double x, double t) const { return x / (1 + t); }
};

void check_reference(const std::string& name, const solver_result<double>& result) {
    const double reference = references.at(name), objective = result.certificate.objective;
    BOOST_TEST(result.reason == solver_stop::kkt, name << ": " << result.reason);
    BOOST_TEST(std::abs(objective - reference) <= 1e-9 * reference,
               name << ": " << objective << " is not " << reference);
}

} // namespace

BOOST_AUTO_TEST_SUITE(penalised_certificates)

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

BOOST_AUTO_TEST_CASE(an_intercept_is_part_of_what_is_certified) {
    vector y(4);
    y << 3, -1, 0, -1;
    balance(y);
    BOOST_TEST(y == (vector(4) << 2, -1, 0, -1).finished());
    // At a lambda that makes x zero, a wrong intercept is all that is wrong.
    problem_statement<double> stated{.kind = problem_kind::penalised, .lambda = 1000};
    stated.intercept = data().b.mean();
    BOOST_TEST(certify(stated, data().A, data().b, vector(vector::Zero(80))).kkt <= 1e-12);
    stated.intercept = data().b.mean() + 0.1;
    BOOST_TEST(certify(stated, data().A, data().b, vector(vector::Zero(80))).kkt >= 1e-2);
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

// With the short step of a prox in closed form, kkt was that of its rounding: 2.6 at the solution.
BOOST_AUTO_TEST_CASE(a_prox_that_iterates_is_looked_at_with_a_long_step) {
    dense_matrix<double> image = dense_matrix<double>::Zero(12, 12);
    image.block(3, 4, 5, 6).setConstant(2);
    for (index_t i = 0; i < image.size(); ++i) image.data()[i] += 0.1 * std::sin(7.0 * double(i));
    const vector seen = image.reshaped();
    const solver_regularizer<double> smooth = total_variation_2d{.gap = 1e-12};
    BOOST_TEST(smooth.is_iterative());
    BOOST_TEST(!solver_regularizer<double>(group_rows{}).is_iterative());
    const tensor_shape shape{{12, 12}, storage_order::column_major};
    const dense_matrix<double> identity = dense_matrix<double>::Identity(144, 144);
    const auto result = minimise_penalised(
        identity, seen, {.lambda = 0.3, .regularizer = smooth, .shape = shape, .stop = {.kkt = 1e-5}});
    BOOST_TEST(result.reason == solver_stop::kkt);
    const problem_statement<double> stated{
        .kind = problem_kind::penalised, .lambda = 0.3, .regularizer = smooth, .shape = shape};
    BOOST_TEST(certify(stated, identity, seen, result.x).kkt <= 2e-5);
    BOOST_TEST(certify(stated, identity, seen, vector(1.01 * result.x)).kkt >= 1e-3);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing

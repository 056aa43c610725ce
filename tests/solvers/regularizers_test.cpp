#include <Eigen/Cholesky>

#include <bregman/operators/sampling_mask.hpp>
#include <bregman/problems/least_squares.hpp>
#include <bregman/regularizers/group_l2.hpp>
#include <bregman/regularizers/none.hpp>
#include <bregman/regularizers/nuclear.hpp>
#include <bregman/regularizers/sparse_group_lasso.hpp>
#include <bregman/regularizers/weighted_l1.hpp>
#include <bregman/solvers/linearised_bregman.hpp>

#include "support/checks.hpp"
#include "support/common_solvers.hpp"
#include "support/decompositions.hpp"
#include "support/eigen_svd.hpp"
#include "tolerances.hpp"

namespace bregman::testing {

namespace {

double distance(const dense_vector<double>& x, const dense_vector<double>& truth) {
    return (x - truth).norm() / truth.norm();
}

} // namespace

BOOST_AUTO_TEST_SUITE(linearised_bregman_with_other_regularizers)

BOOST_AUTO_TEST_CASE(other_regularizers_take_the_place_of_l1) {
    // Rows of a 40 x 3 matrix: five of them are not zero.
    dense_matrix<double> truth = dense_matrix<double>::Zero(40, 3);
    for (index_t i = 0; i < 5; ++i) truth.row(8 * i + 1) << 1.0 + double(i), -2, 0.5;
    const auto A = sparse_recovery<double>::gaussian(60, 120, 0, 0.0, 4).problem.A;
    const dense_vector<double> x = truth.reshaped(), b = A * x;
    const tensor_shape shape{{40, 3}, storage_order::column_major};
    for (dual_step step : {dual_step::exact, dual_step::barzilai_borwein, dual_step::lbfgs}) {
        const auto result = linearised_bregman(
            A, b,
            {.step = step, .delta_factor = 5, .regularizer = group_rows{}, .shape = shape, .stop = {.residual = 1e-8}});
        BOOST_TEST(result.reason == solver_stop::residual);
        BOOST_TEST(distance(result.x, x) <= 1e-6);
        BOOST_TEST(result.certificate.kkt <= 1e-6);
    }
    const auto least_norm = linearised_bregman(A, b, {.delta = 1, .regularizer = none{}, .stop = {.residual = 1e-10}});
    BOOST_TEST(distance(least_norm.x, least_norm_solution(A, b)) <= 1e-8);
}

BOOST_AUTO_TEST_CASE(the_nuclear_norm_completes_a_matrix_of_low_rank) {
    // Singular value thresholding (Cai, Candes, Shen 2010) is linearised Bregman iteration with this J.
    const dense_matrix<double> left = sparse_recovery<double>::gaussian(20, 2, 0, 0.0, 1).problem.A,
                               right = sparse_recovery<double>::gaussian(2, 16, 0, 0.0, 2).problem.A;
    const dense_vector<double> truth = (left * right).reshaped();
    const sampling_mask<double> mask(320, random_positions(320, 260, 3));
    dense_vector<double> b;
    mask.apply(truth, b);
    const auto result = linearised_bregman(mask, b,
                                           {.delta = 10,
                                            .regularizer = nuclear{},
                                            .shape = {{20, 16}, storage_order::column_major},
                                            .stop = {.max_iterations = 2000, .residual = 1e-6}});
    BOOST_TEST(result.reason == solver_stop::residual);
    BOOST_TEST(distance(result.x, truth) <= 1e-4);
    CHECK_REFUSES(linearised_bregman(mask, b, {.regularizer = nuclear{}, .shape = {{20, 15}}}),
                  "size of shape = 300; allowed: the columns of A");
}

BOOST_AUTO_TEST_CASE(weights_and_parts_within_groups_have_their_place) {
    const auto recovery = sparse_recovery<double>::gaussian(60, 150, 6, 0.0, 2);
    const auto& [A, b] = recovery.problem;
    const std::vector<double> ones(150, 1.0), none_of(149, 1.0);
    const auto plain = linearised_bregman(A, b, {.delta = 10, .stop = {.residual = 1e-9}});
    const auto weighted = linearised_bregman(
        A, b, {.delta = 10, .regularizer = weighted_l1<double>::of(ones), .stop = {.residual = 1e-9}});
    BOOST_TEST(distance(weighted.x, plain.x) <= 1e-7);
    CHECK_REFUSES(linearised_bregman(A, b, {.regularizer = weighted_l1<double>::of(none_of)}), "weighted_l1.weights");
    // prox of the sparse group lasso against its law: x - prox in t dJ is what kkt measures.
    const tensor_shape shape{{50, 3}};
    const auto grouped = linearised_bregman(
        A, b,
        {.delta = 10, .regularizer = sparse_group_lasso<group_rows>{}, .shape = shape, .stop = {.residual = 1e-9}});
    BOOST_TEST(grouped.reason == solver_stop::residual);
    BOOST_TEST(grouped.certificate.kkt <= 1e-7);
    BOOST_TEST(grouped.certificate.gap <= 1e-6);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing

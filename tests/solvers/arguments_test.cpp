#include <array>
#include <complex>
#include <span>

#include <unsupported/Eigen/KroneckerProduct>

#include <bregman/problems/least_squares.hpp>
#include <bregman/solvers.hpp>

#include "support/checks.hpp"
#include "support/common_solvers.hpp"

namespace bregman::testing {

namespace {

using vector = dense_vector<double>;
using matrix = dense_matrix<double>;

const sparse_recovery<double>& gaussian_40() {
    static const auto problem = sparse_recovery<double>::gaussian(40, 80, 4, 0.0, 1);
    return problem;
}

} // namespace

BOOST_AUTO_TEST_SUITE(solver_arguments)

BOOST_AUTO_TEST_CASE(whatever_is_a_matrix_or_a_vector_is_taken_as_it_is) {
    const matrix& A = gaussian_40().problem.A;
    const vector &b = gaussian_40().problem.b, &truth = gaussian_40().solution;
    const auto solves = [&](const auto& a, const auto& data) {
        const auto result = linearised_bregman(a, data, {.stop = {.residual = 1e-9}});
        BOOST_TEST(result.reason == solver_stop::residual);
        BOOST_TEST((result.x - truth).norm() <= 1e-6 * truth.norm());
    };
    solves(A, b);
    solves(A * 2.0, 2.0 * b);           // expressions
    solves(A.leftCols(80), b.head(40)); // blocks
    matrix larger = matrix::Zero(60, 200);
    larger.block(7, 90, 40, 80) = A;
    solves(larger.block(7, 90, 40, 80), A * truth);
    solves(Eigen::Map<const matrix>(A.data(), 40, 80), Eigen::Map<const vector>(b.data(), 40));
    solves(Eigen::Ref<const matrix>(A), Eigen::Ref<const vector>(b));
    const Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> by_rows = A;
    solves(by_rows, b);
    solves(by_rows.topRows(40), b);
    const matrix strided = Eigen::kroneckerProduct(A, vector::Ones(2)).eval(); // every row twice
    solves(Eigen::Map<const matrix, 0, Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>>(
               strided.data(), 40, 80, Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>(80, 2)),
           b);
    solves(A.array(), b.array());
    solves(A, b.transpose()); // a row
    solves(A, matrix(b));     // a matrix of one column
    solves(A, std::vector<double>(b.begin(), b.end()));
    solves(A, std::span<const double>(b.data(), 40));
    const Eigen::SparseMatrix<double> sparse = A.sparseView();
    solves(sparse, b);
    solves(2.0 * sparse, vector(2 * b));
    solves(Eigen::SparseMatrix<double, Eigen::RowMajor>(sparse), b);
    solves(Eigen::SparseMatrix<double, Eigen::ColMajor, long>(sparse), b);
    solves(matrix_free_operator(
               40, 80, [&](const auto& x, auto& y) { y.noalias() = A * x; },
               [&](const auto& y, auto& x) { x.noalias() = A.transpose() * y; }),
           b);
}

BOOST_AUTO_TEST_CASE(small_matrices_rows_and_columns_too) {
    Eigen::Matrix3d diagonal = Eigen::Vector3d(1, 2, 4).asDiagonal();
    const auto fixed = linearised_bregman(diagonal, Eigen::Vector3d(1, 0, 4));
    BOOST_TEST((fixed.x - Eigen::Vector3d(1, 0, 1)).norm() <= 1e-5);
    const auto column = linearised_bregman(diagonal.col(1), Eigen::Vector3d(0, 6, 0)); // one unknown
    BOOST_TEST(std::abs(column.x[0] - 3) <= 1e-5);
    const auto row = linearised_bregman(diagonal.row(2), std::array{8.0}); // one measurement
    BOOST_TEST((row.x - Eigen::Vector3d(0, 0, 2)).norm() <= 1e-5);
    const auto in_float = recover_sparse(diagonal.cast<float>(), Eigen::Vector3f(1, 0, 0));
    BOOST_TEST(std::abs(in_float.x[0] - 1) <= 1e-4f);
    CHECK_REFUSES(linearised_bregman(diagonal, diagonal), "b = 3 x 3; allowed: a vector");
    CHECK_REFUSES(linearised_bregman(diagonal, std::vector<double>{1, 2}), "size of b = 2; allowed: the rows of A");
}

BOOST_AUTO_TEST_CASE(an_observer_with_a_name_is_referred_to) {
    struct counter {
        int seen = 0;
        void operator()(const solver_progress<double>&) { ++seen; }
    };
    const auto& [A, b] = gaussian_40().problem;
    counter named;
    const auto result = linearised_bregman(A, b, {.observer = named});
    BOOST_TEST(named.seen == result.iterations);
    int seen = 0;
    recover_sparse(A, b, {.observer = [&](const auto& now) {
                       ++seen;
                       return now.iteration < 2;
                   }});
    BOOST_TEST(seen >= 1);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing

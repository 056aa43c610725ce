#include "support/decompositions.hpp"
#include "support/eigen_products.hpp"

#include <Eigen/Cholesky>
#include <Eigen/QR>

#include <Eigen/SVD>

template class Eigen::BDCSVD<Eigen::MatrixXd>;

BREGMAN_TEST_EIGEN_PRODUCTS(, float)
BREGMAN_TEST_EIGEN_PRODUCTS(, double)

namespace bregman::testing {

Eigen::VectorXd singular_values(const Eigen::MatrixXd& matrix) {
    return Eigen::BDCSVD<Eigen::MatrixXd>(matrix).singularValues();
}

Eigen::VectorXd least_norm_solution(const Eigen::MatrixXd& A, const Eigen::VectorXd& b) {
    return A.transpose() * (A * A.transpose()).ldlt().solve(b);
}

Eigen::VectorXd part_in_row_space(const Eigen::MatrixXd& A, const Eigen::VectorXd& v) {
    const Eigen::MatrixXd At = A.transpose();
    return At * At.colPivHouseholderQr().solve(v);
}

} // namespace bregman::testing

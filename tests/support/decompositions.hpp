#pragma once

#include <Eigen/Core>

/// \file
/// What tests ask of Eigen's decompositions, each of which takes seconds to compile: compiled once, in eigen_svd.cpp.

namespace bregman::testing {

/// Sorted, the largest first.
Eigen::VectorXd singular_values(const Eigen::MatrixXd& matrix);

/// A^T (A A^T)^-1 b: of the solutions of A x = b, that of least norm, for an A of full row rank.
Eigen::VectorXd least_norm_solution(const Eigen::MatrixXd& A, const Eigen::VectorXd& b);

/// The orthogonal projection of v onto the range of A^T, by a QR decomposition.
Eigen::VectorXd part_in_row_space(const Eigen::MatrixXd& A, const Eigen::VectorXd& v);

} // namespace bregman::testing

#pragma once

#include <Eigen/SVD>

/// \file
/// Eigen's singular value decomposition takes half a minute to compile, so it is compiled once for all tests, in
/// eigen_svd.cpp.

extern template class Eigen::BDCSVD<Eigen::MatrixXd>;

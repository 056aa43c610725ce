#pragma once

#include <Eigen/Core>
#include <bregman/sparse/csr_matrix.hpp>

#include <cstddef>

namespace course {

/// Exercise 1: the bytes of a matrix in compressed rows: 4 for the begin of each row and for the end, 8 for each non-zero.
inline Eigen::Index bytes_of_rows(Eigen::Index rows, Eigen::Index nonzeros) { return 4 * (rows + 1) + 8 * nonzeros; }

/// Exercise 2: the share of non-zeros at which it is as large as all rows * cols numbers of 4 bytes: nearly a half.
inline double break_even_density(Eigen::Index rows, Eigen::Index cols) {
    return double(rows * cols - (rows + 1)) / double(2 * rows * cols);
}

/// Exercise 3: y = W x, one sum for each row over its non-zeros.
inline Eigen::VectorXf multiply(const bregman::sparse::csr_matrix<float>& weights, const Eigen::VectorXf& x) {
    Eigen::VectorXf y = Eigen::VectorXf::Zero(weights.rows());
    for (Eigen::Index row = 0; row < y.size(); ++row)
        for (auto k = weights.starts()[std::size_t(row)]; k < weights.starts()[std::size_t(row) + 1]; ++k) {
            const auto& entry = weights.entries()[std::size_t(k)];
            y[row] += entry.value * x[entry.column];
        }
    return y;
}

} // namespace course

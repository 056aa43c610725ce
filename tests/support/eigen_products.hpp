#pragma once

#include <Eigen/Core>

/// \file
/// Eigen's matrix products: compiled once, with optimisation, in eigen_svd.cpp. The tests are compiled without.

#if EIGEN_WORLD_VERSION == 3 &&                                                                                        \
    EIGEN_MAJOR_VERSION == 4 // other versions have other names: there each test compiles its own
#define BREGMAN_TEST_EIGEN_PRODUCTS(KEYWORD, T)                                                                        \
    KEYWORD template struct Eigen::internal::general_matrix_vector_product<                                            \
        Eigen::Index, T, Eigen::internal::const_blas_data_mapper<T, Eigen::Index, Eigen::ColMajor>, Eigen::ColMajor,   \
        false, T, Eigen::internal::const_blas_data_mapper<T, Eigen::Index, Eigen::RowMajor>, false>;                   \
    KEYWORD template struct Eigen::internal::general_matrix_vector_product<                                            \
        Eigen::Index, T, Eigen::internal::const_blas_data_mapper<T, Eigen::Index, Eigen::RowMajor>, Eigen::RowMajor,   \
        false, T, Eigen::internal::const_blas_data_mapper<T, Eigen::Index, Eigen::ColMajor>, false>;                   \
    KEYWORD template struct Eigen::internal::general_matrix_matrix_product<                                            \
        Eigen::Index, T, Eigen::ColMajor, false, T, Eigen::ColMajor, false, Eigen::ColMajor, 1>;                       \
    KEYWORD template struct Eigen::internal::general_matrix_matrix_product<                                            \
        Eigen::Index, T, Eigen::ColMajor, false, T, Eigen::RowMajor, false, Eigen::ColMajor, 1>;
#else
#define BREGMAN_TEST_EIGEN_PRODUCTS(KEYWORD, T)
#endif

BREGMAN_TEST_EIGEN_PRODUCTS(extern, float)
BREGMAN_TEST_EIGEN_PRODUCTS(extern, double)

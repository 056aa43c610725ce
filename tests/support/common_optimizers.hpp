#pragma once

#include <variant>

#include <bregman/bregman.hpp>

/// \file
/// The optimizers that many tests step are compiled once, in common_optimizers.cpp: each costs a second and more in
/// every translation unit that makes a step with it.

namespace bregman {

namespace testing {
using common_regularizers = std::variant<none, l1, group_rows, group_kernels>;
} // namespace testing

extern template class optimizer<gradient, euclidean<float>, l1, settling_law, eigen_backend<float>>;
extern template class optimizer<gradient, euclidean<double>, l1, settling_law, eigen_backend<double>>;
extern template class optimizer<adam, euclidean<float>, l1, settling_law, eigen_backend<float>>;
extern template class optimizer<adam, euclidean<double>, l1, settling_law, eigen_backend<double>>;
extern template class optimizer<momentum, euclidean<float>, l1, settling_law, eigen_backend<float>>;
extern template class optimizer<gradient, euclidean<float>, l1, fixed_law, eigen_backend<float>>;
extern template class optimizer<gradient, euclidean<double>, l1, fixed_law, eigen_backend<double>>;
extern template class optimizer<gradient, euclidean<float>, l1, quantile_law, eigen_backend<float>>;
extern template class optimizer<adam, euclidean<float>, l1, quantile_law, eigen_backend<float>>;
extern template class optimizer<adam, euclidean<float>, testing::common_regularizers, settling_law,
                                eigen_backend<float>>;
extern template class optimizer<adam, euclidean<float>, testing::common_regularizers, quantile_law,
                                eigen_backend<float>>;
extern template class optimizer<gradient, euclidean<float>, testing::common_regularizers, fixed_law,
                                eigen_backend<float>>;
extern template class optimizer<gradient, euclidean<float>, testing::common_regularizers, settling_law,
                                eigen_backend<float>>;
extern template class optimizer<adam, euclidean<float>, testing::common_regularizers, any_law<float>,
                                eigen_backend<float>>;
extern template class optimizer<gradient, euclidean<float>, testing::common_regularizers, any_law<float>,
                                eigen_backend<float>>;

} // namespace bregman

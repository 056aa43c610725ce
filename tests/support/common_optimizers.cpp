#include "support/common_optimizers.hpp"

namespace bregman {

template class optimizer<gradient, euclidean<float>, l1, settling_law, eigen_backend<float>>;
template class optimizer<gradient, euclidean<double>, l1, settling_law, eigen_backend<double>>;
template class optimizer<adam, euclidean<float>, l1, settling_law, eigen_backend<float>>;
template class optimizer<adam, euclidean<double>, l1, settling_law, eigen_backend<double>>;
template class optimizer<momentum, euclidean<float>, l1, settling_law, eigen_backend<float>>;
template class optimizer<gradient, euclidean<float>, l1, fixed_law, eigen_backend<float>>;
template class optimizer<gradient, euclidean<double>, l1, fixed_law, eigen_backend<double>>;
template class optimizer<gradient, euclidean<float>, l1, quantile_law, eigen_backend<float>>;
template class optimizer<adam, euclidean<float>, l1, quantile_law, eigen_backend<float>>;
template class optimizer<adam, euclidean<float>, testing::common_regularizers, settling_law, eigen_backend<float>>;
template class optimizer<adam, euclidean<float>, testing::common_regularizers, quantile_law, eigen_backend<float>>;
template class optimizer<gradient, euclidean<float>, testing::common_regularizers, fixed_law, eigen_backend<float>>;
template class optimizer<gradient, euclidean<float>, testing::common_regularizers, settling_law, eigen_backend<float>>;
template class optimizer<adam, euclidean<float>, testing::common_regularizers, any_law<float>, eigen_backend<float>>;
template class optimizer<gradient, euclidean<float>, testing::common_regularizers, any_law<float>,
                         eigen_backend<float>>;

} // namespace bregman

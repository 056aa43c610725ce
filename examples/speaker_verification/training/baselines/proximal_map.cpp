#include "speaker_verification/training/baselines/proximal_map.hpp"

#include <variant>

namespace speaker_verification {

namespace {

using bregman::index_t;
using identity = bregman::euclidean<float>; // delta 1: the primal step is the prox
namespace kernel = bregman::kernel;

bregman::tensor_shape shape_of(const torch::Tensor& tensor) {
    return {bregman::tensor_extents(tensor.sizes().begin(), tensor.sizes().end())};
}

template <class Regularizer>
index_t elementwise_prox(const Regularizer& regularizer, const torch::Tensor& point, torch::Tensor& theta, float t) {
    using primal = kernel::regularized_primal<identity, Regularizer, float>;
    const kernel::refresh<float, primal> pass{
        point.data_ptr<float>(), theta.data_ptr<float>(), {identity{}, regularizer, t}};
    return bregman::eigen_backend<float>().elements(pass, 0, point.numel());
}

template <class Regularizer>
index_t grouped_prox(const Regularizer& regularizer, const torch::Tensor& point, torch::Tensor& theta, float t) {
    const auto layout = regularizer.groups(shape_of(point));
    if (layout.size == 1) return elementwise_prox(typename Regularizer::of_single_elements{}, point, theta, t);
    using primal = kernel::mirrored_primal<identity>;
    const kernel::refresh<float, primal> pass{point.data_ptr<float>(), theta.data_ptr<float>(), {identity{}}};
    const kernel::group_factor<identity, Regularizer, float> factor{identity{}, regularizer, t};
    return bregman::eigen_backend<float>().groups(pass, factor, theta.data_ptr<float>(), layout, 0, layout.groups());
}

} // namespace

std::int64_t apply_prox(const weight_regularizer& regularizer, const torch::Tensor& point, torch::Tensor& theta,
                        float t) {
    return std::visit(
        [&]<class R>(const R& chosen) -> std::int64_t {
            if constexpr (bregman::grouped_regularizer<R, float>)
                return grouped_prox(chosen, point, theta, t);
            else
                return elementwise_prox(chosen, point, theta, t);
        },
        regularizer);
}

void append_critical_values(const weight_regularizer& regularizer, const torch::Tensor& point,
                            std::vector<float>& values) {
    const float* const x = point.data_ptr<float>();
    const std::size_t first = values.size();
    std::visit(
        [&]<class R>(const R& chosen) {
            if constexpr (bregman::grouped_regularizer<R, float>) {
                const auto layout = chosen.groups(shape_of(point));
                values.resize(first + std::size_t(point.numel()));
                const kernel::critical_group<float, R> write{x, values.data() + first, chosen, 1, layout};
                bregman::eigen_backend<float>().for_each(write, 0, layout.groups());
            } else if constexpr (bregman::has_critical_lambda<R, float>) {
                for (index_t i = 0; i < point.numel(); ++i) values.push_back(chosen.critical_lambda(x[i]));
            }
        },
        regularizer);
}

} // namespace speaker_verification

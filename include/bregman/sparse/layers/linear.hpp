#pragma once

#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

#include <Eigen/Core>

#include <bregman/sparse/csr_matrix.hpp>
#include <bregman/sparse/layers/layer_weights.hpp>
#include <bregman/sparse/panels.hpp>
#include <bregman/sparse/product.hpp>

namespace bregman::sparse {

/// y = relu(W x + bias) * scale + shift, for each column of x; what is not asked for is left out.
///
///     linear<float> hidden(csr_matrix<float>(w1), {.bias = b1, .relu = true});
///     linear<float> scores(csr_matrix<float>(w2), {.bias = b2});
///     Eigen::MatrixXf y = scores(hidden(x)); // inputs x samples -> outputs x samples
///
/// Also a convolution over time with a kernel of 1.
template <class T>
class linear {
  public:
    linear() = default;
    explicit linear(csr_matrix<T> weight, layer_epilogue<T> end = {}, weight_form form = weight_form::by_density)
        : weights_(make(std::move(weight), std::move(end), form)) {}

    index_t inputs() const { return weights_.cols(); }
    index_t outputs() const { return weights_.rows(); }
    const layer_weights<T>& weights() const { return weights_; }

    /// y has outputs x positions of x; `residual`, of y's size, is added before ReLU. Throws std::invalid_argument when sizes
    /// do not fit.
    void operator()(panel_view<const T> x, panel_view<T> y, panel_view<const T> residual = {}) const {
        epilogue<T> end;
        end.residual = residual;
        contract::require_fits<T>(outputs(), inputs(), x, y, end);
        for_each_panel(y.count(),
                       [&](index_t p) { weights_.apply(x.panel(p), y.panel(p), contract::residual_of(end, p)); });
        y.clear_tail();
    }
    /// The same for a matrix of inputs x samples, copied.
    Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>
    operator()(const Eigen::Ref<const Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>>& x) const {
        panels<T> in, out(outputs(), x.cols());
        in.assign(x);
        (*this)(std::as_const(in).view(), out.view());
        return out.matrix();
    }

  private:
    static layer_weights<T> make(csr_matrix<T> weight, layer_epilogue<T> end, weight_form form) {
        std::vector<std::int32_t> places(std::size_t(weight.cols()));
        for (std::size_t c = 0; c < places.size(); ++c) places[c] = std::int32_t(c) * std::int32_t(panel_width);
        return {std::move(weight), std::move(end), std::move(places), form};
    }

    layer_weights<T> weights_;
};

} // namespace bregman::sparse

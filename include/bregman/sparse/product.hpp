#pragma once

#include <algorithm>
#include <string>
#include <type_traits>

#include <Eigen/Core>

#include <bregman/base/error.hpp>
#include <bregman/base/first_exception.hpp>
#include <bregman/sparse/csr_matrix.hpp>
#include <bregman/sparse/kernels.hpp>
#include <bregman/sparse/panels.hpp>

namespace bregman::sparse {

/// work(p) for p in [0, panels), on the threads of OpenMP where the user compiles with -fopenmp. What work throws is thrown
/// here. Each panel is computed alike whatever the number of threads, so that results have the same bits.
template <class Work>
void for_each_panel(index_t panels, const Work& work) {
#if defined(_OPENMP)
    bregman::first_exception thrown;
#pragma omp parallel for schedule(static) if (panels > 1)
    for (index_t p = 0; p < panels; ++p) thrown.guard(p, [&] { work(p); });
    thrown.rethrow();
#else
    for (index_t p = 0; p < panels; ++p) work(p);
#endif
}

namespace contract {
/// Before anything is written: x has `inputs` channels, y is outputs x positions, and so is the residual if there is one.
template <class T>
void require_output(index_t inputs, index_t outputs, index_t positions, const panel_view<const T>& x,
                    const panel_view<T>& y, const epilogue<T>& end) {
    const auto size = [](index_t channels, index_t frames) {
        return std::to_string(channels) + " x " + std::to_string(frames);
    };
    require(x.channels == inputs, "channels of x", x.channels, "the inputs, " + std::to_string(inputs),
            "pass the input that the weights were trained for");
    require(y.channels == outputs && y.positions == positions, "channels x positions of y",
            size(y.channels, y.positions), size(outputs, positions), "resize y before the call");
    const auto& residual = end.residual;
    require(residual.data == nullptr || (residual.channels == outputs && residual.positions == positions),
            "channels x positions of the residual", size(residual.channels, residual.positions),
            size(outputs, positions), "add what has the size of the result");
    require(x.data != static_cast<const T*>(y.data) || x.data == nullptr, "y", "the memory of x", "memory of its own",
            "keep the result in other panels");
}
template <class T>
void require_fits(index_t rows, index_t cols, const panel_view<const T>& x, const panel_view<T>& y,
                  const epilogue<T>& end) {
    require_output(cols, rows, x.positions, x, y, end);
}

template <class T>
const T* residual_of(const epilogue<T>& end, index_t p) {
    return end.residual.data ? end.residual.panel(p) : nullptr;
}
} // namespace contract

/// y = epilogue(A x), A rows x cols, x cols x positions, y rows x positions, another memory than x. Each number of y is the
/// sum of its row's products in another order than a dense product has: within rounding of it.
/// Throws std::invalid_argument when the sizes do not fit, before anything is written.
template <class T>
void multiply(const csr_matrix<T>& a, panel_view<const std::type_identity_t<T>> x,
              panel_view<std::type_identity_t<T>> y, const epilogue<std::type_identity_t<T>>& end = {}) {
    contract::require_fits<T>(a.rows(), a.cols(), x, y, end);
    for_each_panel(y.count(), [&](index_t p) {
        run_on_processor(contract::csr_panel<T, int(panel_width)>{a.starts().data(), a.entries().data(), a.rows(),
                                                                  x.panel(p), y.panel(p), end,
                                                                  contract::residual_of(end, p)});
    });
    y.clear_tail();
}

/// The same for matrices of Eigen, which are copied into panels and back: cols x positions in, rows x positions out.
template <class T>
Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>
multiply(const csr_matrix<T>& a, const Eigen::MatrixBase<Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>>& x,
         const epilogue<std::type_identity_t<T>>& end = {}) {
    panels<T> in;
    in.assign(x);
    panels<T> out(a.rows(), x.cols());
    multiply<T>(a, in.view(), out.view(), end);
    return out.matrix();
}

} // namespace bregman::sparse

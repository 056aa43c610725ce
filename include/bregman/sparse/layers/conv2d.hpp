#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <bregman/base/error.hpp>
#include <bregman/sparse/csr_matrix.hpp>
#include <bregman/sparse/layers/layer_weights.hpp>
#include <bregman/sparse/layers/windows.hpp>
#include <bregman/sparse/panels.hpp>
#include <bregman/sparse/product.hpp>

namespace bregman::sparse {

/// An image in panels: pixel (i, j) is position i * (width + 1) + j. Behind each row lies a pixel that is zero: the padding
/// of this row's end and of the next one's begin, so that a kernel of 3 x 3 reads its neighbours at fixed distances.
struct image_size {
    index_t height = 0; ///< in pixels
    index_t width = 0;  ///< in pixels

    /// The columns of a panel that holds such an image.
    index_t positions() const { return height * (width + 1); }
    /// The column of a pixel.
    index_t at(index_t row, index_t column) const { return row * (width + 1) + column; }
};

/// A convolution over images, square in everything, with the names and defaults of PyTorch's Conv2d.
struct conv2d_settings {
    index_t kernel = 3;  ///< >= 1: height and width of the kernel
    index_t stride = 1;  ///< >= 1: pixels from one output to the next
    index_t padding = 0; ///< zeros at all edges: 1 keeps the size of an image under a kernel of 3
    index_t groups = 1;  ///< >= 1: channels are cut into so many
};

/// y(o, i, j) = sum over c, a, b of W(o, c, a, b) x(c, i * stride + a - padding, j * stride + b - padding), then the layer's
/// epilogue. The weight is a tensor of outputs x inputs/groups x kernel x kernel as a matrix of outputs rows.
///
///     conv2d<float> layer(csr_matrix<float>(as_tensor(weight)), {.kernel = 3, .padding = 1}, {.bias = bias, .relu = true});
///     panels<float> y(layer.outputs(), layer.output_size({80, 300}).positions());
///     layer(x.view(), {80, 300}, y.view());
template <class T>
class conv2d {
  public:
    conv2d() = default;
    /// Throws std::invalid_argument when the settings do not fit the weights.
    explicit conv2d(const csr_matrix<T>& weight, const conv2d_settings& settings = {}, layer_epilogue<T> end = {},
                    weight_form form = weight_form::by_density)
        : settings_(settings) {
        check(weight);
        const index_t kernel = settings.kernel, taps = kernel * kernel;
        inputs_ = weight.cols() / taps * settings.groups;
        in_windows_ = settings.stride == 1 && kernel <= 3 && 2 * settings.padding == kernel - 1;
        direct_ = in_windows_ && kernel == 1;
        // Windows lie at multiples of 64 bytes for floats: a copy writes, and a tap in three reads, whole lines of the cache.
        step_ = in_windows_ ? (panel_width + kernel - 1 + 15) / 16 * 16 : taps * panel_width;
        std::vector<std::int32_t> places;
        for (index_t c = 0; c < inputs_; ++c)
            for (index_t a = 0; a < kernel; ++a)
                for (index_t b = 0; b < kernel; ++b)
                    // All channels of a row of the kernel lie together, for copy_windows.
                    places.push_back(std::int32_t(in_windows_ ? (a * inputs_ + c) * step_ + b
                                                              : c * step_ + (a * kernel + b) * panel_width));
        weights_ = {contract::over_all_groups(weight, settings.groups), std::move(end), std::move(places), form};
    }

    index_t inputs() const { return inputs_; }
    index_t outputs() const { return weights_.rows(); }
    const layer_weights<T>& weights() const { return weights_; }
    const conv2d_settings& settings() const { return settings_; }
    /// The size that comes out of an image; 0 x 0 where the kernel does not fit.
    image_size output_size(const image_size& in) const {
        const auto along = [&](index_t extent) {
            const index_t room = extent + 2 * settings_.padding - settings_.kernel;
            return room < 0 ? 0 : room / settings_.stride + 1;
        };
        const image_size out{along(in.height), along(in.width)};
        return out.height > 0 && out.width > 0 ? out : image_size{};
    }

    /// x has inputs x size.positions(), the pixels behind its rows zero; y has outputs x output_size(size).positions(), in
    /// other memory, and its pixels behind rows become zero. `residual`, of y's size, is added before ReLU. Throws
    /// std::invalid_argument when sizes do not fit.
    void operator()(panel_view<const T> x, const image_size& size, panel_view<T> y,
                    panel_view<const T> residual = {}) const {
        require(x.positions == size.positions(), "positions of x", x.positions,
                "height * (width + 1) = " + std::to_string(size.positions()), "lay the image out as image_size says");
        const image_size out = output_size(size);
        epilogue<T> end;
        end.residual = residual;
        contract::require_output(inputs(), outputs(), out.positions(), x, y, end);
        for_each_panel(y.count(), [&](index_t p) {
            weights_.apply(input_panel(x, size, out, p), y.panel(p), contract::residual_of(end, p));
            clear_behind_rows(y, out, p);
        });
        y.clear_tail();
    }

  private:
    void check(const csr_matrix<T>& weight) const {
        const auto positive = [](const char* name, index_t value) {
            require(value >= 1, name, value, ">= 1", "pass the settings of the trained layer");
        };
        positive("kernel", settings_.kernel);
        positive("stride", settings_.stride);
        positive("groups", settings_.groups);
        require(settings_.padding >= 0, "padding", settings_.padding, ">= 0", "0 adds nothing");
        const index_t taps = settings_.kernel * settings_.kernel;
        require(weight.cols() % taps == 0, "columns of the weights", weight.cols(),
                "a multiple of kernel * kernel, " + std::to_string(taps),
                "pass the tensor of outputs x inputs/groups x kernel x kernel");
        require(weight.rows() % settings_.groups == 0, "rows of the weights", weight.rows(),
                "a multiple of groups, " + std::to_string(settings_.groups), "pass the groups of the trained layer");
    }

    const T* input_panel(const panel_view<const T>& x, const image_size& size, const image_size& out, index_t p) const {
        if (direct_) return x.panel(p);
        const index_t kernel = settings_.kernel, padding = settings_.padding;
        T* memory = contract::window_memory<T>(inputs_ * step_ * (in_windows_ ? kernel : 1) + 2 * panel_width);
        if (in_windows_) {
            for (index_t a = 0; a < kernel; ++a)
                contract::copy_windows(x, p * panel_width + size.at(a - padding, -padding), panel_width + kernel - 1,
                                       step_, memory + a * inputs_ * step_);
            return memory;
        }
        std::vector<index_t> at;
        for (index_t a = 0; a < kernel; ++a)
            for (index_t b = 0; b < kernel; ++b)
                for (index_t i = p * panel_width; i < (p + 1) * panel_width; ++i) {
                    const index_t row = i / (out.width + 1) * settings_.stride + a - padding;
                    const index_t column = i % (out.width + 1) * settings_.stride + b - padding;
                    const bool inside = row >= 0 && row < size.height && column >= 0 && column < size.width;
                    at.push_back(inside ? contract::place_of(x, size.at(row, column)) : -1);
                }
        contract::copy_places(x, at, step_, memory);
        return memory;
    }

    /// Bias and shift have filled the pixels behind the rows that are within panel p.
    static void clear_behind_rows(const panel_view<T>& y, const image_size& out, index_t p) {
        const index_t period = out.width + 1, begin = p * panel_width;
        T* panel = y.panel(p);
        for (index_t at = begin + (period - 1 - begin % period); at < begin + panel_width; at += period)
            for (index_t c = 0; c < y.channels; ++c) panel[c * panel_width + at - begin] = T(0);
    }

    conv2d_settings settings_;
    index_t inputs_ = 0, step_ = 0;
    bool direct_ = false, in_windows_ = false;
    layer_weights<T> weights_;
};

} // namespace bregman::sparse

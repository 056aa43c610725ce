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

/// A convolution over time, with the names and defaults of PyTorch's Conv1d.
struct conv1d_settings {
    index_t kernel = 1;    ///< >= 1: width of the kernel
    index_t stride = 1;    ///< >= 1: positions from one output to the next
    index_t dilation = 1;  ///< >= 1: positions from one weight to the next
    index_t groups = 1;    ///< >= 1: channels are cut into so many
    index_t padding = 0;   ///< frames added at both ends: dilation * (kernel - 1) / 2 keeps the length of an odd kernel
    bool mirrored = false; ///< padding is the frames inside the edge, mirrored at it ('reflect'), instead of zeros
};

namespace contract {
struct nothing_more {
    void operator()(index_t) const {}
};
} // namespace contract

/// y(o, t) = sum over c, j of W(o, c, j) x(c, t * stride + j * dilation - padding), then the layer's epilogue. The weight is
/// a tensor of outputs x inputs/groups x kernel as a matrix of outputs rows, as csr_matrix has it of a tensor.
///
///     conv1d<float> layer(csr_matrix<float>(as_tensor(weight)), {.kernel = 3, .dilation = 2, .padding = 2}, {.relu = true});
template <class T>
class conv1d {
  public:
    conv1d() = default;
    /// Throws std::invalid_argument when the settings do not fit the weights or each other.
    explicit conv1d(const csr_matrix<T>& weight, const conv1d_settings& settings = {}, layer_epilogue<T> end = {},
                    weight_form form = weight_form::by_density)
        : settings_(settings) {
        check(weight);
        inputs_ = weight.cols() / settings.kernel * settings.groups;
        const index_t reach = (settings.kernel - 1) * settings.dilation;
        in_windows_ = settings.stride == 1 && panel_width + reach <= contract::widest_window;
        direct_ = settings.stride == 1 && settings.kernel == 1 && settings.padding == 0;
        step_ = direct_ ? panel_width : in_windows_ ? panel_width + reach : settings.kernel * panel_width;
        std::vector<std::int32_t> places;
        for (index_t c = 0; c < inputs_; ++c)
            for (index_t j = 0; j < settings.kernel; ++j)
                places.push_back(std::int32_t(c * step_ + j * (in_windows_ ? settings.dilation : panel_width)));
        weights_ = {contract::over_all_groups(weight, settings.groups), std::move(end), std::move(places), form};
    }

    index_t inputs() const { return inputs_; }
    index_t outputs() const { return weights_.rows(); }
    const layer_weights<T>& weights() const { return weights_; }
    const conv1d_settings& settings() const { return settings_; }
    /// Frames that come out of so many; 0 where the kernel does not fit.
    index_t output_positions(index_t positions) const {
        const index_t room = positions + 2 * settings_.padding - (settings_.kernel - 1) * settings_.dilation - 1;
        return room < 0 ? 0 : room / settings_.stride + 1;
    }

    /// y has outputs x output_positions(x.positions), in other memory than x; `residual`, of y's size, is added before ReLU.
    /// then(p) is called for every panel p of y once it is whole, on the thread that made it and may still have it near: what is
    /// done to each panel by itself needs no loop of its own. Throws std::invalid_argument when sizes do not fit.
    template <class Then = contract::nothing_more>
    void operator()(panel_view<const T> x, panel_view<T> y, panel_view<const T> residual = {},
                    const Then& then = {}) const {
        require(!settings_.mirrored || settings_.padding < x.positions, "positions of x", x.positions,
                "more than the padding, " + std::to_string(settings_.padding),
                "give a longer input: a mirror needs frames behind it");
        epilogue<T> end;
        end.residual = residual;
        contract::require_output(inputs(), outputs(), output_positions(x.positions), x, y, end);
        for_each_panel(y.count(), [&](index_t p) {
            weights_.apply(input_panel(x, p), y.panel(p), contract::residual_of(end, p));
            if (p + 1 == y.count()) y.clear_tail();
            then(p);
        });
    }

  private:
    void check(const csr_matrix<T>& weight) const {
        const auto positive = [](const char* name, index_t value) {
            require(value >= 1, name, value, ">= 1", "pass the settings of the trained layer");
        };
        positive("kernel", settings_.kernel);
        positive("stride", settings_.stride);
        positive("dilation", settings_.dilation);
        positive("groups", settings_.groups);
        require(settings_.padding >= 0, "padding", settings_.padding, ">= 0", "0 adds nothing");
        require(weight.cols() % settings_.kernel == 0, "columns of the weights", weight.cols(),
                "a multiple of kernel, " + std::to_string(settings_.kernel),
                "pass the tensor of outputs x inputs/groups x kernel");
        require(weight.rows() % settings_.groups == 0, "rows of the weights", weight.rows(),
                "a multiple of groups, " + std::to_string(settings_.groups), "pass the groups of the trained layer");
    }

    /// What the weights of output panel p read: x itself, or a copy in this thread's memory.
    const T* input_panel(const panel_view<const T>& x, index_t p) const {
        if (direct_) return x.panel(p);
        T* memory = contract::window_memory<T>(inputs_ * step_ + 2 * panel_width);
        const index_t from = p * panel_width * settings_.stride - settings_.padding;
        if (in_windows_ && !settings_.mirrored) {
            contract::copy_windows(x, from, step_, step_, memory);
            return memory;
        }
        std::vector<index_t> at;
        if (in_windows_)
            for (index_t i = 0; i < step_; ++i) at.push_back(place(x, from + i));
        else
            for (index_t j = 0; j < settings_.kernel; ++j)
                for (index_t i = 0; i < panel_width; ++i)
                    at.push_back(place(x, from + i * settings_.stride + j * settings_.dilation));
        contract::copy_places(x, at, step_, memory);
        return memory;
    }
    index_t place(const panel_view<const T>& x, index_t t) const {
        if (settings_.mirrored && t < 0) t = -t;
        if (settings_.mirrored && t >= x.positions && t < x.positions + settings_.padding)
            t = 2 * (x.positions - 1) - t;
        return t < 0 || t >= x.positions ? -1 : contract::place_of(x, t);
    }

    conv1d_settings settings_;
    index_t inputs_ = 0, step_ = 0;
    bool direct_ = false, in_windows_ = false;
    layer_weights<T> weights_;
};

} // namespace bregman::sparse

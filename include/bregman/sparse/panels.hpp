#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>
#include <string>
#include <type_traits>

#include <Eigen/Core>

#include <bregman/base/error.hpp>
#include <bregman/tensors/tensor.hpp>

namespace bregman::sparse {

/// Columns that a product holds in registers at a time.
inline constexpr index_t panel_width = 32;

/// How many panels so many positions take.
inline index_t panels_for(index_t positions) { return (positions + panel_width - 1) / panel_width; }

/// A matrix of channels x positions, cut into panels of 32 positions: element (c, p) sits at
///
///     data[p / 32 * stride + c * 32 + p % 32]
///
/// so that the numbers that a row of weights meets lie side by side. Positions are frames, the pixels of an image, or the
/// samples of a batch. What the last panel has beyond the positions is zero; who writes into a view keeps it so.
template <class T>
struct panel_view {
    T* data = nullptr;
    index_t channels = 0, positions = 0;
    index_t stride = 0; ///< elements from one panel to the next

    index_t count() const { return panels_for(positions); }
    T* panel(index_t p) const { return data + p * stride; }
    T& operator()(index_t channel, index_t position) const {
        return data[position / panel_width * stride + channel * panel_width + position % panel_width];
    }
    /// Channels first .. first + number - 1, in place.
    panel_view slice(index_t first, index_t number) const {
        require(first >= 0 && number >= 0 && number <= channels - first, "slice of channels",
                std::to_string(first) + " and " + std::to_string(number) + " of them",
                "within [0, " + std::to_string(channels) + ")", "look at the layer's number of channels");
        return {data + first * panel_width, number, positions, stride};
    }
    /// Makes what the last panel has beyond the positions zero again.
    void clear_tail() const
        requires(!std::is_const_v<T>)
    {
        const index_t begin = positions % panel_width;
        if (begin == 0) return;
        T* last = panel(count() - 1);
        for (index_t c = 0; c < channels; ++c)
            std::fill(last + c * panel_width + begin, last + (c + 1) * panel_width, T(0));
    }
    operator panel_view<const T>() const
        requires(!std::is_const_v<T>)
    {
        return {data, channels, positions, stride};
    }
};

/// Panels that own their memory, aligned to 64 bytes.
///
///     panels<float> x(80, 300);
///     x.assign(features);              // an Eigen matrix of 80 x 300
///     panel_view<float> in = x.view();
template <class T>
class panels {
  public:
    panels() = default;
    panels(index_t channels, index_t positions) { resize(channels, positions); }

    /// All zero afterwards. Memory is asked for only where there was less.
    void resize(index_t channels, index_t positions) {
        take_memory(channels, positions);
        std::fill_n(memory_.get(), view_.count() * view_.stride + guard, T(0));
    }
    /// As resize, without filling in zeros: within the positions are numbers of before, beyond them zeros. For a result that is
    /// written whole; does nothing where the size stays.
    void fit(index_t channels, index_t positions) {
        if (channels == this->channels() && positions == this->positions()) return;
        if (take_memory(channels, positions)) std::fill_n(memory_.get(), view_.count() * view_.stride, T(0));
        std::fill_n(memory_.get() + view_.count() * view_.stride, guard, T(0));
        view_.clear_tail();
    }

    panel_view<T> view() { return view_; }
    panel_view<const T> view() const { return view_; }
    index_t channels() const { return view_.channels; }
    index_t positions() const { return view_.positions; }

    /// Takes a matrix of channels x positions, and its size.
    template <class Derived>
    void assign(const Eigen::DenseBase<Derived>& matrix) {
        resize(matrix.rows(), matrix.cols());
        for (index_t p = 0; p < matrix.cols(); ++p)
            for (index_t c = 0; c < matrix.rows(); ++c) view_(c, p) = matrix.derived().coeff(c, p);
    }
    /// A copy as a matrix of channels x positions.
    Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic> matrix() const {
        Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic> result(channels(), positions());
        for (index_t p = 0; p < positions(); ++p)
            for (index_t c = 0; c < channels(); ++c) result(c, p) = view_(c, p);
        return result;
    }

    static constexpr index_t guard = 3 * panel_width;

  private:
    /// Whether it is other memory than before, where nothing is written yet.
    bool take_memory(index_t channels, index_t positions) {
        require(channels >= 0, "channels", channels, ">= 0", "pass the number of rows of the matrix");
        require(positions >= 0, "positions", positions, ">= 0", "pass the number of columns of the matrix");
        // A kernel may read a register's worth beyond the last row.
        const index_t size = tensor_extents{channels, panels_for(positions) * panel_width}.product() + guard;
        const bool fresh = size > capacity_;
        if (fresh) {
            memory_.reset(static_cast<T*>(::operator new(sizeof(T) * std::size_t(size), alignment)));
            capacity_ = size;
        }
        view_ = {memory_.get(), channels, positions, channels * panel_width};
        return fresh;
    }

    static constexpr std::align_val_t alignment{64};
    struct release {
        void operator()(T* memory) const { ::operator delete(memory, alignment); }
    };
    std::unique_ptr<T, release> memory_;
    index_t capacity_ = 0;
    panel_view<T> view_;
};

} // namespace bregman::sparse

#pragma once

#include <chrono>
#include <cstdint>
#include <utility>
#include <vector>

#include <bregman/base/error.hpp>
#include <bregman/sparse/block_matrix.hpp>
#include <bregman/sparse/csr_matrix.hpp>
#include <bregman/sparse/product.hpp>

namespace bregman::sparse {

/// How a layer keeps its weights.
enum class weight_form {
    by_density, ///< sparse where at most `densest_sparse` of them are not zero
    measured,   ///< whichever of the two takes less time on a panel when the layer is made: some milliseconds
    sparse,
    dense,
    blocks ///< blocks of four rows and one column, where a regularizer has made such: block_matrix
};

/// The density up to which a sparse product is the faster one of the two here, measured on layers of 512 x 512 to
/// 1536 x 1536 with AVX-512 (docs/sparse.md); with shorter registers it is a little more.
inline constexpr double densest_sparse = 0.3;

/// What the last step of a layer adds, with its memory: see epilogue. A vector that is empty is left out, and those that
/// are not have one number for each output of the layer.
template <class T>
struct layer_epilogue {
    std::vector<T> bias{};
    bool relu = false;
    std::vector<T> scale{}, shift{};
};

/// The weights of a layer, sparse or dense, and what follows the product; columns of the matrix are read from places of an
/// input panel that the layer chooses.
template <class T>
class layer_weights {
  public:
    layer_weights() = default;

    /// places[j] is where column j begins in the layer's input panel. Throws std::invalid_argument when an epilogue's vector
    /// has another length than the matrix has rows.
    layer_weights(csr_matrix<T> matrix, layer_epilogue<T> end, std::vector<std::int32_t> places, weight_form form)
        : rows_(matrix.rows()), cols_(matrix.cols()), nonzeros_(matrix.nonzeros()), end_(std::move(end)) {
        const auto require_length = [&](const char* name, const std::vector<T>& values) {
            require(values.empty() || index_t(values.size()) == rows_, std::string(name) + " of a layer", values.size(),
                    "as many as outputs, " + std::to_string(rows_), "pass one number for each row of the weights");
        };
        require_length("bias", end_.bias);
        require_length("scale", end_.scale);
        require_length("shift", end_.shift);
        require(index_t(places.size()) == cols_, "places of columns", places.size(), std::to_string(cols_),
                "pass one for each column");
        if (form == weight_form::by_density)
            form = matrix.density() <= densest_sparse ? weight_form::sparse : weight_form::dense;
        if (form == weight_form::blocks) {
            keep_blocks(matrix, places);
            return;
        }
        if (form != weight_form::dense) keep_sparse(matrix, places);
        if (form != weight_form::sparse) keep_dense(matrix, std::move(places));
        if (form == weight_form::measured) keep_faster();
    }

    index_t rows() const { return rows_; }
    index_t cols() const { return cols_; }
    index_t nonzeros() const { return nonzeros_; }
    bool is_sparse() const { return group_.empty(); }
    bool is_in_blocks() const { return in_blocks_; }
    /// What weights and epilogue take in memory.
    index_t bytes() const {
        return index_t(starts_.size() * sizeof(std::int32_t) + entries_.size() * sizeof(csr_entry<T>) +
                       group_.size() * sizeof(T) + places_.size() * sizeof(std::int32_t) +
                       (end_.bias.size() + end_.scale.size() + end_.shift.size()) * sizeof(T));
    }

    /// y = epilogue(W x) for one panel; `residual` is added where it is given.
    void apply(const T* x, T* y, const T* residual = nullptr) const {
        const epilogue<T> end{pointer(end_.bias), {}, end_.relu, pointer(end_.scale), pointer(end_.shift)};
        if (is_sparse())
            run_on_processor(contract::csr_panel<T, 1>{starts_.data(), entries_.data(), rows_, x, y, end, residual});
        else if (in_blocks_)
            run_on_processor(
                contract::block_panel<T, 1>{starts_.data(), places_.data(), group_.data(), rows_, x, y, end, residual});
        else
            run_on_processor(
                contract::dense_panel<T>{group_.data(), places_.data(), rows_, cols_, x, y, end, residual});
    }

  private:
    static const T* pointer(const std::vector<T>& values) { return values.empty() ? nullptr : values.data(); }

    void keep_sparse(const csr_matrix<T>& matrix, const std::vector<std::int32_t>& places) {
        starts_ = matrix.starts();
        entries_ = matrix.entries();
        for (auto& entry : entries_) entry.column = places[std::size_t(entry.column)];
    }
    void keep_blocks(const csr_matrix<T>& matrix, const std::vector<std::int32_t>& places) {
        const block_matrix<T> blocks(matrix);
        in_blocks_ = true;
        starts_ = blocks.starts();
        group_ = blocks.values();
        group_.resize(std::max<std::size_t>(group_.size(), 1)); // empty are those of compressed rows
        for (const std::int32_t column : blocks.columns()) places_.push_back(places[std::size_t(column)]);
    }
    void keep_dense(const csr_matrix<T>& matrix, std::vector<std::int32_t> places) {
        const index_t together = contract::rows_together, groups = (rows_ + together - 1) / together;
        group_.assign(std::size_t(std::max<index_t>(groups * together * cols_, 1)), T(0));
        for (index_t r = 0; r < rows_; ++r)
            for (std::int32_t k = matrix.starts()[std::size_t(r)]; k < matrix.starts()[std::size_t(r) + 1]; ++k) {
                const auto& entry = matrix.entries()[std::size_t(k)];
                group_[std::size_t((r / together * cols_ + entry.column) * together + r % together)] = entry.value;
            }
        places_ = std::move(places);
    }
    void keep_faster() {
        std::int32_t last = 0;
        for (const std::int32_t place : places_) last = std::max(last, place);
        panels<T> x(index_t(last) / panel_width + 2, panel_width), y(rows_, panel_width);
        const auto seconds = [&] {
            double best = 1e30;
            for (int i = 0; i < 3; ++i) {
                const auto begin = std::chrono::steady_clock::now();
                apply(x.view().data, y.view().data);
                const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
                best = std::min(best, took.count());
            }
            return best;
        };
        const double dense = seconds();
        auto group = std::exchange(group_, {});
        const double sparse = seconds();
        if (sparse <= dense) {
            places_ = {};
        } else {
            group_ = std::move(group);
            starts_ = {};
            entries_ = {};
        }
    }

    index_t rows_ = 0, cols_ = 0, nonzeros_ = 0;
    bool in_blocks_ = false;
    layer_epilogue<T> end_;
    std::vector<std::int32_t> starts_;
    std::vector<csr_entry<T>> entries_; ///< with places in the input panel for columns
    std::vector<T> group_;              ///< four rows together, column by column or block by block; empty where sparse
    std::vector<std::int32_t> places_;
};

} // namespace bregman::sparse

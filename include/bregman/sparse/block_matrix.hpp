#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <vector>

#include <bregman/sparse/csr_matrix.hpp>
#include <bregman/sparse/kernels.hpp>
#include <bregman/sparse/product.hpp>

namespace bregman::sparse {

/// A matrix in blocks of 4 rows x 1 column, the rows 0-3, 4-7, ...: a number of x that is loaded serves four rows, so that
/// a product takes two thirds to half of what compressed rows take where zeros come in such blocks (docs/sparse.md). In a
/// matrix of Eigen, column by column, they are four neighbours in memory: group_rows on the tensor seen as (size / 4, 4)
/// makes them. Other zeros within a block are kept.
///
///     parameters.add_view(W.data(), gradient.data(), {{W.size() / 4, 4}}); // W.rows() a multiple of 4
///     const block_matrix<float> weight(csr_matrix<float>(W));
///     multiply(weight, x.view(), y.view());
template <class T>
class block_matrix {
  public:
    /// Rows of a block.
    static constexpr index_t height = contract::rows_together;

    block_matrix() : starts_{0} {}

    explicit block_matrix(const csr_matrix<T>& matrix) : rows_(matrix.rows()), cols_(matrix.cols()), starts_{0} {
        for (index_t first = 0; first < rows_; first += height) {
            const index_t last = std::min(first + height, rows_);
            for (std::int32_t k = matrix.starts()[std::size_t(first)]; k < matrix.starts()[std::size_t(last)]; ++k)
                columns_.push_back(matrix.entries()[std::size_t(k)].column);
            const auto own = columns_.begin() + starts_.back();
            std::sort(own, columns_.end());
            columns_.erase(std::unique(own, columns_.end()), columns_.end());
            values_.resize(columns_.size() * std::size_t(height), T(0));
            for (index_t r = first; r < last; ++r) {
                std::size_t block = std::size_t(starts_.back());
                for (std::int32_t k = matrix.starts()[std::size_t(r)]; k < matrix.starts()[std::size_t(r) + 1]; ++k) {
                    const auto& entry = matrix.entries()[std::size_t(k)];
                    while (columns_[block] != entry.column) ++block;
                    values_[block * std::size_t(height) + std::size_t(r - first)] = entry.value;
                }
            }
            starts_.push_back(std::int32_t(columns_.size()));
        }
    }

    index_t rows() const { return rows_; }                      ///< of the matrix
    index_t cols() const { return cols_; }                      ///< the same
    index_t blocks() const { return index_t(columns_.size()); } ///< that are not all zero
    /// What starts, columns and values take.
    index_t bytes() const {
        return index_t((starts_.size() + columns_.size()) * sizeof(std::int32_t) + values_.size() * sizeof(T));
    }
    /// Blocks of rows 4 g .. 4 g + 3 are starts()[g] .. starts()[g + 1] - 1, in the order of their columns.
    const std::vector<std::int32_t>& starts() const { return starts_; }
    const std::vector<std::int32_t>& columns() const { return columns_; } ///< of each block
    const std::vector<T>& values() const { return values_; }              ///< four of a block together

  private:
    index_t rows_ = 0, cols_ = 0;
    std::vector<std::int32_t> starts_, columns_;
    std::vector<T> values_;
};

/// y = epilogue(A x), as for a csr_matrix.
template <class T>
void multiply(const block_matrix<T>& a, panel_view<const std::type_identity_t<T>> x,
              panel_view<std::type_identity_t<T>> y, const epilogue<std::type_identity_t<T>>& end = {}) {
    contract::require_fits<T>(a.rows(), a.cols(), x, y, end);
    for_each_panel(y.count(), [&](index_t p) {
        run_on_processor(contract::block_panel<T, int(panel_width)>{a.starts().data(), a.columns().data(),
                                                                    a.values().data(), a.rows(), x.panel(p), y.panel(p),
                                                                    end, contract::residual_of(end, p)});
    });
    y.clear_tail();
}

} // namespace bregman::sparse

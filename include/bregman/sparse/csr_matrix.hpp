#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <Eigen/Core>

#include <bregman/base/error.hpp>
#include <bregman/sparse/panels.hpp>
#include <bregman/tensors/parameters.hpp>
#include <bregman/tensors/tensor.hpp>

namespace bregman::sparse {

/// A non-zero of a row.
template <class T>
struct csr_entry {
    std::int32_t column; ///< from 0
    T value;             ///< not 0
};

/// A matrix in compressed rows: the non-zeros of row r are entries()[starts()[r]] .. entries()[starts()[r + 1] - 1], in the
/// order of their columns. Zeros are left out, -0 too; whatever else a weight is stays, NaN included.
///
///     csr_matrix<float> weight(matrix);            // an Eigen matrix, map or expression
///     csr_matrix<float> weight(pointer, 512, 1536); // memory, row by row
///     csr_matrix<float> weight(as_tensor(tensor));  // first extent x product of the others
///     csr_matrix<float> weight = csr_of(parameters, 3); // a tensor of the optimizer's list
///
/// Throws std::invalid_argument when an extent is negative, memory is missing, there are 2^26 columns or more, or 2^31 or
/// more non-zeros.
template <class T>
class csr_matrix {
  public:
    csr_matrix() : starts_{0} {}

    template <class Derived>
    explicit csr_matrix(const Eigen::DenseBase<Derived>& matrix) {
        fill(matrix.rows(), matrix.cols(), [&](index_t r, index_t c) { return T(matrix.derived().coeff(r, c)); });
    }
    csr_matrix(const T* data, index_t rows, index_t cols, storage_order order = storage_order::row_major) {
        require(data != nullptr || rows <= 0 || cols <= 0, "matrix data", "nullptr", "a pointer to the elements",
                "pass the memory of the trained tensor");
        const bool by_rows = order == storage_order::row_major;
        const index_t row_step = by_rows ? cols : 1, column_step = by_rows ? 1 : rows;
        fill(rows, cols, [=](index_t r, index_t c) { return data[r * row_step + c * column_step]; });
    }
    /// A tensor as the matrix that a layer multiplies with: rows are the first extent, columns all the others together, in
    /// the tensor's own order. A vector is one column.
    template <class U>
    explicit csr_matrix(const tensor_view<U>& tensor)
        : csr_matrix(tensor.data, rows_of(tensor.shape), cols_of(tensor.shape), tensor.shape.order) {}

    /// Row by row: each(put) calls put(row, column, value) for the non-zeros, rows ascending, and columns within a row.
    template <class Each>
    static csr_matrix from_entries(index_t rows, index_t cols, const Each& each) {
        csr_matrix result;
        result.take_extents(rows, cols);
        each([&](index_t row, index_t column, T value) {
            const bool ascending =
                row >= index_t(result.starts_.size()) - 1 &&
                (row > index_t(result.starts_.size()) - 1 || index_t(result.entries_.size()) == result.starts_.back() ||
                 column > result.entries_.back().column);
            if (!(row < rows && column >= 0 && column < cols &&
                  ascending)) // no words are made for an entry that is right
                refuse("entry of a csr_matrix", std::to_string(row) + ", " + std::to_string(column),
                       "within " + std::to_string(rows) + " x " + std::to_string(cols) + ", ascending",
                       "sort the entries by row and column");
            while (index_t(result.starts_.size()) <= row) result.end_row();
            result.put(column, value);
        });
        while (index_t(result.starts_.size()) <= rows) result.end_row();
        return result;
    }

    /// Of the matrix, those that are all zeros included.
    index_t rows() const { return rows_; }
    /// Of the matrix.
    index_t cols() const { return cols_; }
    /// Elements that are kept.
    index_t nonzeros() const { return index_t(entries_.size()); }
    /// Share of the elements that are not zero, in [0, 1]; 0 without an element.
    double density() const {
        const double size = double(rows_) * double(cols_);
        return size > 0 ? double(nonzeros()) / size : 0;
    }
    /// What starts and entries take.
    index_t bytes() const {
        return index_t(starts_.size() * sizeof(std::int32_t) + entries_.size() * sizeof(csr_entry<T>));
    }
    /// Where each row starts in entries(), rows() + 1 numbers.
    const std::vector<std::int32_t>& starts() const { return starts_; }
    /// The non-zeros, row by row.
    const std::vector<csr_entry<T>>& entries() const { return entries_; }

    /// Columns first .. first + number - 1, as a matrix of their own. Throws std::invalid_argument when they are not there.
    csr_matrix columns(index_t first, index_t number) const {
        require(first >= 0 && number >= 0 && number <= cols_ - first, "columns",
                std::to_string(first) + " and " + std::to_string(number) + " of them",
                "within [0, " + std::to_string(cols_) + ")", "look at the extents of the matrix");
        return from_entries(rows_, number, [&](const auto& put) {
            for (index_t r = 0; r < rows_; ++r)
                for (auto k = std::size_t(starts_[std::size_t(r)]); k < std::size_t(starts_[std::size_t(r) + 1]); ++k) {
                    const index_t column = entries_[k].column - first;
                    if (column >= 0 && column < number) put(r, column, entries_[k].value);
                }
        });
    }

    /// y = A x, one column: x has cols() numbers and y rows().
    void apply(const T* x, T* y) const {
        for (index_t r = 0; r < rows_; ++r) {
            T sum = 0;
            for (auto k = std::size_t(starts_[std::size_t(r)]); k < std::size_t(starts_[std::size_t(r) + 1]); ++k)
                sum += entries_[k].value * x[entries_[k].column];
            y[r] = sum;
        }
    }

    /// The same matrix with its zeros.
    Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic> dense() const {
        Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic> result =
            Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>::Zero(rows_, cols_);
        for (index_t r = 0; r < rows_; ++r)
            for (auto k = std::size_t(starts_[std::size_t(r)]); k < std::size_t(starts_[std::size_t(r) + 1]); ++k)
                result(r, entries_[k].column) = entries_[k].value;
        return result;
    }

  private:
    static index_t rows_of(const tensor_shape& shape) { return shape.extents.empty() ? 1 : shape.extents.front(); }
    static index_t cols_of(const tensor_shape& shape) {
        return shape.extents.empty() ? 1 : tensor_extents(shape.extents.begin() + 1, shape.extents.end()).product();
    }

    void take_extents(index_t rows, index_t cols) {
        require(rows >= 0, "rows", rows, ">= 0", "pass the extents of the matrix");
        // A kernel keeps the place of a column in a panel of 32 as an int32.
        require(cols >= 0 && cols < most / panel_width, "columns", cols, "[0, 2^26)", "pass the extents of the matrix");
        (void)tensor_extents{rows, cols};
        rows_ = rows;
        cols_ = cols;
        starts_.assign(1, 0);
        starts_.reserve(std::size_t(rows) + 1);
    }
    void put(index_t column, T value) {
        require(nonzeros() < most, "non-zeros", nonzeros() + 1, "fewer than 2^31",
                "cut the matrix into blocks of rows");
        entries_.push_back({std::int32_t(column), value});
    }
    void end_row() { starts_.push_back(std::int32_t(entries_.size())); }

    template <class At>
    void fill(index_t rows, index_t cols, const At& at) {
        take_extents(rows, cols);
        for (index_t r = 0; r < rows; ++r) {
            for (index_t c = 0; c < cols; ++c)
                if (const T value = at(r, c); value != T(0)) put(c, value);
            end_row();
        }
        entries_.shrink_to_fit();
    }

    static constexpr index_t most = std::numeric_limits<std::int32_t>::max();
    index_t rows_ = 0, cols_ = 0;
    std::vector<std::int32_t> starts_;
    std::vector<csr_entry<T>> entries_;
};

/// Tensor i of the optimizer's list, as it stands now. Throws std::invalid_argument when there is none.
template <class T, class Regularizer>
csr_matrix<T> csr_of(const parameter_list<T, Regularizer>& parameters, index_t i) {
    const auto& entries = parameters.entries();
    require(i >= 0 && i < index_t(entries.size()), "tensor", i, "[0, " + std::to_string(entries.size()) + ")",
            "pass the place of a tensor in the list");
    const auto& entry = entries[std::size_t(i)];
    return csr_matrix<T>(tensor_view<const T>{entry.theta, entry.shape});
}

} // namespace bregman::sparse

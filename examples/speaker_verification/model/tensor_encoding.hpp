#pragma once
/// Float tensors as bytes, with the zeros left out where that is smaller. No LibTorch here.
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace speaker_verification {

/// All numbers are little-endian.
enum class tensor_encoding {
    dense,  ///< every value, float32, row by row
    bitmap, ///< one bit a value, lowest bit of the first byte first, 1 for non-zeros; the non-zeros
    csr     ///< u32 starts of all rows and the end; the non-zeros' columns, u8, u16 or u32, the smallest that
            ///< holds every column of the matrix; the non-zeros
};

/// "dense", "bitmap" or "csr".
std::string_view name_of(tensor_encoding encoding);

/// Throws std::invalid_argument for another name.
tensor_encoding encoding_named(std::string_view name);

/// A tensor seen as a matrix: rows are its first dimension; a vector or a scalar is one row.
struct matrix_size {
    std::int64_t rows = 0, columns = 0;

    std::int64_t values() const { return rows * columns; }
};
matrix_size matrix_of(std::span<const std::int64_t> shape);

/// What the matrix weighs with so many values other than zero.
std::int64_t encoded_bytes(tensor_encoding encoding, matrix_size size, std::int64_t nonzeros);

/// The encoding with the fewest bytes; of equal ones the first of dense, bitmap and csr.
tensor_encoding smallest_encoding(matrix_size size, std::int64_t nonzeros);

/// encoded_bytes(encoding, size, nonzeros) bytes. -0 counts as zero and comes back as +0; all other values,
/// NaN included, keep their bits.
std::string encode(std::span<const float> values, matrix_size size, tensor_encoding encoding);

/// Calls `use(row, column, value)` for the values that are not zero, row by row and in the order of the columns, without the
/// zeros in memory. Throws std::invalid_argument as `decode`, and for columns of a row that do not ascend.
void for_each_nonzero(std::string_view bytes, matrix_size size, tensor_encoding encoding,
                      const std::function<void(std::int64_t row, std::int64_t column, float value)>& use);

/// What `encode` was given. Throws std::invalid_argument with one sentence when the bytes are no such matrix.
std::vector<float> decode(std::string_view bytes, matrix_size size, tensor_encoding encoding);

} // namespace speaker_verification

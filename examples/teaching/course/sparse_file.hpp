#pragma once

#include <bregman/sparse/csr_matrix.hpp>

#include <cstdint>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace course {

/// Matrices in compressed rows, one after the other: rows, columns, where each row begins (rows + 1 numbers of 4 bytes),
/// then column and value of each non-zero (4 bytes each). In the byte order of this machine. Throws std::runtime_error.
inline void write_sparse_file(const std::string& path,
                              const std::vector<bregman::sparse::csr_matrix<float>>& matrices) {
    std::ofstream out(path, std::ios::binary);
    const auto put = [&](const auto* data, std::size_t count) {
        out.write(reinterpret_cast<const char*>(data), std::streamsize(count * sizeof *data));
    };
    for (const auto& matrix : matrices) {
        const std::int32_t extents[2] = {std::int32_t(matrix.rows()), std::int32_t(matrix.cols())};
        put(extents, 2);
        put(matrix.starts().data(), matrix.starts().size());
        put(matrix.entries().data(), matrix.entries().size());
    }
    if (!out.flush()) throw std::runtime_error("'" + path + "' cannot be written");
}

/// Reads what write_sparse_file wrote; also throws where the file ends too early or is not of this kind.
inline std::vector<bregman::sparse::csr_matrix<float>> read_sparse_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    const auto get = [&](auto* data, std::size_t count) {
        in.read(reinterpret_cast<char*>(data), std::streamsize(count * sizeof *data));
        if (!in) throw std::runtime_error("'" + path + "' is missing or ends too early");
    };
    std::vector<bregman::sparse::csr_matrix<float>> matrices;
    do {
        std::int32_t extents[2] = {};
        get(extents, 2);
        if (extents[0] < 0 || extents[1] < 0) throw std::runtime_error("'" + path + "' has a negative extent");
        std::vector<std::int32_t> starts(std::size_t(extents[0]) + 1);
        get(starts.data(), starts.size());
        matrices.push_back(bregman::sparse::csr_matrix<float>::from_entries(
            extents[0], extents[1], [&](const auto& put) { // which refuses what is not ascending or out of range
                for (std::int32_t row = 0; row < extents[0]; ++row)
                    for (std::int32_t k = starts[std::size_t(row)]; k < starts[std::size_t(row) + 1]; ++k) {
                        bregman::sparse::csr_entry<float> entry;
                        get(&entry, 1);
                        put(row, entry.column, entry.value);
                    }
            }));
    } while (in.peek() != std::ifstream::traits_type::eof());
    return matrices;
}

} // namespace course

#include "speaker_verification/model/tensor_encoding.hpp"

#include <array>
#include <bit>
#include <cstring>
#include <stdexcept>

namespace speaker_verification {

namespace {

static_assert(std::endian::native == std::endian::little, "tensors are little-endian: swap bytes here");

constexpr std::array all_encodings = {tensor_encoding::dense, tensor_encoding::bitmap, tensor_encoding::csr};
constexpr std::int64_t value_bytes = sizeof(float), start_bytes = sizeof(std::uint32_t);

std::int64_t bitmap_bytes(matrix_size size) { return (size.values() + 7) / 8; }

std::int64_t column_bytes(std::int64_t columns) { return columns <= 256 ? 1 : columns <= 65536 ? 2 : 4; }

void require_fits(bool fits) {
    if (!fits) throw std::invalid_argument("the bytes of a tensor do not fit its shape");
}

void append(std::string& bytes, const void* from, std::int64_t count) {
    if (count > 0) bytes.append(static_cast<const char*>(from), std::size_t(count));
}

/// Takes numbers from the front of some bytes.
class byte_reader {
  public:
    explicit byte_reader(std::string_view bytes) : rest_(bytes) {}

    std::uint32_t number(std::int64_t size) {
        std::uint32_t value = 0;
        take(&value, size);
        return value;
    }
    float value() {
        float value;
        take(&value, value_bytes);
        return value;
    }
    std::string_view piece(std::int64_t size) {
        require_fits(size >= 0 && std::uint64_t(size) <= rest_.size());
        const auto piece = rest_.substr(0, std::size_t(size));
        rest_.remove_prefix(std::size_t(size));
        return piece;
    }
    void require_end() const { require_fits(rest_.empty()); }

  private:
    void take(void* to, std::int64_t size) { std::memcpy(to, piece(size).data(), std::size_t(size)); }

    std::string_view rest_;
};

std::string encode_bitmap(std::span<const float> values, matrix_size size) {
    std::string bits(std::size_t(bitmap_bytes(size)), '\0'), nonzeros;
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (values[i] == 0) continue;
        bits[i / 8] = char(bits[i / 8] | (1 << (i % 8)));
        append(nonzeros, &values[i], value_bytes);
    }
    return bits + nonzeros;
}

std::string encode_csr(std::span<const float> values, matrix_size size) {
    std::string starts, columns, nonzeros;
    const auto width = column_bytes(size.columns);
    std::uint32_t count = 0;
    for (std::int64_t row = 0; row < size.rows; ++row) {
        append(starts, &count, start_bytes);
        for (std::uint32_t column = 0; column < size.columns; ++column) {
            const float value = values[std::size_t(row * size.columns + column)];
            if (value == 0) continue;
            append(columns, &column, width);
            append(nonzeros, &value, value_bytes);
            ++count;
        }
    }
    append(starts, &count, start_bytes);
    return starts + columns + nonzeros;
}

std::vector<float> decode_dense(byte_reader reader, matrix_size size) {
    const auto bytes = reader.piece(value_bytes * size.values());
    reader.require_end();
    std::vector<float> values(std::size_t(size.values()));
    if (!bytes.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
    return values;
}

std::vector<float> decode_bitmap(byte_reader reader, matrix_size size) {
    const auto bits = reader.piece(bitmap_bytes(size));
    std::vector<float> values(std::size_t(size.values()));
    for (std::size_t i = 0; i < values.size(); ++i) {
        if ((bits[i / 8] >> (i % 8)) & 1) values[i] = reader.value();
    }
    reader.require_end();
    return values;
}

/// use(row, column, value) for the entries as they stand.
template <class Use>
void read_csr(byte_reader reader, matrix_size size, const Use& use) {
    byte_reader starts(reader.piece(start_bytes * (size.rows + 1)));
    std::vector<std::uint32_t> ends;
    require_fits(starts.number(start_bytes) == 0);
    for (std::int64_t row = 0; row < size.rows; ++row) {
        ends.push_back(starts.number(start_bytes));
        require_fits(row == 0 || ends[std::size_t(row)] >= ends[std::size_t(row - 1)]);
    }
    const std::int64_t count = ends.empty() ? 0 : ends.back();
    const auto width = column_bytes(size.columns);
    byte_reader columns(reader.piece(width * count));
    std::uint32_t entry = 0;
    for (std::int64_t row = 0; row < size.rows; ++row) {
        for (; entry < ends[std::size_t(row)]; ++entry) {
            const std::int64_t column = columns.number(width);
            require_fits(column < size.columns);
            use(row, column, reader.value());
        }
    }
    reader.require_end();
}

std::vector<float> decode_csr(byte_reader reader, matrix_size size) {
    std::vector<float> values(std::size_t(size.values()));
    read_csr(reader, size, [&](std::int64_t row, std::int64_t column, float value) {
        values[std::size_t(row * size.columns + column)] = value;
    });
    return values;
}

} // namespace

std::string_view name_of(tensor_encoding encoding) {
    switch (encoding) {
    case tensor_encoding::bitmap:
        return "bitmap";
    case tensor_encoding::csr:
        return "csr";
    case tensor_encoding::dense:
        break;
    }
    return "dense";
}

tensor_encoding encoding_named(std::string_view name) {
    for (const auto encoding : all_encodings) {
        if (name == name_of(encoding)) return encoding;
    }
    throw std::invalid_argument("there is no tensor encoding '" + std::string(name) + "', only dense, bitmap and csr");
}

matrix_size matrix_of(std::span<const std::int64_t> shape) {
    matrix_size size{1, 1};
    for (std::size_t i = 0; i < shape.size(); ++i) {
        (i == 0 && shape.size() > 1 ? size.rows : size.columns) *= shape[i];
    }
    return size;
}

std::int64_t encoded_bytes(tensor_encoding encoding, matrix_size size, std::int64_t nonzeros) {
    switch (encoding) {
    case tensor_encoding::bitmap:
        return bitmap_bytes(size) + value_bytes * nonzeros;
    case tensor_encoding::csr:
        return start_bytes * (size.rows + 1) + (column_bytes(size.columns) + value_bytes) * nonzeros;
    case tensor_encoding::dense:
        break;
    }
    return value_bytes * size.values();
}

tensor_encoding smallest_encoding(matrix_size size, std::int64_t nonzeros) {
    auto best = tensor_encoding::dense;
    for (const auto encoding : all_encodings) {
        if (encoded_bytes(encoding, size, nonzeros) < encoded_bytes(best, size, nonzeros)) best = encoding;
    }
    return best;
}

std::string encode(std::span<const float> values, matrix_size size, tensor_encoding encoding) {
    require_fits(std::int64_t(values.size()) == size.values());
    if (encoding == tensor_encoding::bitmap) return encode_bitmap(values, size);
    if (encoding == tensor_encoding::csr) return encode_csr(values, size);
    std::string bytes;
    append(bytes, values.data(), value_bytes * size.values());
    return bytes;
}

void for_each_nonzero(std::string_view bytes, matrix_size size, tensor_encoding encoding,
                      const std::function<void(std::int64_t row, std::int64_t column, float value)>& use) {
    if (encoding == tensor_encoding::csr) {
        std::int64_t last_row = -1, last_column = -1;
        read_csr(byte_reader(bytes), size, [&](std::int64_t row, std::int64_t column, float value) {
            require_fits(row != last_row || column > last_column);
            last_row = row;
            last_column = column;
            if (value != 0) use(row, column, value);
        });
        return;
    }
    const auto values = decode(bytes, size, encoding);
    for (std::int64_t row = 0; row < size.rows; ++row) {
        for (std::int64_t column = 0; column < size.columns; ++column) {
            const float value = values[std::size_t(row * size.columns + column)];
            if (value != 0) use(row, column, value);
        }
    }
}

std::vector<float> decode(std::string_view bytes, matrix_size size, tensor_encoding encoding) {
    if (encoding == tensor_encoding::bitmap) return decode_bitmap(byte_reader(bytes), size);
    if (encoding == tensor_encoding::csr) return decode_csr(byte_reader(bytes), size);
    return decode_dense(byte_reader(bytes), size);
}

} // namespace speaker_verification

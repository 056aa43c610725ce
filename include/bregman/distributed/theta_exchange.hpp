#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <bregman/tensors/tensor.hpp>

/// \file
/// A share of theta as bytes, in the shortest of three forms. Nearly every non-zero of theta changes in every step, and most of
/// theta is zero: so the non-zeros are sent, and need no theta of before to compare with.

namespace bregman {

/// What a process knows of its own part of theta, for the others.
enum class theta_form : char {
    dense,   ///< all values
    bitmap,  ///< a bit for each value, then the non-zeros
    numbered ///< the number of each non-zero, 4 bytes, then the non-zeros
};

namespace contract {
template <class T>
bool has_bits(const T& value) {
    constexpr T zero = 0;
    return std::memcmp(&value, &zero, sizeof value) != 0; // -0 is sent too: theta gets the same bits everywhere
}
} // namespace contract

/// The bytes of `count` values: a byte that says the form, then the form.
template <class T>
std::string encode_theta(const std::vector<T>& values) {
    const std::size_t count = values.size();
    std::size_t nonzeros = 0;
    for (const T& value : values) nonzeros += contract::has_bits(value);
    const std::size_t dense = count * sizeof(T), bitmap = (count + 7) / 8 + nonzeros * sizeof(T);
    const std::size_t numbered = count <= std::numeric_limits<std::uint32_t>::max()
                                     ? nonzeros * (sizeof(std::uint32_t) + sizeof(T))
                                     : std::numeric_limits<std::size_t>::max();
    const theta_form form = numbered < bitmap && numbered < dense ? theta_form::numbered
                            : bitmap < dense                      ? theta_form::bitmap
                                                                  : theta_form::dense;
    std::string bytes(1, char(form));
    if (form == theta_form::dense) {
        bytes.append(reinterpret_cast<const char*>(values.data()), dense);
        return bytes;
    }
    const std::size_t values_at =
        form == theta_form::bitmap ? 1 + (count + 7) / 8 : 1 + nonzeros * sizeof(std::uint32_t);
    bytes.resize(values_at + nonzeros * sizeof(T));
    char *number = bytes.data() + 1, *value = bytes.data() + values_at;
    for (std::size_t i = 0; i < count; ++i) {
        if (!contract::has_bits(values[i])) continue;
        if (form == theta_form::bitmap) {
            number[i / 8] = char(number[i / 8] | 1 << i % 8);
        } else {
            const auto short_i = std::uint32_t(i);
            std::memcpy(number, &short_i, sizeof short_i);
            number += sizeof short_i;
        }
        std::memcpy(value, &values[i], sizeof(T));
        value += sizeof(T);
    }
    return bytes;
}

/// The `count` values of such bytes. Errors: std::runtime_error when they are of another number of values.
template <class T>
std::vector<T> decode_theta(std::string_view bytes, std::size_t count) {
    std::vector<T> values(count);
    const auto check = [](bool holds) {
        if (!holds)
            throw std::runtime_error("theta of another process has another size: the processes have gone apart");
    };
    check(!bytes.empty());
    const theta_form form = theta_form(bytes[0]);
    const char* at = bytes.data() + 1;
    const std::size_t rest = bytes.size() - 1;
    if (form == theta_form::dense) {
        check(rest == count * sizeof(T));
        if (count > 0) std::memcpy(values.data(), at, rest);
    } else if (form == theta_form::bitmap) {
        check(rest >= (count + 7) / 8);
        const char* value = at + (count + 7) / 8;
        for (std::size_t i = 0; i < count; ++i) {
            if (!(at[i / 8] >> i % 8 & 1)) continue;
            check(value + sizeof(T) <= bytes.data() + bytes.size());
            std::memcpy(&values[i], value, sizeof(T));
            value += sizeof(T);
        }
    } else {
        const std::size_t nonzeros = rest / (sizeof(std::uint32_t) + sizeof(T));
        const char* value = at + nonzeros * sizeof(std::uint32_t);
        for (std::size_t j = 0; j < nonzeros; ++j) {
            std::uint32_t i;
            std::memcpy(&i, at + j * sizeof i, sizeof i);
            check(i < count);
            std::memcpy(&values[i], value + j * sizeof(T), sizeof(T));
        }
    }
    return values;
}

} // namespace bregman

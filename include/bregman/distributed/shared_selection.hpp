#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <type_traits>
#include <utility>

#include <bregman/tensors/tensor.hpp>

namespace bregman {

/// The k-th smallest (k from 1) of the values of all processes and the one after it, which is the same when k is how many there
/// are: exactly those of one process that has them all. n values are here, none of them NaN. Eleven bits of the value at a
/// time: each round counts the values that begin with the bits found so far by the next eleven, adds the 2048 counts of all
/// processes up, and goes on where the k-th lies. 3 reads of the values for float, 6 for double, 16 KiB sent in each.
template <class T, class Communicator>
std::pair<T, T> shared_order_statistics(const T* values, index_t n, index_t k, Communicator& all) {
    using bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
    constexpr int width = 8 * int(sizeof(T)), step = 11;
    constexpr bits sign = bits(1) << (width - 1);
    // In the order of the values, of which -0 is 0. By the bits alone: -ffast-math knows no sign of 0, nor infinity.
    const auto key_of = [](T value) {
        bits key;
        std::memcpy(&key, &value, sizeof key);
        if (key == sign) key = 0;
        return key & sign ? ~key : key | sign;
    };
    const auto value_of = [](bits key) {
        key = key & sign ? key ^ sign : ~key;
        T value;
        std::memcpy(&value, &key, sizeof value);
        return value;
    };

    bits found = 0; // the bits above `shift`
    std::int64_t below = 0, equal = 0;
    for (int shift = width; shift > 0;) {
        const int known = shift;
        shift = std::max(0, shift - step);
        std::array<std::int64_t, std::size_t(1) << step> counts{};
        const bits mask = (bits(1) << (known - shift)) - 1;
        for (index_t i = 0; i < n; ++i) {
            const bits key = key_of(values[i]);
            if (known == width || key >> known == found) ++counts[std::size_t((key >> shift) & mask)];
        }
        all.add_up(counts);
        std::size_t digit = 0;
        while (below + counts[digit] < k) below += counts[digit++];
        equal = counts[digit];
        found = bits((known == width ? 0 : found << (known - shift)) | digit);
    }
    const T chosen = value_of(found);
    if (below + equal > k) return {chosen, chosen};

    constexpr bits none = ~bits(0); // of a NaN: no value has it
    bits next = none;
    for (index_t i = 0; i < n; ++i)
        if (const bits key = key_of(values[i]); key > found) next = std::min(next, key);
    for (const std::string& of_each : all.gather({reinterpret_cast<const char*>(&next), sizeof next})) {
        bits other;
        std::memcpy(&other, of_each.data(), sizeof other);
        next = std::min(next, other);
    }
    return {chosen, next == none ? chosen : value_of(next)};
}

} // namespace bregman

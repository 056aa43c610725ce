#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <utility>

#include <bregman/access.hpp>
#include <bregman/element_access.hpp>
#include <bregman/lane.hpp>
#include <bregman/random.hpp>
#include <bregman/tensor.hpp>

namespace bregman {

/// Selection on the CPU: the k-th smallest of n values and the one after it, exactly, in little more than one
/// pass over them. Two values of a random sample enclose the wanted one almost surely; the pass counts what
/// lies at or below the first and gathers the few that lie strictly between, among which the search goes on.
/// When the sample was misleading, std::nth_element decides. After Floyd and Rivest, "Expected time bounds for
/// selection", 1975.
template <class T>
class selection {
  public:
    /// k from 1; with k = n the second is the first again. Reorders the values, allocates nothing.
    static std::pair<T, T> with_next(T* values, index n, index k) {
        if (n <= small) return by_partition(values, n, k);
        const index size = move_sample_to_front(values, n, k);
        const auto [low, high] = enclose(values, size, n, k);
        index between = 0;
        // What a value takes the place of has been looked at already and does not lie between.
        const index at_most_low = split(
            plain{values}, n, low, high,
            [&](index i, T) { std::swap(values[i], values[between++]); });
        if (k <= at_most_low) return at(low, values, n, k);
        if (k > at_most_low + between) return at(high, values, n, k);
        return among(values, between, k - at_most_low, high, k == n);
    }

    /// The same for values that are computed where they are needed, so that nothing of size n is written.
    /// parts(visit) calls visit(value, count) for one part after the other, n values in all; value(access) is
    /// the value of the element or the lane at `access`, counted within the part. `scratch` holds n values.
    template <class Parts>
    static std::pair<T, T> with_next_of(const Parts& parts, index n, index k, T* scratch) {
        if (n <= small) return with_next(write_all(parts, scratch), n, k);
        const index size = write_sample(parts, n, k, scratch);
        const auto [low, high] = enclose(scratch, size, n, k);
        index at_most_low = 0, between = 0;
        parts([&, low = low, high = high](const auto& value, index count) {
            at_most_low += split(value, count, low, high,
                                 [&](index, T x) { scratch[between++] = x; });
        });
        if (k <= at_most_low || k > at_most_low + between) return with_next(write_all(parts, scratch), n, k);
        return among(scratch, between, k - at_most_low, high, k == n);
    }

  private:
    static constexpr index small = 2048;
    static constexpr double deviations = 4; // of the sample's rank, on either side

    /// Values that lie in memory.
    struct plain {
        const T* values;
        template <class Access>
        BREGMAN_INLINE typename Access::value operator()(const Access& access) const {
            return access.load(values);
        }
    };

    static std::pair<T, T> by_partition(T* values, index n, index k) {
        std::nth_element(values, values + (k - 1), values + n);
        const T chosen = values[k - 1];
        return {chosen, k < n ? *std::min_element(values + k, values + n) : chosen};
    }

    // n^(2/3) places, one in each of as many stretches: place(j) is in [j stretch, (j + 1) stretch).
    struct sample_places {
        index size, stretch;
        counter_random random;

        sample_places(index n, index k)
            : size(index(std::cbrt(double(n)) * std::cbrt(double(n)))), stretch(n / size),
              random(std::uint64_t(n), std::uint64_t(k)) {}
        index operator()(index j) const {
            const std::uint64_t draw = random.bits(std::uint64_t(j)) >> 32;
            return j * stretch + index(draw * std::uint64_t(stretch) >> 32);
        }
    };

    static index move_sample_to_front(T* values, index n, index k) {
        const sample_places place(n, k);
        for (index j = 0; j < place.size; ++j) std::swap(values[j], values[place(j)]);
        return place.size;
    }

    template <class Parts>
    static index write_sample(const Parts& parts, index n, index k, T* scratch) {
        const sample_places place(n, k);
        index first = 0, j = 0;
        parts([&](const auto& value, index count) {
            for (; j < place.size && place(j) < first + count; ++j)
                scratch[j] = value(element_access<T>{place(j) - first});
            first += count;
        });
        return place.size;
    }

    template <class Parts>
    static T* write_all(const Parts& parts, T* scratch) {
        index first = 0;
        parts([&](const auto& value, index count) {
            for (index i = 0; i < count; ++i) scratch[first + i] = value(element_access<T>{i});
            first += count;
        });
        return scratch;
    }

    // The values of the sample whose ranks lie around k size / n, infinite where there are none.
    static std::pair<T, T> enclose(T* sample, index size, index n, index k) {
        const double share = double(k) / double(n), middle = share * double(size);
        const double reach = deviations * std::sqrt(double(size) * share * (1 - share)) + 1;
        const index first = index(middle - reach), last = index(middle + reach) + 1;
        constexpr T infinity = std::numeric_limits<T>::infinity();
        return {first >= 1 ? with_next(sample, size, first).first : -infinity,
                last <= size ? with_next(sample, size, last).first : infinity};
    }

    // How many values are at most `low`; keep(i, x) is called for those strictly between, in order.
    template <class Value, class Keep>
    static index split(const Value& value, index n, T low, T high, Keep&& keep) {
        using lanes = lane<T>;
        using mask = typename lanes::mask_type;
        using access = lane_access<T>;
        constexpr index width = lanes::width, block = 4 * width;
        constexpr index per_count = 1 << 20; // blocks, so that no lane of the count overflows
        const lanes lowest(low), highest(high);
        index at_most_low = 0, i = 0;
        while (i + block <= n) {
            mask counts = {};
            for (const index end = std::min(n, i + per_count * block); i + block <= end; i += block) {
                const lanes a = value(access{i}), b = value(access{i + width}), c = value(access{i + 2 * width}),
                            d = value(access{i + 3 * width});
                counts -= mask(a <= lowest) + mask(b <= lowest) + mask(c <= lowest) + mask(d <= lowest);
                const mask inside = (mask(a > lowest) & mask(a < highest)) |
                                    (mask(b > lowest) & mask(b < highest)) |
                                    (mask(c > lowest) & mask(c < highest)) |
                                    (mask(d > lowest) & mask(d < highest));
                if (any(inside)) keep_between(value, i, i + block, low, high, keep);
            }
            for (int j = 0; j < width; ++j) at_most_low += index(counts[j]);
        }
        for (index rest = i; rest < n; ++rest) at_most_low += value(element_access<T>{rest}) <= low;
        keep_between(value, i, n, low, high, keep);
        return at_most_low;
    }

    template <class Value, class Keep>
    BREGMAN_INLINE static void keep_between(const Value& value, index first, index last, T low, T high,
                                            Keep&& keep) {
        for (index i = first; i < last; ++i) {
            const T x = value(element_access<T>{i});
            if (x > low && x < high) keep(i, x);
        }
    }

    template <class Mask>
    BREGMAN_INLINE static bool any(const Mask& mask) {
        std::uint64_t words[sizeof(Mask) / sizeof(std::uint64_t)];
        std::memcpy(words, &mask, sizeof mask);
        std::uint64_t all = 0;
        for (const std::uint64_t word : words) all |= word;
        return all != 0;
    }

    // The k-th of the gathered values; `high` follows them all.
    static std::pair<T, T> among(T* gathered, index count, index k, T high, bool is_last_of_all) {
        const auto found = with_next(gathered, count, k);
        return k == count && !is_last_of_all ? std::pair{found.first, high} : found;
    }

    // The wanted value is a splitter itself when many values equal it.
    static std::pair<T, T> at(T splitter, T* values, index n, index k) {
        const auto less = std::count_if(values, values + n, [=](T x) { return x < splitter; });
        const auto at_most = less + std::count(values, values + n, splitter);
        if (k <= less || k > at_most) return by_partition(values, n, k);
        if (k < at_most || k == n) return {splitter, splitter};
        T next = std::numeric_limits<T>::infinity();
        for (index i = 0; i < n; ++i) next = values[i] > splitter && values[i] < next ? values[i] : next;
        return {splitter, next};
    }
};

} // namespace bregman

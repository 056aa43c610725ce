#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>

#include <bregman/access.hpp>
#include <bregman/element_access.hpp>
#include <bregman/lane.hpp>
#include <bregman/random.hpp>
#include <bregman/tensor.hpp>

namespace bregman {

/// Selection on the CPU: the k-th smallest of n values and the one after it, exactly, in one pass over them.
/// Two values of a random sample enclose the wanted one almost surely; the pass counts what lies at or below
/// the first and gathers the few that lie strictly between, among which the search goes on. When the sample
/// was misleading, std::nth_element decides. After Floyd and Rivest, "Expected time bounds for selection",
/// 1975.
template <class T>
class selection {
  public:
    /// k from 1; with k = n the second is the first again. Reorders the values, allocates nothing.
    static std::pair<T, T> with_next(T* values, index n, index k) {
        if (n <= small) return by_partition(values, n, k);
        for (const double deviations : attempts) {
            const index size = move_sample_to_front(values, n, k);
            const auto [low, high] = enclose(values, size, n, k, deviations);
            move_to_front keep{values};
            const index at_most_low = split(plain{values}, n, low, high, keep);
            if (k > at_most_low && k <= at_most_low + keep.count)
                return among(values, keep.count, k - at_most_low, high, n - at_most_low);
            std::pair<T, T> found;
            if (is_at(k <= at_most_low ? low : high, values, n, k, found)) return found;
        }
        return by_partition(values, n, k);
    }

    /// The same for values that are computed where they are needed, so that nothing of size n is written.
    /// parts(visit) calls visit(value, count) for one part after the other, n values in all; value(access) is
    /// the value of the element or the lane at `access`, counted within the part. `scratch` holds n values.
    template <class Parts>
    static std::pair<T, T> with_next_of(const Parts& parts, index n, index k, T* scratch) {
        for (const double deviations : attempts) {
            if (n <= small) break;
            const index size = write_sample(parts, n, k, scratch);
            const auto [low, high] = enclose(scratch, size, n, k, deviations);
            if (low == high) break; // many values are equal
            index at_most_low = 0;
            append keep{scratch};
            parts([&, low = low, high = high](const auto& value, index count) {
                at_most_low += split(value, count, low, high, keep);
            });
            if (k > at_most_low && k <= at_most_low + keep.count)
                return among(scratch, keep.count, k - at_most_low, high, n - at_most_low);
        }
        write_all(parts, scratch);
        return with_next(scratch, n, k);
    }

  private:
    static constexpr index small = 2048;
    // Of a block: 16 floats or a little more, so that few blocks hold a value of interest.
    static constexpr index block_lanes = lane<T>::width >= 16 ? 1 : 4;
    // How far the two values lie from the sample's rank, in standard deviations of independent draws.
    // Neighbours that are alike make the first attempt fail more often than three deviations promise.
    static constexpr double attempts[] = {3, 8, 30};

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

    // Where the sample of 2 n^(2/3) values is taken: runs of neighbours, which cost one or two cache lines
    // together, at a random place in each of as many stretches.
    struct sample_places {
        static constexpr index run = 16;
        static_assert(run % lane<T>::width == 0);
        index runs, stretch;
        counter_random random;

        sample_places(index n, index k)
            : runs(1 + index(std::cbrt(double(n)) * std::cbrt(double(n)) * 2 / run)), stretch(n / runs),
              random(std::uint64_t(n), std::uint64_t(k)) {}
        // Never among the first `run` of its stretch: the sample's own place at the front is then elsewhere.
        index operator()(index r) const {
            const std::uint64_t draw = random.bits(std::uint64_t(r)) >> 32;
            return r * stretch + run + index(draw * std::uint64_t(stretch - 2 * run + 1) >> 32);
        }
    };

    static index move_sample_to_front(T* values, index n, index k) {
        const sample_places places(n, k);
        for (index r = 0; r < places.runs; ++r) {
            T *const front = values + r * places.run, *const place = values + places(r);
            for (index j = 0; j < places.run; j += lane<T>::width) {
                const auto in_front = lane<T>::load(front + j), in_place = lane<T>::load(place + j);
                in_place.store(front + j);
                in_front.store(place + j);
            }
        }
        return places.runs * places.run;
    }

    // Parts that are shorter than a run are left out.
    template <class Parts>
    static index write_sample(const Parts& parts, index n, index k, T* scratch) {
        const sample_places places(n, k);
        index first = 0, r = 0, written = 0;
        parts([&](const auto& value, index count) {
            for (; r < places.runs && places(r) < first + count; ++r) {
                if (count < places.run) continue;
                const index at = std::min(places(r) - first, count - places.run);
                for (index j = 0; j < places.run; j += lane<T>::width)
                    lane<T>(value(lane_access<T>{at + j})).store(scratch + written + j);
                written += places.run;
            }
            first += count;
        });
        return written;
    }

    template <class Parts>
    static void write_all(const Parts& parts, T* scratch) {
        index first = 0;
        parts([&](const auto& value, index count) {
            for (index i = 0; i < count; ++i) scratch[first + i] = value(element_access<T>{i});
            first += count;
        });
    }

    // The values of the sample whose ranks lie around k size / n, infinite where there are none.
    static std::pair<T, T> enclose(T* sample, index size, index n, index k, double deviations) {
        const double share = double(k) / double(n), middle = share * double(size);
        const double reach = deviations * std::sqrt(double(size) * share * (1 - share)) + 1;
        const index first = index(middle - reach), last = index(middle + reach) + 1;
        constexpr T infinity = std::numeric_limits<T>::infinity();
        return {first >= 1 ? with_next(sample, size, first).first : -infinity,
                last <= size ? with_next(sample, size, last).first : infinity};
    }

    // What is done with values that may lie strictly between the two: without a branch, which would be
    // mispredicted.
    struct append {
        T* to;
        index count = 0;

        BREGMAN_INLINE void operator()(index, T x, bool inside) {
            to[count] = x;
            count += inside;
        }
    };
    // What a value takes the place of has been looked at already and does not lie between.
    struct move_to_front {
        T* values;
        index count = 0;

        BREGMAN_INLINE void operator()(index i, T, bool inside) {
            using bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
            const bits here = std::bit_cast<bits>(values[i]), there = std::bit_cast<bits>(values[count]);
            const bits difference = (here ^ there) & (bits(0) - bits(inside));
            values[i] = std::bit_cast<T>(here ^ difference);
            values[count] = std::bit_cast<T>(there ^ difference);
            count += inside;
        }
    };

    // How many values are at most `low`. keep(i, x, inside) is called for some of the values, in order, those
    // strictly between among them. A stretch that fits a cache is looked at in blocks, of which those with such a
    // value are noted without a branch, which would be mispredicted, and gone through afterwards.
    template <class Value, class Keep>
    static index split(const Value& value, index n, T low, T high, Keep& keep) {
        using lanes = lane<T>;
        using mask = typename lanes::mask_type;
        using access = lane_access<T>;
        constexpr index width = lanes::width, block = block_lanes * width, stretch = 512;
        const lanes lowest(low), highest(high);
        index at_most_low = 0, i = 0, noted[stretch];
        while (i + block <= n) {
            mask counts = {};
            index found = 0;
            for (const index end = std::min(n, i + stretch * block); i + block <= end; i += block) {
                mask inside;
                if constexpr (block_lanes == 1) {
                    const lanes x = value(access{i});
                    const mask below = x <= lowest;
                    counts -= below;
                    inside = ~below & mask(x < highest);
                } else {
                    const lanes a = value(access{i}), b = value(access{i + width}),
                                c = value(access{i + 2 * width}), d = value(access{i + 3 * width});
                    const mask below_a = a <= lowest, below_b = b <= lowest, below_c = c <= lowest,
                               below_d = d <= lowest;
                    counts -= (below_a + below_b) + (below_c + below_d);
                    inside = (~below_a & mask(a < highest)) | (~below_b & mask(b < highest)) |
                             (~below_c & mask(c < highest)) | (~below_d & mask(d < highest));
                }
                noted[found] = i;
                found += any(inside);
            }
            for (int j = 0; j < width; ++j) at_most_low += index(counts[j]);
            for (index b = 0; b < found; ++b) show(value, noted[b], noted[b] + block, low, high, keep);
        }
        for (index rest = i; rest < n; ++rest) at_most_low += value(element_access<T>{rest}) <= low;
        show(value, i, n, low, high, keep);
        return at_most_low;
    }

    template <class Value, class Keep>
    BREGMAN_INLINE static void show(const Value& value, index first, index last, T low, T high, Keep& keep) {
        Keep in_registers = keep;
        for (index i = first; i < last; ++i) {
            const T x = value(element_access<T>{i});
            in_registers(i, x, bool(int(x > low) & int(x < high)));
        }
        keep = in_registers;
    }

    template <class Mask>
    BREGMAN_INLINE static bool any(const Mask& mask) {
        std::uint64_t words[sizeof(Mask) / sizeof(std::uint64_t)];
        std::memcpy(words, &mask, sizeof mask);
        std::uint64_t all = 0;
        for (const std::uint64_t word : words) all |= word;
        return all != 0;
    }

    // The k-th of the gathered values, of `above_low` values that are not below them: `high` follows.
    static std::pair<T, T> among(T* gathered, index count, index k, T high, index above_low) {
        const bool few = count <= above_low / 2 || count <= small; // else with_next might never end
        const auto found = few ? with_next(gathered, count, k) : by_partition(gathered, count, k);
        return k == count && count < above_low ? std::pair{found.first, high} : found;
    }

    // Whether the wanted value is a splitter itself, as it is when many values equal it.
    static bool is_at(T splitter, const T* values, index n, index k, std::pair<T, T>& found) {
        const auto less = std::count_if(values, values + n, [=](T x) { return x < splitter; });
        const auto at_most = less + std::count(values, values + n, splitter);
        if (k <= less || k > at_most) return false;
        found = {splitter, splitter};
        if (k == at_most && k < n) {
            found.second = std::numeric_limits<T>::infinity();
            for (index i = 0; i < n; ++i)
                if (values[i] > splitter) found.second = std::min(found.second, values[i]);
        }
        return true;
    }
};

} // namespace bregman

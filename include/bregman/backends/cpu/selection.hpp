#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>

#include <bregman/backends/cpu/access.hpp>
#include <bregman/backends/cpu/lane.hpp>
#include <bregman/base/finite.hpp>
#include <bregman/base/random.hpp>
#include <bregman/policy/element_access.hpp>
#include <bregman/tensors/tensor.hpp>

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
    static std::pair<T, T> with_next(T* values, index_t n, index_t k) {
        if (n <= small) return by_partition(values, n, k);
        for (const double deviations : attempts) {
            const index_t size = move_sample_to_front(values, n, k);
            const auto [low, high] = enclose(values, size, n, k, deviations);
            move_to_front keep{values};
            const index_t at_most_low = split(plain{values}, 0, n, low, high, keep);
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
    /// The k-th value is looked for between the two of `expected` first, if the one is below the other; no
    /// sample is taken then, and what is found is the same. for_each_piece(pieces, work) calls work(0) ... work(pieces - 1), in parallel if
    /// it likes.
    template <class Parts, class ForEachPiece>
    static std::pair<T, T> with_next_of(const Parts& parts, index_t n, index_t k, T* scratch, std::pair<T, T> expected,
                                        const ForEachPiece& for_each_piece) {
        std::pair<T, T> found;
        const auto is_between = [&](T low, T high, bool high_is_a_value) {
            const gathered inside = gather(parts, low, high, scratch, for_each_piece);
            if (k <= inside.at_most_low || k > inside.at_most_low + inside.count) return false;
            if (k == inside.at_most_low + inside.count && k < n && !high_is_a_value) return false; // what is next?
            found = among(scratch, inside.count, k - inside.at_most_low, high, n - inside.at_most_low);
            return true;
        };
        if (n > small) {
            if (expected.first < expected.second && is_between(expected.first, expected.second, false)) return found;
            for (const double deviations : attempts) {
                const index_t size = write_sample(parts, n, k, scratch);
                const auto [low, high] = enclose(scratch, size, n, k, deviations);
                if (low == high) break; // many values are equal
                if (is_between(low, high, true)) return found;
            }
        }
        write_all(parts, scratch);
        return with_next(scratch, n, k);
    }

  private:
    static constexpr index_t small = 2048;
    // Of a block: 16 values, so that few blocks hold one of interest.
    static constexpr index_t block_lanes = lane<T>::width >= 16 ? 1 : 16 / lane<T>::width;
    static constexpr index_t most_pieces = 64, piece_values = 65536;
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

    static std::pair<T, T> by_partition(T* values, index_t n, index_t k) {
        std::nth_element(values, values + (k - 1), values + n);
        const T chosen = values[k - 1];
        return {chosen, k < n ? *std::min_element(values + k, values + n) : chosen};
    }

    // Where the sample of 2 n^(2/3) values is taken: runs of neighbours, which cost one or two cache lines
    // together, at a random place in each of as many stretches.
    struct sample_places {
        static constexpr index_t run = 16;
        static_assert(run % lane<T>::width == 0);
        index_t runs, stretch;
        counter_random random;

        sample_places(index_t n, index_t k)
            : runs(1 + index_t(std::cbrt(double(n)) * std::cbrt(double(n)) * 2 / run)), stretch(n / runs),
              random(std::uint64_t(n), std::uint64_t(k)) {}
        // Never among the first `run` of its stretch: the sample's own place at the front is then elsewhere.
        index_t operator()(index_t r) const {
            const std::uint64_t draw = random.bits(std::uint64_t(r)) >> 32;
            return r * stretch + run + index_t(draw * std::uint64_t(stretch - 2 * run + 1) >> 32);
        }
    };

    static index_t move_sample_to_front(T* values, index_t n, index_t k) {
        const sample_places places(n, k);
        for (index_t r = 0; r < places.runs; ++r) {
            T *const front = values + r * places.run, *const place = values + places(r);
            for (index_t j = 0; j < places.run; j += lane<T>::width) {
                const auto in_front = lane<T>::load(front + j), in_place = lane<T>::load(place + j);
                in_place.store(front + j);
                in_front.store(place + j);
            }
        }
        return places.runs * places.run;
    }

    // Parts that are shorter than a run are left out.
    template <class Parts>
    static index_t write_sample(const Parts& parts, index_t n, index_t k, T* scratch) {
        const sample_places places(n, k);
        index_t first = 0, r = 0, written = 0;
        parts([&](const auto& value, index_t count) {
            for (; r < places.runs && places(r) < first + count; ++r) {
                if (count < places.run) continue;
                const index_t at = std::min(places(r) - first, count - places.run);
                for (index_t j = 0; j < places.run; j += lane<T>::width)
                    lane<T>(value(lane_access<T>{at + j})).store(scratch + written + j);
                written += places.run;
            }
            first += count;
        });
        return written;
    }

    template <class Parts>
    static void write_all(const Parts& parts, T* scratch) {
        index_t first = 0;
        parts([&](const auto& value, index_t count) {
            for (index_t i = 0; i < count; ++i) scratch[first + i] = value(element_access<T>{i});
            first += count;
        });
    }

    // The values of the sample whose ranks lie around k size / n, infinite where there are none.
    static std::pair<T, T> enclose(T* sample, index_t size, index_t n, index_t k, double deviations) {
        const double share = double(k) / double(n), middle = share * double(size);
        const double reach = deviations * std::sqrt(double(size) * share * (1 - share)) + 1;
        const index_t first = index_t(middle - reach), last = index_t(middle + reach) + 1;
        const T infinity = infinity_of<T>();
        return {first >= 1 ? with_next(sample, size, first).first : -infinity,
                last <= size ? with_next(sample, size, last).first : infinity};
    }

    // What is done with the values that lie strictly between the two.
    struct append {
        T* to;
        index_t count = 0;

        BREGMAN_INLINE void operator()(index_t, T x) { to[count++] = x; }
    };
    // What a value takes the place of has been looked at already and does not lie between.
    struct move_to_front {
        T* values;
        index_t count = 0;

        BREGMAN_INLINE void operator()(index_t i, T) { std::swap(values[i], values[count++]); }
    };

    struct gathered {
        index_t at_most_low = 0;
        index_t count = 0; ///< of the values between, at the front of the scratch
    };

    // Each piece of a part writes to its own place of the scratch, so that any order of them gives the same.
    template <class Parts, class ForEachPiece>
    static gathered gather(const Parts& parts, T low, T high, T* scratch, const ForEachPiece& for_each_piece) {
        gathered all;
        index_t first = 0;
        parts([&](const auto& value, index_t count) {
            const index_t pieces = std::clamp<index_t>(count / piece_values, 1, most_pieces);
            gathered found[most_pieces];
            const auto begin = [=](index_t p) { return count / pieces * p + std::min(p, count % pieces); };
            for_each_piece(pieces, [&](index_t p) {
                append keep{scratch + first + begin(p)};
                found[p].at_most_low = split(value, begin(p), begin(p + 1), low, high, keep);
                found[p].count = keep.count;
            });
            for (index_t p = 0; p < pieces; ++p) {
                const T* const from = scratch + first + begin(p);
                std::copy(from, from + found[p].count, scratch + all.count);
                all.at_most_low += found[p].at_most_low;
                all.count += found[p].count;
            }
            first += count;
        });
        return all;
    }

    // How many of the values in [first, last) are at most `low`. keep(i, x) is called for those strictly
    // between low and high, in order. Of a stretch that fits a cache, the blocks with such a value are noted
    // without a branch, which would be mispredicted, and gone through afterwards.
    template <class Value, class Keep>
    static index_t split(const Value& value, index_t first, index_t last, T low, T high, Keep& given) {
        using lanes = lane<T>;
        using mask = typename lanes::mask_type;
        constexpr index_t width = lanes::width, block = block_lanes * width, stretch = 512;
        const lanes lowest(low), highest(high);
        Keep keep = given; // in registers
        index_t at_most_low = 0, i = first;
        index_t noted[stretch];
        std::uint64_t inside[stretch];
        while (i + block <= last) {
            mask counts = {};
            index_t found = 0;
            for (const index_t end = std::min(last, i + stretch * block); i + block <= end; i += block) {
                const std::uint64_t here = [&]<std::size_t... l>(std::index_sequence<l...>) {
                    return ((inside_of(value(lane_access<T>{i + index_t(l) * width}), lowest, highest, counts)
                             << (l * std::size_t(width))) |
                            ...);
                }(std::make_index_sequence<std::size_t(block_lanes)>{});
                noted[found] = i;
                inside[found] = here;
                found += here != 0;
            }
            for (int j = 0; j < width; ++j) at_most_low += index_t(counts[j]);
            for (index_t b = 0; b < found; ++b)
                for (std::uint64_t left = inside[b]; left != 0; left &= left - 1) {
                    const index_t at = noted[b] + std::countr_zero(left);
                    keep(at, value(element_access<T>{at}));
                }
        }
        for (; i < last; ++i) {
            const T x = value(element_access<T>{i});
            at_most_low += x <= low;
            if (x > low && x < high) keep(i, x);
        }
        given = keep;
        return at_most_low;
    }

    template <class Lanes, class Mask>
    BREGMAN_INLINE static std::uint64_t inside_of(const Lanes& x, const Lanes& lowest, const Lanes& highest,
                                                  Mask& counts) {
        const Mask below = x <= lowest;
        counts -= below;
        return Lanes::bits(below ^ Mask(x < highest)); // low < high
    }

    // The k-th of the gathered values, of `above_low` values that are not below them: `high` follows.
    static std::pair<T, T> among(T* gathered, index_t count, index_t k, T high, index_t above_low) {
        const bool few = count <= above_low / 2 || count <= small; // else with_next might never end
        const auto found = few ? with_next(gathered, count, k) : by_partition(gathered, count, k);
        return k == count && count < above_low ? std::pair{found.first, high} : found;
    }

    // Whether the wanted value is a splitter itself, as it is when many values equal it.
    static bool is_at(T splitter, const T* values, index_t n, index_t k, std::pair<T, T>& found) {
        const auto less = std::count_if(values, values + n, [=](T x) { return x < splitter; });
        const auto at_most = less + std::count(values, values + n, splitter);
        if (k <= less || k > at_most) return false;
        found = {splitter, splitter};
        if (k == at_most && k < n) {
            found.second = infinity_of<T>();
            for (index_t i = 0; i < n; ++i)
                if (values[i] > splitter) found.second = std::min(found.second, values[i]);
        }
        return true;
    }
};

} // namespace bregman

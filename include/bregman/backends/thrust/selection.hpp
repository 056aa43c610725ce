#pragma once

#include <cstdint>
#include <cstring>
#include <limits>
#include <numeric>
#include <type_traits>

#include <bregman/backends/thrust/account.hpp>
#include <bregman/backends/thrust/tiles.hpp>
#include <bregman/base/finite.hpp>
#include <bregman/base/portability.hpp>
#include <bregman/step/kernels.hpp>
#include <bregman/tensors/tensor.hpp>

/// \file
/// The k-th smallest of many numbers in device memory and the one after it, without sorting, allocating or asking the
/// host: digit by digit of their bits, 4 bits in each pass, the values that share the digits so far are counted by
/// their next one. 8 reads of floats, 16 of doubles, and one for the value after; candidates.hpp makes them few.

namespace bregman::device {

/// The bits of a number such that they are ordered as the numbers are.
template <class T>
using key = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
template <class T>
inline constexpr key<T> sign_bit = key<T>(1) << (8 * sizeof(T) - 1);

template <class T>
BREGMAN_HOST_DEVICE key<T> key_of(T x) {
    key<T> bits;
    std::memcpy(&bits, &x, sizeof x);
    return bits & sign_bit<T> ? key<T>(~bits) : key<T>(bits | sign_bit<T>);
}
template <class T>
BREGMAN_HOST_DEVICE T value_of(key<T> ordered) {
    const key<T> bits = ordered & sign_bit<T> ? key<T>(ordered & ~sign_bit<T>) : key<T>(~ordered);
    T x;
    std::memcpy(&x, &bits, sizeof x);
    return x;
}

inline constexpr int digit_bits = 4, digit_values = 1 << digit_bits;
template <class T>
inline constexpr int digits_of = 8 * int(sizeof(T)) / digit_bits;

/// Where a selection is.
template <class T>
struct selection {
    key<T> prefix = 0; ///< the digits that are known
    int digits = 0;    ///< how many
    index_t rank = 0;  ///< of the value among those that share them, from 1
    index_t equal = 0; ///< how many share them

    // Where the next selection looks first (candidates.hpp), from the last two; both ends belong to it.
    key<T> bracket_first = 0, bracket_last = largest_key;
    key<T> last_found = 0; ///< 0 for none: no number that is one has this key
    bool missed = false;   ///< the bracket does not hold what is sought

    static constexpr key<T> largest_key = std::numeric_limits<key<T>>::max();

    BREGMAN_HOST_DEVICE void start(index_t k) {
        prefix = 0;
        digits = 0;
        rank = k;
        equal = 0;
    }
    BREGMAN_HOST_DEVICE int shift() const { return (digits_of<T> - 1 - digits) * digit_bits; }
    BREGMAN_HOST_DEVICE bool shares_digits(key<T> x) const {
        return digits == 0 || (x >> (shift() + digit_bits)) == prefix;
    }
    BREGMAN_HOST_DEVICE int next_digit(key<T> x) const { return int((x >> shift()) & key<T>(digit_values - 1)); }

    /// counts[d]: values that share the digits so far and go on with d.
    BREGMAN_HOST_DEVICE void add_digit(const index_t* counts) {
        int digit = 0;
        while (digit + 1 < digit_values && counts[digit] < rank) rank -= counts[digit++];
        prefix = (prefix << digit_bits) | key<T>(digit);
        equal = counts[digit];
        ++digits;
    }
    BREGMAN_HOST_DEVICE void open_bracket() {
        bracket_first = 0;
        bracket_last = largest_key;
    }
    /// Around what was found, four times as far as it has moved, and at least as far as a thousandth of it; the first time
    /// an eighth.
    BREGMAN_HOST_DEVICE void place_bracket() {
        constexpr int mantissa = std::numeric_limits<T>::digits - 1;
        const key<T> moved = prefix > last_found ? prefix - last_found : last_found - prefix;
        key<T> reach = last_found == 0           ? key<T>(1) << (mantissa - 3)
                       : moved < largest_key / 8 ? 4 * moved
                                                 : largest_key;
        if (reach < key<T>(1) << (mantissa - 10)) reach = key<T>(1) << (mantissa - 10);
        bracket_first = prefix > reach ? prefix - reach : 0;
        bracket_last = prefix < largest_key - reach ? prefix + reach : largest_key;
        last_found = prefix;
    }

    /// Whether the next value is the same.
    BREGMAN_HOST_DEVICE bool is_repeated() const { return rank < equal; }
};

template <class Count>
struct digit_counts {
    Count counts[digit_values];

    digit_counts() = default;
    template <class Other>
    BREGMAN_HOST_DEVICE explicit digit_counts(const digit_counts<Other>& other) {
        for (int d = 0; d < digit_values; ++d) counts[d] = Count(other.counts[d]);
    }
    BREGMAN_HOST_DEVICE digit_counts& operator+=(const digit_counts& other) {
        for (int d = 0; d < digit_values; ++d) counts[d] += other.counts[d];
        return *this;
    }
};

/// The counts of a lane, each below 2^16, in four registers: an array at a computed place would be in a GPU's memory.
class packed_digit_counts {
  public:
    static constexpr index_t most = 65535;

    BREGMAN_HOST_DEVICE void add(int digit, bool counts) {
        const std::uint64_t one = std::uint64_t(counts) << (16 * (digit & 3));
        for (int part = 0; part < parts; ++part) packed_[part] += digit >> 2 == part ? one : 0;
    }
    BREGMAN_HOST_DEVICE digit_counts<std::int32_t> unpacked() const {
        digit_counts<std::int32_t> result;
        for (int d = 0; d < digit_values; ++d)
            result.counts[d] = std::int32_t((packed_[d >> 2] >> (16 * (d & 3))) & std::uint64_t(most));
        return result;
    }

  private:
    static constexpr int parts = digit_values / 4;
    std::uint64_t packed_[parts] = {};
};

/// The smallest of what is "added".
template <class Value>
struct smallest_of {
    Value value;

    smallest_of() = default;
    BREGMAN_HOST_DEVICE explicit smallest_of(Value v) : value(v) {}
    BREGMAN_HOST_DEVICE smallest_of& operator+=(const smallest_of& other) {
        // 0 is what sums start with: larger than all. Keys that are above another are never 0.
        if (value == 0 || (other.value != 0 && other.value < value)) value = other.value;
        return *this;
    }
};

inline constexpr index_t selection_tile = 32768;

/// Where the values of a selection are: all of them, or as many at the front of each lane's share of `kept_tile` units as
/// `counts` says.
template <class T>
struct selection_values {
    const T* values;
    const std::int32_t* counts = nullptr;
    index_t kept_tile = 1;

    /// use(key) of a lane's values.
    template <class Use>
    BREGMAN_HOST_DEVICE void for_each_key(const place& at, Use&& use) const {
        if (!counts) {
            for (index_t i = at.first + at.lane; i < at.last; i += lanes) use(key_of(values[i]));
            return;
        }
        for (index_t first = at.first; first < at.last; first += kept_tile) {
            const T* const kept = values + first + at.lane;
            const index_t count = counts[first / kept_tile * lanes + at.lane];
            for (index_t j = 0; j < count; ++j) use(key_of(kept[j * lanes]));
        }
    }
    /// What a pass over them reads.
    traffic moves(index_t units) const {
        if (!counts) return {units * std::int64_t(sizeof(T)), 0};
        const index_t all_lanes = tiles_of(units, kept_tile) * lanes;
        const index_t kept = std::accumulate(counts, counts + all_lanes, index_t(0));
        return {kept * std::int64_t(sizeof(T)) + all_lanes * std::int64_t(sizeof(std::int32_t)), 0};
    }
};

/// Counts the next digits of a lane's values.
template <class State>
struct count_digits {
    static constexpr index_t per_tile = selection_tile;
    using T = typename State::scalar;
    const State* state;
    selection_values<T> from;

    BREGMAN_HOST_DEVICE digit_counts<std::int32_t> operator()(const place& at) const {
        static_assert(per_tile / lanes <= packed_digit_counts::most);
        packed_digit_counts found;
        if (!state->asks) return found.unpacked();
        const selection<T> choice = state->choice;
        from.for_each_key(at, [&](key<T> x) { found.add(choice.next_digit(x), choice.shares_digits(x)); });
        return found.unpacked();
    }
    traffic moves(index_t units) const { return state->asks ? from.moves(units) : traffic{}; }
};

/// The smallest key of a lane's values above the chosen one.
template <class State>
struct find_next {
    static constexpr index_t per_tile = selection_tile;
    using T = typename State::scalar;
    const State* state;
    selection_values<T> from;

    BREGMAN_HOST_DEVICE smallest_of<key<T>> operator()(const place& at) const {
        smallest_of<key<T>> result{};
        if (!state->asks) return result;
        from.for_each_key(at, [&](key<T> x) {
            if (x > state->choice.prefix) result += smallest_of<key<T>>(x);
        });
        return result;
    }
    traffic moves(index_t units) const { return state->asks ? from.moves(units) : traffic{}; }
};

/// What is sought: so many of the candidates are to become zero that the target's share of `counted` elements is.
struct selection_size {
    index_t counted, candidates;
    index_t unit = 1; ///< how many become zero at once

    template <class T>
    BREGMAN_HOST_DEVICE index_t zeros_for(T target) const {
        return kernel::zeros_for(target, counted, candidates, index_t(0), unit);
    }
};

template <class State, class SetLambda>
struct begin_selection {
    State* state;
    selection_size size;
    SetLambda set_lambda;

    BREGMAN_HOST_DEVICE void operator()() const {
        State& s = *state;
        if (!s.asks) return;
        if (size.candidates == 0) { // lambda acts on none of those that count
            s.asks = false;
            return;
        }
        const index_t zeros = size.zeros_for(s.target);
        s.choice.start(zeros);
        s.choice.missed = false;
        if (zeros > 0) return;
        s.asks = false; // nothing is to be zero
        s.again = s.next_lambda != 0;
        set_lambda(0);
    }
};

template <class State>
struct add_digit {
    State* state;
    const digit_counts<std::int64_t>* total;

    BREGMAN_HOST_DEVICE void operator()() const {
        if (!state->asks) return;
        index_t counts[digit_values];
        for (int d = 0; d < digit_values; ++d) counts[d] = index_t(total->counts[d]);
        state->choice.add_digit(counts);
    }
};

/// lambda from the chosen value and the next one.
template <class State, class SetLambda>
struct end_selection {
    using T = typename State::scalar;
    State* state;
    selection_size size;
    const smallest_of<key<T>>* above; ///< the chosen one
    SetLambda set_lambda;

    BREGMAN_HOST_DEVICE void operator()() const {
        State& s = *state;
        if (!s.asks) return;
        const T next = between(size.zeros_for(s.target));
        s.choice.place_bracket();
        if (!is_finite(next)) { // that many elements can never vanish
            s.law_has_failed = true;
            s.unusable_lambda = next;
            return;
        }
        const T taken = approached(next);
        s.again = taken != s.next_lambda;
        if (s.again) set_lambda(taken);
    }

  private:
    /// What a law makes of the lambda of the target that goes there by steps of its own.
    BREGMAN_HOST_DEVICE T approached(T found) const {
        const State& s = *state;
        if constexpr (requires { s.law.towards(s.step, s.lambda, found); })
            return s.law.towards(s.step, s.lambda, found);
        else
            return found;
    }
    BREGMAN_HOST_DEVICE T between(index_t zeros) const {
        const selection<T>& choice = state->choice;
        const T chosen = value_of<T>(choice.prefix);
        const bool has_next = above->value != 0 && !choice.is_repeated();
        return kernel::lambda_between(chosen, has_next ? value_of<T>(above->value) : chosen, zeros == size.candidates);
    }
};

} // namespace bregman::device

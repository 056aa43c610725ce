#pragma once

#include <cstdint>
#include <limits>

#include <bregman/backends/thrust/account.hpp>
#include <bregman/backends/thrust/selection.hpp>
#include <bregman/backends/thrust/tiles.hpp>
#include <bregman/base/portability.hpp>
#include <bregman/policy/element_access.hpp>
#include <bregman/step/kernels.hpp>

/// \file
/// The few numbers among which a selection can be made, where it is known about where the chosen one lies: the values are
/// computed and read once, those below a bracket are counted, those within are kept, and only these are sorted out digit by
/// digit. When the bracket was wrong, all are kept in a second pass: a bracket never changes what is found.

namespace bregman::device {

/// How many values lie below the bracket, and how many within.
template <class Count>
struct bracket_counts {
    Count below, within;

    bracket_counts() = default;
    BREGMAN_HOST_DEVICE bracket_counts(Count b, Count w) : below(b), within(w) {}
    template <class Other>
    BREGMAN_HOST_DEVICE explicit bracket_counts(const bracket_counts<Other>& other)
        : below(Count(other.below)), within(Count(other.within)) {}
    BREGMAN_HOST_DEVICE bracket_counts& operator+=(const bracket_counts& other) {
        below += other.below;
        within += other.within;
        return *this;
    }
};

/// Values of a tile, each lane's own one after the other among those of its warp, so that they are read as they were
/// written: value j of lane l is at l + 32 j.
inline constexpr index_t candidates_tile = 4096;
static_assert(selection_tile % candidates_tile == 0);
inline index_t candidate_lanes(index_t units) { return tiles_of(units, candidates_tile) * lanes; }

/// Keeps the values within the bracket. `second`: the pass that is made when the first has missed.
template <class State, class Values>
struct keep_candidates {
    using T = typename State::scalar;
    static constexpr index_t per_tile = candidates_tile;
    const State* state;
    Values values;
    T* kept;              ///< room for each unit
    std::int32_t* counts; ///< of each lane
    bool second;

    BREGMAN_HOST_DEVICE bracket_counts<std::int32_t> operator()(const place& at) const {
        std::int32_t below = 0, within = 0;
        if (!runs()) return {below, within};
        const key<T> first = state->choice.bracket_first, last = state->choice.bracket_last;
        const index_t start = at.first + at.lane;
        const auto take = [&](T value) {
            const key<T> x = key_of(value);
            below += x < first;
            if (x >= first && x <= last) kept[start + lanes * within++] = value;
        };
        constexpr int ahead = 4; // reads before the first write
        index_t i = start;
        for (; i + (ahead - 1) * lanes < at.last; i += ahead * lanes) {
            T read[ahead];
            for (int a = 0; a < ahead; ++a) read[a] = values(element_access<T>{i + a * lanes});
            for (int a = 0; a < ahead; ++a) take(read[a]);
        }
        for (; i < at.last; i += lanes) take(values(element_access<T>{i}));
        counts[at.first / per_tile * lanes + at.lane] = within;
        return {below, within};
    }
    traffic moves(index_t units) const {
        if (!runs()) return {};
        const traffic written =
            selection_values<T>{kept, counts, per_tile}.moves(units); // what was kept, and the counts
        return {units * std::int64_t(sizeof(T)), written.read};
    }

  private:
    BREGMAN_HOST_DEVICE bool runs() const { return state->asks && (!second || state->choice.missed); }
};

/// After keep_candidates: which of those that were kept is sought, or that all have to be looked at.
template <class State, class SetLambda>
struct judge_bracket {
    State* state;
    selection_size size;
    const bracket_counts<std::int64_t>* found;
    SetLambda set_lambda;
    bool second;

    BREGMAN_HOST_DEVICE void operator()() const {
        State& s = *state;
        if (!second) begin_selection<State, SetLambda>{state, size, set_lambda}();
        if (!s.asks) return;
        auto& choice = s.choice;
        if (second && !choice.missed) return;
        const index_t zeros = choice.rank, reached = index_t(found->below + found->within);
        choice.missed = zeros <= index_t(found->below) || (zeros >= reached && reached < size.candidates);
        if (choice.missed)
            choice.open_bracket();
        else
            choice.rank -= index_t(found->below);
    }
};

} // namespace bregman::device

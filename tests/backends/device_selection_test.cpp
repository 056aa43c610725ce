// A selection on the device, in parts: digits (selection.hpp), and the few values near the last one (candidates.hpp). How
// steps use it (resident_selection.hpp) is in device_steps_test.cpp.
#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include <bregman/backends/thrust/device_steps.hpp>

#include "twins.hpp"

namespace bregman::testing {

namespace {

/// The host's part of a selection on the device, digit by digit.
template <class T>
std::pair<T, bool> select(const std::vector<T>& values, index_t rank) {
    bregman::device::selection<T> choice;
    choice.start(rank);
    for (int d = 0; d < bregman::device::digits_of<T>; ++d) {
        index_t counts[bregman::device::digit_values] = {};
        for (const T x : values) {
            const auto key = bregman::device::key_of(x);
            if (choice.shares_digits(key)) ++counts[choice.next_digit(key)];
        }
        choice.add_digit(counts);
    }
    return {bregman::device::value_of<T>(choice.prefix), choice.is_repeated()};
}

/// As much of a step's state as a selection needs.
struct selecting_state {
    using scalar = float;
    float target, lambda = 0, next_lambda = 0;
    std::int64_t step = 1;
    bool asks = true, again = false;
    bregman::device::selection<float> choice{};
};
struct values_of_array {
    const float* array;
    float operator()(const element_access<float>& access) const { return access.load(array); }
};
struct set_nothing {
    void operator()(float) const {}
};

} // namespace

BOOST_AUTO_TEST_SUITE(selection_on_the_device)

// Whatever the bracket, the value of the rank and the next one are among those that were kept, at that place.
BOOST_AUTO_TEST_CASE(a_bracket_never_changes_what_is_selected) {
    namespace on = bregman::device;
    std::vector<float> values;
    for (int i = 0; i < 70; ++i) values.push_back(float(i * i % 9)); // ties of all kinds
    auto sorted = values;
    std::sort(sorted.begin(), sorted.end());
    const index_t n = index_t(values.size());
    std::vector<float> kept(values.size());
    std::vector<std::int32_t> counts(std::size_t(on::candidate_lanes(n)));
    int missed = 0, tried = 0;
    for (index_t zeros = 1; zeros <= n; ++zeros)
        for (int first = -1; first <= 9; ++first)
            for (int last = first; last <= 9; ++last) {
                selecting_state state{.target = float(zeros) / float(n)};
                state.choice.bracket_first = on::key_of(float(first));
                state.choice.bracket_last = on::key_of(float(last));
                for (const bool second : {false, true}) {
                    const on::keep_candidates<selecting_state, values_of_array> keep{
                        &state, {values.data()}, kept.data(), counts.data(), second};
                    on::bracket_counts<std::int64_t> found{};
                    for (index_t lane = 0; lane < on::lanes; ++lane)
                        found += on::bracket_counts<std::int64_t>(keep({0, n, lane}));
                    on::judge_bracket<selecting_state, set_nothing>{&state, {n, n}, &found, {}, second}();
                    if (!second) missed += state.choice.missed, ++tried;
                }
                std::vector<float> few;
                for (index_t lane = 0; lane < on::lanes; ++lane)
                    for (int j = 0; j < counts[std::size_t(lane)]; ++j)
                        few.push_back(kept[std::size_t(lane + on::lanes * j)]);
                std::sort(few.begin(), few.end());
                const std::size_t rank = std::size_t(state.choice.rank);
                BOOST_TEST_REQUIRE((rank >= 1 && rank <= few.size()));
                BOOST_TEST(few[rank - 1] == sorted[std::size_t(zeros - 1)]);
                if (zeros < n) BOOST_TEST_REQUIRE(rank < few.size());
                if (zeros < n) BOOST_TEST(few[rank] == sorted[std::size_t(zeros)]);
            }
    BOOST_TEST(missed > tried / 10);
    BOOST_TEST(missed < tried - tried / 10);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(digits_find_the_value_of_a_rank, T, scalars) {
    auto values = normal_values<T>(400, 1);
    for (std::size_t i = 0; i < 200; ++i) values[i] = std::abs(values[i % 50]); // repeated ones
    values[3] = std::numeric_limits<T>::infinity();
    values[4] = 0;
    values[5] = std::numeric_limits<T>::denorm_min();
    auto sorted = values;
    std::ranges::sort(sorted);
    for (index_t rank = 1; rank <= 400; ++rank) {
        const auto [value, repeated] = select(values, rank);
        BOOST_TEST(value == sorted[std::size_t(rank - 1)]);
        BOOST_TEST(repeated == (rank < 400 && sorted[std::size_t(rank)] == value));
    }
}

BOOST_AUTO_TEST_CASE(ranks_beyond_two_to_the_31) {
    bregman::device::selection<float> choice{};
    choice.start(9'000'000'000);
    index_t counts[bregman::device::digit_values] = {};
    counts[2] = 4'000'000'000, counts[7] = 4'500'000'000, counts[9] = 3'000'000'000;
    choice.add_digit(counts);
    BOOST_TEST(choice.prefix == 9u);
    BOOST_TEST(choice.rank == 500'000'000);
    BOOST_TEST(choice.equal == 3'000'000'000);
}

// Counts of more elements than an int can hold, as the sums of a tensor would leave them.
BOOST_AUTO_TEST_CASE(counts_beyond_two_to_the_31) {
    const bregman::device::counted_range ranges[] = {{0, true}, {1, false}, {2, true}};
    std::vector<std::int64_t> totals(3, 6'400'000'000);
    std::vector<index_t> nonzeros(3);
    const bregman::device::count_table table{ranges, 3, totals.data(), nonzeros.data(), 3, 25'600'000'000};
    BOOST_TEST(table.add_up() == 0.5);
    for (const index_t n : nonzeros) BOOST_TEST(n == 6'400'000'000);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing

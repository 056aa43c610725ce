// Selection against sorting, on all kinds of lists.
#include <algorithm>
#include <set>

#include <bregman/backends/cpu/selection.hpp>

#include "support/checks.hpp"
#include "support/values.hpp"

namespace bregman::testing {

namespace {

/// Values that are computed on the way.
template <class T>
struct halved {
    const T* doubles;
    template <class Access>
    typename Access::value operator()(const Access& access) const {
        return access.load(doubles) * typename Access::value(T(0.5));
    }
};

/// The same selection without a list: three parts, one of them empty. The pieces come in a strange order.
template <class T>
std::pair<T, T> from_parts(const std::vector<T>& values, index_t k, std::pair<T, T> expected = {0, 0}) {
    const index_t n = index_t(values.size()), first = n / 3;
    std::vector<T> doubles, scratch(values.size());
    for (const T x : values) doubles.push_back(2 * x);
    const auto parts = [&](auto&& visit) {
        visit(halved<T>{doubles.data()}, first);
        visit(halved<T>{nullptr}, 0);
        visit(halved<T>{doubles.data() + first}, n - first);
    };
    return selection<T>::with_next_of(parts, n, k, scratch.data(), expected, [](index_t pieces, auto&& work) {
        while (pieces > 0) work(--pieces);
    });
}

template <class T>
void check_selection(const std::vector<T>& values, const char* kind) {
    auto sorted = values;
    std::ranges::sort(sorted);
    const index_t n = index_t(values.size());
    const std::set<index_t> ranks{1, 2, n / 100, n / 10, n / 2, n / 2 + 1, n * 9 / 10, n - n / 100, n - 1, n};
    const auto at = [&](index_t k) { return sorted[std::size_t(std::clamp<index_t>(k, 1, n) - 1)]; };
    for (const index_t k : ranks) {
        if (k < 1 || k > n) continue;
        auto reordered = values;
        const auto [chosen, next] = selection<T>::with_next(reordered.data(), n, k);
        BOOST_TEST(chosen == at(k), kind << ", rank " << k << " of " << n);
        BOOST_TEST(next == at(k + 1), kind << ", after rank " << k << " of " << n);
        BOOST_TEST((from_parts(values, k) == std::pair{chosen, next}), kind << " in parts, rank " << k << " of " << n);
        // Expected where it is, at the interval's ends, next to it on both sides, and in an interval of everything.
        for (const auto& [low, high] : {std::pair{at(k - 5), at(k + 5)},
                                        {at(k - 1), at(k + 1)},
                                        {at(k), at(k + 5)},
                                        {at(k - 5), at(k)},
                                        {at(k + 1), at(k + 9)},
                                        {at(k - 9), at(k - 1)},
                                        {at(1) - 1, at(n) + 1}})
            BOOST_TEST((from_parts(values, k, {low, high}) == std::pair{chosen, next}),
                       kind << " in parts, rank " << k << " of " << n << ", expected between " << low << " and "
                            << high);
        std::ranges::sort(reordered);
        BOOST_TEST((reordered == sorted), kind << ": values were lost at rank " << k);
    }
}

template <class T>
std::vector<T> mapped(std::vector<T> values, auto function) {
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = T(function(values[i], i));
    return values;
}

} // namespace

BOOST_AUTO_TEST_SUITE(selections)

BOOST_AUTO_TEST_CASE_TEMPLATE(the_kth_value_and_the_next_are_those_of_the_sorted_list, T, scalars) {
    for (index_t n : {1, 2, 10, 2048, 2049, 5003, 20011}) {
        const auto normal = normal_values<T>(n, std::uint64_t(n));
        check_selection(normal, "normal");
        check_selection(mapped(normal, [](T x, auto) { return std::abs(x); }), "magnitudes");
        check_selection(mapped(normal, [](T, auto i) { return i; }), "ascending");
        check_selection(mapped(normal, [](T, auto i) { return -T(i); }), "descending");
        check_selection(mapped(normal, [](T, auto i) { return i % 97; }), "periodic");
        check_selection(mapped(normal, [](T, auto) { return 3; }), "equal");
        check_selection(mapped(normal, [](T x, auto) { return x > 0; }), "two values");
        check_selection(mapped(normal, [](T x, auto) { return std::max(x, T(0)); }), "half zeros");
        check_selection(mapped(normal, [](T x, auto) { return std::exp(20 * x); }), "heavy tails");
        check_selection(mapped(normal, [](T x, auto i) { return x * T(1 + i / 500 % 7); }), "rows of several scales");
        check_selection(mapped(normal, [n](T x, auto i) { return index_t(i) < n / 2 ? x : x * T(1e-6); }),
                        "two scales");
    }
}

// Long enough for several pieces.
BOOST_AUTO_TEST_CASE(long_lists_sample_their_samples) { check_selection(normal_values<float>(300007, 2), "normal"); }

BOOST_AUTO_TEST_CASE(infinite_values_are_values) {
    auto values = normal_values<double>(10000, 1);
    for (std::size_t i = 0; i < 6000; ++i) values[i] = i % 2 == 0 ? INFINITY : -INFINITY;
    check_selection(values, "infinities");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing

// The parts of a split state: shares of a plan, the k-th value of all processes, theta on its way.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <vector>

#include <bregman/bregman.hpp>
#include <bregman/distributed/shared_selection.hpp>
#include <bregman/distributed/theta_exchange.hpp>

#include "distributed/recorded_tasks.hpp"
#include "support/checks.hpp"
#include "support/thread_communicator.hpp"

namespace bregman::testing {

BOOST_AUTO_TEST_SUITE(shares)

BOOST_AUTO_TEST_CASE(shares_follow_each_other_and_cut_no_group) {
    common_task common;
    other_task other;
    const auto check = [](const work_plan& whole) {
        for (const int processes : {1, 2, 3, 5, 16, 200}) {
            index_t elements = 0, chunks = 0;
            for (int rank = 0; rank < processes; ++rank) {
                work_plan plan = whole;
                plan.share_out(rank, processes);
                BOOST_TEST(plan.own_first == chunks);
                BOOST_TEST(plan.shares[std::size_t(rank)] == elements);
                chunks = plan.own_last;
                elements += plan.size;
                index_t own = 0;
                for (std::size_t i = 0; i < plan.tensors.size(); ++i) {
                    const auto& t = plan.tensors[i];
                    BOOST_TEST(t.offset + plan.shares[std::size_t(rank)] == whole.tensors[i].offset);
                    own += (t.last - t.first) * t.unit();
                    if (t.whole || !t.contiguous())
                        BOOST_TEST((t.last - t.first == 0 || t.last - t.first == whole.tensors[i].last));
                    if (t.first < t.last)
                        BOOST_TEST((t.offset + t.first * t.unit() >= 0 && t.offset + t.last * t.unit() <= plan.size));
                }
                BOOST_TEST(own == plan.size);
                // No edge is nearer than half of the largest piece.
                BOOST_TEST(std::abs(double(plan.shares[std::size_t(rank)]) - double(whole.size) * rank / processes) <=
                           300);
            }
            BOOST_TEST(elements == whole.size);
            BOOST_TEST(chunks == index_t(whole.chunks.size()));
        }
    };
    check(work_plan::make<float>(common.list, 64));
    check(work_plan::make<float>(other.list, 64));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(the_kth_of_all_is_that_of_one_who_has_them, T, scalars) {
    const T infinity = infinity_of<T>();
    for (const int kind : {0, 1, 2}) { // different, with equal ones, with infinite ones
        std::vector<T> values = normal_values<T>(301, 5);
        if (kind == 1)
            for (T& x : values) x = std::round(2 * x) / 2; // -0 among them
        if (kind == 2)
            for (std::size_t i = 0; i < values.size(); i += 3) values[i] = infinity;
        std::vector<T> sorted = values;
        std::sort(sorted.begin(), sorted.end());
        const std::vector<std::size_t> cuts{0, 17, 17, 200, values.size()}; // the second has none
        const auto found = on_processes(4, [&](thread_communicator& all) {
            const std::size_t first = cuts[std::size_t(all.rank())], last = cuts[std::size_t(all.rank()) + 1];
            std::vector<std::pair<T, T>> pairs;
            for (const index_t k : {1, 2, 100, 150, 151, 200, 201, 300, 301})
                pairs.push_back(shared_order_statistics(values.data() + first, index_t(last - first), k, all));
            return pairs;
        });
        for (const auto& pairs : found) {
            std::size_t at = 0;
            for (const std::size_t k : {1u, 2u, 100u, 150u, 151u, 200u, 201u, 300u, 301u}) {
                BOOST_TEST(pairs[at].first == sorted[k - 1]);
                BOOST_TEST(pairs[at].second == sorted[std::min<std::size_t>(k, 300)]);
                ++at;
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(both_zeros_are_one_value) {
    const std::vector<float> values{0.0f, -0.0f, -2.0f, 3.0f};
    for (const auto& found : on_processes(2, [&](thread_communicator& all) {
             return shared_order_statistics(values.data() + 2 * all.rank(), 2, 2, all);
         }))
        // Of -2, 0, 0, 3 the second and the third, and a lambda of them has no sign.
        BOOST_TEST((found.first == 0 && found.second == 0 && !std::signbit(found.first)));
}

BOOST_AUTO_TEST_CASE(theta_arrives_in_the_shortest_form) {
    for (const std::size_t size : {0u, 1u, 7u, 8u, 1000u})
        for (const double density : {0.0, 0.01, 0.05, 0.5, 1.0}) {
            std::vector<float> values = normal_values<float>(index_t(size), 6);
            for (std::size_t i = 0; i < size; ++i)
                if (double(i % 100) >= 100 * density) values[i] = 0;
            if (size > 500) values[500] = -0.0f;
            const std::string bytes = encode_theta(values);
            BOOST_TEST(same_bits(decode_theta<float>(bytes, size), values));
            BOOST_TEST(bytes.size() <= 1 + size * sizeof(float));
            if (size == 1000 && density == 0.01) BOOST_TEST(bytes.size() <= 1 + 8u * 11);
            if (size == 1000 && density == 0.05) BOOST_TEST(bytes.size() <= 1 + 125u + 4 * 51);
            if (size > 1 && density == 1) BOOST_CHECK_THROW(decode_theta<float>(bytes, size - 1), std::runtime_error);
            if (size > 1 && density == 0.5)
                BOOST_CHECK_THROW(decode_theta<float>(bytes.substr(0, bytes.size() - 1), size), std::runtime_error);
        }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing

// For ThreadSanitizer (the preset "thread"): optimizers that know nothing of each other share nothing either.
#include <thread>
#include <vector>

#include <bregman/bregman.hpp>

#include "support/checks.hpp"
#include "support/values.hpp"

namespace bregman::testing {

namespace {

/// theta after 30 steps on one gradient that all runs read.
std::vector<float> stepped(const std::vector<float>& gradient, std::uint64_t seed) {
    std::vector<float> theta = normal_values<float>(index_t(gradient.size()), seed);
    adabreg<float, l1, quantile_law> method({.target = 0.8f});
    for (int k = 0; k < 30; ++k) method.step(theta, gradient);
    return theta;
}

} // namespace

BOOST_AUTO_TEST_SUITE(races)

BOOST_AUTO_TEST_CASE(two_optimizers_step_in_two_threads) {
    const std::vector<float> gradient = normal_values<float>(3001, 1);
    std::vector<float> first, second;
    std::thread one([&] { first = stepped(gradient, 2); }), other([&] { second = stepped(gradient, 3); });
    one.join();
    other.join();
    BOOST_TEST(same_bits(first, stepped(gradient, 2)));
    BOOST_TEST(same_bits(second, stepped(gradient, 3)));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing

// Lanes where the compiler has no vector extension. Compiled with BREGMAN_PLAIN_LANES, as its neighbours here are.
#include <type_traits>

#include <bregman/backends/cpu/lane.hpp>

#include "support/checks.hpp"

namespace bregman::testing {

BOOST_AUTO_TEST_SUITE(plain_lanes)

BOOST_AUTO_TEST_CASE_TEMPLATE(are_arrays_of_any_width, T, scalars) {
    using lanes = lane<T, 16>;
    static_assert(std::is_class_v<typename lanes::register_type> && std::is_class_v<typename lanes::mask_type>);
    T values[16];
    std::uint64_t negative = 0;
    for (int i = 0; i < 16; ++i) {
        values[i] = T(i % 3 ? i : -i);
        negative |= std::uint64_t(values[i] < 0) << i;
    }
    const lanes x = lanes::load(values), zero(T(0));
    BOOST_TEST(lanes::bits(x < zero) == negative);
    BOOST_TEST(lanes::bits(x > zero) == (~negative & 0xfffe)); // the first is zero
    BOOST_TEST(lanes::bits(x <= zero) == (negative | 1));
    BOOST_TEST(lanes::bits(x.is_zero()) == 1u);
    BOOST_TEST(lanes::bits(x.is_zero() | (x < zero)) == (negative | 1));
    typename lanes::mask_type counts = {};
    counts -= x < zero;
    counts -= (x < zero) ^ (x <= zero);
    for (int i = 0; i < 16; ++i) BOOST_TEST(int(counts[i]) == int(values[i] <= 0));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing

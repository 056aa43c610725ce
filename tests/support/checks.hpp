#pragma once

#include <cstring>
#include <exception>
#include <string>
#include <tuple>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace bregman::testing {

using scalars = std::tuple<float, double>;

/// A predicate for BOOST_CHECK_EXCEPTION: the message contains `fragment`.
inline auto says(std::string fragment) {
    return [fragment = std::move(fragment)](const std::exception& error) {
        const std::string text = error.what();
        BOOST_TEST(text.find(fragment) != std::string::npos,
                   "expected \"" << fragment << "\" in the message \"" << text << '"');
        return true;
    };
}

/// `expression` is misuse: std::invalid_argument with these words, an allowed range and a remedy.
#define CHECK_REFUSES(expression, fragment)                                                                            \
    BOOST_CHECK_EXCEPTION(expression, std::invalid_argument, ::bregman::testing::says(fragment))

/// |a_i - b_i| <= tolerance for all i.
template <class A, class B>
void check_close(const A& actual, const B& expected, double tolerance) {
    BOOST_REQUIRE_EQUAL(std::size_t(actual.size()), std::size_t(expected.size()));
    for (std::size_t i = 0; i < std::size_t(actual.size()); ++i)
        BOOST_TEST(std::abs(double(actual[i]) - double(expected[i])) <= tolerance,
                   "element " << i << ": " << actual[i] << " is not " << expected[i]);
}

/// The same bits, so that +0 and -0 differ and a NaN equals itself.
template <class T>
bool same_bits(const T& a, const T& b) {
    return std::memcmp(&a, &b, sizeof(T)) == 0;
}
template <class T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
    return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0);
}

} // namespace bregman::testing

// A policy is written once for scalars and lanes: both must give the same bits, wherever an element lies in what
// lane_loops.hpp goes through.
#include <limits>

#include <bregman/bregman.hpp>
#include <bregman/policy/element_access.hpp>

#include "support/checks.hpp"
#include "support/values.hpp"

namespace bregman::testing {

namespace {

/// Numbers where signs, zeros and rounding differ, followed by random ones.
template <class T>
std::vector<T> delicate_values() {
    using limits = std::numeric_limits<T>;
    std::vector<T> values{T(0),
                          T(-0.0),
                          T(1),
                          T(-1),
                          T(0.5),
                          T(-0.5),
                          limits::min(),
                          -limits::min(),
                          limits::denorm_min(),
                          limits::max(),
                          limits::lowest(),
                          limits::infinity(),
                          -limits::infinity(),
                          limits::epsilon(),
                          T(1e-12),
                          T(-1e-12)};
    for (T x : normal_values<T>(48, 3)) values.push_back(x);
    return values;
}

/// f on lanes of x and y against f on each of their elements.
template <class T, class Function>
void check_function(Function&& f) {
    const auto x = delicate_values<T>();
    for (std::size_t shift = 0; shift < x.size(); ++shift) {
        std::vector<T> y(x.size());
        for (std::size_t i = 0; i < x.size(); ++i) y[i] = x[(i + shift) % x.size()];
        for (std::size_t i = 0; i + lane<T>::width <= x.size(); i += lane<T>::width) {
            const lane<T> result = f(lane<T>::load(&x[i]), lane<T>::load(&y[i]));
            for (int j = 0; j < lane<T>::width; ++j) {
                const T expected = f(x[i + j], y[i + j]), seen = result[j];
                // The sign of a NaN is not defined.
                const bool agree = same_bits(seen, expected) || (std::isnan(seen) && std::isnan(expected));
                BOOST_TEST(agree, "f(" << x[i + j] << ", " << y[i + j] << ") = " << seen << " in a lane, " << expected
                                       << " as a scalar");
            }
        }
    }
}

/// The memory of one step.
template <class T>
struct memory {
    std::vector<T> g, v, theta, m1, m2;

    explicit memory(index_t n)
        : g(normal_values<T>(n, 1)), v(normal_values<T>(n, 2)), theta(std::size_t(n), T(7)), m1(normal_values<T>(n, 3)),
          m2(normal_values<T>(n, 4)) {
        for (T& square : m2) square *= square;
    }
    friend bool same(const memory& a, const memory& b) {
        return same_bits(a.v, b.v) && same_bits(a.theta, b.theta) && same_bits(a.m1, b.m1) && same_bits(a.m2, b.m2);
    }
};

template <class T, class Direction>
auto make_kernel(memory<T>& x, const Direction& direction) {
    using primal = kernel::regularized_primal<euclidean<T>, l1, T>;
    const auto step = direction.at(3, T(0.02));
    return kernel::update<T, Direction::moments, std::remove_const_t<decltype(step)>, primal>{
        x.g.data(), x.v.data(), x.theta.data(), {x.m1.data()}, T(0.9), step, primal{{.delta = T(1.5)}, {}, T(0.7)}};
}
template <class T>
auto make_kernel(memory<T>& x, const adam& direction) {
    using primal = kernel::regularized_primal<euclidean<T>, l1, T>;
    return kernel::update<T, 2, adam::increment<T>, primal>{x.g.data(),
                                                            x.v.data(),
                                                            x.theta.data(),
                                                            {x.m1.data(), x.m2.data()},
                                                            T(0.9),
                                                            direction.at(3, T(0.02)),
                                                            primal{{.delta = T(1.5)}, {}, T(0.7)}};
}

using directions = std::tuple<gradient, momentum, adam>;

template <class T, class Direction>
void check_every_offset_and_tail() {
    constexpr index_t width = lane<T>::width, size = 6 * width;
    const eigen_backend<T> cached;
    const eigen_backend<T, primal_store::streaming> streaming;
    for (index_t first = 0; first <= 2 * width; ++first)
        for (index_t last = first; last <= size; ++last) {
            memory<T> scalar(size), lanes(size), streamed(size);
            const auto by_element = make_kernel(scalar, Direction{});
            index_t nonzeros = 0;
            for (index_t i = first; i < last; ++i) nonzeros += std::abs(double(by_element(element_access<T>{i}))) > 0;
            BOOST_TEST(cached.elements(make_kernel(lanes, Direction{}), first, last) == nonzeros);
            BOOST_TEST(streaming.elements(make_kernel(streamed, Direction{}), first, last) == nonzeros);
            BOOST_TEST(same(scalar, lanes), "lanes differ in [" << first << ", " << last << ")");
            BOOST_TEST(same(scalar, streamed), "streaming differs in [" << first << ", " << last << ")");
        }
}

} // namespace

BOOST_AUTO_TEST_SUITE(lanes)

BOOST_AUTO_TEST_CASE_TEMPLATE(arithmetic_agrees_with_scalars, T, scalars) {
    check_function<T>([](const auto& a, const auto& b) { return a + b; });
    check_function<T>([](const auto& a, const auto& b) { return a - b; });
    check_function<T>([](const auto& a, const auto& b) { return a * b; });
    check_function<T>([](const auto& a, const auto& b) { return a / b; });
    check_function<T>([](const auto& a, const auto&) { return -a; });
    check_function<T>([](auto a, const auto& b) { return a += b, a -= b, a *= b, a /= b; });
}

// sinh, asinh and pow are the scalar ones; exp and log have SIMD forms of their own, a few bits apart.
BOOST_AUTO_TEST_CASE_TEMPLATE(transcendental_functions_agree_with_scalars, T, scalars) {
    for (T x : normal_values<T>(200, 9, 3.0)) {
        const lane<T> a(x), positive(std::abs(x));
        BOOST_TEST(same_bits(sinh(a)[0], bregman::sinh(x)));
        BOOST_TEST(same_bits(asinh(a)[0], bregman::asinh(x)));
        BOOST_TEST(same_bits(pow(positive, T(1.7))[0], bregman::pow(std::abs(x), T(1.7))));
        BOOST_TEST(std::abs(exp(a)[0] / bregman::exp(x) - 1) <= 4 * std::numeric_limits<T>::epsilon());
        const T logarithm = bregman::log(std::abs(x));
        BOOST_TEST(std::abs(log(positive)[0] - logarithm) <=
                   4 * std::numeric_limits<T>::epsilon() * std::max(T(1), std::abs(logarithm)));
    }
    BOOST_TEST(std::isinf(log(lane<T>(T(0)))[0]));
    BOOST_TEST(std::isnan(log(lane<T>(T(-1)))[0]));
    BOOST_TEST(exp(lane<T>(-std::numeric_limits<T>::infinity()))[0] == T(0));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(functions_agree_with_scalars, T, scalars) {
    check_function<T>([](const auto& a, const auto& b) { return min(a, b); });
    check_function<T>([](const auto& a, const auto& b) { return max(a, b); });
    check_function<T>([](const auto& a, const auto& b) { return clamp(a, b, b); });
    check_function<T>([](const auto& a, const auto&) { return abs(a); });
    check_function<T>([](const auto& a, const auto&) { return sign(a); });
    check_function<T>([](const auto& a, const auto&) { return sqrt(abs(a)); });
    for (T threshold : {T(0), T(0.3), T(2)})
        check_function<T>([threshold](const auto& a, const auto&) { return shrink(a, threshold); });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(comparisons_select_as_scalars_do, T, scalars) {
    const auto x = delicate_values<T>();
    for (std::size_t i = 0; i + 2 * lane<T>::width <= x.size(); i += lane<T>::width) {
        const auto a = lane<T>::load(&x[i]), b = lane<T>::load(&x[i + lane<T>::width]);
        const auto less = select(a < b, lane<T>(T(1)), lane<T>(T(0)));
        const auto more = select(a > b, lane<T>(T(1)), lane<T>(T(0)));
        const auto not_more = select(a <= b, lane<T>(T(1)), lane<T>(T(0)));
        for (int j = 0; j < lane<T>::width; ++j) {
            BOOST_TEST((less[j] == 1) == (a[j] < b[j]));
            BOOST_TEST((more[j] == 1) == (a[j] > b[j]));
            BOOST_TEST((not_more[j] == 1) == (a[j] <= b[j]));
            BOOST_TEST((lane<T>::bits(a < b) >> j & 1) == std::uint64_t(a[j] < b[j]));
            BOOST_TEST((lane<T>::bits(a.is_zero()) >> j & 1) == std::uint64_t(a[j] == 0)); // -0 too
        }
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(shrink_is_soft_thresholding, T, scalars) {
    BOOST_TEST(shrink(T(3), T(1)) == T(2));
    BOOST_TEST(shrink(T(-3), T(1)) == T(-2));
    BOOST_TEST(shrink(T(1), T(1)) == T(0));
    BOOST_TEST(shrink(T(-0.5), T(1)) == T(0));
    BOOST_TEST(shrink(T(-0.5), T(0)) == T(-0.5));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(part_of_a_lane_touches_nothing_else, T, scalars) {
    for (index_t count = 0; count < lane<T>::width; ++count) {
        std::vector<T> to(std::size_t(lane<T>::width + 2), T(5));
        const part_of_lane_access<T> access{1, count};
        const std::vector<T> from = normal_values<T>(lane<T>::width + 2, 9);
        access.store(to.data(), access.load(from.data()));
        for (index_t i = 0; i < index_t(to.size()); ++i)
            BOOST_TEST(to[i] == (i >= 1 && i < 1 + count ? from[i] : T(5)));
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(steps_in_float_agree_with_scalars, Direction, directions) {
    check_every_offset_and_tail<float, Direction>();
}

BOOST_AUTO_TEST_CASE_TEMPLATE(steps_in_double_agree_with_scalars, Direction, directions) {
    check_every_offset_and_tail<double, Direction>();
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing

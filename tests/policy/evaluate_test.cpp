// Policies that know scalars only: the per-element fallback gives the same bits as the generic ones.
#include <algorithm>

#include <bregman/bregman.hpp>

#include "support/checks.hpp"
#include "support/values.hpp"

namespace bregman::testing {

namespace {

struct scalar_adam {
    static constexpr int moments = 2;
    static constexpr double default_step_size = 0.01;

    struct increment {
        adam::increment<float> generic;
        float operator()(float g, float& m1, float& m2) const { return generic(g, m1, m2); }
    };
    increment at(std::int64_t step, float step_size) const { return {adam{}.at(step, step_size)}; }
};

struct scalar_gradient {
    static constexpr int moments = 0;
    static constexpr double default_step_size = 0.1;

    struct increment {
        float step_size;
        float operator()(float g) const { return g * step_size; }
    };
    increment at(std::int64_t, float step_size) const { return {step_size}; }
};

struct scalar_mirror {
    float to_dual(float theta) const { return theta / 0.5f; }
    float to_primal(float dual) const { return dual * 0.5f; }
};

struct scalar_l1 {
    float value(float x) const { return std::fabs(x); }
    float subgradient(float x) const { return x > 0 ? 1.0f : x < 0 ? -1.0f : 0.0f; }
    float prox(float x, float t) const { return x > t ? x - t : x < -t ? x + t : 0.0f; }
};

constexpr index_t size = 1003;

/// theta and v after ten steps.
template <class Direction, class Mirror, class Regularizer>
std::vector<float> run(Mirror mirror = {}, Direction direction = {}) {
    optimizer<Direction, Mirror, Regularizer, multiplicative_law<float>, eigen_backend<float>> method(
        {.step_size = 0.05f, .lambda = 0.1f}, direction, mirror);
    auto theta = normal_values<float>(size, 1);
    for (std::uint64_t k = 0; k < 10; ++k) {
        const auto g = normal_values<float>(size, 10 + k);
        method.step(theta, g);
    }
    const auto v = method.dual();
    theta.insert(theta.end(), v.begin(), v.end());
    return theta;
}

} // namespace

BOOST_AUTO_TEST_SUITE(scalar_policies)

BOOST_AUTO_TEST_CASE(a_direction_for_scalars) {
    BOOST_TEST(same_bits(run<scalar_gradient, euclidean<float>, l1>(), run<gradient, euclidean<float>, l1>()));
}

BOOST_AUTO_TEST_CASE(a_direction_with_moments_for_scalars) {
    BOOST_TEST(same_bits(run<scalar_adam, euclidean<float>, l1>(), run<adam, euclidean<float>, l1>()));
}

BOOST_AUTO_TEST_CASE(a_regularizer_for_scalars) {
    // x - clamp(x, -t, t) rounds once, as x - t does.
    BOOST_TEST(same_bits(run<gradient, euclidean<float>, scalar_l1>(), run<gradient, euclidean<float>, l1>()));
}

BOOST_AUTO_TEST_CASE(a_mirror_map_for_scalars) {
    BOOST_TEST(same_bits(run<gradient, scalar_mirror, none>(), run<gradient, euclidean<float>, none>({.delta = 0.5f})));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing

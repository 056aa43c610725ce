// theta and gradient in half or bfloat16, v and moments in float, against the same optimizer in float.
#include <limits>
#include <sstream>
#include <variant>

#include <bregman/backends/thrust/device_steps.hpp>
#include <bregman/regularizers/group_l2.hpp>

#include "support/scratch_folder.hpp"
#include "twins.hpp"

namespace bregman::testing {

namespace {

using halves = std::tuple<Eigen::half, Eigen::bfloat16>;
using grouped = std::variant<none, l1, group_rows>;

template <class Stored, class Law = fixed_law>
using mixed_adabreg = adabreg<float, grouped, Law, mixed_precision_backend<Stored>>;
template <class Law = fixed_law>
using float_adabreg = adabreg<float, grouped, Law, thrust_backend<float, thrust_path::elements>>;

template <class Stored>
std::vector<Stored> rounded(const std::vector<float>& values) {
    std::vector<Stored> result;
    for (const float x : values) result.push_back(static_cast<Stored>(x));
    return result;
}
template <class Stored>
std::vector<float> widened(const std::vector<Stored>& values) {
    std::vector<float> result;
    for (const Stored& x : values) result.push_back(static_cast<float>(x));
    return result;
}

constexpr index_t size = 2000 + 40 * 50 + 30 * 6 + 100;
constexpr int tail = 100; // of weights so small that halves of them are 0

/// Elements, long and short groups, and a part of tiny weights that no regularizer touches.
template <class S>
parameter_list<S, grouped> list_of(device<S>& theta, const device<S>& gradient) {
    parameter_list<S, grouped> list;
    index_t offset = 0;
    const auto add = [&](const tensor_shape& shape) {
        list.add_view(thrust::raw_pointer_cast(theta.data()) + offset,
                      thrust::raw_pointer_cast(gradient.data()) + offset, shape);
        offset += shape.size();
    };
    list.add_group({.name = "weights", .regularizer = l1{}});
    add({{2000}});
    list.add_group({.name = "rows", .regularizer = group_rows{}, .lambda_scale = 0.5});
    add({{40, 50}}), add({{30, 6}});
    list.add_group({.name = "tiny", .regularizer = none{}});
    add({{tail}});
    return list;
}

template <class S>
std::vector<float> representable(std::uint64_t seed) {
    auto values = normal_values<float>(size, seed);
    for (index_t i = size - tail; i < size; ++i) values[std::size_t(i)] = 0;
    return widened(rounded<S>(values));
}

/// A run in mixed precision and its copy in float, which sees the same gradients.
template <class S, class Law = fixed_law>
struct runs {
    mixed_adabreg<S, Law> mixed;
    float_adabreg<Law> plain;
    device<S> theta{rounded<S>(representable<S>(1))};
    device<float> plain_theta{representable<S>(1)};

    explicit runs(float target = 0.8f)
        : mixed({.step_size = 0.05f, .lambda = 0.3f, .target = target}),
          plain({.step_size = 0.05f, .lambda = 0.3f, .target = target}) {}

    void step(std::uint64_t k) {
        const auto g = representable<S>(10 + k);
        const device<S> gradient(rounded<S>(g));
        const device<float> plain_gradient(g);
        mixed.step(list_of(theta, gradient));
        plain.step(list_of(plain_theta, plain_gradient));
    }
};

template <class S>
index_t nonzeros(const device<S>& theta, index_t first, index_t last) {
    const auto host = widened(on_host(theta));
    return count_nonzeros(std::vector<float>(host.begin() + first, host.begin() + last));
}

} // namespace

BOOST_AUTO_TEST_SUITE(mixed_precision)

BOOST_AUTO_TEST_CASE_TEMPLATE(stored_theta_is_the_rounding_of_the_one_in_float, S, halves) {
    runs<S> both;
    for (std::uint64_t k = 0; k < 10; ++k) both.step(k);
    BOOST_TEST(same_bits(both.mixed.dual(), both.plain.dual())); // v is the master copy
    BOOST_TEST(same_bits(widened(on_host(both.theta)), widened(rounded<S>(on_host(both.plain_theta)))));
    BOOST_TEST(both.mixed.sparsity() > 0.05f); // more than the tail
    BOOST_TEST(both.mixed.sparsity() < 0.95f);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(the_count_is_of_what_is_stored, S, halves) {
    runs<S, multiplicative_law<float>> both;
    for (std::uint64_t k = 0; k < 5; ++k) both.step(k);
    const auto& counts = both.mixed.counts();
    BOOST_TEST(counts[0].nonzeros == nonzeros(both.theta, 0, 2000));
    BOOST_TEST(counts[1].nonzeros == nonzeros(both.theta, 2000, size - tail));
    BOOST_TEST(counts[2].nonzeros == nonzeros(both.theta, size - tail, size));
}

// Smaller than a half can be: theta is 0 and counts as 0, while v goes on growing.
BOOST_AUTO_TEST_CASE(a_weight_that_underflows_is_a_zero) {
    device<Eigen::half> theta(rounded<Eigen::half>(std::vector<float>(64, 0.0f)));
    const device<Eigen::half> gradient(rounded<Eigen::half>(std::vector<float>(64, -1.0f)));
    linbreg<float, l1, fixed_law, mixed_precision_backend<Eigen::half>> method({.step_size = 1e-8f, .lambda = 0});
    method.step(theta, gradient);
    BOOST_TEST(method.counts()[0].nonzeros == 0);
    BOOST_TEST(method.dual()[5] == 1e-8f);
    for (int k = 0; k < 99; ++k) method.step(theta, gradient);
    BOOST_TEST(method.counts()[0].nonzeros == 64);
    BOOST_TEST(std::abs(widened(on_host(theta))[5] - 1e-6f) < 1e-7f);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_run_continues_from_v_exactly, S, halves) {
    const scratch_folder folder;
    runs<S> one, other;
    for (std::uint64_t k = 0; k < 3; ++k) one.step(k), other.step(k);
    save_run(folder / "run", one.mixed, one.theta);
    runs<S> third;
    load_run(folder / "run", third.mixed, third.theta);
    BOOST_TEST(same_bits(widened(on_host(third.theta)), widened(on_host(one.theta))));
    for (std::uint64_t k = 3; k < 6; ++k) other.step(k), third.step(k);
    BOOST_TEST(same_bits(third.mixed.dual(), other.mixed.dual()));
    BOOST_TEST(same_bits(widened(on_host(third.theta)), widened(on_host(other.theta))));
    runs<S> fourth; // v alone suffices: the next step computes theta from it
    std::stringstream state;
    save_state(state, one.mixed);
    load_state(state, fourth.mixed);
    for (std::uint64_t k = 3; k < 6; ++k) fourth.step(k);
    BOOST_TEST(same_bits(widened(on_host(fourth.theta)), widened(on_host(other.theta))));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(steps_that_stay_on_the_device_are_the_same, S, halves) {
    runs<S, multiplicative_law<float>> by_host, on_device;
    device<S> gradient(rounded<S>(representable<S>(10)));
    const auto list = list_of(on_device.theta, gradient);
    device_steps steps(on_device.mixed, list);
    for (std::uint64_t k = 0; k < 5; ++k) {
        by_host.step(k);
        const auto g = rounded<S>(representable<S>(10 + k));
        thrust::copy(g.begin(), g.end(), gradient.begin());
        steps.step();
    }
    steps.finish();
    BOOST_TEST(same_bits(on_device.mixed.dual(), by_host.mixed.dual()));
    BOOST_TEST(same_bits(widened(on_host(on_device.theta)), widened(on_host(by_host.theta))));
    BOOST_TEST(same_bits(on_device.mixed.lambda(), by_host.mixed.lambda()));
}

BOOST_AUTO_TEST_CASE(a_gradient_in_half_that_is_not_finite_is_refused) {
    runs<Eigen::half> both;
    both.step(0);
    auto g = rounded<Eigen::half>(representable<Eigen::half>(11));
    g[5] = Eigen::half(std::numeric_limits<float>::infinity());
    BOOST_TEST(both.mixed.step(list_of(both.theta, device<Eigen::half>(g))).refused);
    BOOST_TEST(both.mixed.steps() == 1);
}

BOOST_AUTO_TEST_CASE(the_optimizer_of_the_documentation) {
    device<Eigen::bfloat16> theta(rounded<Eigen::bfloat16>(normal_values<float>(100, 1)));
    const device<Eigen::bfloat16> gradient(rounded<Eigen::bfloat16>(normal_values<float>(100, 2)));
    using backend = bregman::mixed_precision_backend<Eigen::bfloat16>;
    bregman::adabreg<float, bregman::l1, bregman::multiplicative_law<float>, backend> optimizer;
    optimizer.step(theta, gradient); // both are thrust::device_vector<Eigen::bfloat16>
    BOOST_TEST(optimizer.counts()[0].nonzeros == nonzeros(theta, 0, 100));
}

BOOST_AUTO_TEST_CASE(rules_that_read_theta_are_refused) {
    CHECK_REFUSES((mixed_adabreg<Eigen::half>({.on_lambda_change = dual_rule::ratio})),
                  "on_lambda_change = ratio; allowed: keep or prox_rescaled in mixed precision");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing

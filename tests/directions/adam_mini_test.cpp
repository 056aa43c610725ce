// Adam with one second moment for each tensor: the formula written out, whose number is whose, and what it is for.
#include <cmath>
#include <cstdint>
#include <cstring>
#include <sstream>
#include <string>
#include <vector>

#include <bregman/bregman.hpp>
#include <bregman/problems/least_squares.hpp>

#include "support/checks.hpp"
#include "support/values.hpp"
#include "tolerances.hpp"

namespace bregman::testing {

namespace {

template <class Direction = adam_mini, class Law = fixed_law, class T = float>
using mini = optimizer<Direction, euclidean<T>, l1, Law, eigen_backend<T>>;

/// Two tensors whose gradients differ in size by a factor of 100.
template <class T>
struct pair_of_tensors {
    std::vector<T> large = normal_values<T>(1000, 1), small = normal_values<T>(300, 2);
    std::vector<T> large_slope = large, small_slope = small;
    parameter_list<T, l1> list;

    pair_of_tensors() {
        list.add(large, large_slope);
        list.add(small, small_slope);
    }
    void draw(int step, T scale = 1) {
        const auto values = normal_values<T>(1300, std::uint64_t(10 + step));
        for (std::size_t i = 0; i < 1000; ++i) large_slope[i] = scale * values[i];
        for (std::size_t i = 0; i < 300; ++i) small_slope[i] = scale * values[1000 + i] / 100;
    }
};

/// v of one tensor by the formula, in double.
struct written_out {
    std::vector<double> v, m1;
    double m2 = 0;

    template <class T>
    void step(const std::vector<T>& g, int k, double tau, const adam_mini& d, double clip = 1) {
        double squares = 0;
        for (const T x : g) squares += clip * double(x) * clip * double(x);
        m2 = d.beta2 * m2 + (1 - d.beta2) * squares / double(g.size());
        m1.resize(g.size());
        for (std::size_t i = 0; i < g.size(); ++i) {
            m1[i] = d.beta1 * m1[i] + (1 - d.beta1) * clip * double(g[i]);
            const double slope = m1[i] / (1 - std::pow(d.beta1, k));
            v[i] -= tau * slope / (std::sqrt(m2 / (1 - std::pow(d.beta2, k))) + d.epsilon);
        }
    }
};

template <class T>
std::vector<double> as_double(const std::vector<T>& values) {
    return {values.begin(), values.end()};
}

} // namespace

BOOST_AUTO_TEST_SUITE(adam_with_one_second_moment)

// lambda 0: theta is v.
BOOST_AUTO_TEST_CASE_TEMPLATE(steps_follow_the_formula_for_each_tensor, T, scalars) {
    const adam_mini direction{.beta1 = 0.8, .beta2 = 0.99, .epsilon = 1e-6};
    for (const double clip_norm : {0.0, 5.0}) {
        mini<adam_mini, fixed_law, T> method({.step_size = T(0.05), .lambda = 0, .clip_norm = T(clip_norm)}, direction);
        pair_of_tensors<T> x;
        written_out large{as_double(x.large), {}}, small{as_double(x.small), {}};
        for (int k = 1; k <= 20; ++k) {
            x.draw(k);
            double norm = 0;
            for (const T g : x.large_slope) norm += double(g) * double(g);
            for (const T g : x.small_slope) norm += double(g) * double(g);
            const double clip = clip_norm > 0 ? clip_norm / std::sqrt(norm) : 1;
            method.step(x.list);
            large.step(x.large_slope, k, 0.05, direction, clip);
            small.step(x.small_slope, k, 0.05, direction, clip);
        }
        check_close(x.large, large.v, 20 * tolerance<T>::many_steps);
        check_close(x.small, small.v, 20 * tolerance<T>::many_steps);
    }
}

// A tensor that takes no part keeps its number, and its count of steps.
BOOST_AUTO_TEST_CASE(a_tensor_without_a_gradient_remembers) {
    mini<> method({.step_size = 0.05f, .lambda = 0});
    pair_of_tensors<float> x;
    written_out small{as_double(x.small), {}};
    for (int k = 1, of_small = 0; k <= 6; ++k) {
        x.draw(k);
        x.list.rebind(1, x.small.data(), k % 2 ? x.small_slope.data() : nullptr);
        method.step(x.list);
        if (k % 2) small.step(x.small_slope, ++of_small, 0.05, {});
    }
    check_close(x.small, small.v, 20 * tolerance<float>::many_steps);
}

// Gradients in other units make the same steps; Adam's length in the mean of a tensor.
BOOST_AUTO_TEST_CASE(steps_are_blind_to_the_unit_of_the_loss) {
    pair_of_tensors<double> x, scaled;
    mini<adam_mini, fixed_law, double> method({.lambda = 0.1}, {.epsilon = 1e-300}),
        other({.lambda = 0.1}, {.epsilon = 1e-300});
    for (int k = 1; k <= 10; ++k) {
        x.draw(k), method.step(x.list);
        scaled.draw(k, 1e6), other.step(scaled.list);
    }
    check_close(x.large, scaled.large, 1e-12);
    check_close(x.small, scaled.small, 1e-12);
}

BOOST_AUTO_TEST_CASE(what_it_remembers_is_part_of_the_state) {
    mini<> whole({.lambda = 0.1f}), resumed({.lambda = 0.1f});
    pair_of_tensors<float> x, y;
    for (int k = 1; k <= 3; ++k) x.draw(k), whole.step(x.list);
    std::stringstream file;
    save_state(file, whole);
    load_state(file, resumed);
    y.large = x.large, y.small = x.small;
    for (int k = 4; k <= 6; ++k) {
        x.draw(k), whole.step(x.list);
        y.draw(k), resumed.step(y.list);
    }
    BOOST_TEST((same_bits(x.large, y.large) && same_bits(x.small, y.small)));
}

// Of one that is below 0 the root would be no number.
BOOST_AUTO_TEST_CASE(a_number_that_none_can_be_is_refused) {
    mini<> saved({.lambda = 0.1f}), loaded({.lambda = 0.1f});
    std::vector<float> theta{1, 2}, g{1, 1};
    saved.step(theta, g);
    const double m2 = (1 - 0.999) * (2.0 / 2.0);
    for (const double wrong : {-1.0, infinity_of<double>(), nan_of<double>()}) {
        std::string bytes = state_bytes(saved);
        const auto at = bytes.find(std::string(reinterpret_cast<const char*>(&m2), sizeof m2));
        BOOST_REQUIRE(at != std::string::npos);
        std::memcpy(bytes.data() + at, &wrong, sizeof wrong);
        std::string file(state_format::magic);
        state_format::put(file, std::uint64_t(bytes.size()));
        file += bytes;
        state_format::put(file, state_format::checksum(bytes));
        std::istringstream in(file);
        CHECK_REFUSES(load_state(in, loaded), "memory of tensor 0 in the state file");
    }
}

// Its sums of squares are taken whether or not somebody else asks, so that a bad gradient is never stepped with.
BOOST_AUTO_TEST_CASE(a_gradient_that_is_not_finite_changes_nothing) {
    mini<> method({.lambda = 0.1f, .check_finite = false}), undisturbed({.lambda = 0.1f, .check_finite = false});
    pair_of_tensors<float> x, y;
    x.draw(1), method.step(x.list);
    y.draw(1), undisturbed.step(y.list);
    x.draw(2);
    x.small_slope[7] = nan_of<float>();
    BOOST_TEST(method.step(x.list).refused);
    BOOST_TEST((same_bits(x.large, y.large) && same_bits(x.small, y.small)));
    x.draw(3), method.step(x.list);
    y.draw(3), undisturbed.step(y.list);
    BOOST_TEST((same_bits(x.large, y.large) && same_bits(x.small, y.small)));
}

// What stands around a direction passes on what it remembers: with nothing to do the bits are those of adam_mini alone.
BOOST_AUTO_TEST_CASE(decay_and_leak_pass_it_on) {
    pair_of_tensors<float> plain, leaking, decaying, dual_decaying;
    mini<> alone({.lambda = 0.1f});
    mini<with_leak<adam_mini>> with_a_leak({.lambda = 0.1f}, {.leak = 0});
    mini<with_weight_decay<adam_mini>> with_decay({.lambda = 0.1f}, {.weight_decay = 0});
    mini<with_leak<with_decoupled_weight_decay<adam_mini>>> with_both({.lambda = 0.1f}, {{.weight_decay = 0}, 0});
    for (int k = 1; k <= 4; ++k) {
        plain.draw(k), alone.step(plain.list);
        leaking.draw(k), with_a_leak.step(leaking.list);
        decaying.draw(k), with_decay.step(decaying.list);
        dual_decaying.draw(k), with_both.step(dual_decaying.list);
    }
    for (const auto* x : {&leaking, &decaying, &dual_decaying})
        BOOST_TEST((same_bits(plain.large, x->large) && same_bits(plain.small, x->small)));
}

// Full gradients, where Adam moves all |v_i| alike and learns nothing. Without a knob: the settling law, any lambda.
BOOST_AUTO_TEST_CASE(it_recovers_where_adam_learns_nothing) {
    constexpr int steps = 2000;
    const auto recovery = sparse_recovery<double>::gaussian(60, 150, 6, 0.0, 3);
    const auto error_of = [&]<class Direction>(const Direction& direction, double lambda) {
        mini<Direction, settling_law, double> method({.step_size = 0.1, .lambda = lambda, .target = 0.96}, direction);
        Eigen::VectorXd x = Eigen::VectorXd::Zero(150), g(150);
        for (int k = 0; k < steps; ++k) {
            recovery.problem(x, g);
            method.set_step_size(0.05 * (1 + std::cos(3.14159 * k / steps)));
            method.step(x, g);
        }
        return (x - recovery.solution).norm() / recovery.solution.norm();
    };
    for (const double lambda : {1e-3, 100.0}) BOOST_TEST(error_of(adam_mini{}, lambda) < 1e-10);
    BOOST_TEST(error_of(adam{}, 1.0) > 0.5);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing

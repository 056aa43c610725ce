// A support that stays (directions/freeze.hpp, step/freeze.hpp).
#include <cmath>
#include <sstream>
#include <vector>

#include <bregman/bregman.hpp>

#include "support/checks.hpp"
#include "support/values.hpp"
#include "tolerances.hpp"

namespace bregman::testing {

namespace {

template <class Direction, class Regularizer = l1, class Law = quantile_law, class T = float>
using method_of = optimizer<Direction, euclidean<T>, Regularizer, Law, eigen_backend<T>>;

const optimizer_settings<float> settings{.step_size = 0.05f, .lambda = 0.1f, .target = 0.8f};

Eigen::VectorXf drawn(index_t size, std::uint64_t seed) {
    const auto values = normal_values<float>(size, seed);
    return Eigen::Map<const Eigen::VectorXf>(values.data(), size);
}

std::vector<bool> support_of(const Eigen::VectorXf& theta) {
    std::vector<bool> alive;
    for (const float x : theta) alive.push_back(x != 0);
    return alive;
}

bool equal(const Eigen::VectorXf& a, const Eigen::VectorXf& b) { return (a.array() == b.array()).all(); }

/// A law that counts how often it is asked.
struct counting_law {
    int* asked;
    float operator()(const observation<float>& seen) const { return ++*asked, seen.lambda; }
};

template <class Direction, class Regularizer>
void check_support_stays(Regularizer regularizer, tensor_shape shape) {
    Eigen::VectorXf theta = drawn(shape.size(), 1), g(shape.size());
    parameter_list<float, Regularizer> list;
    list.add_group({.name = "weights", .regularizer = regularizer});
    list.add_view(theta.data(), g.data(), shape);
    method_of<Direction, Regularizer> method(settings);
    std::uint64_t seed = 2;
    const auto make_steps = [&](int count) {
        for (int k = 0; k < count; ++k) {
            g << drawn(g.size(), seed++); // an assignment would take over other memory
            method.step(list);
        }
    };
    make_steps(30);
    const auto support = support_of(theta);
    const auto before = theta;
    const float sparsity = method.sparsity();
    BOOST_TEST(sparsity > 0.5f);
    method.freeze(list);
    BOOST_TEST(method.is_frozen());
    BOOST_TEST(equal(theta, before));
    make_steps(200);
    BOOST_TEST((support_of(theta) == support));
    BOOST_TEST(same_bits(method.sparsity(), sparsity));
    BOOST_TEST(method.lambda() == 0);
    BOOST_TEST((theta - before).norm() > 0.1f);
}

} // namespace

BOOST_AUTO_TEST_SUITE(freezing)

BOOST_AUTO_TEST_CASE(zeros_stay_zeros_and_the_count_is_kept) {
    check_support_stays<with_freeze<gradient>>(l1{}, {{500}});
    check_support_stays<with_freeze<momentum>>(l1{}, {{500}});
    check_support_stays<with_freeze<adam>>(l1{}, {{500}});
    check_support_stays<with_freeze<adam_mini>>(group_rows{}, {{50, 10}});
    check_support_stays<with_freeze<with_leak<with_dual_weight_decay<adam>>>>(l1{}, {{500}});
}

// On the support it is the direction's own method: theta <- theta - tau g with delta = 1.
BOOST_AUTO_TEST_CASE(what_is_alive_makes_plain_steps) {
    Eigen::VectorXf theta = drawn(300, 1);
    method_of<with_freeze<gradient>> method(settings);
    for (std::uint64_t k = 2; k < 12; ++k) method.step(theta, drawn(300, k));
    method.freeze(theta);
    Eigen::VectorXf plain = theta;
    for (std::uint64_t k = 12; k < 40; ++k) {
        const Eigen::VectorXf g = drawn(300, k);
        method.step(theta, g);
        for (index_t i = 0; i < 300; ++i)
            if (plain[i] != 0) plain[i] -= 0.05f * g[i];
    }
    check_close(theta, plain, tolerance<float>::many_steps);
}

BOOST_AUTO_TEST_CASE(before_it_the_bits_are_those_of_the_direction_alone) {
    Eigen::VectorXf theta = drawn(300, 1), other = theta;
    method_of<with_freeze<adam>> method(settings);
    method_of<adam> alone(settings);
    for (std::uint64_t k = 2; k < 30; ++k) method.step(theta, drawn(300, k)), alone.step(other, drawn(300, k));
    BOOST_TEST(equal(theta, other));
    BOOST_TEST(same_bits(method.dual(), alone.dual()));
}

BOOST_AUTO_TEST_CASE(the_law_is_not_asked_any_more) {
    Eigen::VectorXf theta = drawn(50, 1);
    int asked = 0;
    method_of<with_freeze<gradient>, l1, counting_law> method(settings, {}, {}, {}, counting_law{&asked});
    for (std::uint64_t k = 2; k < 7; ++k) method.step(theta, drawn(50, k));
    BOOST_TEST(asked == 5);
    method.freeze(theta);
    for (std::uint64_t k = 7; k < 12; ++k) method.step(theta, drawn(50, k));
    BOOST_TEST(asked == 5);
}

// It would act on what is alive, and take the count with it.
BOOST_AUTO_TEST_CASE(a_lambda_after_it_is_refused) {
    Eigen::VectorXf theta = drawn(50, 1), g = drawn(50, 2);
    parameter_list<float, l1> list;
    list.add(theta, g);
    method_of<with_freeze<gradient>> method(settings);
    method.step(list);
    method.freeze(list);
    CHECK_REFUSES(method.set_lambda(list, 0.5f), "lambda = 0.5; allowed: 0 once the support is frozen");
    BOOST_TEST(method.lambda() == 0);
}

BOOST_AUTO_TEST_CASE(frozen_is_part_of_the_state) {
    Eigen::VectorXf theta = drawn(300, 1);
    method_of<with_freeze<adam>> method(settings);
    for (std::uint64_t k = 2; k < 12; ++k) method.step(theta, drawn(300, k));
    method.freeze(theta);
    method.step(theta, drawn(300, 12));
    std::stringstream file(std::ios::in | std::ios::out | std::ios::binary);
    save_state(file, method);
    Eigen::VectorXf continued = theta;
    method_of<with_freeze<adam>> loaded(settings);
    load_state(file, loaded);
    BOOST_TEST(loaded.is_frozen());
    for (std::uint64_t k = 13; k < 20; ++k) method.step(theta, drawn(300, k)), loaded.step(continued, drawn(300, k));
    BOOST_TEST(equal(theta, continued));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_frozen_is_refused_and_changes_nothing) {
    Eigen::VectorXf theta = drawn(36, 1);
    method_of<with_freeze<gradient>> method(settings);
    CHECK_REFUSES(method.freeze(theta), "steps = 0; allowed: >= 1; freeze a support that training has found");
    auto rescaled = settings;
    rescaled.on_lambda_change = dual_rule::prox_rescaled;
    method_of<with_freeze<gradient>, l1, fixed_law> by_prox(rescaled);
    by_prox.step(theta, drawn(36, 2));
    CHECK_REFUSES(by_prox.freeze(theta), "on_lambda_change = prox_rescaled");
    BOOST_TEST(!by_prox.is_frozen());
    Eigen::MatrixXf matrix = Eigen::Map<const Eigen::MatrixXf>(theta.data(), 6, 6), slope = matrix;
    method_of<with_freeze<gradient>, total_variation, fixed_law> smooth(settings);
    smooth.step(matrix, slope);
    const float lambda = smooth.lambda();
    CHECK_REFUSES(smooth.freeze(matrix), "; allowed: element-wise or grouped");
    BOOST_TEST(smooth.lambda() == lambda);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing

#include <cmath>
#include <variant>
#include <vector>

#include <bregman/bregman.hpp>
#include <bregman/mirror_maps/hypentropy.hpp>
#include <bregman/regularizers/box.hpp>
#include <bregman/regularizers/simplex.hpp>

#include "support/checks.hpp"
#include "support/values.hpp"
#include "tolerances.hpp"

namespace bregman::testing {

namespace {

/// theta and v after one step with lambda `before`, with zeros above and below the new threshold.
template <class Regularizer>
struct changed_lambda {
    using method_type = linbreg<double, Regularizer, fixed_law>;
    static constexpr double before = 0.4, after = 0.7, delta = 3;

    std::vector<double> theta = normal_values<double>(64, 1, 2.0), gradient = normal_values<double>(64, 2, 20.0);
    std::vector<double> v, theta_before, changed;

    explicit changed_lambda(dual_rule rule, Regularizer regularizer = {}) {
        for (std::size_t i = 0; i < theta.size(); ++i)
            if (i % 3 == 0 || i < 32) theta[i] = 0;
        method_type method({.step_size = 0.02, .lambda = before, .on_lambda_change = rule}, {}, {.delta = delta},
                           regularizer);
        parameter_list<double, Regularizer> parameters;
        parameters.add_group({.regularizer = regularizer});
        parameters.add_view(theta.data(), gradient.data(), {{8, 8}});
        method.step(parameters);
        v = method.dual();
        theta_before = theta;
        method.set_lambda(parameters, after);
        changed = method.dual();
        BOOST_TEST(same_bits(theta, theta_before)); // every rule acts in the next primal update
        BOOST_REQUIRE(count_nonzeros(theta) > 8);
        BOOST_REQUIRE(count_nonzeros(theta) < 56);
    }

    template <class Expected>
    void check(Expected&& expected) const {
        for (std::size_t i = 0; i < v.size(); ++i) {
            const double p = double(sign(theta_before[i])), x = theta_before[i];
            BOOST_TEST(std::abs(changed[i] - expected(v[i], x, p)) <= 1e-13,
                       "element " << i << ": v " << v[i] << ", theta " << x << " became " << changed[i]);
        }
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(lambda_change)

using l1_change = changed_lambda<l1>;
constexpr double q = l1_change::after / l1_change::before, delta = l1_change::delta;
constexpr double before = l1_change::before, after = l1_change::after;

BOOST_AUTO_TEST_CASE(keep_changes_nothing) {
    l1_change(dual_rule::keep).check([](double v, double, double) { return v; });
}
BOOST_AUTO_TEST_CASE(ratio_scales_the_subgradient_part) {
    l1_change(dual_rule::ratio).check([](double v, double x, double) { return q * v + (1 - q) * x / delta; });
}
BOOST_AUTO_TEST_CASE(ratio_with_clip_clips_the_zeros) {
    l1_change(dual_rule::ratio_with_clip).check([](double v, double x, double) {
        return x != 0 ? q * v + (1 - q) * x / delta : std::clamp(v, -after, after);
    });
}
BOOST_AUTO_TEST_CASE(additive_moves_what_is_not_zero) {
    l1_change(dual_rule::additive).check([](double v, double, double p) { return v + (after - before) * p; });
}
BOOST_AUTO_TEST_CASE(predictive_looks_one_update_ahead) {
    l1_change(dual_rule::predictive).check([](double v, double x, double p) {
        const double w = delta * shrink(v, after);
        return v + (w - x) / delta + after * sign(w) - before * p;
    });
}
BOOST_AUTO_TEST_CASE(reset_forgets_what_lies_below_the_threshold) {
    l1_change(dual_rule::reset).check([](double, double x, double p) { return x / delta + after * p; });
}
BOOST_AUTO_TEST_CASE(prox_rescaled_leaves_v) {
    l1_change(dual_rule::prox_rescaled).check([](double v, double, double) { return v; });
}

// theta = (1 / lambda) prox_{delta J_lambda}(delta v), from the start on.
BOOST_AUTO_TEST_CASE(prox_rescaled_is_dual_averaging) {
    const auto start = normal_values<double>(64, 5);
    auto theta = start;
    const std::vector<double> nothing(64, 0.0);
    linbreg<double, l1, fixed_law> method({.lambda = 0.4, .on_lambda_change = dual_rule::prox_rescaled}, {},
                                          {.delta = delta});
    parameter_list<double, l1> parameters;
    parameters.add(theta, nothing);
    method.step(parameters);
    check_close(theta, start, 1e-14); // v0 belongs to theta0
    method.set_lambda(parameters, 0.9);
    method.step(parameters);
    const auto v = method.dual();
    for (std::size_t i = 0; i < v.size(); ++i)
        BOOST_TEST(std::abs(theta[i] - delta * shrink(v[i], 0.9) / 0.9) <= 1e-14);
}

// A rule for groups of one column is the rule for l1: the norm of one element is its absolute value.
BOOST_AUTO_TEST_CASE(groups_of_one_follow_the_rule_of_l1) {
    for (dual_rule rule : all_dual_rules) {
        const l1_change expected(rule);
        auto v = expected.v;
        const kernel::change_lambda_group<double, euclidean<double>, group_rows> change{
            expected.theta_before.data(), v.data(), {delta}, {}, rule, before, after, {64, 1, 1}};
        for (index_t g = 0; g < 64; ++g) change(g);
        check_close(v, expected.changed, 1e-13);
    }
}

// After ratio_with_clip, additive and reset, v - grad phi(theta) is a subgradient of the new lambda J at theta.
BOOST_AUTO_TEST_CASE(after_a_rule_v_belongs_to_theta_and_the_new_lambda) {
    for (dual_rule rule : {dual_rule::ratio_with_clip, dual_rule::reset}) {
        const changed_lambda<group_rows> rows(rule);
        for (index_t row = 0; row < 8; ++row) {
            double norm = 0, defect = 0, dual_norm = 0;
            for (index_t j = 0; j < 8; ++j) norm += std::pow(rows.theta_before[std::size_t(8 * row + j)], 2);
            norm = std::sqrt(norm);
            for (index_t j = 0; j < 8; ++j) {
                const auto i = std::size_t(8 * row + j);
                const double p = rows.changed[i] - rows.theta_before[i] / delta;
                dual_norm += p * p;
                if (norm > 0) defect += std::abs(p - after * std::sqrt(8.0) * rows.theta_before[i] / norm);
            }
            BOOST_TEST(defect <= 1e-12);
            BOOST_TEST(std::sqrt(dual_norm) <= after * std::sqrt(8.0) * (1 + 1e-12));
        }
    }
}

// A group of zeros whose v lies beyond the new threshold is projected onto it, whichever way lambda goes.
BOOST_AUTO_TEST_CASE(ratio_with_clip_projects_groups_of_zeros) {
    const std::vector<double> theta(4);
    for (const double after : {0.5, 2.0, 4.0}) {
        std::vector<double> v{1, -2, 2, 4}; // of norm 5, 2.5 sqrt(4)
        const kernel::change_lambda_group<double, euclidean<double>, group_rows> change{
            theta.data(), v.data(), {}, {}, dual_rule::ratio_with_clip, 3.0, after, {1, 4, 1}};
        change(0);
        const double factor = std::min(1.0, after * 2 / 5);
        check_close(v, std::vector{factor, -2 * factor, 2 * factor, 4 * factor}, 1e-15);
    }
}

// A lambda of 0 is left by the formula, like any other.
BOOST_AUTO_TEST_CASE(from_lambda_zero) {
    const auto v_after = [](dual_rule rule) {
        std::vector<double> theta{1, 0, -2}, g(3);
        parameter_list<double, l1> list;
        list.add(theta, g);
        linbreg<double, l1, fixed_law> method({.lambda = 0, .on_lambda_change = rule}, {}, {.delta = 0.5});
        method.step(list);
        method.set_lambda(list, 0.7);
        return method.dual();
    };
    const std::vector<double> kept{2, 0, -4}, moved{2.7, 0, -4.7};
    check_close(v_after(dual_rule::keep), kept, 1e-15);
    check_close(v_after(dual_rule::ratio), kept, 1e-15); // no ratio to anything
    check_close(v_after(dual_rule::ratio_with_clip), kept, 1e-15);
    check_close(v_after(dual_rule::additive), moved, 1e-15);
    check_close(v_after(dual_rule::reset), moved, 1e-15);
    // w = shrink(v, .7) / 2 after the change: v + (w - theta) / delta + .7 sign(w)
    check_close(v_after(dual_rule::predictive), kept, 1e-15);
}

// A large q must not multiply what lambda has not put into v.
BOOST_AUTO_TEST_CASE(a_large_ratio_loses_no_digits) {
    for (const dual_rule rule : {dual_rule::ratio, dual_rule::ratio_with_clip}) {
        const float theta = 1.2345678f;
        float alone = theta, grouped = theta;
        const kernel::change_lambda<float, euclidean<float>, none> element{&theta, &alone, {}, {}, rule, 1e-4f, 10.0f};
        element(element_access<float>{0});
        BOOST_TEST(alone == theta);
        const kernel::change_lambda_group<float, euclidean<float>, group_rows> group{
            &theta, &grouped, {}, {}, rule, 1e-4f, 10.0f, {1, 1, 1}};
        group(0);
        BOOST_TEST(grouped == theta);
    }
}

// Dual averaging divides by lambda only where lambda acts.
BOOST_AUTO_TEST_CASE(prox_rescaled_leaves_alone_what_lambda_does_not_act_on) {
    using any_of = std::variant<none, l1, box, simplex>;
    const auto theta_after = [](any_of regularizer, std::vector<double> theta) {
        std::vector<double> g(theta.size());
        parameter_list<double, any_of> list;
        list.add_group({.regularizer = regularizer});
        list.add(theta, g);
        linbreg<double, any_of, fixed_law> method({.lambda = 0.5, .on_lambda_change = dual_rule::prox_rescaled});
        method.step(list);
        method.set_lambda(list, 1);
        method.step(list);
        return theta;
    };
    check_close(theta_after(none{}, {0.8, -0.2}), std::vector{0.8, -0.2}, 1e-15);
    check_close(theta_after(box{}, {0.8, 0.2}), std::vector{0.8, 0.2}, 1e-15);
    check_close(theta_after(simplex{}, {0.75, 0.25}), std::vector{0.75, 0.25}, 1e-15);
    // v = .5 (.8 + 1), and theta = (v - 1) / 1 below 0
    check_close(theta_after(l1{}, {0.8, -0.2}), std::vector{0.0, 0.0}, 1e-15);
}

BOOST_AUTO_TEST_CASE(rules_that_cannot_work_are_refused) {
    using at_once = optimizer<gradient, euclidean<float>, l1, quantile_law, eigen_backend<float>>;
    CHECK_REFUSES(at_once({.on_lambda_change = dual_rule::reset}), "on_lambda_change = reset");
    CHECK_REFUSES(at_once({.on_lambda_change = dual_rule::prox_rescaled}), "on_lambda_change = prox_rescaled");
    using curved = optimizer<gradient, hypentropy<float>, l1, fixed_law, eigen_backend<float>>;
    CHECK_REFUSES(curved({.on_lambda_change = dual_rule::prox_rescaled}),
                  "on_lambda_change = prox_rescaled; allowed: prox_rescaled only with the euclidean mirror map");
    BOOST_CHECK_NO_THROW(curved({.on_lambda_change = dual_rule::ratio}));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing

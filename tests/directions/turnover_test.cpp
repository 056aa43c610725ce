// Births and deaths counted in the step (directions/turnover.hpp, step/turnover.hpp, backends/cpu/old_support.hpp), against a look at theta before and after.
#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include <bregman/bregman.hpp>

#include "support/checks.hpp"
#include "support/values.hpp"
#include "tolerances.hpp"

namespace bregman::testing {

namespace {

template <class Direction, class Regularizer, class Law, class Backend = eigen_backend<float>>
using counting_method = optimizer<Direction, euclidean<float>, Regularizer, Law, Backend>;

/// Two tensors in two groups, the second without a gradient in every third step.
template <class Regularizer>
struct two_groups {
    std::vector<float> theta[2], gradient[2];
    parameter_list<float, Regularizer> list;

    two_groups(const Regularizer& regularizer, const tensor_shape& first, const tensor_shape& second,
               double least_density = 0) {
        const tensor_shape* const shapes[] = {&first, &second};
        for (int i : {0, 1}) {
            theta[i] = normal_values<float>(shapes[i]->size(), std::uint64_t(i));
            gradient[i].resize(theta[i].size());
            list.add_group({.name = i == 0 ? "first" : "second",
                            .regularizer = regularizer,
                            .counted = i == 0,
                            .least_density = least_density});
            list.add_view(theta[i].data(), gradient[i].data(), *shapes[i]);
        }
    }
    void draw(std::uint64_t step) {
        for (int i : {0, 1}) {
            const auto drawn = normal_values<float>(index_t(gradient[i].size()), 10 * step + std::uint64_t(i));
            std::copy(drawn.begin(), drawn.end(), gradient[i].begin()); // an assignment would take over other memory
        }
        list.rebind(1, theta[1].data(), step % 3 == 0 ? nullptr : gradient[1].data());
    }
};

std::pair<index_t, index_t> seen(const std::vector<float>& before, const std::vector<float>& after) {
    index_t births = 0, deaths = 0;
    for (std::size_t i = 0; i < before.size(); ++i) {
        births += before[i] == 0 && after[i] != 0;
        deaths += before[i] != 0 && after[i] == 0;
    }
    return {births, deaths};
}

/// 60 steps. `passes`: how often theta may be made in one.
template <class Method, class Regularizer>
void check_counts(Method method, two_groups<Regularizer> data, int passes) {
    index_t births_of_all = 0, deaths_of_all = 0;
    for (std::uint64_t k = 1; k <= 60; ++k) {
        data.draw(k);
        const std::vector<float> before[] = {data.theta[0], data.theta[1]};
        const auto report = method.step(data.list);
        for (int i : {0, 1}) {
            const auto& group = method.counts()[std::size_t(i)];
            if (k == 1) {
                BOOST_TEST((group.births == -1 && group.deaths == -1));
                continue;
            }
            const auto [births, deaths] = seen(before[i], data.theta[i]);
            if (passes == 1)
                BOOST_TEST((group.births == births && group.deaths == deaths),
                           "step " << k << ", group " << i << ": " << group.births << ", " << group.deaths << " for "
                                   << births << ", " << deaths);
            // An element may come and go between the passes of a step, in both counts.
            BOOST_TEST(group.births - births == group.deaths - deaths);
            BOOST_TEST(group.births >= births);
            if (k % 3 == 0 && i == 1) BOOST_TEST((group.births == 0 && group.deaths == 0));
            births_of_all += group.births;
            deaths_of_all += group.deaths;
        }
        BOOST_TEST(report.births == method.counts()[0].births); // the second group does not count
        BOOST_TEST(report.deaths == method.counts()[0].deaths);
    }
    BOOST_TEST(births_of_all > 20);
    BOOST_TEST(deaths_of_all > 20);
}

const optimizer_settings<float> turnover_settings{.step_size = 0.3f, .lambda = 0.5f, .target = 0.7f};

template <class Direction, class Law, class Regularizer, class Backend = eigen_backend<float>>
void check_turnover(Law law, Regularizer regularizer, const tensor_shape& first, const tensor_shape& second,
                    int passes = 1, double least_density = 0) {
    check_counts(counting_method<Direction, Regularizer, Law, Backend>(turnover_settings, {}, {}, {}, law),
                 two_groups<Regularizer>(regularizer, first, second, least_density), passes);
}

/// What a law has been told.
struct attentive_law {
    std::vector<observation<float>>* seen;
    float operator()(const observation<float>& now) const {
        seen->push_back(now);
        return now.lambda;
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(turnover)

BOOST_AUTO_TEST_CASE(elements) {
    check_turnover<with_turnover<gradient>>(fixed_law(), l1{}, {{777}}, {{41}});
    check_turnover<with_turnover<adam>>(multiplicative_law<float>({.gain = 1}), l1{}, {{40000}}, {{41}});
    check_turnover<with_turnover<gradient>, fixed_law, l1, eigen_backend<float, primal_store::streaming>>(
        fixed_law(), l1{}, {{777}}, {{41}});
    check_turnover<with_decoupled_weight_decay<with_turnover<momentum>>>(fixed_law(), l1{}, {{300}}, {{500}});
}

BOOST_AUTO_TEST_CASE(groups_and_whole_tensors) {
    const multiplicative_law<float> law({.gain = 1});
    check_turnover<with_turnover<gradient>>(law, group_rows{}, {{90, 7}}, {{30, 10}});
    check_turnover<with_turnover<gradient>>(law, group_rows{}, {{30, 200}}, {{3, 5000}}); // more than a tile
    check_turnover<with_turnover<gradient>>(law, group_columns{}, {{7, 90}}, {{100, 30}});
    check_turnover<with_turnover<gradient>>(law, sparse_group_lasso<group_rows>{}, {{90, 7}}, {{30, 10}});
    check_turnover<with_turnover<gradient>>(fixed_law(), simplex{.sum = 20}, {{200}}, {{100}});
}

BOOST_AUTO_TEST_CASE(several_passes_in_a_step) {
    check_turnover<with_turnover<gradient>>(quantile_law(), l1{}, {{777}}, {{41}}, 2);
    check_turnover<with_turnover<adam>>(settling_law(), group_rows{}, {{90, 7}}, {{30, 10}}, 2);
    check_turnover<with_turnover<gradient>>(fixed_law(), l1{}, {{777}}, {{400}}, 3, 0.45);
}

BOOST_AUTO_TEST_CASE(the_law_is_told_before_it_is_asked) {
    std::vector<observation<float>> told;
    counting_method<with_turnover<gradient>, l1, attentive_law> method(turnover_settings, {}, {}, {}, {&told});
    two_groups<l1> data(l1{}, {{500}}, {{50}});
    for (std::uint64_t k = 1; k <= 20; ++k) {
        data.draw(k);
        const auto report = method.step(data.list);
        BOOST_TEST((told.back().births == report.births && told.back().deaths == report.deaths));
        BOOST_TEST(same_bits(told.back().gradient_norm, report.gradient_norm));
        BOOST_TEST(told.back().gradient_norm > 0);
    }
    BOOST_TEST(told.back().births > 0);
}

BOOST_AUTO_TEST_CASE(each_group_has_its_own) {
    std::vector<observation<float>> told;
    auto of_each = turnover_settings;
    of_each.scope = lambda_scope::each_group;
    counting_method<with_turnover<gradient>, l1, attentive_law> method(of_each, {}, {}, {}, {&told});
    two_groups<l1> data(l1{}, {{500}}, {{400}});
    for (std::uint64_t k = 1; k <= 5; ++k) data.draw(k), method.step(data.list);
    BOOST_TEST(told.size() == 9u); // the second group is at rest in step 3
    for (std::size_t g : {0, 1}) {
        BOOST_TEST(told[7 + g].group == index_t(g));
        BOOST_TEST((told[7 + g].births == method.counts()[g].births && told[7 + g].births > 0));
    }
}

BOOST_AUTO_TEST_CASE(the_bits_are_those_of_the_direction_alone) {
    counting_method<with_turnover<adam>, l1, settling_law> counting(turnover_settings);
    counting_method<adam, l1, settling_law> alone(turnover_settings);
    two_groups<l1> here(l1{}, {{500}}, {{50}}), there(l1{}, {{500}}, {{50}});
    for (std::uint64_t k = 1; k <= 30; ++k) {
        here.draw(k), there.draw(k);
        counting.step(here.list), alone.step(there.list);
    }
    BOOST_TEST(same_bits(counting.dual(), alone.dual()));
    for (int i : {0, 1}) BOOST_TEST(same_bits(here.theta[i], there.theta[i]));
    BOOST_TEST((alone.last().births == -1 && alone.counts()[0].deaths == -1));
}

// restart_from and a new tensor in the list leave nothing wrong behind.
BOOST_AUTO_TEST_CASE(after_a_change_of_theta_and_of_the_list) {
    counting_method<with_turnover<gradient>, l1, fixed_law> method(turnover_settings);
    two_groups<l1> data(l1{}, {{500}}, {{50}});
    for (std::uint64_t k = 1; k <= 5; ++k) data.draw(k), method.step(data.list);
    for (std::size_t i = 0; i < 250; ++i) data.theta[0][i] = 0;
    method.restart_from(data.list);
    data.draw(7);
    const std::vector<float> before = data.theta[0];
    method.step(data.list);
    const auto [births, deaths] = seen(before, data.theta[0]);
    BOOST_TEST((method.counts()[0].births == births && method.counts()[0].deaths == deaths));

    std::vector<float> more(30, 1), slope(30, 1);
    data.list.add_view(more.data(), slope.data(), {{30}}); // to the last group
    data.draw(8);
    method.step(data.list);
    BOOST_TEST((method.counts()[0].births >= 0 && method.counts()[1].births == -1));
    data.draw(10);
    method.step(data.list);
    BOOST_TEST(method.counts()[1].births >= 0);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing

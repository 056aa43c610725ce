// Cut anywhere, saved, loaded elsewhere: the same bits, whatever the law, the rule for v, the scope of lambda and the
// least density. What an optimizer remembers beside its state, hints of where a quantile lies, changes no result.
#include <cstdint>
#include <sstream>
#include <string>
#include <vector>

#include <bregman/bregman.hpp>

#include "support/checks.hpp"
#include "support/common_optimizers.hpp"
#include "support/values.hpp"

namespace bregman::testing {

namespace {

constexpr int steps = 20;
constexpr index_t elements = 4200; // more than a selection sorts at once

/// Three groups, one of them of rows, on slowly changing gradients: v then moves as far as hints are made for.
struct task {
    static inline const std::vector<float> start = normal_values<float>(elements, 1);
    std::vector<float> theta = start;
    std::vector<float> g = std::vector<float>(std::size_t(elements));
    parameter_list<float, common_regularizers> list;

    explicit task(double least_density) {
        list.add_group({.name = "weights", .regularizer = l1{}, .least_density = least_density});
        list.add_view(theta.data(), g.data(), {{3000}});
        list.add_group({.name = "rows", .regularizer = group_rows{}, .lambda_scale = 0.5});
        list.add_view(theta.data() + 3000, g.data() + 3000, {{100, 10}});
        list.add_group({.name = "bias", .regularizer = none{}, .counted = false});
        list.add_view(theta.data() + 4000, g.data() + 4000, {{200}});
    }
    void draw(int step) {
        static const auto gradients = [] { // drawn once: all runs see the same
            std::vector<std::vector<float>> of_steps;
            const auto main = normal_values<float>(elements, 2);
            for (int k = 0; k < steps; ++k) {
                of_steps.push_back(normal_values<float>(elements, std::uint64_t(100 + k)));
                for (std::size_t i = 0; i < main.size(); ++i) of_steps.back()[i] = main[i] + 0.3f * of_steps.back()[i];
            }
            return of_steps;
        }();
        std::ranges::copy(gradients[std::size_t(step)], g.begin());
    }
};

std::vector<any_law<float>> all_laws() {
    auto paper = multiplicative_settings<float>::of_paper();
    paper.every = 3;
    return {fixed_law(),
            multiplicative_law<float>(paper),
            multiplicative_law<float>(),
            additive_law<float>(),
            pid_law<float>({.derivative = 0.1f}),
            nupi_law<float>(),
            band_law<float>({.cooldown = 2}),
            quantile_law(),
            quantile_law(3),
            settling_law(),
            start_at_quantile(multiplicative_law<float>(), 4),
            warm_up(quantile_law(), 5),
            rate_limit(quantile_law(), 1.1),
            damp_near_target(pid_law<float>(), 0.1, 0.5)};
}

template <class Method>
void run(Method& method, task& work, int from, int to) {
    for (int k = from; k < to; ++k) {
        work.draw(k);
        method.set_epoch(k / 7);
        method.step(work.list, float(k));
    }
}

template <class Direction>
void check_all() {
    using method = optimizer<Direction, euclidean<float>, common_regularizers, any_law<float>, eigen_backend<float>>;
    const counter_random random(7);
    std::uint64_t runs = 0;
    for (const auto& law : all_laws())
        for (const dual_rule rule : all_dual_rules)
            for (const lambda_scope scope : {lambda_scope::shared, lambda_scope::each_group})
                for (const double least_density : {0.0, 0.3}) {
                    if (law.acts_at_once && rule != dual_rule::keep) continue;
                    const auto make = [&] {
                        return method({.step_size = 0.02f,
                                       .lambda = 0.3f,
                                       .target = target_schedule<float>({0.5f, 0.7f, 0.9f}),
                                       .clip_norm = 60,
                                       .on_lambda_change = rule,
                                       .scope = scope},
                                      {}, {.delta = 1.5f}, {}, law);
                    };
                    auto whole = make(), resumed = make();
                    task first(least_density), second(least_density);
                    const int cut = 1 + int(random.uniform(runs++) * (steps - 1));
                    run(whole, first, 0, cut);
                    std::stringstream file;
                    save_state(file, whole);
                    load_state(file, resumed);
                    second.theta = first.theta; // the same memory as before: the list points to it
                    run(whole, first, cut, steps);
                    run(resumed, second, cut, steps);
                    BOOST_TEST((same_bits(first.theta, second.theta) && state_bytes(whole) == state_bytes(resumed)),
                               law.name << ", " << rule << ", scope " << int(scope) << ", least density "
                                        << least_density << ", cut after step " << cut);
                }
    BOOST_TEST(runs > 150);
}

} // namespace

BOOST_AUTO_TEST_SUITE(resumed_runs)

BOOST_AUTO_TEST_CASE(with_the_gradient) { check_all<gradient>(); }
BOOST_AUTO_TEST_CASE(with_adam) { check_all<adam>(); }

BOOST_AUTO_TEST_CASE(a_lambda_asked_for_again_is_the_same) {
    for (const double sparsity : {0.1, 0.5, 0.9, 0.99}) {
        task work(0);
        optimizer<gradient, euclidean<float>, common_regularizers, fixed_law, eigen_backend<float>> method(
            {.step_size = 0.02f, .lambda = 0.3f});
        for (int k = 0; k < 5; ++k) {
            work.draw(k);
            method.step(work.list);
            const float lambda = method.lambda_for(work.list, float(sparsity));
            for (int again = 0; again < 4; ++again) BOOST_TEST(method.lambda_for(work.list, float(sparsity)) == lambda);
        }
    }
    std::vector<float> theta = normal_values<float>(5000, 3), g = normal_values<float>(5000, 4);
    parameter_list<float, l1> list;
    list.add(theta, g);
    linbreg<float, l1, fixed_law> method({.step_size = 0.01f});
    for (int k = 0; k < 30; ++k) {
        method.step(list);
        const float lambda = method.lambda_for(list, 0.9f);
        for (int again = 0; again < 4; ++again) BOOST_TEST(method.lambda_for(list, 0.9f) == lambda);
        auto v = method.dual(); // and it is the middle between the two that it is told to part
        for (float& x : v) x = std::abs(x);
        std::ranges::sort(v);
        BOOST_TEST(lambda == kernel::lambda_between(v[4499], v[4500], false));
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing

#include <algorithm>
#include <cmath>
#include <vector>

#include <bregman/bregman.hpp>

#include "support/checks.hpp"
#include "support/scratch_folder.hpp"
#include "support/values.hpp"
#include "tolerances.hpp"

namespace bregman::testing {

namespace {

using mixed = std::variant<none, l1, group_rows>;

/// A small model whose layers live on scales that differ by a factor of 100, moved by noise.
struct layers {
    std::vector<float> wide = normal_values<float>(1000, 1, 10), narrow = normal_values<float>(500, 2, 0.1),
                       rows = normal_values<float>(600, 3), bias = normal_values<float>(20, 4);
    std::vector<float> wide_slope = wide, narrow_slope = narrow, rows_slope = rows, bias_slope = bias;
    parameter_list<float, mixed> parameters;

    explicit layers(double least_density = 0) {
        parameters.add_group({.name = "wide", .regularizer = l1{}, .least_density = least_density});
        parameters.add(wide, wide_slope);
        parameters.add_group({.name = "narrow", .regularizer = l1{}, .least_density = least_density});
        parameters.add(narrow, narrow_slope);
        parameters.add_group({.name = "rows", .regularizer = group_rows{}, .least_density = least_density});
        parameters.add_view(rows.data(), rows_slope.data(), {{100, 6}});
        parameters.add_group({.name = "bias", .regularizer = none{}});
        parameters.add(bias, bias_slope);
    }
    void draw(std::uint64_t step) { // in place, for the list points to this memory
        std::ranges::copy(normal_values<float>(1000, 10 * step, 1), wide_slope.begin());
        std::ranges::copy(normal_values<float>(500, 10 * step + 1, 0.01), narrow_slope.begin());
        std::ranges::copy(normal_values<float>(600, 10 * step + 2, 0.1), rows_slope.begin());
        std::ranges::copy(normal_values<float>(20, 10 * step + 3, 0.1), bias_slope.begin());
    }
};

/// Grows lambda with the number of calls: a law with a memory.
struct counting_law {
    static constexpr const char* name = "counting";
    std::int64_t calls = 0;
    float operator()(const observation<float>& seen) { return seen.lambda * (1 + seen.sparsity * float(++calls) / 10); }
    void visit(auto&& field) { field("calls", calls); }
};

double sparsity_of(const group_count& group) { return 1 - double(group.nonzeros) / double(group.size); }

} // namespace

BOOST_AUTO_TEST_SUITE(group_laws)

BOOST_AUTO_TEST_CASE(one_lambda_for_all_kills_the_layer_on_the_smaller_scale) {
    layers model;
    linbreg<float, mixed, quantile_law> method({.lambda = 0.01f, .target = 0.8f});
    for (int k = 1; k <= 20; ++k) model.draw(k), method.step(model.parameters);
    BOOST_TEST(sparsity_of(method.counts()[1]) == 1);
    for (float lambda : method.group_lambdas()) BOOST_TEST(lambda == method.lambda());
}

BOOST_AUTO_TEST_CASE(one_law_for_each_group_brings_each_to_the_target) {
    layers model;
    linbreg<float, mixed, quantile_law> method({.lambda = 0.01f, .target = 0.8f, .scope = lambda_scope::each_group});
    for (int k = 1; k <= 20; ++k) model.draw(k), method.step(model.parameters);
    for (int g = 0; g < 3; ++g) BOOST_TEST(std::abs(sparsity_of(method.counts()[std::size_t(g)]) - 0.8) < 0.002);
    BOOST_TEST(sparsity_of(method.counts()[3]) == 0);
    const auto& lambdas = method.group_lambdas();
    BOOST_TEST(lambdas[0] > 20 * lambdas[1]);
    const double mean =
        std::exp((1000 * std::log(lambdas[0]) + 500 * std::log(lambdas[1]) + 600 * std::log(lambdas[2])) / 2100);
    BOOST_TEST(std::abs(method.lambda() / mean - 1) < 1e-4);
}

BOOST_AUTO_TEST_CASE(a_group_may_have_a_target_of_its_own) {
    layers model;
    model.parameters.set_target(0, 0.5);
    model.parameters.set_target(2, 0.95); // of rows of six: 95 of 100
    linbreg<float, mixed, quantile_law> method({.lambda = 0.01f, .target = 0.8f, .scope = lambda_scope::each_group});
    const auto run = [&](int first, int last) {
        for (int k = first; k <= last; ++k) model.draw(std::uint64_t(k)), method.step(model.parameters);
    };
    run(1, 3);
    for (const auto& [group, target] : {std::pair{0, 0.5}, {1, 0.8}, {2, 0.95}})
        BOOST_TEST(std::abs(sparsity_of(method.counts()[std::size_t(group)]) - target) < 1e-6, "group " << group);
    model.parameters.set_target(0, 0.9);
    model.parameters.set_target(2, std::nullopt);
    run(4, 5);
    for (const auto& [group, target] : {std::pair{0, 0.9}, {1, 0.8}, {2, 0.8}})
        BOOST_TEST(std::abs(sparsity_of(method.counts()[std::size_t(group)]) - target) < 1e-6, "group " << group);
}

// A law sees whose sparsity it is told.
BOOST_AUTO_TEST_CASE(observations_name_their_group) {
    std::vector<index_t> seen_groups;
    const auto law = [&](const observation<float>& seen) {
        seen_groups.push_back(seen.group);
        return seen.lambda;
    };
    for (const lambda_scope scope : {lambda_scope::shared, lambda_scope::each_group}) {
        layers model;
        auto method = make_linbreg<float>({.lambda = 0.01f, .scope = scope}, law, mixed{l1{}});
        model.draw(1), method.step(model.parameters);
    }
    BOOST_TEST(seen_groups == (std::vector<index_t>{-1, 0, 1, 2}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_target_that_nothing_would_follow_is_refused) {
    layers model;
    const optimizer_settings<float> each{.lambda = 0.01f, .scope = lambda_scope::each_group};
    linbreg<float, mixed> one({.lambda = 0.01f}), several(each);
    model.draw(1), one.step(model.parameters), several.step(model.parameters);
    const auto before = model.wide;
    model.parameters.set_target(1, 0.5);
    CHECK_REFUSES(one.step(model.parameters), "target of group \"narrow\" = 0.5");
    BOOST_TEST((model.wide == before));
    several.step(model.parameters);
    model.parameters.set_target(3, 0.5); // "bias" has no regularizer
    CHECK_REFUSES(several.step(model.parameters), "target of group \"bias\" = 0.5");
    for (const double wrong : {0.0, -0.1, 1.1, nan_of<double>()}) {
        CHECK_REFUSES(model.parameters.set_target(0, wrong), "target of group \"wide\"");
        CHECK_REFUSES((model.parameters.add_group({.name = "more", .target = wrong})), "target of group \"more\"");
    }
    CHECK_REFUSES(model.parameters.set_target(9, 0.5), "parameter group = 9");
}

BOOST_AUTO_TEST_CASE(the_papers_law_works_for_each_group_too) {
    layers model;
    linbreg<float, mixed, multiplicative_law<float>> method(
        {.lambda = 0.01f, .target = 0.8f, .scope = lambda_scope::each_group}, {}, {}, {}, {{.gain = 1}});
    for (int k = 1; k <= 400; ++k) model.draw(k), method.step(model.parameters);
    for (int g = 0; g < 3; ++g) BOOST_TEST(std::abs(sparsity_of(method.counts()[std::size_t(g)]) - 0.8) < 0.03);
}

// The share asked for survives a lambda that would leave nothing, at each step.
BOOST_AUTO_TEST_CASE(least_density_keeps_a_layer_alive) {
    layers model(0.05), unprotected(0);
    linbreg<float, mixed, fixed_law> method({.lambda = 0.01f}), killer({.lambda = 0.01f});
    model.draw(1), method.step(model.parameters);
    unprotected.draw(1), killer.step(unprotected.parameters);
    method.set_lambda(model.parameters, 1000);
    killer.set_lambda(unprotected.parameters, 1000);
    for (int k = 2; k <= 6; ++k) {
        model.draw(k), method.step(model.parameters);
        BOOST_TEST(count_nonzeros(model.wide) == 50);
        BOOST_TEST(count_nonzeros(model.narrow) == 25);
        BOOST_TEST(count_nonzeros(model.rows) == 30); // five whole rows of 6
        BOOST_TEST(method.counts()[0].nonzeros == 50);
        BOOST_TEST(count_nonzeros(model.bias) == 20);
    }
    BOOST_TEST(method.lambda() == 1000);
    unprotected.draw(2), killer.step(unprotected.parameters);
    BOOST_TEST(sparsity_of(killer.counts()[0]) == 1);
}

// 7 % of 100 rows of 6 are 42 elements, seven rows; .075 of 600 are 45: a whole row more, and never one less.
BOOST_AUTO_TEST_CASE(least_density_keeps_groups_whole) {
    for (const double least : {0.07, 0.075, 0.5}) {
        layers model(least);
        linbreg<float, mixed, fixed_law> method({.lambda = 0.01f});
        model.draw(1), method.step(model.parameters);
        method.set_lambda(model.parameters, 1000);
        for (int k = 2; k <= 6; ++k) {
            model.draw(k), method.step(model.parameters);
            BOOST_TEST(double(count_nonzeros(model.rows)) >= least * 600 - 1e-9);
            BOOST_TEST(double(count_nonzeros(model.rows)) < least * 600 + 12);
        }
    }
}

// Where lambda leaves more than the least, the floor changes nothing.
// Also where the critical value of a group is known to its last digits only.
BOOST_AUTO_TEST_CASE_TEMPLATE(no_group_with_a_least_density_dies, T, scalars) {
    for (const index_t rows : {1, 2, 3, 7, 20})
        for (const index_t columns : {1, 2, 3, 5, 64, 1000})
            for (const double least : {0.01, 0.1, 0.5, 0.9})
                for (const storage_order order : {storage_order::row_major, storage_order::column_major}) {
                    auto theta = normal_values<T>(rows * columns, std::uint64_t(rows * 1000 + columns));
                    const std::vector<T> g(theta.size());
                    parameter_list<T, group_rows> list;
                    list.add_group({.least_density = least});
                    list.add_view(theta.data(), g.data(), {{rows, columns}, order});
                    linbreg<T, group_rows, fixed_law> method({.lambda = 100});
                    method.step(list);
                    const auto needed = index_t(std::ceil(least * double(rows * columns) * (1 - 1e-12)));
                    BOOST_TEST(method.counts()[0].nonzeros >= needed,
                               rows << " x " << columns << ", " << least << ": " << method.counts()[0].nonzeros);
                }
}

BOOST_AUTO_TEST_CASE(least_density_is_idle_above_it) {
    layers with(0.05), without(0.0);
    linbreg<float, mixed, fixed_law> a({.lambda = 0.05f}), b({.lambda = 0.05f});
    for (int k = 1; k <= 5; ++k) {
        with.draw(k), a.step(with.parameters);
        without.draw(k), b.step(without.parameters);
    }
    BOOST_TEST(same_bits(with.wide, without.wide));
    BOOST_TEST(same_bits(with.rows, without.rows));
}

BOOST_AUTO_TEST_CASE(bad_densities_are_refused) {
    parameter_list<float, l1> parameters;
    CHECK_REFUSES(parameters.add_group({.least_density = 1}), "least_density of group \"parameters\" = 1");
    CHECK_REFUSES(parameters.add_group({.least_density = -0.1}), "least_density");
    CHECK_REFUSES(parameters.add_group({.least_density = NAN}), "least_density");
}

// Laws with a memory of their own: each group's continues where it was.
BOOST_AUTO_TEST_CASE(the_laws_of_all_groups_are_saved) {
    using method_type = linbreg<float, mixed, counting_law>;
    const optimizer_settings<float> settings{.lambda = 0.01f, .scope = lambda_scope::each_group};
    const scratch_folder folder;
    const std::string path = folder / "state";

    layers model;
    method_type method(settings);
    for (int k = 1; k <= 3; ++k) model.draw(k), method.step(model.parameters);
    save_state(path, method);
    layers copy;
    copy.wide = model.wide, copy.narrow = model.narrow, copy.rows = model.rows, copy.bias = model.bias;
    for (int k = 4; k <= 6; ++k) model.draw(k), method.step(model.parameters);

    method_type loaded(settings);
    load_state(path, loaded);
    for (int k = 4; k <= 6; ++k) copy.draw(k), loaded.step(copy.parameters);
    BOOST_TEST(same_bits(loaded.dual(), method.dual()));
    BOOST_TEST(same_bits(loaded.group_lambdas(), method.group_lambdas()));
    BOOST_TEST(method.group_lambdas()[0] != method.group_lambdas()[1]);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing

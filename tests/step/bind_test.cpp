// What cannot be stepped is refused before anything has changed: memory, layouts of groups, policies that do not go
// together.
#include <cmath>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include <bregman/bregman.hpp>
#include <bregman/regularizers/sparse_group_lasso.hpp>
#include <bregman/regularizers/total_variation.hpp>

#include "support/checks.hpp"
#include "support/common_optimizers.hpp"
#include "support/values.hpp"
#include "tolerances.hpp"

namespace bregman::testing {

namespace {

/// Groups of a fixed layout, whatever the tensor.
struct groups_of_a_user : group_l2 {
    using of_single_elements = void;
    static constexpr const char* name = "of_a_user";
    group_layout layout{0, 0, 0};
    groups_of_a_user() = default;
    explicit groups_of_a_user(const group_layout& given) : layout(given) {}
    group_layout groups(const tensor_shape& shape) const {
        if (layout.size > 0) return layout;
        return {shape.size() / shape.extents[1], shape.extents[1], 1}; // 0 / 0 for an empty tensor
    }
};

/// step() is refused with these words and changes nothing.
template <class Method, class List>
void check_refused_untouched(Method& method, const List& list, std::vector<double>& theta, const std::string& words) {
    const auto before = theta;
    CHECK_REFUSES(method.step(list), words);
    BOOST_TEST((same_bits(theta, before)));
    BOOST_TEST(method.steps() == 0);
    BOOST_TEST(method.counts().empty());
}

} // namespace

BOOST_AUTO_TEST_SUITE(binding)

BOOST_AUTO_TEST_CASE(a_gradient_in_the_memory_of_theta) {
    std::vector<double> memory = normal_values<double>(8, 1);
    const auto before = memory;
    linbreg<double, l1, fixed_law> method;
    CHECK_REFUSES(method.step(memory, memory), "gradient of tensor 0 = in the memory of its theta");
    CHECK_REFUSES(method.step(std::span(memory.data(), 5), std::span(memory.data() + 4, 4)), "gradient size");
    CHECK_REFUSES(method.step(std::span(memory.data(), 4), std::span(memory.data() + 3, 4)), "gradient of tensor 0");
    CHECK_REFUSES(method.step(std::span(memory.data() + 3, 4), std::span(memory.data(), 4)), "gradient of tensor 0");
    BOOST_TEST((same_bits(memory, before)));
    method.step(std::span(memory.data(), 4), std::span(memory.data() + 4, 4)); // beside each other is well
    method.step(std::span(memory.data(), 4), std::span(memory.data() + 4, 4));
    CHECK_REFUSES(method.step(std::span(memory.data(), 4), std::span(memory.data() + 1, 4)), "gradient of tensor 0");
    BOOST_TEST(method.steps() == 2);
}

BOOST_AUTO_TEST_CASE(an_empty_tensor_has_no_groups_to_ask_for) {
    std::vector<double> empty, none_of_it, theta = normal_values<double>(6, 1), g = normal_values<double>(6, 2);
    parameter_list<double, groups_of_a_user> list;
    list.add_view(empty.data(), none_of_it.data(), {{0, 0}});
    list.add_view(theta.data(), g.data(), {{2, 3}});
    linbreg<double, groups_of_a_user, fixed_law> method({.lambda = 0.1});
    method.step(list);
    BOOST_TEST(method.counts()[0].size == 6);
}

BOOST_AUTO_TEST_CASE(groups_that_do_not_cover_the_tensor) {
    std::vector<double> theta = normal_values<double>(6, 1), g = normal_values<double>(6, 2);
    for (const group_layout layout : {group_layout{2, 4, 1}, group_layout{1, 3, 1}, group_layout{3, 3, 1},
                                      group_layout{-2, -3, 1}, group_layout{1, 3, 3}}) {
        parameter_list<double, groups_of_a_user> list;
        list.add_group({.regularizer = groups_of_a_user(layout)});
        list.add_view(theta.data(), g.data(), {{2, 3}});
        linbreg<double, groups_of_a_user, fixed_law> method({.lambda = 0.1});
        if (layout.size > 0) check_refused_untouched(method, list, theta, "groups of \"of_a_user\" = ");
    }
    for (const group_layout layout : {group_layout{2, 3, 1}, group_layout{1, 2, 3}, group_layout{1, 6, 1}}) {
        parameter_list<double, groups_of_a_user> list;
        list.add_group({.regularizer = groups_of_a_user(layout)});
        list.add_view(theta.data(), g.data(), {{2, 3}});
        linbreg<double, groups_of_a_user, fixed_law> method({.lambda = 0.1});
        method.step(list);
        BOOST_TEST(method.steps() == 1);
    }
}

BOOST_AUTO_TEST_CASE(a_law_that_asks_for_a_lambda_that_nobody_knows) {
    using any_of = std::variant<none, l1, sparse_group_lasso<group_rows>, total_variation>;
    std::vector<double> theta = normal_values<double>(6, 1), g = normal_values<double>(6, 2);
    const auto list_of = [&](any_of regularizer, double least_density = 0) {
        parameter_list<double, any_of> list;
        list.add_group({.name = "w", .regularizer = regularizer, .least_density = least_density});
        list.add_view(theta.data(), g.data(), {{2, 3}});
        return list;
    };
    const auto method_with = [](any_law<double> law) {
        return linbreg<double, any_of, any_law<double>>({.lambda = 0.1}, {}, {}, {}, law);
    };
    for (const any_law<double>& law :
         {any_law<double>(quantile_law()), any_law<double>(start_at_quantile(fixed_law())),
          any_law<double>(warm_up(quantile_law(), 100)), any_law<double>(rate_limit(quantile_law(5), 1.1))}) {
        auto method = method_with(law);
        check_refused_untouched(method, list_of(sparse_group_lasso<group_rows>{}), theta,
                                "regularizer of group \"w\" = sparse_group_lasso of group_rows");
        check_refused_untouched(method, list_of(total_variation{}), theta,
                                "regularizer of group \"w\" = total_variation");
        method.step(list_of(l1{}));
        BOOST_TEST(method.steps() == 1);
    }
    auto fixed = method_with(fixed_law());
    check_refused_untouched(fixed, list_of(total_variation{}, 0.1), theta,
                            "regularizer of group \"w\" = total_variation");
    fixed.step(list_of(total_variation{}));
    BOOST_TEST(fixed.steps() == 1);
}

BOOST_AUTO_TEST_CASE(a_rule_that_needs_a_subgradient_that_is_none) {
    using any_of = std::variant<none, sparse_group_lasso<group_rows>, total_variation>;
    std::vector<double> theta = normal_values<double>(6, 1), g = normal_values<double>(6, 2);
    for (const dual_rule rule : all_dual_rules)
        for (const any_of regularizer : {any_of(sparse_group_lasso<group_rows>{}), any_of(total_variation{})}) {
            parameter_list<double, any_of> list;
            list.add_group({.name = "w", .regularizer = regularizer});
            list.add_view(theta.data(), g.data(), {{2, 3}});
            linbreg<double, any_of> method({.lambda = 0.1, .on_lambda_change = rule});
            if (rule == dual_rule::keep || rule == dual_rule::ratio || rule == dual_rule::prox_rescaled) {
                for (int k = 0; k < 3; ++k) method.step(list);
                BOOST_TEST(method.steps() == 3);
            } else {
                check_refused_untouched(method, list, theta, std::string("on_lambda_change = ") + name_of(rule));
            }
        }
}

BOOST_AUTO_TEST_CASE(the_reported_lambda_is_the_one_theta_was_made_with) {
    std::vector<float> theta = normal_values<float>(400, 1);
    adabreg<float, l1, quantile_law> method({.lambda = 0.3f});
    for (int k = 0; k < 5; ++k) {
        const auto report = method.step(theta, normal_values<float>(400, std::uint64_t(10 + k)));
        BOOST_TEST(report.lambda == method.lambda());
        const auto v = method.dual();
        for (std::size_t i = 0; i < v.size(); ++i) BOOST_TEST(theta[i] == shrink(v[i], report.lambda));
    }
}

BOOST_AUTO_TEST_CASE(a_long_gradient_is_clipped_to_its_length) {
    const auto length_of_step = [](std::vector<double> g, double clip_norm) {
        std::vector<double> theta(g.size());
        linbreg<double, none, fixed_law> method({.step_size = 1, .clip_norm = clip_norm});
        const auto report = method.step(theta, g);
        BOOST_TEST(!report.refused);
        double largest = 0, squares = 0; // scaled, since the squares of 1e-300 are 0
        for (double x : theta) largest = std::max(largest, std::abs(x));
        for (double x : theta) squares += (x / largest) * (x / largest);
        return largest * std::sqrt(squares);
    };
    for (const double size : {1e-300, 1e-3, 1.0, 1e10, 1e153, 1e155, 1e200, 1e300})
        for (const std::size_t n : {1u, 2u, 1000u, 20000u}) {
            std::vector<double> g(n, size);
            const double norm = size * std::sqrt(double(n)), expected = std::min(norm, 2.0);
            BOOST_TEST(std::abs(length_of_step(g, 2) / expected - 1) < 1e-10, "size " << size << ", n " << n);
        }
    std::vector<double> mixed(100, 1e-5);
    mixed[7] = -3e250;
    BOOST_TEST(std::abs(length_of_step(mixed, 0.5) - 0.5) < 1e-12);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing

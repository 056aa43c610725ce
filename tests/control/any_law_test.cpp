#include <sstream>

#include <bregman/bregman.hpp>

#include "support/checks.hpp"
#include "support/values.hpp"

namespace bregman::testing {

namespace {

/// theta and the state after ten steps.
template <class Law>
std::pair<std::vector<float>, std::string> run(Law law, const char* policy) {
    linbreg<float, l1, Law> method({.step_size = 0.1f, .lambda = 0.1f}, {}, {}, {}, std::move(law));
    auto theta = normal_values<float>(500, 1);
    for (std::uint64_t k = 0; k < 10; ++k) method.step(theta, normal_values<float>(500, 2 + k));
    BOOST_TEST(method.description().ends_with(std::string("law ") + policy));
    return {theta, state_bytes(method)};
}

/// A law with a memory of its own.
struct slow_law {
    static constexpr const char* name = "slow";
    double average = 0;

    float operator()(const observation<float>& seen) {
        average = 0.9 * average + 0.1 * seen.sparsity;
        return seen.lambda * (average < seen.target ? 1.01f : 0.99f);
    }
    template <class Field>
    void visit(Field&& field) {
        field("average", average);
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(any_laws)

BOOST_AUTO_TEST_CASE(the_law_behind_it_acts_unchanged) {
    BOOST_TEST((run(any_law<float>(fixed_law{}), "fixed") == run(fixed_law{}, "fixed")));
    BOOST_TEST((run(any_law<float>(multiplicative_law<float>()), "multiplicative") ==
                run(multiplicative_law<float>(), "multiplicative")));
    BOOST_TEST((run(any_law<float>(quantile_law(2)), "quantile") == run(quantile_law(2), "quantile")));
    BOOST_TEST((run(any_law<float>(slow_law{}), "slow") == run(slow_law{}, "slow")));
}

BOOST_AUTO_TEST_CASE(a_lambda_expression_is_a_law) {
    const float factor = 1.5f;
    any_law<float> law = [factor](const observation<float>& seen) { return seen.lambda * factor; };
    BOOST_TEST(law(observation<float>{.lambda = 2}) == 3.0f);
    BOOST_TEST(law.name == "custom");
    BOOST_TEST(!law.acts_at_once);
}

BOOST_AUTO_TEST_CASE(copies_do_not_share_state) {
    any_law<float> law = slow_law{};
    any_law<float> copy = law;
    law(observation<float>{.lambda = 1, .sparsity = 1, .target = 0.5f});
    double one = 0, other = 0;
    law.visit([&](std::string_view, auto& value) {
        if constexpr (std::is_same_v<decltype(value), double&>) one = value;
    });
    copy.visit([&](std::string_view, auto& value) {
        if constexpr (std::is_same_v<decltype(value), double&>) other = value;
    });
    BOOST_TEST(one == 0.1);
    BOOST_TEST(other == 0.0);
    copy = law;
    copy.visit([&](std::string_view, auto& value) {
        if constexpr (std::is_same_v<decltype(value), double&>) other = value;
    });
    BOOST_TEST(other == 0.1);
}

BOOST_AUTO_TEST_CASE(lambda_0_is_checked_by_the_law) {
    using method = linbreg<float, l1, any_law<float>>;
    CHECK_REFUSES(method({.lambda = 0}, {}, {}, {}, multiplicative_law<float>()), "lambda = 0; allowed: [minimum");
    BOOST_CHECK_NO_THROW(method({.lambda = 0}, {}, {}, {}, fixed_law{}));
    CHECK_REFUSES(method({.on_lambda_change = dual_rule::ratio}, {}, {}, {}, quantile_law{}), "on_lambda_change");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing

// Directions around directions (directions/nested.hpp): whichever is inside whichever, neither loses what the other adds.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <sstream>
#include <utility>
#include <vector>

#include <bregman/bregman.hpp>

#include "support/checks.hpp"
#include "support/values.hpp"
#include "tolerances.hpp"

namespace bregman::testing {

namespace {

constexpr double step_size = 0.1, lambda = 0.3;
constexpr int number_of_steps = 20;

/// v and theta of a tensor.
struct path {
    std::vector<double> dual, theta;
};

/// What a step is by a direction's contract (concepts.hpp), written out for single numbers: twenty of them. A whole optimizer for each
/// of these pairs would take minutes to compile.
template <class Direction>
path walk(const Direction& direction) {
    path at{normal_values<double>(200, 1), {}};
    at.theta.resize(at.dual.size());
    std::vector<double> moments(at.dual.size());
    double remembered = 0;
    for (int k = 1; k <= number_of_steps; ++k) {
        const auto g = normal_values<double>(index_t(at.dual.size()), 10 * std::uint64_t(k), 3);
        const auto squares = [](const auto& x) { return std::inner_product(x.begin(), x.end(), x.begin(), 0.0); };
        const auto increment = [&] {
            if constexpr (contract::remembers_tensors<Direction>) {
                remembered = direction.remember(
                    remembered, {.gradient_squares = squares(g),
                                 .theta_squares = contract::asks_for_theta<Direction> ? squares(at.theta) : 0,
                                 .size = index_t(g.size()),
                                 .step = k});
                return direction.at(k, step_size, remembered);
            } else {
                return direction.at(k, step_size);
            }
        }();
        for (std::size_t i = 0; i < g.size(); ++i) {
            double seen = g[i], theta = at.theta[i], v = at.dual[i];
            if constexpr (requires { increment.adjust_gradient(seen, theta); })
                seen = increment.adjust_gradient(seen, theta);
            if constexpr (requires { increment.adjust_dual(v, theta); })
                v = increment.adjust_dual(v, theta);
            else if constexpr (requires { increment.adjust_dual(v); })
                v = increment.adjust_dual(v);
            double d = increment(seen, moments[i]);
            if constexpr (requires { increment.adjust_increment(d, seen, theta); })
                d = increment.adjust_increment(d, seen, theta);
            v -= d;
            theta = std::copysign(std::max(std::abs(v) - lambda, 0.0), v);
            if constexpr (contract::scales_theta<Direction, double>) theta *= increment.primal_factor;
            at.dual[i] = v, at.theta[i] = theta;
        }
    }
    return at;
}

bool same(const path& a, const path& b) { return same_bits(a.dual, b.dual) && same_bits(a.theta, b.theta); }

/// The same with the optimizer itself.
template <class Direction>
path step_on(const Direction& direction) {
    optimizer<Direction, euclidean<double>, l1, fixed_law, eigen_backend<double>> method(
        {.step_size = step_size, .lambda = lambda}, direction);
    auto theta = normal_values<double>(200, 1);
    for (int k = 1; k <= number_of_steps; ++k) method.step(theta, normal_values<double>(200, 10 * std::uint64_t(k), 3));
    return {method.dual(), theta};
}

// Every direction that goes around another, made to change nothing and to change something.
struct leaking {
    template <class D>
    static auto idle(D d) {
        return with_leak<D>{.direction = d, .leak = 0};
    }
    template <class D>
    static auto acting(D d) {
        return with_leak<D>{.direction = d, .leak = 0.1};
    }
};
struct coupled {
    template <class D>
    static auto idle(D d) {
        return with_weight_decay<D>{.direction = d, .weight_decay = 0};
    }
    template <class D>
    static auto acting(D d) {
        return with_weight_decay<D>{.direction = d, .weight_decay = 0.5};
    }
};
struct decoupled {
    template <class D>
    static auto idle(D d) {
        return with_decoupled_weight_decay<D>{.direction = d, .weight_decay = 0};
    }
    template <class D>
    static auto acting(D d) {
        return with_decoupled_weight_decay<D>{.direction = d, .weight_decay = 0.5};
    }
};
struct inside_v {
    template <class D>
    static auto idle(D d) {
        return with_dual_weight_decay<D>{.direction = d, .weight_decay = 0};
    }
    template <class D>
    static auto acting(D d) {
        return with_dual_weight_decay<D>{.direction = d, .weight_decay = 0.5};
    }
};
struct counting {
    template <class D>
    static auto idle(D d) {
        return with_turnover<D>{.direction = d};
    }
};
struct freezing {
    template <class D>
    static auto idle(D d) {
        return with_freeze<D>{.direction = d};
    }
    template <class D> // as after a freeze, but for lambda
    static auto acting(D d) {
        return with_freeze<D>{.direction = d, .frozen = true};
    }
};
struct trusting {
    template <class D>
    static auto acting(D d) {
        return with_trust_ratio<D>{.direction = d, .trust = 0.3};
    }
};
struct by_evidence {
    template <class D>
    static auto acting(D d) {
        return with_birth_by_evidence<D>{.direction = d, .leak = 0.2, .beta = 0.5};
    }
};

template <class... Wrappers, class F>
void for_each(F&& f) {
    (f(Wrappers{}), ...);
}
template <class F>
void for_each_idle(F&& f) {
    for_each<leaking, coupled, decoupled, inside_v, counting, freezing>(f);
}
template <class F>
void for_each_acting(F&& f) {
    for_each<leaking, coupled, decoupled, inside_v, freezing, trusting, by_evidence>(f);
}

} // namespace

/// A direction of a user's, which changes what is subtracted.
struct twice_the_gradient {
    static constexpr int moments = 0;
    static constexpr double default_step_size = 0.1;
    template <class T>
    struct increment {
        T step_size;
        template <class V>
        V operator()(const V& g) const {
            return g * V(step_size);
        }
        template <class V>
        V adjust_increment(const V& d, const V&, const V&) const {
            return d * V(2);
        }
    };
    template <class T>
    auto at(std::int64_t, T step_size) const {
        return increment<T>{step_size};
    }
};

BOOST_AUTO_TEST_SUITE(nested_directions)

BOOST_AUTO_TEST_CASE(what_changes_nothing_keeps_what_is_inside) {
    for_each_acting([](auto acting) {
        const auto inside = acting.acting(momentum{});
        const path expected = walk(inside);
        BOOST_TEST(!same(expected, walk(momentum{})), policy_name(inside) << " changes nothing");
        for_each_idle([&](auto idle) {
            const auto nested = idle.idle(inside);
            BOOST_TEST(same(walk(nested), expected), policy_name(nested));
        });
    });
}

BOOST_AUTO_TEST_CASE(what_changes_something_does_it_around_what_does_not) {
    for_each_acting([](auto acting) {
        const path expected = walk(acting.acting(momentum{}));
        for_each_idle([&](auto idle) {
            const auto nested = acting.acting(idle.idle(momentum{}));
            BOOST_TEST(same(walk(nested), expected), policy_name(nested));
        });
    });
}

// A second one of a kind adds to the first.
BOOST_AUTO_TEST_CASE(twice_the_same_is_both) {
    const auto check = [](const auto& twice, const auto& once) {
        const path a = walk(twice), b = walk(once);
        check_close(a.dual, b.dual, tolerance<double>::many_steps);
        check_close(a.theta, b.theta, tolerance<double>::many_steps);
    };
    using coupled_once = with_weight_decay<momentum>;
    check(with_weight_decay<coupled_once>{.direction = {.weight_decay = 0.2}, .weight_decay = 0.3},
          coupled_once{.weight_decay = 0.5});
    using inside_v_once = with_dual_weight_decay<momentum>;
    check(with_dual_weight_decay<inside_v_once>{.direction = {.weight_decay = 0.2}, .weight_decay = 0.3},
          inside_v_once{.weight_decay = 0.5});
    using leak_once = with_leak<momentum>;
    check(with_leak<leak_once>{.direction = {.leak = 0.2}, .leak = 0.5}, leak_once{.leak = 0.6});
    using decoupled_once = with_decoupled_weight_decay<momentum>; // (1 - .1 * 5) (1 - .1 * 4) = 1 - .1 * 7
    check(with_decoupled_weight_decay<decoupled_once>{.direction = {.weight_decay = 5}, .weight_decay = 4},
          decoupled_once{.weight_decay = 7});
}

BOOST_AUTO_TEST_CASE(the_optimizer_sees_what_is_inside) {
    BOOST_TEST(same(step_on(with_leak<with_trust_ratio<momentum>>{.direction = {.trust = 0.3}, .leak = 0}),
                    step_on(with_trust_ratio<momentum>{.trust = 0.3})));
}

// Whoever is outside, frozen zeros stay.
template <class Direction>
void check_freeze(const Direction& direction) {
    auto theta = normal_values<double>(400, 1);
    optimizer<Direction, euclidean<double>, l1, quantile_law, eigen_backend<double>> method(
        {.step_size = step_size, .lambda = lambda, .target = 0.8}, direction);
    std::vector<double> g(theta.size()), frozen;
    parameter_list<double, l1> list;
    list.add_group({.regularizer = l1{}});
    list.add(theta, g);
    for (std::uint64_t k = 1; k <= 2 * number_of_steps; ++k) {
        std::ranges::copy(normal_values<double>(400, k), g.begin());
        method.step(list);
        if (k == number_of_steps) method.freeze(list), frozen = theta;
    }
    BOOST_TEST(method.is_frozen());
    int zeros = 0, woken = 0, moved = 0;
    for (std::size_t i = 0; i < theta.size(); ++i) {
        zeros += frozen[i] == 0;
        woken += frozen[i] == 0 && theta[i] != 0;
        moved += theta[i] != frozen[i];
    }
    BOOST_TEST(zeros == 320);
    BOOST_TEST(woken == 0, woken << " zeros woke up under " << policy_name(direction));
    BOOST_TEST(moved == 80);
}

BOOST_AUTO_TEST_CASE(a_freeze_holds_inside_others) {
    check_freeze(with_weight_decay<with_leak<with_freeze<momentum>>>{.weight_decay = 0.5});
    check_freeze(with_birth_by_evidence<with_dual_weight_decay<with_freeze<momentum>>>{.leak = 0.2});
}

BOOST_AUTO_TEST_CASE(births_by_evidence_keep_what_a_users_own_direction_subtracts) {
    const auto at = with_birth_by_evidence<twice_the_gradient>{}.at(1, 0.5, 4.0);
    BOOST_TEST(at.adjust_increment(0.5, 1.0, 3.0) == 1); // alive: twice
    BOOST_TEST(at.adjust_increment(0.5, 1.0, 0.0) != 1); // a zero: tau g / r
}

// A step size that the direction refuses is refused before anything has changed, of the first step too.
BOOST_AUTO_TEST_CASE(who_was_refused_goes_on_as_if_not) {
    using method_type =
        optimizer<with_decoupled_weight_decay<adam_mini>, euclidean<double>, l1, fixed_law, eigen_backend<double>>;
    const auto walk_on = [](bool is_refused) {
        auto theta = normal_values<double>(50, 1);
        method_type method({.step_size = step_size, .lambda = lambda}, {.weight_decay = 0.5});
        for (std::uint64_t k = 1; k <= 3; ++k) {
            const auto g = normal_values<double>(50, 10 * k);
            method.set_step_size(4);
            if (is_refused) CHECK_REFUSES(method.step(theta, g), "step size * weight_decay = 2");
            method.set_step_size(step_size);
            method.step(theta, g);
        }
        std::stringstream state;
        save_state(state, method);
        return std::pair(state.str(), theta);
    };
    const auto [state, theta] = walk_on(true);
    const auto [expected_state, expected] = walk_on(false);
    BOOST_TEST((state == expected_state));
    BOOST_TEST(same_bits(theta, expected));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing

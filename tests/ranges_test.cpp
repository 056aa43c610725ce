// Every setting at the ends of its range, which are taken or not as its page says, and beyond.
#include <cmath>
#include <initializer_list>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include <bregman/bregman.hpp>
#include <bregman/regularizers/box.hpp>
#include <bregman/regularizers/elastic_net.hpp>
#include <bregman/regularizers/linf_ball.hpp>
#include <bregman/regularizers/simplex.hpp>
#include <bregman/regularizers/slope.hpp>
#include <bregman/regularizers/sparse_group_lasso.hpp>
#include <bregman/solvers/bregman_iteration.hpp>
#include <bregman/solvers/linearised_bregman.hpp>
#include <bregman/solvers/multilevel.hpp>
#include <bregman/solvers/poisson.hpp>
#include <bregman/solvers/polish.hpp>
#include <bregman/solvers/proximal_gradient.hpp>
#include <bregman/solvers/rda.hpp>
#include <bregman/solvers/recover.hpp>
#include <bregman/solvers/sparse_kaczmarz.hpp>
#include <bregman/solvers/split_lbi.hpp>
#include <bregman/solvers/stop_rule.hpp>

#include "support/checks.hpp"

namespace bregman::testing {

namespace {

constexpr double inf = std::numeric_limits<double>::infinity(), tiny = 1e-300;
constexpr double below_1 = 1 - 1e-15, above_1 = 1 + 1e-15;
using values = std::initializer_list<double>;

/// What has settings is looked at by its own validate(), and a law by its constructor.
template <class Settings>
void look_at(const Settings& settings) {
    settings.validate();
}
template <class Law>
struct law_of_settings {
    using settings = typename Law::settings;
    settings s;
    void validate() const { Law law(s); }
    template <class Field>
    void visit(Field&& field) {
        s.visit(field);
    }
};

/// What state files have of settings.
template <class Settings>
std::vector<double> shown_by(Settings settings) {
    std::vector<double> shown;
    settings.visit([&](const auto&, const auto& value) { shown.push_back(double(value)); });
    return shown;
}

template <class Settings, class Member>
void check(const char* name, Settings defaults, Member member, values taken, values refused) {
    const auto with = [&](double value) {
        Settings changed = defaults;
        auto& setting = member(changed);
        setting = std::remove_reference_t<decltype(setting)>(value);
        return changed;
    };
    for (double value : taken) {
        try {
            look_at(with(value));
        } catch (const std::invalid_argument& error) {
            BOOST_ERROR(std::string(name) + " = " + std::to_string(value) + " was refused: " + error.what());
        }
    }
    if constexpr (requires { defaults.visit([](const auto&, const auto&) {}); }) {
        const auto before = shown_by(defaults), after = shown_by(with(*refused.begin()));
        int changed = 0;
        for (std::size_t i = 0; i < before.size(); ++i) changed += !(after[i] == before[i]);
        BOOST_TEST(changed == 1, std::string(name) + " is not in state files, or twice");
    }
    for (double value : refused) {
        try {
            look_at(with(value));
            BOOST_ERROR(std::string(name) + " = " + std::to_string(value) + " was taken");
        } catch (const std::invalid_argument& error) {
            BOOST_TEST(std::string(error.what()).find("; allowed: ") != std::string::npos, error.what());
        }
    }
}

/// check() of a member by its name.
#define CHECK_RANGE(settings, member, ...)                                                                             \
    check(                                                                                                             \
        #settings "." #member, settings{}, [](auto& s) -> auto& { return s.member; }, __VA_ARGS__)
#define CHECK_LAW_RANGE(law, member, ...)                                                                              \
    check(                                                                                                             \
        #law "." #member, law_of_settings<law<double>>{}, [](auto& s) -> auto& { return s.s.member; }, __VA_ARGS__)

} // namespace

BOOST_AUTO_TEST_SUITE(ranges)

BOOST_AUTO_TEST_CASE(of_directions_and_mirror_maps) {
    const values share{0, 0.5, below_1}, no_share{-tiny, 1, 2, inf, -inf, NAN};
    CHECK_RANGE(adam, beta1, share, no_share);
    CHECK_RANGE(adam, beta2, share, no_share);
    CHECK_RANGE(adam_mini, beta1, share, no_share);
    CHECK_RANGE(adam_mini, beta2, share, no_share);
    CHECK_RANGE(lion, beta1, share, no_share);
    CHECK_RANGE(lion, beta2, share, no_share);
    CHECK_RANGE(with_birth_by_evidence<adam>, leak, share, no_share);
    CHECK_RANGE(with_birth_by_evidence<adam>, beta, share, no_share);
    CHECK_RANGE(amsgrad, beta1, share, no_share);
    CHECK_RANGE(amsgrad, beta2, share, no_share);
    CHECK_RANGE(rmsprop, beta, share, no_share);
    CHECK_RANGE(momentum, beta, share, no_share);
    CHECK_RANGE(nesterov, beta, share, no_share);
    const values positive{tiny, 1, 1e300}, not_positive{0, -1, inf, NAN};
    CHECK_RANGE(adam, epsilon, positive, not_positive);
    CHECK_RANGE(adam_mini, epsilon, positive, not_positive);
    CHECK_RANGE(with_trust_ratio<gradient>, trust, positive, not_positive);
    CHECK_RANGE(amsgrad, epsilon, positive, not_positive);
    CHECK_RANGE(rmsprop, epsilon, positive, not_positive);
    CHECK_RANGE(with_weight_decay<adam>, weight_decay, {0, 1}, {-tiny, inf, NAN});
    CHECK_RANGE(with_decoupled_weight_decay<adam>, weight_decay, {0, 1}, {-tiny, inf, NAN});
    CHECK_RANGE(with_dual_weight_decay<adam>, weight_decay, {0, 1}, {-tiny, inf, NAN});
    CHECK_RANGE(with_leak<adam>, leak, {0, 0.5}, {-tiny, 1, NAN});
    CHECK_RANGE(euclidean<double>, delta, positive, not_positive);
    CHECK_RANGE(hypentropy<double>, beta, positive, not_positive);
    CHECK_RANGE(burg<double>, largest, positive, not_positive);
    CHECK_RANGE(p_norm<double>, q, {above_1, 2, 100}, {1, 0, -2, inf, NAN});
}

BOOST_AUTO_TEST_CASE(of_regularizers) {
    CHECK_RANGE(elastic_net, ratio, {0, 1}, {-tiny, inf, NAN});
    CHECK_RANGE(sparse_group_lasso<group_rows>, group_share, {0, 0.5, 1}, {-tiny, above_1, NAN});
    CHECK_RANGE(simplex, sum, {tiny, 1}, {0, -1, inf, NAN});
    CHECK_RANGE(linf_ball, radius, {0, 1, inf}, {-tiny, NAN});
    CHECK_RANGE(box, low, {-inf, 0, 1}, {above_1, inf, NAN});
    CHECK_RANGE(box, high, {0, 1, inf}, {-tiny, -inf, NAN});
    CHECK_RANGE(n_of_m, n, {1, 4}, {0, 5, -1});
    CHECK_RANGE(n_of_m, m, {2, 64}, {1, 65, 0, -4});
}

BOOST_AUTO_TEST_CASE(of_laws) {
    const values gains{0, 1, 1e300}, no_gains{-tiny, inf, NAN};
    CHECK_LAW_RANGE(multiplicative_law, gain, gains, no_gains);
    CHECK_LAW_RANGE(multiplicative_law, every, {1, 1e6}, {0, -1});
    CHECK_LAW_RANGE(multiplicative_law, warm_up, {0, 1e6}, {-1});
    CHECK_LAW_RANGE(multiplicative_law, minimum, {tiny, 1e3}, {0, -1, 1001, inf, NAN});
    CHECK_LAW_RANGE(multiplicative_law, maximum, {1e-6, 1e300}, {1e-7, inf, NAN});
    CHECK_LAW_RANGE(multiplicative_law, zone, gains, no_gains);
    CHECK_LAW_RANGE(multiplicative_law, zone_gain_divisor, {1, 10}, {below_1, 0, inf, NAN});
    CHECK_LAW_RANGE(multiplicative_law, zone_every, {1, 10}, {0, -1});
    CHECK_LAW_RANGE(multiplicative_law, max_relative_change, {0, below_1}, {-tiny, 1, NAN});
    CHECK_LAW_RANGE(additive_law, gain, gains, no_gains);
    CHECK_LAW_RANGE(additive_law, every, {1}, {0});
    CHECK_LAW_RANGE(additive_law, minimum, {0, 1e3}, {-tiny, 1001, NAN});
    CHECK_LAW_RANGE(additive_law, maximum, {0, 1e300}, {-1, inf, NAN});
    CHECK_LAW_RANGE(pid_law, proportional, gains, no_gains);
    CHECK_LAW_RANGE(pid_law, integral, gains, no_gains);
    CHECK_LAW_RANGE(pid_law, derivative, gains, no_gains);
    CHECK_LAW_RANGE(pid_law, derivative_filter, {0, below_1}, {-tiny, 1, NAN});
    CHECK_LAW_RANGE(pid_law, tracking, {tiny, 1}, {0, above_1, NAN});
    CHECK_LAW_RANGE(pid_law, minimum, {tiny}, {0, inf, NAN});
    CHECK_LAW_RANGE(nupi_law, proportional, {-1, 0, 1}, {inf, -inf, NAN});
    CHECK_LAW_RANGE(nupi_law, integral, gains, no_gains);
    CHECK_LAW_RANGE(nupi_law, nu, {0, below_1}, {-tiny, 1, NAN});
    CHECK_LAW_RANGE(nupi_law, every, {1}, {0});
    CHECK_LAW_RANGE(nupi_law, minimum, {tiny}, {0, NAN});
    CHECK_LAW_RANGE(band_law, half_width, {0, below_1}, {-tiny, 1, NAN});
    CHECK_LAW_RANGE(band_law, gain, gains, no_gains);
    CHECK_LAW_RANGE(band_law, cooldown, {0, 1e6}, {-1, 9e18});
    CHECK_LAW_RANGE(band_law, warm_up, {0}, {-1});
    CHECK_LAW_RANGE(band_law, minimum, {tiny}, {0, NAN});
    CHECK_LAW_RANGE(band_law, maximum, {1e-6}, {1e-7, inf, NAN});
}

BOOST_AUTO_TEST_CASE(of_solvers) {
    const values from_0{0, 1, 1e300}, not_from_0{-tiny, -1, inf, NAN};
    const values positive{tiny, 1, 1e300}, not_positive{0, -1, inf, NAN};
    const values share{tiny, 1}, no_share{0, above_1, -1, NAN};

    CHECK_RANGE(stop_rule, max_iterations, {0, 1}, {-1});
    CHECK_RANGE(stop_rule, residual, {0, 1, inf}, {-tiny, NAN});
    CHECK_RANGE(stop_rule, noise_norm, from_0, not_from_0);
    CHECK_RANGE(stop_rule, discrepancy_factor, {1, 2}, {below_1, 0, NAN});
    CHECK_RANGE(stop_rule, kkt, {0, 1}, {-tiny, NAN});
    CHECK_RANGE(stop_rule, gap, {0, 1}, {-tiny, NAN});
    CHECK_RANGE(stop_rule, seconds, {0, 1}, {-tiny, NAN});

    CHECK_RANGE(linearised_bregman_settings<>, lambda, positive, not_positive);
    CHECK_RANGE(linearised_bregman_settings<>, delta, from_0, not_from_0);
    CHECK_RANGE(linearised_bregman_settings<>, delta_factor, positive, not_positive);
    CHECK_RANGE(linearised_bregman_settings<>, h, {0, 2 * below_1}, {-tiny, 2, NAN});
    CHECK_RANGE(linearised_bregman_settings<>, norm_squared, from_0, not_from_0);
    CHECK_RANGE(linearised_bregman_settings<>, kicking, {0}, {1});
    CHECK_RANGE(linearised_bregman_settings<>, kick_tolerance, {0, 1}, {-tiny, NAN});
    CHECK_RANGE(linearised_bregman_settings<>, memory, {1, 100}, {0, -1});
    CHECK_RANGE(linearised_bregman_settings<>, continuation, share, no_share);
    CHECK_RANGE(linearised_bregman_settings<>, continuation_growth, {above_1, 4}, {1, 0, NAN});
    CHECK_RANGE(linearised_bregman_settings<>, continuation_residual, {tiny, 1}, {0, -1, NAN});

    CHECK_RANGE(bregman_iteration_settings<>, lambda, from_0, not_from_0);
    CHECK_RANGE(bregman_iteration_settings<>, relative_lambda, positive, not_positive);
    CHECK_RANGE(bregman_iteration_settings<>, norm_squared, from_0, not_from_0);
    CHECK_RANGE(bregman_iteration_settings<>, inner_kkt, positive, not_positive);
    CHECK_RANGE(bregman_iteration_settings<>, max_inner_iterations, {1}, {0, -1});

    CHECK_RANGE(lasso_settings<>, lambda, from_0, not_from_0);
    CHECK_RANGE(lasso_settings<>, relative_lambda, positive, not_positive);
    CHECK_RANGE(lasso_settings<>, norm_squared, from_0, not_from_0);
    CHECK_RANGE(lasso_settings<>, continuation, share, no_share);
    CHECK_RANGE(lasso_settings<>, continuation_factor, {tiny, below_1}, {0, 1, NAN});
    CHECK_RANGE(lasso_settings<>, continuation_kkt, {tiny, 1}, {0, -1, NAN});

    CHECK_RANGE(multilevel_settings<>, lambda, positive, not_positive);
    CHECK_RANGE(multilevel_settings<>, delta, from_0, not_from_0);
    CHECK_RANGE(multilevel_settings<>, delta_factor, positive, not_positive);
    CHECK_RANGE(multilevel_settings<>, h, {tiny, 2 * below_1}, {0, 2, NAN});
    CHECK_RANGE(multilevel_settings<>, support_steps, {0, 1}, {-1});
    CHECK_RANGE(multilevel_settings<>, norm_squared, from_0, not_from_0);

    CHECK_RANGE(sparse_kaczmarz_settings<>, lambda, positive, not_positive);
    CHECK_RANGE(sparse_kaczmarz_settings<>, delta, from_0, not_from_0);
    CHECK_RANGE(sparse_kaczmarz_settings<>, delta_factor, positive, not_positive);

    CHECK_RANGE(rda_settings<>, lambda, from_0, not_from_0);
    CHECK_RANGE(rda_settings<>, relative_lambda, positive, not_positive);
    CHECK_RANGE(rda_settings<>, gamma, from_0, not_from_0);
    CHECK_RANGE(rda_settings<>, norm_squared, from_0, not_from_0);

    CHECK_RANGE(poisson_settings<>, background, from_0, not_from_0);
    CHECK_RANGE(poisson_settings<>, lambda, from_0, not_from_0);
    CHECK_RANGE(poisson_settings<>, growth, {1, 2}, {below_1, 0, inf, NAN});

    CHECK_RANGE(split_lbi_settings<>, kappa, positive, not_positive);
    CHECK_RANGE(split_lbi_settings<>, nu, positive, not_positive);
    CHECK_RANGE(split_lbi_settings<>, step, share, no_share);
    CHECK_RANGE(split_lbi_settings<>, norm_squared, from_0, not_from_0);
    CHECK_RANGE(split_lbi_settings<>, record_every, {0, 1}, {-1});

    CHECK_RANGE(polish_settings<>, tolerance, {tiny, 1}, {0, -1, NAN});
    CHECK_RANGE(polish_settings<>, max_iterations, {1}, {0});
    CHECK_RANGE(polish_settings<>, negligible, {0, below_1}, {-tiny, 1, NAN});
    CHECK_RANGE(polish_settings<>, significance, {0, 3}, {-tiny, NAN});
    CHECK_RANGE(polish_settings<>, rounds, {1}, {0});

    CHECK_RANGE(recover_settings<>, first_attempt, {tiny, 1}, {0, -1, NAN});
    CHECK_RANGE(recover_settings<>, next_attempt, share, no_share);
    CHECK_RANGE(recover_settings<>, threshold, {tiny, 1}, {0, -1, NAN});
    CHECK_RANGE(recover_settings<>, largest_support, share, no_share);
    CHECK_RANGE(recover_settings<>, significance, {0, 3}, {-tiny, NAN});
    CHECK_RANGE(recover_settings<>, stages, {1}, {0});
    CHECK_RANGE(recover_settings<>, delta_growth, {1.01, 10}, {1, 0, -1, NAN});
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing

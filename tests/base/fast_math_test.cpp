// Compiled with -Ofast, under which a compiler takes every number for finite: what is not a number is refused all the same.
#include <cmath>
#include <string>
#include <vector>

#include <bregman/bregman.hpp>
#include <bregman/observers/oscillation_guard.hpp>
#include <bregman/solvers.hpp>

#include "support/checks.hpp"
#include "support/values.hpp"

namespace bregman::testing {

namespace {

/// What is no number.
template <class T>
std::vector<T> no_numbers() {
    return {nan_of<T>(), infinity_of<T>(), -infinity_of<T>()};
}
template <class T>
T not_a_number() {
    return no_numbers<T>().front();
}

/// A matrix of a random kind, and b = A x for an x with 6 non-zeros.
struct recovery {
    Eigen::MatrixXd a = Eigen::MatrixXd(40, 100);
    Eigen::VectorXd x = Eigen::VectorXd::Zero(100), b;

    recovery() {
        const auto entries = normal_values<double>(4000, 5);
        std::copy(entries.begin(), entries.end(), a.data());
        for (int i = 0; i < 6; ++i) x[7 + 15 * i] = i % 2 ? 1 + i : -2;
        b = a * x;
    }
};

/// A solver threw, or says that it did not solve anything.
template <class Solve>
void check_not_solved(const std::string& what, Solve&& solve) {
    try {
        const auto reason = solve().reason;
        BOOST_TEST((reason == solver_stop::diverged || reason == solver_stop::max_iterations ||
                    reason == solver_stop::stagnation),
                   what << " ended with reason " << reason);
    } catch (const std::invalid_argument&) {
    }
}

/// Settings with NaN in one of their floating members are refused, and as they were they are not.
template <class Settings, class Number>
void check_setting(const char* name, Settings settings, Number Settings::*member) {
    BOOST_CHECK_NO_THROW(settings.validate());
    settings.*member = not_a_number<Number>();
    BOOST_TEST_CONTEXT(name) CHECK_REFUSES(settings.validate(), "allowed");
}

/// A control law that is made with NaN in a setting.
template <class Law, class Settings, class Number>
void check_law(Settings settings, Number Settings::*member) {
    BOOST_CHECK_NO_THROW(Law(settings).validate(0.5f));
    settings.*member = not_a_number<Number>();
    CHECK_REFUSES(Law(settings).validate(0.5f), "allowed");
}

} // namespace

BOOST_AUTO_TEST_SUITE(fast_math)

BOOST_AUTO_TEST_CASE_TEMPLATE(a_gradient_that_is_not_finite_is_refused, T, scalars) {
    for (const T wrong : no_numbers<T>())
        for (int size = 1; size <= 100; ++size) {
            linbreg<T> method({.step_size = T(0.1), .lambda = T(0.1)});
            std::vector<T> theta = normal_values<T>(size, 1), g = normal_values<T>(size, 2);
            method.step(theta, g);
            const auto before = theta, dual = method.dual();
            for (int at = 0; at<size; at += size> 40 ? 7 : 1) {
                const T kept = g[std::size_t(at)];
                g[std::size_t(at)] = wrong;
                const bool refused = method.step(theta, g).refused && method.steps() == 1;
                g[std::size_t(at)] = kept;
                if (!refused || !same_bits(theta, before) || !same_bits(method.dual(), dual))
                    BOOST_FAIL("size " << size << ", element " << at);
            }
            BOOST_TEST(!method.step(theta, g).refused);
        }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(settings_and_setters_refuse_nan, T, scalars) {
    using method_type = linbreg<T>;
    const T nan = not_a_number<T>();
    CHECK_REFUSES(method_type({.step_size = nan}), "step_size");
    CHECK_REFUSES(method_type({.lambda = nan}), "lambda");
    CHECK_REFUSES(method_type({.target = nan}), "target");
    CHECK_REFUSES(method_type({.clip_norm = nan}), "clip_norm");
    CHECK_REFUSES(target_schedule<T>::linear(nan, T(0.9), 3), "ramp");
    CHECK_REFUSES(target_schedule<T>::geometric(nan, 3), "target");
    std::vector<T> theta(20, T(1)), g(20, T(0.1));
    method_type method({.lambda = T(0.5)});
    method.step(theta, g);
    CHECK_REFUSES(method.set_step_size(nan), "step_size");
    typename method_type::parameter_list list;
    list.add(theta, g);
    CHECK_REFUSES(method.set_lambda(list, nan), "lambda");
    CHECK_REFUSES(method.lambda_for(list, nan), "sparsity");
    CHECK_REFUSES(list.add_group({.name = "a", .lambda_scale = nan}), "lambda_scale");
    CHECK_REFUSES(list.add_group({.name = "a", .least_density = nan}), "least_density");
    CHECK_REFUSES(list.add_group({.name = "a", .step_size = nan}), "step_size");
    CHECK_REFUSES(sparse_initialisation({.density = not_a_number<double>()}).validate(), "density");
    CHECK_REFUSES(stop_at_target(not_a_number<double>(), 3), "tolerance");
    CHECK_REFUSES(stop_below(not_a_number<double>()), "loss");
    BOOST_TEST(stop_below(0.1)(
        progress<T>{.step = 1, .loss = nan, .lambda = 1, .sparsity = 0, .target = 1, .gradient_norm = 1})); // goes on
}

BOOST_AUTO_TEST_CASE(policies_refuse_nan) {
    check_setting("adam.beta1", adam{}, &adam::beta1);
    check_setting("adam.beta2", adam{}, &adam::beta2);
    check_setting("adam.epsilon", adam{}, &adam::epsilon);
    check_setting("amsgrad.beta1", amsgrad{}, &amsgrad::beta1);
    check_setting("amsgrad.epsilon", amsgrad{}, &amsgrad::epsilon);
    check_setting("rmsprop.beta", rmsprop{}, &rmsprop::beta);
    check_setting("rmsprop.epsilon", rmsprop{}, &rmsprop::epsilon);
    check_setting("momentum.beta", momentum{}, &momentum::beta);
    check_setting("nesterov.beta", nesterov{}, &nesterov::beta);
    check_setting("euclidean.delta", euclidean<double>{}, &euclidean<double>::delta);
    check_setting("p_norm.q", p_norm<double>{}, &p_norm<double>::q);
    check_setting("burg.largest", burg<double>{}, &burg<double>::largest);
    check_setting("hypentropy.beta", hypentropy<double>{}, &hypentropy<double>::beta);
    check_setting("elastic_net.ratio", elastic_net{}, &elastic_net::ratio);
    check_setting("linf_ball.radius", linf_ball{}, &linf_ball::radius);
    check_setting("simplex.sum", simplex{}, &simplex::sum);
    check_setting("box.low", box{-1, 1}, &box::low);
    check_setting("box.high", box{-1, 1}, &box::high);
    check_setting("group_share", sparse_group_lasso<group_rows>{}, &sparse_group_lasso<group_rows>::group_share);
    for (const double wrong : no_numbers<double>()) {
        std::vector<double> weights{1, wrong, 1};
        CHECK_REFUSES(weighted_l1<double>::of(weights), "weight");
        CHECK_REFUSES(diagonal<double>::of(weights), "at 1");
        CHECK_REFUSES(slope{weights}, "weight");
    }
    CHECK_REFUSES((box{no_numbers<double>()[1], no_numbers<double>()[1]}.validate()), "box.low");
    CHECK_REFUSES((box{no_numbers<double>()[2], no_numbers<double>()[2]}.validate()), "box.high");
}

BOOST_AUTO_TEST_CASE(control_laws_refuse_nan) {
    using T = float;
    check_law<multiplicative_law<T>>(multiplicative_settings<T>{}, &multiplicative_settings<T>::minimum);
    check_law<multiplicative_law<T>>(multiplicative_settings<T>{}, &multiplicative_settings<T>::maximum);
    check_law<multiplicative_law<T>>(multiplicative_settings<T>{}, &multiplicative_settings<T>::max_relative_change);
    check_law<additive_law<T>>(additive_settings<T>{}, &additive_settings<T>::minimum);
    check_law<band_law<T>>(band_settings<T>{}, &band_settings<T>::half_width);
    check_law<nupi_law<T>>(nupi_settings<T>{}, &nupi_settings<T>::nu);
    check_law<pid_law<T>>(pid_settings<T>{}, &pid_settings<T>::tracking);
    check_law<pid_law<T>>(pid_settings<T>{}, &pid_settings<T>::derivative_filter);
    const auto reads = [](auto law) {
        observation<T> seen;
        seen.step = 50, seen.lambda = 0.5f, seen.target = 0.9f;
        seen.sparsity = not_a_number<T>();
        CHECK_REFUSES(law(seen), "sparsity");
    };
    reads(multiplicative_law<T>());
    reads(additive_law<T>());
    reads(pid_law<T>());
    reads(nupi_law<T>());
    reads(band_law<T>());
}

BOOST_AUTO_TEST_CASE(a_law_that_returns_no_number_is_refused) {
    using T = float;
    for (const T wrong : no_numbers<T>()) {
        auto method = make_linbreg<T>(
            {.lambda = T(0.5)}, [wrong](const observation<T>& seen) { return seen.step == 2 ? wrong : seen.lambda; });
        std::vector<T> theta(20, T(1)), g(20, T(0.1));
        method.step(theta, g);
        CHECK_REFUSES(method.step(theta, g), "returned by the control law");
        BOOST_TEST(method.lambda() == T(0.5));
    }
}

BOOST_AUTO_TEST_CASE(solver_settings_refuse_nan) {
    check_setting("residual", stop_rule{}, &stop_rule::residual);
    check_setting("noise_norm", stop_rule{}, &stop_rule::noise_norm);
    check_setting("discrepancy_factor", stop_rule{}, &stop_rule::discrepancy_factor);
    check_setting("kkt", stop_rule{}, &stop_rule::kkt);
    check_setting("gap", stop_rule{}, &stop_rule::gap);
    check_setting("seconds", stop_rule{}, &stop_rule::seconds);
    using bregman_settings = linearised_bregman_settings<>;
    for (const auto member :
         {&bregman_settings::lambda, &bregman_settings::delta, &bregman_settings::delta_factor, &bregman_settings::h,
          &bregman_settings::norm_squared, &bregman_settings::kick_tolerance, &bregman_settings::continuation,
          &bregman_settings::continuation_growth, &bregman_settings::continuation_residual})
        check_setting("linearised_bregman", bregman_settings{}, member);
    for (const auto member :
         {&recover_settings<>::first_attempt, &recover_settings<>::next_attempt, &recover_settings<>::threshold,
          &recover_settings<>::largest_support, &recover_settings<>::significance, &recover_settings<>::delta_growth})
        check_setting("recover_sparse", recover_settings<>{}, member);
    for (const auto member :
         {&lasso_settings<>::lambda, &lasso_settings<>::relative_lambda, &lasso_settings<>::norm_squared,
          &lasso_settings<>::continuation, &lasso_settings<>::continuation_factor, &lasso_settings<>::continuation_kkt})
        check_setting("proximal_gradient", lasso_settings<>{}, member);
    for (const auto member : {&bregman_iteration_settings<>::lambda, &bregman_iteration_settings<>::relative_lambda,
                              &bregman_iteration_settings<>::norm_squared, &bregman_iteration_settings<>::inner_kkt})
        check_setting("bregman_iteration", bregman_iteration_settings<>{}, member);
    check_setting("poisson", poisson_settings<>{}, &poisson_settings<>::background);
    check_setting("poisson", poisson_settings<>{}, &poisson_settings<>::lambda);
    check_setting("split_lbi", split_lbi_settings<>{}, &split_lbi_settings<>::nu);
    check_setting("polish", polish_settings<>{}, &polish_settings<>::negligible);
}

BOOST_AUTO_TEST_CASE(solvers_never_claim_to_have_solved_what_is_no_number) {
    const recovery problem;
    for (const double wrong : no_numbers<double>())
        for (const bool in_matrix : {false, true}) {
            auto a = problem.a;
            auto b = problem.b;
            (in_matrix ? a(3, 50) : b[17]) = wrong;
            const stop_rule stop{.max_iterations = 50};
            check_not_solved("recover_sparse", [&] { return recover_sparse(a, b, {.stop = stop}); });
            check_not_solved("linearised_bregman", [&] { return linearised_bregman(a, b, {.stop = stop}); });
            check_not_solved("bregman_iteration", [&] { return bregman_iteration(a, b, {.stop = stop}); });
            check_not_solved("proximal_gradient", [&] { return proximal_gradient(a, b, {.stop = stop}); });
        }
    const Eigen::VectorXd start = Eigen::VectorXd::Constant(100, not_a_number<double>());
    CHECK_REFUSES(proximal_gradient(problem.a, problem.b, {.warm_start = start}), "start");
}

// A certificate that a solver does not know is NaN, which compares as less than anything under these flags.
BOOST_AUTO_TEST_CASE(what_is_not_known_ends_nothing) {
    const stop_rule stop{.kkt = 1e-6, .gap = 1e-6};
    const solver_observer<double> nobody;
    stop_monitor<double> monitor(stop, 1.0, nobody);
    solver_result<double> result;
    certificate<double> unknown;
    for (const auto kind : {problem_kind::constrained, problem_kind::penalised, problem_kind::feasibility}) {
        unknown.problem = kind;
        unknown.kkt = unknown.gap = unknown.feasibility = not_a_number<double>();
        BOOST_TEST(!monitor.ends(result, 1, 0.5, unknown, 1));
    }
    BOOST_TEST(monitor.ends(result, 1, not_a_number<double>(), certificate<double>{}, 1));
    BOOST_TEST(result.reason == solver_stop::diverged);
}

// Against what g++ -O2 computes.
BOOST_AUTO_TEST_CASE(results_are_those_of_other_flags) {
    const auto sum_after_20_steps = [](auto method) {
        using T = typename decltype(method)::scalar;
        std::vector<T> theta = normal_values<T>(200, 1);
        double sum = 0;
        for (int k = 0; k < 20; ++k) method.step(theta, normal_values<T>(200, std::uint64_t(k + 2)));
        for (std::size_t i = 0; i < theta.size(); ++i) sum += double(theta[i]) * double(i + 1);
        BOOST_TEST(count_nonzeros(theta) < 190);
        return sum;
    };
    using single = multiplicative_law<float>;
    const double steps[] = {
        sum_after_20_steps(linbreg<double, l1, multiplicative_law<double>>({.step_size = 0.1, .lambda = 0.5})),
        sum_after_20_steps(linbreg<float, l1, single>({.step_size = 0.1f, .lambda = 0.5f})),
        sum_after_20_steps(adabreg<float, l1, single>({.step_size = 0.05f, .lambda = 0.5f}))};
    const double expected[] = {-65.353072643269627, -65.353065013885498, -218.98404812812805};
    for (int i = 0; i < 3; ++i)
        BOOST_TEST(std::abs(steps[i] - expected[i]) <= (i == 0 ? 1e-9 : 1e-3), i << ": " << steps[i]);
    const recovery problem;
    const auto found = recover_sparse(problem.a, problem.b);
    BOOST_TEST(found.reason == solver_stop::residual);
    BOOST_TEST((found.x - problem.x).norm() <= 1e-5 * problem.x.norm());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing

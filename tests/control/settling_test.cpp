// The law without a knob: alone, around optimizers from any lambda0, and where no lambda can be found.
#include <cmath>
#include <vector>

#include <bregman/bregman.hpp>
#include <bregman/problems/least_squares.hpp>
#include <bregman/regularizers/nuclear.hpp>

#include "support/checks.hpp"
#include "support/noise_run.hpp"
#include "support/observations.hpp"

namespace bregman::testing {

namespace {

/// lambda after this reading, where the lambda of the target is `found`.
double after(double sparsity, std::int64_t step, double lambda, double found) {
    observation<double> seen = reading(sparsity, lambda, step);
    seen.lambda_for = [found](double target) { return target == 0.9 ? found : -1; };
    seen.can_tell_lambda = true;
    settling_law law;
    const double next = law(seen);
    BOOST_TEST(law.acts_at_once);
    return next;
}

} // namespace

BOOST_AUTO_TEST_SUITE(settling)

BOOST_AUTO_TEST_CASE(lambda_stays_within_a_width_that_shrinks) {
    BOOST_TEST(after(0.8905, 10, 1, 1.01) == 1);
    BOOST_TEST(after(0.9095, 50, 1, 1.01) == 1);
    BOOST_TEST(after(0.8895, 10, 1, 1.01) == 1.01);
    BOOST_TEST(after(0.9015, 300, 1, 1.01) == 1); // .5 / 300 is .00167
    BOOST_TEST(after(0.9018, 300, 1, 1.01) == 1.01);
    BOOST_TEST(after(0.9, 1, 1, 1.01) == 1.01); // the first step looks in any case
}

BOOST_AUTO_TEST_CASE(lambda_goes_a_little_or_jumps) {
    BOOST_TEST(after(0.5, 1, 1, 1000) == 1000);
    BOOST_TEST(after(0.5, 2, 1, 2) == 1.45);
    BOOST_TEST(after(0.5, 10, 1, 2) == 1.09);
    BOOST_TEST(after(0.5, 1000, 1, 2) == 1.05);
    BOOST_TEST(after(0.99, 1000, 1.05, 0.5) == 1);
    BOOST_TEST(after(0.5, 1000, 1, 3.01) == 3.01);
    BOOST_TEST(after(0.99, 1000, 1, 0.33) == 0.33);
    BOOST_TEST(after(0.5, 1000, 0, 2) == 2);
    BOOST_TEST(after(0.99, 1000, 2, 0) == 0);
}

// A target that no number of zeros hits: lambda rests where s is as near as it can be, whether elements or groups vanish.
BOOST_AUTO_TEST_CASE(it_rests_beside_a_target_between_two_counts) {
    const auto rests = []<class Regularizer>(Regularizer regularizer, tensor_shape shape, double target,
                                             double nearest) {
        const index_t size = shape.size(), of_row = shape.size() / shape.extents[0];
        std::vector<float> theta = std::vector<float>(std::size_t(size)), g = theta, wanted = theta;
        for (index_t i = 0; i < size; ++i)
            if (i / of_row % 10 == 0) wanted[std::size_t(i)] = 1 + 0.2f * float(i % 7);
        parameter_list<float, Regularizer> list;
        list.add_group({.regularizer = regularizer});
        list.add_view(theta.data(), g.data(), shape);
        linbreg<float, Regularizer> method({.target = float(target)});
        int changed = 0, off = 0;
        for (int k = 1; k <= 3000; ++k) {
            for (std::size_t i = 0; i < g.size(); ++i)
                g[i] = theta[i] - wanted[i] + 0.1f * std::sin(float(i) * float(k));
            const float before = method.lambda();
            method.step(list);
            if (k <= 2000) continue;
            changed += method.lambda() != before;
            off += std::abs(double(method.sparsity()) - nearest) > 1e-6;
        }
        BOOST_TEST(changed == 0, "lambda changed in " << changed << " of 1000 steps at the target " << target);
        BOOST_TEST(off == 0);
    };
    for (const double target : {0.9, 0.905, 0.895}) {
        rests(group_rows{}, {{60, 10}}, target, 0.9);
        rests(l1{}, {{70, 1}}, target, 0.9);
    }
}

BOOST_AUTO_TEST_CASE(it_is_the_multiplicative_law_where_no_lambda_can_be_found) {
    settling_law law;
    const multiplicative_law<double> other;
    for (const double s : {0.0, 0.5, 0.9, 0.95, 1.0}) BOOST_TEST(law(reading(s, 2.0)) == other(reading(s, 2.0)));
    BOOST_TEST(!law.acts_at_once);
    CHECK_REFUSES(law(reading(1.5, 2.0)), "sparsity = 1.5; allowed: [0, 1]");

    // Whole tensors have no critical lambda, and other rules for v change what it was found for.
    const auto same = [](auto by_settling, auto by_multiplicative) {
        Eigen::MatrixXf one = Eigen::MatrixXf::Random(4, 3), two = one;
        for (int k = 0; k < 5; ++k) {
            const Eigen::MatrixXf g = Eigen::MatrixXf::Random(4, 3);
            by_settling.step(one, g), by_multiplicative.step(two, g);
        }
        BOOST_TEST((one.array() == two.array()).all());
        BOOST_TEST(by_settling.lambda() == by_multiplicative.lambda());
        BOOST_TEST(by_settling.lambda() != 1e-3f);
    };
    same(linbreg<float, nuclear, settling_law>(), linbreg<float, nuclear, multiplicative_law<float>>());
    const optimizer_settings<float> ratio{.on_lambda_change = dual_rule::ratio};
    same(linbreg<float, l1, settling_law>(ratio), linbreg<float, l1, multiplicative_law<float>>(ratio));
}

BOOST_AUTO_TEST_CASE(it_arrives_and_stays_from_any_start) {
    for (const float lambda0 : {1e-6f, 1.0f, 1e3f})
        for (const float target : {0.5f, 0.9f, 0.99f}) {
            using method_type = linbreg<float, l1, any_law<float>>;
            method_type method({.step_size = 0.1f, .lambda = lambda0, .target = target}, {}, {}, {}, settling_law());
            noise_run<method_type> run{method, std::vector<float>(2000), counter_random(1), 0.1f};
            double late = 0, settled = 0;
            for (int k = 1; k <= 1000; ++k) {
                const double error = std::abs(run() - target);
                if (k > 100) late = std::max(late, error);
                if (k > 500) settled += error / 500;
            }
            BOOST_TEST(late <= 0.01 + 1e-6, "lambda0 " << lambda0 << ", target " << target << ": " << late);
            BOOST_TEST(settled <= 0.0005, "lambda0 " << lambda0 << ", target " << target << ": " << settled);
        }
}

// Adam's first step makes all |v| equal, and the quantile then keeps all of theta at zero, with one gradient for ever.
BOOST_AUTO_TEST_CASE(adam_learns_from_full_batches) {
    const auto recovery = sparse_recovery<float>::gaussian(80, 200, 10);
    const auto nonzeros_after = [&](any_law<float> law) {
        adabreg<float, l1, any_law<float>> method({.target = 0.9f}, {}, {}, {}, std::move(law));
        Eigen::VectorXf theta = Eigen::VectorXf::Zero(200);
        minimize(method, theta, recovery.problem, 300);
        return (theta.array() != 0).count();
    };
    BOOST_TEST(nonzeros_after(quantile_law()) == 0);
    BOOST_TEST(nonzeros_after(settling_law()) == 20);
}

// More zeros than the minimum has: lambda rises by c a step for ever. v_i(k) - v_i(0) = -tau sum of g_i, and where theta_i lives v_i
// goes with lambda while |v_i| <= lambda elsewhere, so that the mean gradient is -sign(theta_i) c / tau, or no longer than that: theta
// is, on the average, the lasso's of weight c / tau, bias included. No way of holding the target exactly has another.
BOOST_AUTO_TEST_CASE(what_holds_more_zeros_than_the_minimum_has_is_a_lasso) {
    const auto dense = sparse_recovery<double>::gaussian(60, 30, 30);
    const double tau = 1 / dense.problem.lipschitz_constant();
    for (const any_law<double>& law : {any_law<double>(settling_law()), any_law<double>(quantile_law())}) {
        linbreg<double, l1, any_law<double>> method({.step_size = tau, .target = 0.8}, {}, {}, {}, law);
        Eigen::VectorXd theta = Eigen::VectorXd::Zero(30), mean = Eigen::VectorXd::Zero(30), gradient(30);
        constexpr int steps = 4000;
        double before = 0;
        for (int k = 1; k <= 2 * steps; ++k) {
            if (k == steps + 1) before = double(method.lambda());
            dense.problem(theta, gradient);
            if (k > steps) mean += gradient / steps;
            method.step(theta, gradient);
        }
        const double weight = (double(method.lambda()) - before) / steps / tau;
        BOOST_TEST(method.sparsity() == 0.8);
        BOOST_TEST(weight > 0.1);
        for (Eigen::Index i = 0; i < 30; ++i) {
            const double beside = std::abs(mean[i]) / weight;
            if (theta[i] != 0)
                BOOST_TEST(std::abs(mean[i] / weight + (theta[i] > 0 ? 1 : -1)) < 0.01, "at " << i << ": " << mean[i]);
            else
                BOOST_TEST(beside < 1.01, "at " << i << ": " << beside);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing

// The law without a knob: alone, around optimizers from any lambda0, and where no lambda can be found.
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

// Of a start with more zeros than asked for lambda0 would lift the others above them, and theta would take the lift when lambda falls.
BOOST_AUTO_TEST_CASE(lambda0_does_not_matter_to_a_sparse_start) {
    const auto theta_after = [](any_law<float> law, float lambda0, Eigen::Index nonzeros) {
        linbreg<float, l1, any_law<float>> method({.step_size = 0.1f, .lambda = lambda0, .target = 0.9f}, {}, {}, {},
                                                  std::move(law));
        Eigen::VectorXf theta = Eigen::VectorXf::Zero(1000);
        theta.head(nonzeros).setLinSpaced(0.1f, 0.2f);
        const Eigen::VectorXf gradient = Eigen::VectorXf::LinSpaced(1000, -0.01f, 0.01f);
        BOOST_TEST(!method.step(theta, gradient).refused);
        BOOST_TEST((theta.array() != 0).count() == 100);
        return theta;
    };
    for (const any_law<float>& law : {any_law<float>(settling_law()), any_law<float>(quantile_law())}) {
        const Eigen::VectorXf theta = theta_after(law, 0.1f, 10);
        BOOST_TEST((theta.head(10).array() > 0.09f && theta.head(10).array() < 0.21f).all());
        BOOST_TEST((theta.tail(990).array().abs() < 0.002f).all());
        for (const float lambda0 : {0.0f, 1e-6f, 1e3f})
            BOOST_TEST((theta_after(law, lambda0, 10).array() == theta.array()).all());
    }
    // One that is dense enough keeps its lambda0: what leaves first is what is smallest, wherever lambda began.
    BOOST_TEST((theta_after(settling_law(), 1.0f, 1000).array() - theta_after(settling_law(), 0.0f, 1000).array())
                   .abs()
                   .maxCoeff() < 1e-6f);
    const auto lambda_after = [](any_law<float> law, std::int64_t zeros) {
        linbreg<float, l1, any_law<float>> method({.lambda = 2, .target = 0.9f}, {}, {}, {}, std::move(law));
        Eigen::VectorXf theta = Eigen::VectorXf::Constant(100, 0.5f);
        theta.head(zeros).setZero();
        const Eigen::VectorXf gradient = Eigen::VectorXf::LinSpaced(100, 1, 2);
        method.step(theta, gradient);
        return method.lambda();
    };
    BOOST_TEST(lambda_after(settling_law(), 89) > 2); // one too many for the target
    BOOST_TEST(lambda_after(settling_law(), 90) < 1); // as many: the gap above the zeros would be as wide as lambda0
    BOOST_TEST(lambda_after(multiplicative_law<float>(), 91) > 1.5); // a law that goes by steps needs its lambda0
    BOOST_TEST(lambda_after(quantile_law(2), 91) == 2);              // and so does one that is not asked at once
}

BOOST_AUTO_TEST_CASE(lambda0_of_each_group_is_forgotten_for_itself) {
    linbreg<float, l1, any_law<float>> method(
        {.step_size = 0.1f, .lambda = 5, .target = 0.5f, .scope = lambda_scope::each_group}, {}, {}, {},
        settling_law());
    Eigen::VectorXf sparse = Eigen::VectorXf::Zero(100), dense = Eigen::VectorXf::LinSpaced(100, 1, 2);
    sparse[0] = 1;
    const Eigen::VectorXf gradient = Eigen::VectorXf::LinSpaced(100, -0.1f, 0.1f);
    parameter_list<float, l1> list;
    list.add_group({.name = "sparse"});
    list.add(sparse, gradient);
    list.add_group({.name = "dense"});
    list.add(dense, gradient);
    method.step(list);
    BOOST_TEST(std::abs(sparse[0] - 1) < 0.02f);
    BOOST_TEST(method.group_lambdas()[0] < 0.02f);
    BOOST_TEST(method.group_lambdas()[1] > 5);
    BOOST_TEST((sparse.array() != 0).count() == 50);
    BOOST_TEST((dense.array() != 0).count() == 50);
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

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing

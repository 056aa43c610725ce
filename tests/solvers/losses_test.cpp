// The losses by their laws: the gradient is that of the value, the conjugate that of both, the intercept the best one.
#include <cmath>
#include <complex>

#include <bregman/solvers/solver_loss.hpp>

#include "support/checks.hpp"
#include "support/common_solvers.hpp"
#include "tolerances.hpp"

namespace bregman::testing {

namespace {

using vector = dense_vector<double>;

/// A loss of a user, as short as it may be: it has a value and a gradient.
struct log_cosh {
    double value(double p, double b) const { return std::abs(p - b) + std::log1p(std::exp(-2 * std::abs(p - b))); }
    double gradient(double p, double b) const { return std::tanh(p - b); }
};

template <class Loss>
void check_laws(const Loss& loss, std::initializer_list<double> data) {
    for (const double b : data)
        for (const double p : {-3.0, -0.71, 0.0, 0.4, 2.9}) {
            const double h = finite_difference_step, u = loss.gradient(p, b), value = loss.value(p, b);
            const double slope = (loss.value(p + h, b) - loss.value(p - h, b)) / (2 * h);
            BOOST_TEST(std::abs(slope - u) <= 1e-9 * std::max(1.0, std::abs(u)));
            BOOST_TEST(value >= 0.0);
            if constexpr (requires { loss.curvature(); })
                BOOST_TEST(loss.gradient(p + h, b) - u <= loss.curvature() * h * (1 + 1e-9));
            BOOST_TEST(loss.gradient(p + h, b) >= u);
            if constexpr (requires { loss.conjugate(u, b); }) {
                BOOST_TEST(std::abs(value + loss.conjugate(u, b) - u * p) <= 1e-12 * std::max(1.0, std::abs(u * p)));
                for (const double q : {-2.0, -0.3, 1.7}) // Fenchel and Young
                    BOOST_TEST(loss.value(q, b) + loss.conjugate(u, b) >= u * q - 1e-12);
            }
        }
}

/// The slopes at the intercept that a loss finds add up to rounding.
void check_intercept(const solver_loss<double>& loss, const vector& b) {
    const vector p = 4 * vector::LinSpaced(b.size(), -1, 1).array().cube();
    for (const double guess : {0.0, 50.0, -3.0}) {
        const double c = loss.intercept(p, b, guess);
        vector u;
        loss.gradient(p.array() + c, b, u);
        BOOST_TEST(std::abs(u.sum()) <= 1e-14 * u.lpNorm<1>());
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(losses)

BOOST_AUTO_TEST_CASE(gradients_and_conjugates_are_those_of_the_values) {
    check_laws(quadratic_loss{}, {-1.5, 0, 2});
    check_laws(logistic_loss{}, {-1, 0, 1});
    check_laws(huber_loss{0.6}, {-1.5, 0, 2});
    check_laws(poisson_loss{}, {0, 1, 7});
    check_laws(log_cosh{}, {-1.5, 0, 2});
    const std::complex<double> p(1, 2), b(-0.5, 1), u = quadratic_loss{}.gradient(p, b);
    const double pairing = std::real(std::conj(u) * p);
    BOOST_TEST(std::abs(quadratic_loss{}.value(p, b) + quadratic_loss{}.conjugate(u, b) - pairing) <= 1e-14);
}

BOOST_AUTO_TEST_CASE(conjugates_are_infinite_outside_their_domain_and_finite_at_its_ends) {
    for (const double label : {1.0, 0.0, -1.0}) {
        const double inwards = label > 0 ? -1 : 1;
        BOOST_TEST(logistic_loss{}.conjugate(0.0, label) == 0.0);
        BOOST_TEST(logistic_loss{}.conjugate(inwards, label) == 0.0);
        BOOST_TEST(!is_finite(logistic_loss{}.conjugate(-0.01 * inwards, label)));
        BOOST_TEST(!is_finite(logistic_loss{}.conjugate(1.01 * inwards, label)));
    }
    BOOST_TEST(!is_finite(huber_loss{2}.conjugate(2.01, 0.0)));
    BOOST_TEST(huber_loss{2}.conjugate(2.0, 1.0) == 4.0);
    BOOST_TEST(poisson_loss{}.conjugate(-3.0, 3.0) == 3 - 3 * std::log(3.0));
    BOOST_TEST(!is_finite(poisson_loss{}.conjugate(-3.01, 3.0)));
}

BOOST_AUTO_TEST_CASE(no_prediction_is_too_large_for_the_logistic_loss) {
    for (const double label : {1.0, 0.0}) {
        const double wrong = label > 0 ? -1e5 : 1e5;
        BOOST_TEST(logistic_loss{}.value(wrong, label) == 1e5);
        BOOST_TEST(logistic_loss{}.value(-wrong, label) == 0.0);
        BOOST_TEST(std::abs(logistic_loss{}.gradient(wrong, label)) == 1.0);
        BOOST_TEST(logistic_loss{}.gradient(-wrong, label) == 0.0);
        BOOST_TEST(logistic_loss{}.value(1e30f, float(label)) >= 0.0f);
    }
}

BOOST_AUTO_TEST_CASE(the_best_intercept_is_found_from_any_guess) {
    vector b(7), labels(7), counts(7);
    b << 3, -1, 0.5, 100, 2, 2, -7;
    labels << 1, 0, 0, 1, 0, 0, 1;
    counts << 0, 3, 1, 0, 12, 2, 700;
    check_intercept(quadratic_loss{}, b);
    check_intercept(huber_loss{0.5}, b);
    check_intercept(log_cosh{}, b);
    check_intercept(logistic_loss{}, labels);
    check_intercept(poisson_loss{}, counts);
    check_intercept(quadratic_loss{}, 1e6 * b);
}

BOOST_AUTO_TEST_CASE(data_that_a_loss_does_not_take_are_refused) {
    const auto refuses = [](const solver_loss<double>& loss, std::initializer_list<double> data, const char* words,
                            bool intercept = false) {
        const std::vector<double> b(data);
        CHECK_REFUSES(loss.validate(Eigen::Map<const vector>(b.data(), index_t(b.size())), intercept), words);
    };
    refuses(logistic_loss{}, {1, 0, 2}, "label b = 2; allowed: 0 and 1, or -1 and 1");
    refuses(logistic_loss{}, {1, 0, -1}, "labels b = 0 and -1 both; allowed: 0 and 1, or -1 and 1");
    refuses(logistic_loss{}, {1, 1}, "labels b = 1; allowed: both labels where there is an intercept", true);
    refuses(poisson_loss{}, {3, -1}, "count b = -1; allowed: >= 0");
    refuses(poisson_loss{}, {0, 0}, "sum of counts b = 0; allowed: > 0 where there is an intercept", true);
    refuses(huber_loss{0}, {1}, "huber_loss.threshold = 0; allowed: > 0");
    solver_loss<double>(logistic_loss{}).validate(vector::Ones(3), false);
    BOOST_TEST(is_nan(solver_loss<double>(log_cosh{}).curvature()));
    BOOST_TEST(is_nan(solver_loss<double>(log_cosh{}).conjugate(vector::Ones(3), vector::Ones(3))));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing

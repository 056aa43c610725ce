#include <bregman/problems/least_squares.hpp>

#include "support/checks.hpp"
#include "support/decompositions.hpp"
#include "tolerances.hpp"

namespace bregman::testing {

BOOST_AUTO_TEST_SUITE(problems)

BOOST_AUTO_TEST_CASE(the_gradient_is_that_of_the_loss) {
    const auto problem = sparse_recovery<double>::gaussian(8, 12, 3, 0.1, 1).problem;
    Eigen::VectorXd x = Eigen::VectorXd::LinSpaced(12, -1, 1), gradient(12), unused(12);
    problem(x, gradient);
    const double h = finite_difference_step;
    for (Eigen::Index i = 0; i < 12; ++i) {
        Eigen::VectorXd above = x, below = x;
        above[i] += h, below[i] -= h;
        const double slope = (problem(above, unused) - problem(below, unused)) / (2 * h);
        BOOST_TEST(std::abs(slope - gradient[i]) <= finite_difference_tolerance);
    }
}

BOOST_AUTO_TEST_CASE(the_lipschitz_constant_is_the_largest_squared_singular_value) {
    for (std::uint64_t seed : {1, 2, 3}) {
        const auto problem = sparse_recovery<double>::gaussian(30, 70, 3, 0.0, seed).problem;
        const double largest = singular_values(problem.A)[0];
        const double constant = problem.lipschitz_constant();
        BOOST_TEST(std::abs(constant / (largest * largest) - 1) <= 1e-4);
    }
}

BOOST_AUTO_TEST_CASE(a_recovery_problem_is_what_it_says) {
    const auto one = sparse_recovery<double>::gaussian(100, 400, 20, 0.0, 5);
    const auto same = sparse_recovery<double>::gaussian(100, 400, 20, 0.0, 5);
    const auto other = sparse_recovery<double>::gaussian(100, 400, 20, 0.0, 6);
    BOOST_TEST((one.solution.array() != 0).count() == 20);
    BOOST_TEST((one.problem.A * one.solution - one.problem.b).norm() == 0.0);
    BOOST_TEST((one.problem.A.array() == same.problem.A.array()).all());
    BOOST_TEST((one.solution.array() == same.solution.array()).all());
    BOOST_TEST(!(one.solution.array() == other.solution.array()).all());
    BOOST_TEST(std::abs(one.problem.A.squaredNorm() / 400 - 1) < 0.05); // columns of length one
    const auto noisy = sparse_recovery<double>::gaussian(4000, 10, 2, 0.3, 5);
    BOOST_TEST(std::abs((noisy.problem.A * noisy.solution - noisy.problem.b).norm() / std::sqrt(4000.0) - 0.3) < 0.02);
    CHECK_REFUSES(sparse_recovery<double>::gaussian(0, 10, 2), "measurements m = 0");
    CHECK_REFUSES(sparse_recovery<double>::gaussian(5, 10, 11), "nonzeros = 11; allowed: [0, n]");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing

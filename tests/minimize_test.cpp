// The loop: exact counts of steps and calls, reasons for ending, results.
#include <sstream>

#include <bregman/bregman.hpp>
#include <bregman/problems/least_squares.hpp>

#include "support/checks.hpp"
#include "support/decompositions.hpp"

namespace bregman::testing {

namespace {

/// |x - 1|^2 / 2, counting its calls.
struct bowl {
    int* calls;

    template <class X, class G>
    double operator()(const X& x, G& gradient) const {
        ++*calls;
        double loss = 0;
        for (index_t i = 0; i < index_t(x.size()); ++i) {
            gradient[i] = x[i] - 1;
            loss += 0.5 * (x[i] - 1) * (x[i] - 1);
        }
        return loss;
    }
};

using method_type = linbreg<double, l1, fixed_law>;

} // namespace

BOOST_AUTO_TEST_SUITE(minimizing)

BOOST_AUTO_TEST_CASE(every_step_calls_the_objective_and_the_observers_once) {
    method_type method({.step_size = 0.1, .lambda = 0.01});
    Eigen::VectorXd x = Eigen::VectorXd::Zero(5);
    int calls = 0, seen = 0;
    const auto result = minimize(method, x, bowl{&calls}, 50, [&](const progress<double>& now) {
        BOOST_TEST(now.step == ++seen);
        BOOST_TEST(now.target == 0.9);
    });
    BOOST_TEST(calls == 50);
    BOOST_TEST(seen == 50);
    BOOST_TEST((result.reason == stop_reason::max_steps));
    BOOST_TEST(result.steps == 50);
    BOOST_TEST(result.lambda == 0.01);
    BOOST_TEST(result.sparsity == 0.0);
    BOOST_TEST(result.loss < 0.01);
    // Calls go on counting where the optimizer stands.
    BOOST_TEST(minimize(method, x, bowl{&calls}, 7).steps == 57);
    BOOST_TEST(calls == 57);
}

BOOST_AUTO_TEST_CASE(no_steps_are_a_result) {
    method_type method;
    std::vector<double> x{3};
    int calls = 0;
    const auto result = minimize(method, x, bowl{&calls}, 0);
    BOOST_TEST(calls == 0);
    BOOST_TEST(result.steps == 0);
    BOOST_TEST(std::isnan(result.loss));
    BOOST_TEST(x[0] == 3.0);
    CHECK_REFUSES(minimize(method, x, bowl{&calls}, -1), "max_steps = -1; allowed: >= 0");
}

BOOST_AUTO_TEST_CASE(the_result_does_not_depend_on_the_kind_of_memory) {
    int calls = 0;
    std::vector<double> memory(4), expected(4);
    method_type one({.lambda = 0.05}), other({.lambda = 0.05});
    minimize(one, expected, bowl{&calls}, 20);
    Eigen::Map<Eigen::VectorXd> map(memory.data(), 4);
    minimize(other, map, bowl{&calls}, 20); // the gradient must not be the map's memory
    BOOST_TEST(same_bits(memory, expected));
}

BOOST_AUTO_TEST_CASE(an_observer_ends_the_loop_after_the_step) {
    method_type method({.step_size = 0.1, .lambda = 0.01});
    Eigen::VectorXd x = Eigen::VectorXd::Zero(5);
    int calls = 0, last = 0;
    const auto result = minimize(
        method, x, bowl{&calls}, 50, [](const progress<double>& now) { return now.step < 3; },
        [&](const progress<double>&) { ++last; });
    BOOST_TEST((result.reason == stop_reason::observer));
    BOOST_TEST(result.steps == 3);
    BOOST_TEST(calls == 3);
    BOOST_TEST(last == 3); // the others still see that step
}

BOOST_AUTO_TEST_CASE(a_gradient_that_is_not_finite_is_a_result) {
    method_type method({.step_size = 0.1, .lambda = 0.01});
    std::vector<double> x{0}, before;
    int calls = 0;
    const auto objective = [&](const std::vector<double>& at, std::vector<double>& gradient) {
        before = at;
        gradient[0] = ++calls == 4 ? double(NAN) : -1.0;
        return 5.0 - calls;
    };
    int seen = 0;
    const auto result = minimize(method, x, objective, 50, [&](const progress<double>&) { ++seen; });
    BOOST_TEST((result.reason == stop_reason::non_finite_gradient));
    BOOST_TEST(result.steps == 3);
    BOOST_TEST(seen == 3);
    BOOST_TEST(same_bits(x, before));
    BOOST_TEST(result.loss == 1.0);
}

BOOST_AUTO_TEST_CASE(reasons_have_names) {
    std::ostringstream out;
    out << stop_reason::max_steps << ' ' << stop_reason::observer << ' ' << stop_reason::non_finite_gradient;
    BOOST_TEST(out.str() == "max_steps observer non_finite_gradient");
}

// LinBreg on an underdetermined system from v = 0 with constant lambda: the iterates lead to a solution of A x = b whose
// dual variable lies in the range of A^T, i.e. to the minimiser of lambda |x|_1 + |x|^2 / 2 among the solutions.
BOOST_AUTO_TEST_CASE(linbreg_recovers_a_sparse_vector_with_its_certificate) {
    const auto recovery = sparse_recovery<double>::gaussian(100, 300, 10, 0.0, 3);
    const auto& A = recovery.problem.A;
    method_type method({.step_size = 1.9 / recovery.problem.lipschitz_constant(), .lambda = 20});
    Eigen::VectorXd x = Eigen::VectorXd::Zero(300);
    const auto result = minimize(method, x, recovery.problem, 20000, stop_below(1e-16));
    BOOST_TEST((result.reason == stop_reason::observer));
    BOOST_TEST((x - recovery.solution).norm() <= 1e-6 * recovery.solution.norm());
    BOOST_TEST(((x.array() != 0) == (recovery.solution.array() != 0)).all());
    // v in the range of A^T: the least-squares y of A^T y = v leaves nothing.
    const auto dual = method.dual();
    const Eigen::VectorXd v = Eigen::Map<const Eigen::VectorXd>(dual.data(), 300);
    BOOST_TEST((least_norm_solution(A, A * v) - v).norm() <= 1e-9 * v.norm());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing

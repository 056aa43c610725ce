// Every solver on every family of problems that it accepts: what it says is true. Either it claims to have solved the
// problem that its certificate states, and A, b, x and y prove it, or it claims nothing.
#include <cmath>
#include <cstdlib>
#include <string>
#include <type_traits>

#include <bregman/solvers.hpp>

#include "solvers/family_references.hpp"
#include "support/checks.hpp"
#include "support/common_solvers.hpp"
#include "support/problem_families.hpp"

namespace bregman::testing {

namespace {

template <class T>
inline constexpr bool is_double = std::is_same_v<T, double>;
/// What is asked for: a relative residual, a kkt; and what rounding adds to a comparison.
template <class T>
inline constexpr double asked = is_double<T> ? 1e-6 : 1e-4;
template <class T>
inline constexpr double rounding = is_double<T> ? 1e-9 : 2e-4;

/// Seeds of each kind of problem: one, or as many as BREGMAN_TEST_SEEDS says, from `first` on.
std::vector<std::uint64_t> seeds_from(std::uint64_t first) {
    const char* const asked_for = std::getenv("BREGMAN_TEST_SEEDS");
    std::vector<std::uint64_t> seeds(std::size_t(std::max(1, asked_for ? std::atoi(asked_for) : 1)));
    for (std::size_t i = 0; i < seeds.size(); ++i) seeds[i] = first + i;
    return seeds;
}

/// The operator of a problem, one type for all that are no matrices.
template <class T>
struct family_operator {
    const family_problem<T>& problem;
    index_t rows() const { return problem.rows(); }
    index_t cols() const { return problem.cols(); }
    void apply(const dense_vector<T>& x, dense_vector<T>& y) const { y = problem.times(x); }
    void apply_transposed(const dense_vector<T>& y, dense_vector<T>& x) const {
        problem.visit([&](const auto& a) {
            if constexpr (std::is_same_v<std::remove_cvref_t<decltype(a)>, dense_matrix<T>>)
                x = a.transpose() * y;
            else
                a.apply_transposed(y, x);
        });
    }
};

template <class T, class Work>
void with_operator(const family_problem<T>& problem, const Work& work) {
    if (problem.has_matrix())
        work(std::get<dense_matrix<T>>(problem.A));
    else
        work(family_operator<T>{problem});
}

template <class T>
index_t nonzeros(const dense_vector<T>& x) {
    return index_t(support_of(x).size());
}

template <class T>
double relative(const dense_vector<T>& difference, const dense_vector<T>& reference) {
    const double scale = double(reference.stableNorm());
    return double(difference.stableNorm()) / (scale > 0 ? scale : 1);
}

/// Nothing infinite and no NaN but what stands for "not known".
template <class T>
void check_numbers(const solver_result<T>& result) {
    BOOST_TEST(all_finite(result.x));
    BOOST_TEST(all_finite(result.dual));
    BOOST_TEST(is_finite(result.relative_residual));
    BOOST_TEST(is_finite(result.operator_pairs));
    const auto& seen = result.certificate;
    for (const real_of<T> value : {seen.feasibility, seen.kkt, seen.gap, seen.objective, seen.lambda})
        BOOST_TEST((is_nan(value) || is_finite(value)));
    BOOST_TEST((!is_nan(seen.delta) && seen.delta > 0));
}

/// The certificate again, from A, b, x and y. Where it was not known it may be anything.
template <class T, class A>
void check_certificate(const family_problem<T>& problem, const A& a, const solver_result<T>& result,
                       const dense_vector<T>& fitted) {
    const auto& said = result.certificate;
    const bool penalised = said.problem == problem_kind::penalised;
    problem_statement<T> statement{.kind = said.problem, .delta = said.delta, .noise_norm = said.noise_norm};
    if (!is_nan(said.lambda)) statement.lambda = said.lambda;
    const dense_vector<T> y = penalised ? dense_vector<T>(result.dual * said.lambda) : result.dual;
    if (said.problem == problem_kind::feasibility || said.problem == problem_kind::least_squares) {
        const auto seen = certify(statement, a, problem.b, fitted);
        BOOST_TEST(double(std::abs(seen.feasibility - said.feasibility)) <= rounding<T>);
        if (!is_nan(said.kkt)) BOOST_TEST(double(std::abs(seen.kkt - said.kkt)) <= rounding<T>);
        return;
    }
    BOOST_REQUIRE(y.size() == a.rows());
    const auto seen = certify(statement, a, problem.b, result.x, y);
    const auto agrees = [](T value, T again) {
        return is_nan(value) || double(std::abs(value - again)) <= 20 * rounding<T> * (1 + double(std::abs(again)));
    };
    BOOST_TEST(agrees(said.feasibility, seen.feasibility));
    BOOST_TEST(agrees(said.kkt, seen.kkt));
    BOOST_TEST(agrees(said.gap, seen.gap));
}

/// What must hold of every result. `fitted` is what the residual is of: x, but for split_lbi.
template <class T, class A>
void check_truth(const family_problem<T>& problem, const A& a, const solver_result<T>& result, const stop_rule& rule,
                 const dense_vector<T>& fitted) {
    check_numbers(result);
    const dense_vector<T> residual = problem.times(fitted) - problem.b;
    const double size = relative(residual, problem.b);
    BOOST_TEST(std::abs(size - double(result.relative_residual)) <= 1e-3 * size + rounding<T>);
    if (!result.solved()) return;
    check_certificate(problem, a, result, fitted);
    const auto kind = result.certificate.problem;
    if (kind == problem_kind::penalised) {
        BOOST_TEST((result.reason == solver_stop::discrepancy || double(result.certificate.kkt) <= rule.kkt));
        return;
    }
    BOOST_TEST((kind == problem_kind::constrained || kind == problem_kind::feasibility));
    const double allowed = result.reason == solver_stop::discrepancy
                               ? rule.discrepancy_factor * rule.noise_norm / double(problem.b.stableNorm())
                               : std::max(rule.residual, rule.kkt);
    BOOST_TEST(size <= 1.001 * allowed + rounding<T>);
    const bool noiseless = !is_finite(problem.request.decibels);
    BOOST_TEST((problem.known != known_answer::inconsistent || rule.noise_norm > 0));
    if (problem.known == known_answer::sparse && noiseless)
        BOOST_TEST(relative(dense_vector<T>(fitted - problem.solution), problem.solution) <= 100 * asked<T>);
}

/// All solvers on one problem; how many of them claimed to have solved it.
template <class T>
int check_all(const family_problem<T>& problem, bool told) {
    stop_rule rule{.max_iterations = 300, .residual = asked<T>, .kkt = 10 * asked<T>};
    if (told) rule.noise_norm = problem.noise_norm;
    const auto& b = problem.b;
    int solved = 0;
    with_operator(problem, [&](const auto& a) {
        const auto look = [&](const char* solver, const auto& result, const dense_vector<T>& fitted) {
            BOOST_TEST_CONTEXT(solver << " on " << problem.request.name() << (told ? ", told" : "")) {
                check_truth<T>(problem, a, result, rule, fitted);
                solved += result.solved();
            }
        };
        const auto recovered = recover_sparse(a, b, {.stop = rule});
        look("recover_sparse", recovered, recovered.x);
        BOOST_TEST((!recovered.solved() || nonzeros(recovered.x) == 0 || 2 * nonzeros(recovered.x) < problem.rows()));
        for (int step = 0; step <= int(dual_step::lbfgs); ++step) {
            const auto result = linearised_bregman(a, b, {.step = dual_step(step), .delta_factor = 10, .stop = rule});
            look("linearised_bregman", result, result.x);
        }
        if (nonzeros(recovered.x) <= problem.rows()) {
            const auto polished = polish(a, b, recovered.x);
            look("polish", polished, polished.x);
        }
        stop_rule outer = rule;
        outer.max_iterations = 30;
        const auto iterated = bregman_iteration(a, b, {.stop = outer});
        look("bregman_iteration", iterated, iterated.x);
        const auto levels =
            multilevel_linearised_bregman(a, b, {.delta_factor = 10, .support_steps = 20, .stop = outer});
        look("multilevel_linearised_bregman", levels, levels.x);
        const auto split = split_lbi(a, b, {.stop = rule});
        look("split_lbi", split, split.W);
        const auto slow = proximal_gradient(a, b, {.relative_lambda = 0.1, .stop = rule});
        look("proximal_gradient", slow, slow.x);
        const auto fast = fista(a, b, {.relative_lambda = 0.1, .stop = rule});
        look("fista", fast, fast.x);
        const auto averaged = rda(a, b, {.relative_lambda = 0.1, .stop = outer});
        look("rda", averaged, averaged.x);
        if constexpr (std::is_same_v<std::remove_cvref_t<decltype(a)>, dense_matrix<T>>) {
            stop_rule rows = rule;
            rows.max_iterations = 20 * problem.rows();
            const auto kaczmarz = sparse_kaczmarz(a, b, {.delta_factor = 10, .stop = rows});
            look("sparse_kaczmarz", kaczmarz, kaczmarz.x);
        }
    });
    return solved;
}

} // namespace

BOOST_AUTO_TEST_SUITE(families)

BOOST_AUTO_TEST_CASE_TEMPLATE(solvers_say_the_truth_of_every_signal, T, scalars) {
    int solved = 0, problems = 0;
    for (const std::uint64_t seed : seeds_from(1))
        for (const matrix_family matrix : all_matrix_families)
            for (const signal_family signal : all_signal_families) {
                solved += check_all(make_problem<T>({.matrix = matrix, .signal = signal, .seed = seed}), false);
                ++problems;
            }
    BOOST_TEST(solved >= 8 * problems); // of 14 or 15 solvers: nobody hides behind saying nothing
}

BOOST_AUTO_TEST_CASE_TEMPLATE(solvers_say_the_truth_of_noise, T, scalars) {
    for (const std::uint64_t seed : seeds_from(2))
        for (const matrix_family matrix : all_matrix_families)
            for (const double decibels : {60.0, 40.0, 20.0}) {
                const auto problem = make_problem<T>({.matrix = matrix, .decibels = decibels, .seed = seed});
                check_all(problem, true);
                check_all(problem, false);
            }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(solvers_say_the_truth_of_every_scale, T, scalars) {
    for (const std::uint64_t seed : seeds_from(1))
        for (const matrix_family matrix : all_matrix_families)
            for (const auto& [of_A, of_x] :
                 {std::pair(1e-6, 1.0), {1e6, 1.0}, {1.0, 1e-6}, {1.0, 1e6}, {1e-6, 1e-6}, {1e6, 1e6}})
                check_all(make_problem<T>({.matrix = matrix, .scale_of_A = of_A, .scale_of_x = of_x, .seed = seed}),
                          false);
}

// Counts of |A| |x|: x is as likely as can be where nothing is left of x_i g_i, nor of a g_i < 0.
BOOST_AUTO_TEST_CASE_TEMPLATE(poisson_descent_says_the_truth, T, scalars) {
    int solved = 0, problems = 0;
    for (const std::uint64_t seed : seeds_from(1))
        for (const matrix_family matrix : all_matrix_families)
            for (const signal_family signal : all_signal_families)
                for (const poisson_mirror mirror : {poisson_mirror::burg, poisson_mirror::entropy}) {
                    const auto p = make_problem<T>({.matrix = matrix, .signal = signal, .seed = seed});
                    const dense_matrix<T> A = p.dense().cwiseAbs();
                    const dense_vector<T> b = A * p.solution.cwiseAbs();
                    const poisson_settings<T> settings{.mirror = mirror,
                                                       .stop = {.max_iterations = 300, .residual = 0, .kkt = 1e-3}};
                    BOOST_TEST_CONTEXT(p.request.name()) {
                        if (b.isZero(0)) {
                            BOOST_CHECK_THROW(poisson_descent(A, b, settings), std::invalid_argument);
                            continue;
                        }
                        const auto result = poisson_descent(A, b, settings);
                        ++problems;
                        check_numbers(result);
                        BOOST_TEST((result.x.array() >= 0).all());
                        const dense_vector<T> expected = A * result.x;
                        const T divergence = poisson_divergence(b, expected);
                        BOOST_TEST(std::abs(divergence - result.certificate.objective) <= rounding<T> * b.sum());
                        if (!result.solved()) continue;
                        ++solved;
                        const dense_vector<T> ratio =
                            (b.array() / expected.array().max(std::numeric_limits<T>::min())).matrix();
                        for (index_t i = 0; i < A.cols(); ++i) {
                            const double own = double(A.col(i).sum());
                            const double gradient = own - double(A.col(i).dot(ratio));
                            BOOST_TEST(gradient >= -1.01e-3 * own - rounding<T>);
                            BOOST_TEST(double(result.x[i]) * gradient <= 1.01e-3 * double(b.sum()));
                        }
                    }
                }
    BOOST_TEST(4 * solved >= problems);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(recover_sparse_is_exact_on_every_family_with_one_answer, T, scalars) {
    for (const matrix_family matrix : all_matrix_families)
        for (const signal_family signal : all_signal_families)
            for (std::uint64_t seed = 1; seed <= 5; ++seed) {
                const auto p = make_problem<T>({.matrix = matrix, .signal = signal, .seed = seed});
                if (p.known != known_answer::sparse || p.rows() == 1) continue; // one non-zero of one row is m/2
                BOOST_TEST_CONTEXT(p.request.name())
                with_operator(p, [&](const auto& a) {
                    const auto result = recover_sparse(a, p.b, {.stop = {.residual = asked<T>}});
                    BOOST_TEST(result.reason == solver_stop::residual);
                    BOOST_TEST(relative(dense_vector<T>(result.x - p.solution), p.solution) <= 100 * asked<T>);
                    BOOST_TEST(nonzeros(result.x) <= nonzeros(p.solution));
                });
            }
}

BOOST_AUTO_TEST_CASE(objectives_are_those_of_other_programs) {
    for (const auto& reference : family_references) {
        const auto problem = make_problem<double>({.matrix = reference.family, .seed = reference.seed});
        const auto& b = problem.b;
        BOOST_TEST_CONTEXT(problem.request.name())
        with_operator(problem, [&](const auto& a) {
            const auto lasso = fista(a, b, {.relative_lambda = 0.1, .stop = {.max_iterations = 20000, .kkt = 1e-9}});
            BOOST_TEST(lasso.reason == solver_stop::kkt);
            BOOST_TEST(std::abs(lasso.certificate.objective / reference.lasso - 1) <= 1e-8);

            const auto pursuit = bregman_iteration(a, b, {.stop = {.residual = 1e-8}});
            BOOST_TEST(pursuit.solved() == !is_nan(reference.basis_pursuit));
            if (!pursuit.solved()) return;
            BOOST_TEST(std::abs(pursuit.x.cwiseAbs().sum() / reference.basis_pursuit - 1) <= 1e-6);
            const auto regularised = linearised_bregman(a, b, {.delta_factor = 1000, .stop = {.residual = 1e-8}});
            BOOST_TEST(regularised.solved());
            BOOST_TEST(std::abs(regularised.x.cwiseAbs().sum() / reference.basis_pursuit - 1) <= 1e-3);
        });
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing

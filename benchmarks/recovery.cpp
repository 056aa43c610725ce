/// How long the solvers take to a relative error of 1e-2, 1e-3 and 1e-5, where the true signal is known, and
/// how well they find a support in noise.
///     bench_recovery FOLDER [--quick]       writes FOLDER/recovery_ours.json and FOLDER/recovery/ (data for
///     baselines)
/// Gaussian: n 10000, m 4000, k 400. Partial DCT: n 131072, m 52428, k 5243. Seed 0. --quick: a tenth of
/// that.

#include <cmath>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <functional>
#include <iostream>
#include <iterator>
#include <limits>
#include <string>

#include <bregman/problems/least_squares.hpp>
#include <bregman/problems/partial_dct_recovery.hpp>
#include <bregman/solvers.hpp>

#include "files.hpp"

namespace bench {
namespace {

using namespace bregman;
using bregman::index_t;
using vector = dense_vector<double>;

constexpr double levels[] = {1e-2, 1e-3, 1e-5};
constexpr double longest_seconds = 40; // of one run

/// A solver, called with an observer that ends it at the error level; `stop` has no rule of its own but time.
template <class A>
using solver = std::function<solver_result<double>(const A&, const vector& b, const stop_rule&,
                                                   std::function<bool(const solver_progress<double>&)>)>;

double error_of(const vector& x, const vector& truth) { return (x - truth).norm() / truth.norm(); }

/// What is written of one solver at one level.
struct reached_level {
    double level, seconds, error, kkt, pairs;
    std::int64_t iterations;
};

json row_of(const std::string& problem, const std::string& name, const reached_level& at) {
    const bool reached = at.error <= at.level;
    std::printf("%-9s %-35s %7.0e %-8s %9.3f s %9.2e %9.1f pairs\n", problem.c_str(), name.c_str(), at.level,
                reached ? "reached" : "MISSED", at.seconds, at.error, at.pairs);
    std::fflush(stdout);
    return {{"problem", problem},         {"solver", name},
            {"level", at.level},          {"reached", reached},
            {"seconds", at.seconds},      {"relative_error", at.error},
            {"kkt", number(at.kkt)},      {"operator_pairs", at.pairs},
            {"iterations", at.iterations}};
}

stop_rule stop_at(double level) {
    return {.max_iterations = std::numeric_limits<std::int64_t>::max(),
            .residual = level / 10,
            .kkt = 0,
            .seconds = longest_seconds};
}

/// One run to the last level, whose observer notes when an iterate first reaches each.
template <class A>
void add_rows(json& rows, const std::string& problem, const std::string& name, const A& a, const vector& b,
              const vector& truth, const solver<A>& solve) {
    std::size_t next = 0;
    auto note = [&](const solver_progress<double>& now) {
        const double error = error_of(now.x, truth);
        // Linearised Bregman iterates satisfy x = x(A^T y), so that their residual is their kkt.
        const double kkt = std::isnan(now.certificate.kkt) ? now.relative_residual : now.certificate.kkt;
        for (; next < std::size(levels) && error <= levels[next]; ++next)
            rows.push_back(
                row_of(problem, name, {levels[next], now.seconds, error, kkt, now.operator_pairs, now.iteration}));
        return next < std::size(levels);
    };
    const auto end = solve(a, b, stop_at(*std::rbegin(levels)), note);
    if (next < std::size(levels))
        rows.push_back(row_of(problem, name,
                              {levels[next], end.seconds, error_of(end.x, truth), end.certificate.kkt,
                               end.operator_pairs, end.iterations}));
}

/// A run for each level, for a solver whose last iterate is not what it returns.
template <class A>
void add_rows_of_runs(json& rows, const std::string& problem, const std::string& name, const A& a, const vector& b,
                      const vector& truth, const solver<A>& solve) {
    auto go_on = [](const solver_progress<double>&) { return true; };
    for (double level : levels) {
        const auto end = solve(a, b, stop_at(level), go_on);
        rows.push_back(row_of(
            problem, name,
            {level, end.seconds, error_of(end.x, truth), end.certificate.kkt, end.operator_pairs, end.iterations}));
    }
}

template <class A>
void add_solvers(json& rows, const std::string& problem, const A& a, const vector& b, const vector& truth) {
    auto add = [&](const std::string& name, const solver<A>& solve) {
        add_rows(rows, problem, name, a, b, truth, solve);
    };
    add_rows_of_runs<A>(rows, problem, "recover_sparse", a, b, truth,
                        [](const A& op, const vector& data, const stop_rule& stop, auto observer) {
                            return recover_sparse(op, data, {.stop = stop, .observer = observer});
                        });
    auto add_bregman = [&](const std::string& name, const linearised_bregman_settings<>& settings) {
        add(name, [settings](const A& op, const vector& data, const stop_rule& stop, auto observer) {
            auto all = settings;
            all.stop = stop;
            all.observer = observer;
            return linearised_bregman(op, data, all);
        });
    };
    add_bregman("linearised_bregman lbfgs", {.step = dual_step::lbfgs});
    add_bregman("linearised_bregman lbfgs, 10 max|x|", {.step = dual_step::lbfgs, .delta_factor = 10});
    add_bregman("linearised_bregman BB", {.step = dual_step::barzilai_borwein});
    add_bregman("linearised_bregman exact", {.step = dual_step::exact});
    add_bregman("linearised_bregman accelerated", {.step = dual_step::accelerated});
    add_bregman("linearised_bregman fixed", {.step = dual_step::fixed});
    add("bregman_iteration", [](const A& op, const vector& data, const stop_rule& stop, auto observer) {
        return bregman_iteration(op, data, {.stop = stop, .observer = observer});
    });
    add("fista, continuation", [](const A& op, const vector& data, const stop_rule& stop, auto observer) {
        return fista(op, data,
                     {.relative_lambda = stop.residual, .continuation = 0.5, .stop = stop, .observer = observer});
    });
}

/// F1 of the support found at 40 dB of noise.
template <class A>
void add_noisy_row(json& rows, const std::string& problem, const A& a, vector b, const vector& truth) {
    const double noise = noise_at<double>(b, 40);
    add_noise(b, noise, 1);
    const auto result = recover_sparse(a, b, {.stop = {.noise_norm = noise * std::sqrt(double(b.size()))}});
    const auto found = support_of(result.x), real = support_of(truth);
    std::size_t both = 0;
    for (index_t i : found) both += truth[i] != 0;
    const double f1 = 2.0 * double(both) / double(found.size() + real.size());
    rows.push_back({{"problem", problem},
                    {"solver", "recover_sparse"},
                    {"seconds", result.seconds},
                    {"relative_error", error_of(result.x, truth)},
                    {"kkt", number(result.certificate.kkt)},
                    {"operator_pairs", result.operator_pairs},
                    {"support_f1", f1}});
    std::printf("%-12s recover_sparse: F1 %.4f, error %.2e, %.3f s, %.1f pairs\n", problem.c_str(), f1,
                error_of(result.x, truth), result.seconds, result.operator_pairs);
}

void gaussian(json& rows, const std::filesystem::path& data, index_t scale) {
    const auto recovery = sparse_recovery<double>::gaussian(4000 / scale, 10000 / scale, 400 / scale, 0.0, 0);
    const auto& [A, b] = recovery.problem;
    write_numbers(data / "gaussian_A.f64", A.data(), A.size()); // column by column
    write_numbers(data / "gaussian_b.f64", b.data(), b.size());
    write_numbers(data / "gaussian_x.f64", recovery.solution.data(), recovery.solution.size());
    add_solvers(rows, "gaussian", A, b, recovery.solution);
    add_noisy_row(rows, "gaussian_40dB", A, b, recovery.solution);
}

void partial_cosine(json& rows, index_t scale) {
    const auto recovery = partial_dct_recovery<double>::make(52428 / scale, 131072 / scale, 5243 / scale);
    add_solvers(rows, "dct", recovery.A, recovery.b, recovery.solution);
    add_noisy_row(rows, "dct_40dB", recovery.A, recovery.b, recovery.solution);
}

} // namespace
} // namespace bench

int main(int argc, char** argv) try {
    const bool quick = argc == 3 && std::strcmp(argv[2], "--quick") == 0;
    if (argc != 2 && !quick) {
        std::cerr << "bench_recovery: expects a folder and perhaps --quick; run: bench_recovery results/bench\n";
        return 1;
    }
    const std::filesystem::path folder = argv[1], data = folder / "recovery";
    std::filesystem::create_directories(data);
    const int scale = quick ? 10 : 1;
    bench::json report;
    report["rows"] = bench::json::array();
    bench::gaussian(report["rows"], data, scale);
    bench::partial_cosine(report["rows"], quick ? 8 : 1);
    report["gaussian"] = {{"n", 10000 / scale}, {"m", 4000 / scale}, {"k", 400 / scale}, {"seed", 0}};
    bench::write_json(folder / "recovery_ours.json", report);
} catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
}

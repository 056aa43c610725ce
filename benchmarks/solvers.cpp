/// Our solvers on the problems of the public comparison (solver_problems.hpp), and the same problems as files for the
/// solvers of others.
///     bench_solvers FOLDER [--quick]    writes FOLDER/solvers/: problems.json, ID_{A,b,x}.f64 (A column by column), and
///                                       ours.json with the answers in ours_{x,y}.f64, one after the other
/// Nothing is judged here: solvers_report.py does that, of everybody's answers alike.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <exception>
#include <filesystem>
#include <iostream>
#include <limits>
#include <sstream>
#include <string>
#include <type_traits>
#include <vector>

#include <bregman/solvers.hpp>

#include "files.hpp"
#include "solver_problems.hpp"

namespace bench {
namespace {

using namespace bregman;
using bregman::index_t;
using bregman::testing::family_problem;
using bregman::testing::known_answer;
using vector = dense_vector<double>;

constexpr double accuracy = 1e-6;       // of ||A x - b|| relative to ||b||, asked of everybody
constexpr double least_lambda = 1e-5;   // of lasso solvers without noise, relative to the lambda at which x is 0
constexpr double lasso_kkt = 1e-3;      // in units of lambda
constexpr int path_length = 30;         // of lambdas
constexpr double worth_repeating = 0.1; // seconds: shorter solves are timed three times, and the shortest counts

const char* text_of(known_answer known) {
    constexpr const char* names[] = {"sparse", "consistent", "inconsistent"};
    return names[int(known)];
}

stop_rule asked_for(const family_problem<double>& p, double longest_seconds) {
    return {.max_iterations = std::numeric_limits<std::int64_t>::max(),
            .residual = accuracy,
            .noise_norm = p.noise_norm,
            .seconds = longest_seconds};
}

/// Rows of answers, all the x, and all the dual variables.
class answer_book {
  public:
    /// Times solve() and writes down what it says.
    template <class Solve>
    void add(const std::string& id, const family_problem<double>& p, const std::string& solver, const Solve& solve) {
        json row = {{"problem", id}, {"library", "bregman"}, {"solver", solver}};
        vector x = vector::Constant(p.cols(), nan_of<double>()), y = vector::Constant(p.rows(), nan_of<double>());
        try {
            double seconds = infinity_of<double>();
            solver_result<double> result;
            for (int run = 0; run < 3; ++run) {
                const auto begin = std::chrono::steady_clock::now();
                result = solve();
                const double now = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
                seconds = std::min(seconds, now);
                if (now > worth_repeating) break;
            }
            std::ostringstream reason, kind;
            reason << result.reason;
            kind << result.certificate.problem;
            const bool penalised = result.certificate.problem == problem_kind::penalised;
            row.update({{"claimed", result.solved()},
                        {"says", reason.str()},
                        {"seconds", seconds},
                        {"operator_pairs", result.operator_pairs},
                        {"certificate_of", kind.str()},
                        {"lambda", number(result.certificate.lambda)},
                        {"delta", number(result.certificate.delta)}, // null is infinite
                        {"lasso_lambda", penalised ? number(result.certificate.lambda) : json(nullptr)}});
            x = result.x;
            if (result.dual.size() == y.size()) y = result.dual;
        } catch (const std::exception& error) {
            row.update({{"claimed", false}, {"says", error.what()}, {"seconds", nullptr}, {"operator_pairs", nullptr}});
        }
        rows_.push_back(row);
        answers_.insert(answers_.end(), x.data(), x.data() + x.size());
        duals_.insert(duals_.end(), y.data(), y.data() + y.size());
    }

    void write(const std::filesystem::path& folder) const {
        write_numbers(folder / "ours_x.f64", answers_.data(), std::ptrdiff_t(answers_.size()));
        write_numbers(folder / "ours_y.f64", duals_.data(), std::ptrdiff_t(duals_.size()));
        write_json(folder / "ours.json", {{"rows", rows_}});
    }

  private:
    json rows_ = json::array();
    std::vector<double> answers_, duals_;
};

/// What the lasso solvers of others are asked for too: without noise the least lambda; with noise the first of a falling
/// sequence of lambdas at which the residual is that of the noise.
template <class A>
solver_result<double> lasso(const A& a, const family_problem<double>& p, stop_rule stop) {
    stop.noise_norm = 0;
    stop.kkt = lasso_kkt;
    if (p.noise_norm == 0) return fista(a, p.b, {.relative_lambda = least_lambda, .continuation = 0.5, .stop = stop});
    const double size = p.b.norm(), factor = std::pow(0.1 * p.noise_norm / size, 1.0 / (path_length - 1));
    solver_result<double> result;
    double pairs = 0, relative_lambda = 1;
    for (int i = 1; i < path_length; ++i) {
        relative_lambda *= factor;
        result = fista(a, p.b, {.relative_lambda = relative_lambda, .stop = stop, .warm_start = result.x});
        pairs += result.operator_pairs;
        if (result.relative_residual * size <= stop.discrepancy_factor * p.noise_norm) break;
    }
    result.operator_pairs = pairs;
    return result;
}

template <class A>
void run_solvers(answer_book& book, const std::string& id, const A& a, const family_problem<double>& p,
                 const stop_rule& stop) {
    const auto& b = p.b;
    const auto add = [&](const char* solver, const auto& solve) { book.add(id, p, solver, solve); };
    add("recover_sparse", [&] { return recover_sparse(a, b, {.stop = stop}); });
    add("linearised_bregman, delta_factor 10",
        [&] { return linearised_bregman(a, b, {.delta_factor = 10, .stop = stop}); });
    add("bregman_iteration", [&] { return bregman_iteration(a, b, {.stop = stop}); });
    add("fista, continuation", [&] { return lasso(a, p, stop); });
    if constexpr (std::is_same_v<A, dense_matrix<double>>)
        add("sparse_kaczmarz", [&] { return sparse_kaczmarz(a, b, {.delta_factor = 10, .stop = stop}); });
}

/// Writes the problem for the others, and returns its line of problems.json.
json write_problem(const std::filesystem::path& folder, const std::string& id, const named_request& named,
                   const family_problem<double>& p) {
    const dense_matrix<double> a = p.dense();
    write_numbers(folder / (id + "_A.f64"), a.data(), a.size());
    write_numbers(folder / (id + "_b.f64"), p.b.data(), p.b.size());
    write_numbers(folder / (id + "_x.f64"), p.solution.data(), p.solution.size());
    return {{"id", id},
            {"name", p.request.name()},
            {"family", testing::name_of(p.request.matrix)},
            {"signal", testing::name_of(p.request.signal)},
            {"size", named.size},
            {"rows", p.rows()},
            {"columns", p.cols()},
            {"nonzeros", (p.solution.array() != 0).count()},
            {"decibels", number(p.request.decibels)},
            {"noise_norm", p.noise_norm},
            {"known", text_of(p.known)}};
}

void show_progress(std::size_t done, std::size_t all, std::chrono::steady_clock::time_point begin) {
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    std::fprintf(stderr, "\rbregman: %zu of %zu problems, %.0f s left   %s", done, all,
                 seconds * double(all - done) / double(done), done == all ? "\n" : "");
}

void compare(const std::filesystem::path& folder, bool quick) {
    const auto requests = requests_of_comparison(quick);
    const double longest_seconds = quick ? 1 : 5; // of one solve
    const auto begin = std::chrono::steady_clock::now();
    json problems = json::array();
    answer_book book;
    for (const auto& named : requests) {
        const auto p = testing::make_problem<double>(named.request);
        const std::string id = "p" + std::to_string(problems.size());
        problems.push_back(write_problem(folder, id, named, p));
        p.visit([&](const auto& a) { run_solvers(book, id, a, p, asked_for(p, longest_seconds)); });
        show_progress(problems.size(), requests.size(), begin);
    }
    book.write(folder);
    write_json(folder / "problems.json", {{"accuracy", accuracy},
                                          {"least_lambda", least_lambda},
                                          {"path_length", path_length},
                                          {"longest_seconds", longest_seconds},
                                          {"worth_repeating", worth_repeating},
                                          {"quick", quick},
                                          {"problems", problems}});
}

} // namespace
} // namespace bench

int main(int argc, char** argv) try {
    const bool quick = argc == 3 && std::strcmp(argv[2], "--quick") == 0;
    if (argc != 2 && !quick) {
        std::cerr << "bench_solvers: expects a folder and perhaps --quick; run: bench_solvers results/bench\n";
        return 1;
    }
    const std::filesystem::path folder = std::filesystem::path(argv[1]) / "solvers";
    std::filesystem::create_directories(folder);
    bench::compare(folder, quick);
} catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
}

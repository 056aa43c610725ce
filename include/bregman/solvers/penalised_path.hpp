#pragma once

#include <cmath>
#include <cstddef>
#include <functional>
#include <type_traits>
#include <utility>
#include <vector>

#include <bregman/solvers/penalised.hpp>

namespace bregman {

/// One solution of a path, as its observer sees it.
template <class T>
struct path_progress {
    std::size_t index;              ///< from 0
    std::size_t count;              ///< how many lambda there are
    const solver_result<T>& result; ///< its certificate has lambda
};

/// Settings of penalised_path, T the scalar of b.
template <class T = double>
struct penalised_path_settings {
    penalised_settings<T> each =
        {}; ///< of each problem; its lambda and relative_lambda do not count, its observer sees iterations
    std::vector<double> lambdas =
        {};                 ///< descending; empty: `count` from lambda_max down to `smallest` lambda_max, geometric
    int count = 50;         ///< >= 2: the number of lambdas
    double smallest = 0.01; ///< in (0, 1): the last lambda over lambda_max
    std::function<bool(const path_progress<T>&)> observer =
        {}; ///< sees each solution; one that returns false ends the path

    void validate() const {
        require(count >= 2, "count", count, ">= 2", "50 is the default; for one lambda use minimise_penalised");
        require(smallest > 0 && smallest < 1, "smallest", smallest, "(0, 1)", "it is the last lambda over lambda_max");
        for (std::size_t i = 0; i < lambdas.size(); ++i) {
            require(lambdas[i] > 0 && is_finite(lambdas[i]), "lambdas", lambdas[i], "> 0, finite", "remove it");
            require(i == 0 || lambdas[i] < lambdas[i - 1], "lambdas", lambdas[i], "less than the one before",
                    "sort them from the largest down: each solution starts the next");
        }
    }
};

/// The solutions of a penalised problem (minimise_penalised) for a list of lambda from the largest down, each started from the
/// one before. All results are returned, up to where the observer ended it; result.certificate.lambda says which is which.
/// Work is that of each; the search for step lengths goes on from one to the next.
template <class A, class B>
std::vector<solver_result<scalar_of<B>>> penalised_path(const A& matrix, const B& data,
                                                        const penalised_path_settings<scalar_of<B>>& settings = {}) {
    using T = scalar_of<B>;
    using real = real_of<T>;
    settings.validate();
    const auto& op = as_operator<T>(matrix);
    const auto& b = as_vector(data);
    penalised_problem<T, std::remove_cvref_t<decltype(op)>> problem(op, b, settings.each);
    std::vector<double> lambdas = settings.lambdas;
    if (lambdas.empty()) {
        const double largest = double(problem.lambda_max());
        require(is_finite(largest), "lambdas", "empty", "a list where J does not penalise every x",
                "there is no lambda_max to start from: say the lambdas");
        for (int i = 0; i < settings.count; ++i)
            lambdas.push_back((largest > 0 ? largest : 1) *
                              std::pow(settings.smallest, double(i) / (settings.count - 1)));
    }
    std::vector<solver_result<T>> path;
    for (std::size_t i = 0; i < lambdas.size(); ++i) {
        const dense_vector<T> start = path.empty() ? settings.each.warm_start : path.back().x;
        path.push_back(problem.solve(real(lambdas[i]), start, path.empty() ? settings.each.continuation : 1,
                                     settings.each.stop, settings.each.observer));
        if (settings.observer && !settings.observer({i, lambdas.size(), path.back()})) break;
    }
    return path;
}

} // namespace bregman

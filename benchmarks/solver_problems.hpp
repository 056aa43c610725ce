#pragma once

#include <iterator>
#include <string>
#include <vector>

#include "../tests/support/problem_families.hpp"

/// \file
/// The problems of the comparison of solvers: the families of the tests, in three sizes.

namespace bench {

using bregman::testing::matrix_family;
using bregman::testing::problem_request;
using bregman::testing::signal_family;

struct size_of_problem {
    const char* name;
    bregman::index_t rows, columns, nonzeros;
};

inline constexpr size_of_problem problem_sizes[] = {
    {"small", 30, 60, 4}, {"medium", 100, 300, 10}, {"large", 240, 800, 25}};

struct named_request {
    std::string size;
    problem_request request;
};

/// The least-squares answer on the true support, by which answers in noise are judged, has to exist and to be the only one.
inline bool has_noisy_form(matrix_family family) {
    return family != matrix_family::duplicate_columns && family != matrix_family::tall_inconsistent &&
           family != matrix_family::one_row && family != matrix_family::one_by_one;
}

/// Every family without noise for the seeds 1 and 2 and with 40 dB for seed 3, the kinds of signals in turn; then other
/// noise, scales far from 1, and x = 0. `quick`: the small size alone.
inline std::vector<named_request> requests_of_comparison(bool quick) {
    std::vector<named_request> all;
    const auto sized = [](const size_of_problem& size, matrix_family family) {
        problem_request r{.matrix = family, .rows = size.rows, .columns = size.columns, .nonzeros = size.nonzeros};
        // Twice as many rows as columns: no more numbers than the wide ones have.
        if (family == matrix_family::tall || family == matrix_family::tall_inconsistent) r.columns /= 2;
        return r;
    };
    std::size_t turn = 0;
    for (const auto& size : problem_sizes) {
        if (quick && &size != problem_sizes) break;
        for (const matrix_family family : bregman::testing::all_matrix_families) {
            if (family == matrix_family::one_by_one && &size != problem_sizes) continue;
            for (std::uint64_t seed = 1; seed <= 3; ++seed) {
                if (seed == 3 && !has_noisy_form(family)) continue;
                problem_request r = sized(size, family);
                r.signal = bregman::testing::all_signal_families[turn++ % 4]; // zero is the fifth
                r.seed = seed;
                if (seed == 3) r.decibels = 40;
                all.push_back({size.name, r});
            }
        }
    }
    const auto& size = problem_sizes[quick ? 0 : 1];
    for (const matrix_family family : {matrix_family::gaussian, matrix_family::signs, matrix_family::partial_dct})
        for (const double decibels : {60.0, 20.0}) {
            problem_request r = sized(size, family);
            r.seed = 4, r.decibels = decibels;
            all.push_back({size.name, r});
        }
    for (const double scale : {1e-6, 1e6}) {
        problem_request of_A = sized(size, matrix_family::gaussian), of_x = of_A;
        of_A.seed = of_x.seed = 5;
        of_A.scale_of_A = of_x.scale_of_x = scale;
        all.push_back({size.name, of_A});
        all.push_back({size.name, of_x});
    }
    problem_request zero = sized(size, matrix_family::gaussian);
    zero.signal = signal_family::zero, zero.seed = 6;
    all.push_back({size.name, zero});
    return all;
}

} // namespace bench

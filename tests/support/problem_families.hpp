#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <bregman/base/finite.hpp>
#include <bregman/operators/convolution_2d.hpp>
#include <bregman/operators/partial_dct.hpp>
#include <bregman/operators/sampling_mask.hpp>
#include <bregman/problems/sparse_signal.hpp>

/// \file
/// Families of problems A x = b as users bring them, for tests and for the public comparison. Needs Eigen and the library
/// alone; the same request gives the same problem everywhere, since all numbers come from counter_random.

namespace bregman::testing {

enum class matrix_family {
    gaussian,          ///< N(0, 1/m)
    signs,             ///< +-1 / sqrt(m)
    correlated,        ///< Gaussian, neighbouring columns with correlation 0.9
    duplicate_columns, ///< Gaussian, every second of the first half once more, some with the opposite sign
    zero_columns,      ///< Gaussian, every fifth column 0; x is 0 there
    constant_column,   ///< Gaussian, column 0 constant
    duplicate_rows,    ///< Gaussian, the last quarter of the rows once more those before
    tall,              ///< Gaussian, twice as many rows as columns, with a solution
    tall_inconsistent, ///< the same without one: b has a part outside the range of A
    one_row,           ///< 1 x n
    one_column,        ///< m x 1
    one_by_one,        ///< 1 x 1
    differences,       ///< x_{i+1} - x_i, (n - 1) x n
    long_direction,    ///< I + 9 u u^T, n x n, u a unit vector: one singular value alone
    partial_dct,       ///< m rows of the orthonormal DCT, as an operator
    convolution,       ///< periodic blur of a square image, invertible, n x n, as an operator
    mask               ///< m elements of x, as an operator; x is 0 elsewhere
};

inline constexpr matrix_family all_matrix_families[] = {matrix_family::gaussian,
                                                        matrix_family::signs,
                                                        matrix_family::correlated,
                                                        matrix_family::duplicate_columns,
                                                        matrix_family::zero_columns,
                                                        matrix_family::constant_column,
                                                        matrix_family::duplicate_rows,
                                                        matrix_family::tall,
                                                        matrix_family::tall_inconsistent,
                                                        matrix_family::one_row,
                                                        matrix_family::one_column,
                                                        matrix_family::one_by_one,
                                                        matrix_family::differences,
                                                        matrix_family::long_direction,
                                                        matrix_family::partial_dct,
                                                        matrix_family::convolution,
                                                        matrix_family::mask};

inline const char* name_of(matrix_family family) {
    constexpr const char* names[] = {
        "gaussian",       "signs",          "correlated",        "duplicate_columns", "zero_columns", "constant_column",
        "duplicate_rows", "tall",           "tall_inconsistent", "one_row",           "one_column",   "one_by_one",
        "differences",    "long_direction", "partial_dct",       "convolution",       "mask"};
    return names[int(family)];
}

enum class signal_family { signs, gaussian, heavy_tailed, nonnegative, zero };

inline constexpr signal_family all_signal_families[] = {signal_family::signs, signal_family::gaussian,
                                                        signal_family::heavy_tailed, signal_family::nonnegative,
                                                        signal_family::zero};

inline const char* name_of(signal_family family) {
    constexpr const char* names[] = {"signs", "gaussian", "heavy_tailed", "nonnegative", "zero"};
    return names[int(family)];
}

/// What is known of the right answer without solving the problem.
enum class known_answer {
    sparse, ///< `solution` is the one solution of A x = b, or the one sparse enough (k well below m / (2 log(n / m)))
    consistent,  ///< A x = b has solutions, and `solution` is one; that of basis pursuit may be another
    inconsistent ///< A x = b has none; `solution` is not the answer of least squares either
};

/// Which problem: sizes that a family cannot have (one row, square, tall) it chooses itself, near these.
struct problem_request {
    matrix_family matrix = matrix_family::gaussian;
    signal_family signal = signal_family::gaussian;
    index_t rows = 30;
    index_t columns = 60;
    index_t nonzeros = 4;
    double decibels = std::numeric_limits<double>::infinity(); ///< signal to noise; infinity is no noise
    double scale_of_A = 1;
    double scale_of_x = 1;
    std::uint64_t seed = 0;

    /// "gaussian signs 30x60 k4 40dB seed 3".
    std::string name() const {
        std::string text = std::string(name_of(matrix)) + " " + name_of(signal) + " " + std::to_string(rows) + "x" +
                           std::to_string(columns) + " k" + std::to_string(nonzeros);
        if (is_finite(decibels)) text += " " + std::to_string(int(decibels)) + "dB";
        const auto power = [&](const char* of, double scale) {
            if (scale != 1) text += std::string(" ") + of + "1e" + std::to_string(int(std::lround(std::log10(scale))));
        };
        power("A", scale_of_A);
        power("x", scale_of_x);
        return text + " seed " + std::to_string(seed);
    }
};

/// An operator times a number.
template <class A, class T>
struct scaled_operator {
    A a;
    T scale = 1;
    index_t rows() const { return a.rows(); }
    index_t cols() const { return a.cols(); }
    void apply(const dense_vector<T>& x, dense_vector<T>& y) const {
        a.apply(x, y);
        y *= scale;
    }
    void apply_transposed(const dense_vector<T>& y, dense_vector<T>& x) const {
        a.apply_transposed(y, x);
        x *= scale;
    }
};

/// A x = b with what is known of it.
template <class T>
struct family_problem {
    using matrix = dense_matrix<T>;
    using dct = scaled_operator<partial_dct<T>, T>;
    using blur = scaled_operator<convolution_2d<T>, T>;
    using sampling = scaled_operator<sampling_mask<T>, T>;

    problem_request request;
    std::variant<matrix, dct, blur, sampling> A;
    dense_vector<T> b;
    dense_vector<T> solution; ///< the x that b was made from
    double noise_norm = 0;    ///< of the noise in b, without what `tall_inconsistent` adds
    known_answer known = known_answer::sparse;

    /// work(A), A a dense matrix or an operator.
    template <class Work>
    decltype(auto) visit(const Work& work) const {
        return std::visit(work, A);
    }
    index_t rows() const {
        return visit([](const auto& a) { return index_t(a.rows()); });
    }
    index_t cols() const {
        return visit([](const auto& a) { return index_t(a.cols()); });
    }
    bool has_matrix() const { return std::holds_alternative<matrix>(A); }
    dense_vector<T> times(const dense_vector<T>& x) const {
        return visit([&](const auto& a) {
            dense_vector<T> y;
            if constexpr (std::is_same_v<std::remove_cvref_t<decltype(a)>, matrix>)
                y = a * x;
            else
                a.apply(x, y);
            return y;
        });
    }
    /// A as a dense matrix, column by column where it is an operator.
    matrix dense() const {
        if (has_matrix()) return std::get<matrix>(A);
        matrix columns(rows(), cols());
        dense_vector<T> unit = dense_vector<T>::Zero(cols());
        for (index_t j = 0; j < cols(); ++j) {
            unit[j] = T(1);
            columns.col(j) = times(unit);
            unit[j] = T(0);
        }
        return columns;
    }
};

namespace families {
/// m x n of N(0, 1/m), column by column.
inline dense_matrix<double> gaussian(index_t m, index_t n, std::uint64_t seed) {
    const normal_source values{counter_random(seed, 0)};
    dense_matrix<double> a(m, n);
    for (index_t i = 0; i < a.size(); ++i) a.data()[i] = values(i) / std::sqrt(double(m));
    return a;
}

/// A family's matrix, in double for every scalar: float problems are the double ones, rounded.
inline dense_matrix<double> matrix_of(const problem_request& r) {
    const index_t m = r.rows, n = r.columns;
    dense_matrix<double> a;
    switch (r.matrix) {
    case matrix_family::tall:
    case matrix_family::tall_inconsistent:
        return gaussian(2 * n, n, r.seed);
    case matrix_family::one_row:
        return gaussian(1, n, r.seed);
    case matrix_family::one_column:
        return gaussian(m, 1, r.seed);
    case matrix_family::one_by_one:
        return dense_matrix<double>::Constant(1, 1, -1.5 - double(r.seed));
    case matrix_family::differences:
        a = dense_matrix<double>::Zero(n - 1, n);
        for (index_t i = 0; i + 1 < n; ++i) a(i, i) = -1, a(i, i + 1) = 1;
        return a;
    case matrix_family::long_direction: {
        const dense_vector<double> u = gaussian(n, 1, r.seed).col(0).normalized();
        return dense_matrix<double>::Identity(n, n) + 9 * u * u.transpose();
    }
    default:
        break;
    }
    a = gaussian(m, n, r.seed);
    switch (r.matrix) {
    case matrix_family::signs:
        a = (a.array() < 0).select(dense_matrix<double>::Constant(m, n, -1), dense_matrix<double>::Constant(m, n, 1)) /
            std::sqrt(double(m));
        break;
    case matrix_family::correlated:
        for (index_t j = 1; j < n; ++j) a.col(j) = 0.9 * a.col(j - 1) + std::sqrt(1 - 0.81) * a.col(j);
        break;
    case matrix_family::duplicate_columns:
        for (index_t j = 0; j < n / 2; j += 2) a.col(n / 2 + j) = (j % 4 == 0 ? 1 : -1) * a.col(j);
        break;
    case matrix_family::zero_columns:
        for (index_t j = 0; j < n; j += 5) a.col(j).setZero();
        break;
    case matrix_family::constant_column:
        a.col(0).setConstant(1 / std::sqrt(double(m)));
        break;
    case matrix_family::duplicate_rows:
        a.bottomRows(m / 4) = a.middleRows(m - 2 * (m / 4), m / 4).eval();
        break;
    default:
        break;
    }
    return a;
}

/// x: its places are those of sparse_signal, its values those of the signal family.
inline dense_vector<double> signal_of(const problem_request& r, index_t n) {
    const index_t k = r.signal == signal_family::zero ? 0 : std::min(r.nonzeros, n);
    dense_vector<double> x = sparse_signal<double>(n, k, r.seed);
    const normal_source tails{counter_random(r.seed, 7)};
    for (index_t i = 0; i < n; ++i) {
        if (x[i] == 0) continue;
        if (r.signal == signal_family::signs) x[i] = x[i] < 0 ? -1 : 1;
        if (r.signal == signal_family::heavy_tailed) x[i] *= std::exp(1.5 * tails(i));
        if (r.signal == signal_family::nonnegative) x[i] = std::abs(x[i]);
    }
    return x;
}

inline known_answer known_of(matrix_family family) {
    switch (family) {
    case matrix_family::correlated:
    case matrix_family::duplicate_columns:
    case matrix_family::one_row:
        return known_answer::consistent;
    case matrix_family::tall_inconsistent:
        return known_answer::inconsistent;
    default:
        return known_answer::sparse;
    }
}
} // namespace families

/// The problem of a request. Everything is made in double and then rounded, so that float and double solve the same.
template <class T>
family_problem<T> make_problem(const problem_request& request) {
    using problem = family_problem<T>;
    const T scale = T(request.scale_of_A);
    problem p;
    p.request = request;
    p.known = families::known_of(request.matrix);
    std::vector<index_t> kept;
    index_t n = request.columns;
    if (request.matrix == matrix_family::partial_dct || request.matrix == matrix_family::mask)
        kept = random_positions(n, request.rows, request.seed);
    if (request.matrix == matrix_family::partial_dct) {
        p.A = typename problem::dct{bregman::partial_dct<T>(n, kept), scale};
    } else if (request.matrix == matrix_family::mask) {
        p.A = typename problem::sampling{sampling_mask<T>(n, kept), scale};
    } else if (request.matrix == matrix_family::convolution) {
        const index_t side = std::max<index_t>(3, index_t(std::lround(std::sqrt(double(n)))));
        const dense_vector<T> line{{T(0.125), T(0.75), T(0.125)}};
        p.A = typename problem::blur{convolution_2d<T>(side, side, line * line.transpose()), scale};
    } else {
        p.A = dense_matrix<T>((request.scale_of_A * families::matrix_of(request)).template cast<T>());
    }
    n = p.cols();
    dense_vector<double> x = request.scale_of_x * families::signal_of(request, n);
    if (request.matrix == matrix_family::zero_columns)
        for (index_t j = 0; j < n; j += 5) x[j] = 0;
    if (request.matrix == matrix_family::mask) {
        const dense_vector<double> all = x;
        x.setZero();
        for (index_t i : kept) x[i] = all[i];
    }
    p.solution = x.cast<T>();
    p.b = p.times(p.solution);
    if (request.matrix == matrix_family::tall_inconsistent) {
        // Half as much outside the range of A as inside, and something where x is 0.
        const double size = x.norm() > 0 ? double(p.b.norm()) : request.scale_of_A * request.scale_of_x;
        dense_vector<double> off = families::gaussian(p.rows(), 1, request.seed + 1000).col(0);
        p.b += (0.5 * size * off.normalized()).template cast<T>();
    }
    const dense_vector<T> clean = p.b;
    if (is_finite(request.decibels)) add_noise(p.b, noise_at(p.b, T(request.decibels)), request.seed);
    p.noise_norm = double((p.b - clean).norm());
    return p;
}

} // namespace bregman::testing

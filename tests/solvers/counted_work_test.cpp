// What solvers put between themselves and A: metered_operator.hpp, which counts the work, and restricted_operator.hpp, which
// takes some of the columns.
#include <cmath>
#include <type_traits>
#include <vector>

#include <bregman/operators/as_operator.hpp>
#include <bregman/solvers/metered_operator.hpp>
#include <bregman/solvers/restricted_operator.hpp>

#include "support/checks.hpp"
#include "support/common_solvers.hpp"
#include "tolerances.hpp"

namespace bregman::testing {

namespace {

using vector = dense_vector<double>;
using matrix = dense_matrix<double>;

/// The products alone: no columns, no shortcut for a sparse x.
struct products_only {
    const matrix& a;
    index_t rows() const { return a.rows(); }
    index_t cols() const { return a.cols(); }
    void apply(const vector& x, vector& y) const { y = a * x; }
    void apply_transposed(const vector& y, vector& x) const { x = a.transpose() * y; }
};

struct problem {
    matrix a{20, 60};
    vector x = vector::Zero(60), y{20};
    std::vector<index_t> support{3, 17, 18, 40, 59};

    problem() {
        for (index_t i = 0; i < a.rows(); ++i)
            for (index_t j = 0; j < a.cols(); ++j) a(i, j) = std::sin(double(1 + 7 * i + 3 * j * j));
        for (const index_t j : support) x[j] = 1 + double(j);
        for (index_t i = 0; i < y.size(); ++i) y[i] = std::cos(double(i));
    }
};

constexpr double near = tolerance<double>::many_steps * 1e3; // numbers of some hundreds

/// A_S and its transpose are those of the matrix; returns the pairs that one of each cost.
template <class Operator>
double check_restricted(const Operator& a, const problem& p) {
    metered_operator<Operator, double> metered(a);
    restricted_operator<Operator, double> restricted(metered, p.support);
    BOOST_TEST(restricted.rows() == 20);
    BOOST_TEST(restricted.cols() == 5);
    const double before = metered.pairs();

    vector part, product, transposed;
    restricted.gather(p.x, part);
    restricted.apply(part, product);
    check_close(product, vector(p.a * p.x), near);
    restricted.apply_transposed(p.y, transposed);
    const vector all = p.a.transpose() * p.y;
    for (std::size_t j = 0; j < p.support.size(); ++j)
        BOOST_TEST(std::abs(transposed[index_t(j)] - all[p.support[j]]) < near);

    vector whole = vector::Constant(60, -1);
    restricted.scatter(part, whole);
    for (const index_t j : p.support) BOOST_TEST(whole[j] == p.x[j]);
    BOOST_TEST(whole.sum() == p.x.sum() - 55); // the others are what they were
    return metered.pairs() - before;
}

} // namespace

BOOST_AUTO_TEST_SUITE(counted_work)

BOOST_AUTO_TEST_CASE(a_product_is_half_a_pair) {
    const problem p;
    const products_only a{p.a};
    metered_operator<products_only, double> metered(a);
    vector product, transposed, residual, gradient;
    metered.apply(p.x, product);
    check_close(product, vector(p.a * p.x), near);
    BOOST_TEST(metered.pairs() == 0.5);
    metered.apply_transposed(p.y, transposed);
    check_close(transposed, vector(p.a.transpose() * p.y), near);
    BOOST_TEST(metered.pairs() == 1.0);
    metered.residual(p.x, p.y, residual);
    check_close(residual, vector(p.a * p.x - p.y), near);
    BOOST_TEST(metered.pairs() == 1.5);
    metered.normal(p.x, p.y, residual, gradient);
    check_close(gradient, vector(p.a.transpose() * (p.a * p.x - p.y)), 100 * near);
    BOOST_TEST(metered.pairs() == 2.5);
    BOOST_TEST(metered.norm_squared(4) == 4);
    BOOST_TEST(metered.pairs() == 2.5); // what is known costs nothing
    vector direction = p.x;
    for (int k = 0; k < 5000; ++k) direction = (p.a.transpose() * (p.a * direction)).normalized();
    BOOST_TEST(std::abs(metered.norm_squared(0) / (p.a * direction).squaredNorm() - 1) < 3e-3);
    BOOST_TEST(metered.pairs() > 2.5);
}

BOOST_AUTO_TEST_CASE(a_sparse_x_costs_its_share_where_the_operator_can) {
    const problem p;
    const auto& a = as_operator<double>(p.a);
    metered_operator<std::remove_cvref_t<decltype(a)>, double> metered(a);
    vector product;
    metered.apply(p.x, product);
    check_close(product, vector(p.a * p.x), near);
    BOOST_TEST(metered.pairs() == 0.5 * 5 / 60);
    metered.apply(vector::Ones(60), product); // not worth it
    check_close(product, vector(p.a * vector::Ones(60)), near);
    BOOST_TEST(metered.pairs() == 0.5 * 5 / 60 + 0.5);
}

BOOST_AUTO_TEST_CASE(columns_are_products_with_the_whole_or_cheaper) {
    const problem p;
    BOOST_TEST(check_restricted(products_only{p.a}, p) == 1.0);
    BOOST_TEST(std::abs(check_restricted(as_operator<double>(p.a), p) - 5.0 / 60) < 1e-12);
}

BOOST_AUTO_TEST_CASE(numbers_and_sizes_are_checked) {
    problem p;
    const products_only a{p.a};
    metered_operator<products_only, double> metered(a);
    CHECK_REFUSES(checked_transposed_data(metered, vector(vector::Ones(19))), "size of b = 19");
    vector b = p.y;
    b[7] = NAN;
    CHECK_REFUSES(checked_transposed_data(metered, b), "b = nan");
    p.a(2, 5) = INFINITY;
    CHECK_REFUSES(checked_transposed_data(metered, p.y), "A^T b = ");
    CHECK_REFUSES(require_start(vector(vector::Ones(3)), 60, "start (v)"), "start (v) = 3");
    CHECK_REFUSES(require_start(b, 20, "start (v)"), "start (v) = NaN or infinite");
    BOOST_CHECK_NO_THROW(require_start(vector(), 60, "start (v)"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing

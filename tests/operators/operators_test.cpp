#include <bregman/operators/as_operator.hpp>
#include <bregman/operators/matrix_free.hpp>
#include <bregman/problems/least_squares.hpp>
#include <bregman/problems/partial_dct_recovery.hpp>
#include <bregman/problems/sparse_signal.hpp>
#include <bregman/solvers.hpp>

#include "support/checks.hpp"
#include "support/decompositions.hpp"
#include "tolerances.hpp"

namespace bregman::testing {

namespace {

template <class T>
dense_vector<T> numbers(index_t n, std::uint64_t seed) {
    dense_vector<T> values(n);
    const counter_random random(seed, 31);
    for (index_t i = 0; i < n; ++i) values[i] = T(2 * random.uniform(std::uint64_t(i)) - 1);
    return values;
}

template <class T>
dense_matrix<T> numbers(index_t m, index_t n, std::uint64_t seed) {
    return numbers<T>(m * n, seed).reshaped(m, n);
}

/// The matrix of an operator, column by column.
template <class T, class A>
dense_matrix<T> matrix_of(const A& a) {
    dense_matrix<T> all(a.rows(), a.cols());
    dense_vector<T> unit = dense_vector<T>::Zero(a.cols()), column;
    for (index_t j = 0; j < all.cols(); ++j) {
        unit[j] = 1;
        a.apply(unit, column);
        all.col(j) = column;
        unit[j] = 0;
    }
    return all;
}

template <class T, class A>
void check_adjoint(const A& a) {
    static_assert(linear_operator<A, T>);
    for (std::uint64_t seed : {1, 2, 3}) BOOST_TEST(adjoint_error<T>(a, seed) <= tolerance<T>::adjoint);
}

template <class T>
convolution_2d<T> some_blur(index_t rows, index_t cols) {
    return convolution_2d<T>(rows, cols, numbers<T>(3, 5, 4));
}

} // namespace

BOOST_AUTO_TEST_SUITE(operators)

BOOST_AUTO_TEST_CASE_TEMPLATE(the_transposed_product_is_the_adjoint, T, scalars) {
    const dense_matrix<T> a = numbers<T>(37, 90, 1);
    const Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> by_rows = a;
    const Eigen::SparseMatrix<T> sparse =
        a.cwiseMax(T(0.8)).array().unaryExpr([](T v) { return v - T(0.8); }).matrix().sparseView();
    check_adjoint<T>(dense_operator<T>(a));
    check_adjoint<T>(dense_operator<T, Eigen::RowMajor>(by_rows));
    check_adjoint<T>(sparse_operator<T>(sparse));
    check_adjoint<T>(partial_dct<T>(64, {0, 3, 4, 10, 63}));
    check_adjoint<T>(partial_dct<T>(45, {1, 2, 22, 23, 44}));
    check_adjoint<T>(some_blur<T>(8, 12));
    check_adjoint<T>(some_blur<T>(9, 5));
    check_adjoint<T>(sampling_mask<T>(20, {0, 7, 19}));
    check_adjoint<T>(matrix_free_operator(
        37, 90, [&](const auto& x, auto& y) { y.noalias() = a * x; },
        [&](const auto& y, auto& x) { x.noalias() = a.transpose() * y; }));
}

BOOST_AUTO_TEST_CASE(the_adjoint_test_finds_a_wrong_adjoint) {
    const dense_matrix<double> a = numbers<double>(37, 37, 1);
    const matrix_free_operator wrong(
        37, 37, [&](const auto& x, auto& y) { y.noalias() = a * x; },
        [&](const auto& y, auto& x) { x.noalias() = a * y; });
    BOOST_TEST(adjoint_error<double>(wrong) > 1e-3);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(one_pass_and_support_products_equal_the_plain_ones, T, scalars) {
    // More rows than a block of rows holds, so that several blocks are added up.
    const dense_matrix<T> a = numbers<T>(1500, 70, 2);
    const Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> by_rows = a;
    const dense_vector<T> b = numbers<T>(1500, 3);
    dense_vector<T> x = numbers<T>(70, 4);
    const dense_vector<T> residual = a * x - b, gradient = a.transpose() * residual;
    const double few = tolerance<T>::rounding * 100;
    auto check = [&](const auto& op) {
        dense_vector<T> r, g;
        op.normal(x, b, r, g);
        BOOST_TEST((r - residual).norm() <= few * residual.norm());
        BOOST_TEST((g - gradient).norm() <= few * gradient.norm());
    };
    check(dense_operator<T>(a));
    check(dense_operator<T, Eigen::RowMajor>(by_rows));

    for (index_t i = 0; i < x.size(); ++i)
        if (i % 7 != 3) x[i] = 0;
    const dense_vector<T> expected = a * x;
    dense_vector<T> y;
    dense_operator<T>(a).apply_on_support(x, support_of(x), y);
    BOOST_TEST((y - expected).norm() <= few * expected.norm());
    const Eigen::SparseMatrix<T> sparse = a.sparseView();
    sparse_operator<T>(sparse).apply_on_support(x, support_of(x), y);
    BOOST_TEST((y - expected).norm() <= few * expected.norm());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(the_cosine_transform_is_the_one_of_its_formula, T, scalars) {
    for (index_t n : {2, 5, 8, 30}) {
        std::vector<index_t> all(n);
        for (index_t k = 0; k < n; ++k) all[std::size_t(k)] = k;
        dense_matrix<T> expected(n, n);
        for (index_t k = 0; k < n; ++k)
            for (index_t i = 0; i < n; ++i)
                expected(k, i) = T(std::sqrt((k == 0 ? 1.0 : 2.0) / double(n)) *
                                   std::cos(std::acos(-1.0) * (double(i) + 0.5) * double(k) / double(n)));
        const dense_matrix<T> difference = matrix_of<T>(partial_dct<T>(n, all)) - expected;
        BOOST_TEST(difference.cwiseAbs().maxCoeff() <= 10 * tolerance<T>::rounding);
        // orthonormal: A A^T = I
        BOOST_TEST((expected * expected.transpose()).isIdentity(100 * tolerance<T>::rounding));
    }
}

BOOST_AUTO_TEST_CASE(a_convolution_is_periodic_and_centred) {
    dense_matrix<double> kernel(3, 3);
    kernel << 1, 2, 3, 4, 5, 6, 7, 8, 9;
    const convolution_2d<double> blur(6, 4, kernel);
    dense_matrix<double> image = dense_matrix<double>::Zero(6, 4), expected = image;
    image(0, 1) = 1; // at the edge: the response wraps around
    for (index_t p = 0; p < 3; ++p)
        for (index_t q = 0; q < 3; ++q) expected((p - 1 + 6) % 6, (1 + q - 1 + 4) % 4) = kernel(p, q);
    dense_vector<double> y;
    blur.apply(image.reshaped(), y);
    BOOST_TEST((y - expected.reshaped()).norm() <= 1e-12);
}

BOOST_AUTO_TEST_CASE(norms_are_the_largest_singular_values) {
    auto largest = [](const dense_matrix<double>& a) {
        const double s = singular_values(a)[0];
        return s * s;
    };
    const dense_matrix<double> a = numbers<double>(30, 50, 5);
    BOOST_TEST(std::abs(norm_squared<double>(dense_operator<double>(a)) / largest(a) - 1) <= 1e-4);
    const auto blur = some_blur<double>(6, 7);
    BOOST_TEST(std::abs(norm_squared<double>(blur) / largest(matrix_of<double>(blur)) - 1) <= 1e-10);
    BOOST_TEST(std::abs(power_iteration<double>(blur) / blur.norm_squared() - 1) <= 1e-4);
    BOOST_TEST(norm_squared<double>(partial_dct<double>(16, {1, 5})) == 1.0);
    BOOST_TEST(power_iteration<double>(dense_operator<double>(dense_matrix<double>::Zero(3, 4))) == 0.0);
}

BOOST_AUTO_TEST_CASE(an_operator_keeps_what_it_is_given_by_value) {
    const dense_matrix<double> a = numbers<double>(5, 6, 1);
    const dense_operator<double> kept{dense_matrix<double>(a)};
    const dense_operator<double> shared{std::make_shared<const dense_matrix<double>>(a)};
    const dense_operator<double> referred(a);
    BOOST_TEST((matrix_of<double>(kept) - a).norm() == 0.0);
    BOOST_TEST((matrix_of<double>(shared) - a).norm() == 0.0);
    BOOST_TEST(referred.get().data() == a.data());
}

BOOST_AUTO_TEST_CASE(operators_refuse_what_they_cannot_be) {
    CHECK_REFUSES(partial_dct<double>(8, {}), "partial_dct positions = empty");
    CHECK_REFUSES(partial_dct<double>(8, {3, 8}),
                  "partial_dct positions = 8; allowed: ascending positions in [0, size)");
    CHECK_REFUSES(partial_dct<double>(8, {3, 3}), "partial_dct positions = 3");
    CHECK_REFUSES(partial_dct<double>(1, {0}), "transform length = 1");
    CHECK_REFUSES(sampling_mask<double>(4, {-1}), "sampling_mask positions = -1");
    CHECK_REFUSES(convolution_2d<double>(2, 9, dense_matrix<double>::Ones(3, 3)), "kernel extents = 3");
    CHECK_REFUSES(convolution_2d<double>(9, 9, dense_matrix<double>::Constant(3, 3, std::nan(""))), "kernel = NaN");
    CHECK_REFUSES(dense_operator<double>(std::shared_ptr<const dense_matrix<double>>()), "dense_operator matrix");
    CHECK_REFUSES(matrix_free_operator(
                      0, 3, [](auto&&...) {}, [](auto&&...) {}),
                  "rows = 0");
    const matrix_free_operator silent(
        4, 3, [](const auto&, auto& y) { y.resize(2); }, [](const auto&, auto&) {});
    dense_vector<double> x = dense_vector<double>::Ones(3), y;
    CHECK_REFUSES(silent.apply(x, y), "size of A x = 2");
}

BOOST_AUTO_TEST_CASE(a_partial_dct_problem_is_what_it_says) {
    const auto one = partial_dct_recovery<double>::make(40, 128, 7, 0.0, 3);
    const auto same = partial_dct_recovery<double>::make(40, 128, 7, 0.0, 3);
    const auto other = partial_dct_recovery<double>::make(40, 128, 7, 0.0, 4);
    BOOST_TEST((one.solution.array() != 0).count() == 7);
    BOOST_TEST(one.A.kept() == same.A.kept());
    BOOST_TEST(one.A.kept() != other.A.kept());
    BOOST_TEST((one.b.array() == same.b.array()).all());
    dense_vector<double> y;
    one.A.apply(one.solution, y);
    BOOST_TEST((y - one.b).norm() == 0.0);
    const double noise = noise_at<double>(one.b, 20);
    const auto noisy = partial_dct_recovery<double>::make(40, 128, 7, noise, 3);
    BOOST_TEST(std::abs(20 * std::log10(one.b.norm() / (noisy.b - one.b).norm()) - 20) < 2);
    CHECK_REFUSES(partial_dct_recovery<double>::make(200, 128, 7), "measurements m = 200");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing

// Groups in every memory layout against a plain Eigen computation of the same steps.
#include <algorithm>

#include <bregman/bregman.hpp>

#include "support/checks.hpp"
#include "support/values.hpp"
#include "tolerances.hpp"

namespace bregman::testing {

namespace {

constexpr double tau = 0.1, delta = 1.5, lambda = 0.4;
constexpr int steps = 3;

template <class T, int Order>
using matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Order>;

template <class Matrix>
Matrix normal_matrix(Eigen::Index rows, Eigen::Index columns, std::uint64_t seed) {
    Matrix m(rows, columns);
    const counter_random random(seed);
    // By (row, column), so that both storage orders hold the same matrix.
    for (Eigen::Index r = 0; r < rows; ++r)
        for (Eigen::Index c = 0; c < columns; ++c)
            m(r, c) = typename Matrix::Scalar(0.6 * normal_at(random, std::uint64_t(r * columns + c)));
    return m;
}

/// LinBreg with the group penalty of rows, written with Eigen's row operations in double.
Eigen::MatrixXd reference(Eigen::MatrixXd theta, std::uint64_t seed) {
    const double root = std::sqrt(double(theta.cols()));
    Eigen::MatrixXd v = theta / delta;
    for (Eigen::Index r = 0; r < theta.rows(); ++r)
        if (theta.row(r).norm() > 0) v.row(r) += lambda * root / theta.row(r).norm() * theta.row(r);
    for (int k = 0; k < steps; ++k) {
        v -= tau * normal_matrix<Eigen::MatrixXd>(theta.rows(), theta.cols(), seed + std::uint64_t(k));
        for (Eigen::Index r = 0; r < theta.rows(); ++r) {
            const double norm = delta * v.row(r).norm();
            theta.row(r) = delta * std::max(1 - delta * lambda * root / norm, 0.0) * v.row(r);
        }
    }
    return theta;
}

template <class T, int Order>
void check_rows(Eigen::Index rows, Eigen::Index columns) {
    using Matrix = matrix<T, Order>;
    Matrix theta = normal_matrix<Matrix>(rows, columns, 1);
    if (rows > 2) theta.row(rows / 2).setZero();
    const Eigen::MatrixXd expected = reference(theta.template cast<double>(), 50);
    linbreg<T, group_rows, fixed_law> method({.step_size = T(tau), .lambda = T(lambda)}, {}, {.delta = T(delta)});
    for (int k = 0; k < steps; ++k) {
        const Matrix g = normal_matrix<Matrix>(rows, columns, 50 + std::uint64_t(k));
        method.step(theta, g);
    }
    const double scale = tolerance<T>::many_steps * std::sqrt(double(columns));
    BOOST_TEST((theta.template cast<double>() - expected).cwiseAbs().maxCoeff() <= scale, rows << " x " << columns);
    index_t nonzeros = 0;
    for (Eigen::Index r = 0; r < rows; ++r) {
        const bool alive = (theta.row(r).array() != T(0)).any();
        BOOST_TEST(alive == (expected.row(r).array() != 0).any());
        nonzeros += alive ? (theta.row(r).array().abs() > T(0)).count() : 0;
    }
    BOOST_TEST(method.counts()[0].nonzeros == nonzeros);
}

/// theta after three steps on memory of this shape.
template <class Regularizer>
std::vector<float> run(const tensor_shape& shape) {
    const index_t size = shape.size();
    auto theta = normal_values<float>(size, 1, 0.6);
    std::vector<float> g(static_cast<std::size_t>(size));
    linbreg<float, Regularizer, fixed_law> method({.step_size = float(tau), .lambda = float(lambda)});
    parameter_list<float, Regularizer> parameters;
    parameters.add(as_tensor(theta.data(), size, shape), g);
    for (std::uint64_t k = 0; k < steps; ++k) {
        std::ranges::copy(normal_values<float>(size, 50 + k), g.begin());
        method.step(parameters);
    }
    BOOST_TEST(method.counts()[0].nonzeros == count_nonzeros(theta));
    return theta;
}

} // namespace

BOOST_AUTO_TEST_SUITE(groups)

BOOST_AUTO_TEST_CASE_TEMPLATE(rows_of_matrices_in_both_orders, T, scalars) {
    for (Eigen::Index rows : {2, 3, 7, 16, 65, 130, 201})
        for (Eigen::Index columns : {2, 3, 5, 8, 17, 64, 97}) {
            check_rows<T, Eigen::RowMajor>(rows, columns);
            check_rows<T, Eigen::ColMajor>(rows, columns);
        }
}

BOOST_AUTO_TEST_CASE(rows_longer_than_a_tile_and_than_a_chunk) {
    check_rows<float, Eigen::RowMajor>(5, 5003);
    check_rows<float, Eigen::RowMajor>(3, 20011);
    check_rows<float, Eigen::ColMajor>(3, 20011);
    check_rows<float, Eigen::ColMajor>(20011, 3);
}

BOOST_AUTO_TEST_CASE(kernels_are_rows_of_the_flattened_matrix) {
    for (index_t kernel : {2, 3, 5, 9, 31})
        BOOST_TEST(same_bits(run<group_kernels>({{6, 5, kernel}}), run<group_rows>({{30, kernel}})));
    BOOST_TEST(same_bits(run<group_kernels>({{6, 5, 3, 3}}), run<group_rows>({{30, 9}})));
    BOOST_TEST(same_bits(run<group_kernels>({{700, 31, 5}}), run<group_rows>({{21700, 5}}))); // many chunks
}

BOOST_AUTO_TEST_CASE(kernels_of_one_element_are_l1) {
    BOOST_TEST(same_bits(run<group_kernels>({{13, 7, 1}}), run<l1>({{91}})));
    BOOST_TEST(same_bits(run<group_kernels>({{13, 7, 1, 1}}), run<l1>({{91}})));
    BOOST_TEST(same_bits(run<group_kernels>({{13, 7}}), run<l1>({{91}})));
    BOOST_TEST(same_bits(run<group_kernels>({{91}}), run<l1>({{91}})));
    BOOST_TEST(same_bits(run<group_rows>({{91}}), run<l1>({{91}})));
    BOOST_TEST(same_bits(run<group_rows>({{91, 1}}), run<l1>({{91}})));
}

BOOST_AUTO_TEST_CASE(tensors_without_elements_are_harmless) {
    for (const tensor_shape& shape : {tensor_shape{{0}}, tensor_shape{{0, 3}}, tensor_shape{{3, 0}},
                                      tensor_shape{{3, 0}, storage_order::column_major}, tensor_shape{{0, 2, 3}}}) {
        BOOST_TEST(run<l1>(shape).empty());
        BOOST_TEST(run<group_rows>(shape).empty());
    }
    BOOST_TEST(run<group_kernels>({{0, 2, 3}}).empty());
    BOOST_TEST(run<group_kernels>({{2, 3, 0}}).empty());
}

BOOST_AUTO_TEST_CASE(streaming_stores_give_the_same_groups) {
    using streaming = eigen_backend<float, primal_store::streaming>;
    for (Eigen::Index columns : {5, 64, 131}) {
        auto theta = normal_matrix<Eigen::MatrixXf>(70, columns, 1), streamed = theta;
        linbreg<float, group_rows, fixed_law> one({.lambda = 0.4f});
        linbreg<float, group_rows, fixed_law, streaming> other({.lambda = 0.4f});
        for (std::uint64_t k = 0; k < steps; ++k) {
            const auto g = normal_matrix<Eigen::MatrixXf>(70, columns, 2 + k);
            one.step(theta, g);
            other.step(streamed, g);
        }
        BOOST_TEST((theta.array() == streamed.array()).all());
        BOOST_TEST(one.counts()[0].nonzeros == other.counts()[0].nonzeros);
    }
}

BOOST_AUTO_TEST_CASE(a_parameter_group_without_lambda_keeps_the_tiniest_weights) {
    Eigen::MatrixXf theta = Eigen::MatrixXf::Constant(3, 4, 1e-25f), g = Eigen::MatrixXf::Zero(3, 4);
    linbreg<float, group_rows, fixed_law> method({.lambda = 1});
    parameter_list<float, group_rows> parameters;
    parameters.add_group({.lambda_scale = 0});
    parameters.add(theta, g);
    method.step(parameters);
    BOOST_TEST((theta.array() == 1e-25f).all());
}

BOOST_AUTO_TEST_CASE(shapes_that_make_no_groups_are_refused) {
    std::vector<float> theta(24), g(24);
    linbreg<float, group_kernels, fixed_law> method;
    parameter_list<float, group_kernels> parameters;
    parameters.add(as_tensor(theta.data(), 24, {{2, 3, 4}, storage_order::column_major}), g);
    CHECK_REFUSES(method.step(parameters), "storage order = column_major; allowed: row_major");
}

// A long group of floats keeps its digits: alone in a row, in a column, and where a rule for v looks at it.
BOOST_AUTO_TEST_CASE(norms_of_long_groups) {
    constexpr index_t n = 3000000;
    std::vector<float> theta(n, 0.1f);
    const double exact = double(0.1f) * std::sqrt(double(n));
    const auto is_exact = [&](double norm) { return std::abs(norm / exact - 1) < 1e-6; };
    BOOST_TEST(is_exact(double(kernel::group_norm<float>(theta.data(), {1, n, 1}, 0))));

    // theta = v (1 - lambda sqrt(n) / ||v||), so that the norm is seen in what a step leaves.
    const std::vector<float> g(theta.size());
    for (const storage_order order : {storage_order::row_major, storage_order::column_major}) {
        std::ranges::fill(theta, 0.1f);
        parameter_list<float, group_rows> list;
        list.add_view(theta.data(), g.data(), {{1, n}, order});
        linbreg<float, group_rows, fixed_law> method({.lambda = 0.05f});
        method.step(list);
        BOOST_TEST(std::abs(double(theta[7]) - double(0.1f)) < 1e-7, "v0 belongs to theta: " << theta[7]);
    }
    std::vector<float> two_columns(2 * n / 2, 0.1f);
    parameter_list<float, group_columns> columns;
    columns.add_view(two_columns.data(), g.data(), {{n / 2, 2}});
    linbreg<float, group_columns, fixed_law> method({.lambda = 0.05f});
    method.step(columns);
    BOOST_TEST(std::abs(double(two_columns[7]) - double(0.1f)) < 1e-7);

    std::ranges::fill(theta, 0.1f);
    std::vector<float> v(n, 0.15f);
    const kernel::change_lambda_group<float, euclidean<float>, group_rows> predictive{
        theta.data(), v.data(), {}, {}, dual_rule::predictive, 0.05f, 0.02f, {1, n, 1}};
    predictive(0); // w = .13, v + (w - theta) + .02 - .05
    BOOST_TEST(std::abs(double(v[7]) - 0.15) < 1e-6, v[7]);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing

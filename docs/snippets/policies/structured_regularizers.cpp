// docs/policies/regularizers/: those of groups and of whole tensors
#include "../snippets.hpp"
#include "support/eigen_svd.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include <bregman/bregman.hpp>
#include <bregman/regularizers/group_indices.hpp>
#include <bregman/regularizers/n_of_m.hpp>
#include <bregman/regularizers/nuclear.hpp>
#include <bregman/regularizers/simplex.hpp>
#include <bregman/regularizers/slope.hpp>
#include <bregman/regularizers/sparse_group_lasso.hpp>
#include <bregman/regularizers/total_variation.hpp>
#include <bregman/regularizers/total_variation_2d.hpp>

bool group_rows_work() {
    bregman::linbreg<double, bregman::group_rows, bregman::fixed_law> optimizer({.step_size = 1, .lambda = 1});
    Eigen::MatrixXd theta = Eigen::MatrixXd::Zero(2, 2);
    const Eigen::MatrixXd gradient{{-3, -4}, {0.5, 1}};
    optimizer.step(theta, gradient); // the first row keeps 1 - sqrt(2)/5 of itself, the second becomes zero
    return theta.row(0).isApprox((1 - std::sqrt(2.0) / 5) * Eigen::RowVectorXd{{3, 4}}) && theta.row(1).isZero(0);
}

bool group_columns_work() {
    bregman::linbreg<double, bregman::group_columns, bregman::fixed_law> optimizer({.step_size = 1, .lambda = 1});
    Eigen::MatrixXd theta = Eigen::MatrixXd::Zero(2, 2);
    const Eigen::MatrixXd gradient{{-3, 0.5}, {-4, 1}};
    optimizer.step(theta, gradient); // the first input keeps its weights, the second is cut off
    return theta.col(0).isApprox((1 - std::sqrt(2.0) / 5) * Eigen::VectorXd{{3, 4}}) && theta.col(1).isZero(0);
}

bool group_kernels_work() {
    bregman::linbreg<float, bregman::group_kernels, bregman::fixed_law> optimizer({.step_size = 1, .lambda = 1});
    std::vector<float> weight(2 * 1 * 2), gradient{-3, -4, 0.5f, 1}; // (out 2, in 1, width 2)
    bregman::parameter_list<float, bregman::group_kernels> parameters;
    parameters.add(bregman::as_tensor(weight.data(), 4, {{2, 1, 2}}), gradient);
    optimizer.step(parameters); // the kernel (3, 4) shrinks, the kernel (-0.5, -1) becomes zero
    return weight[0] > 2 && weight[1] > 2.8f && weight[2] == 0 && weight[3] == 0;
}

bool sparse_group_lasso_works() {
    using regularizer = bregman::sparse_group_lasso<bregman::group_rows>;
    bregman::linbreg<double, regularizer, bregman::fixed_law> optimizer({.step_size = 1, .lambda = 1}, {}, {},
                                                                        {.group_share = 0.5});
    Eigen::MatrixXd theta = Eigen::MatrixXd::Zero(2, 2);
    const Eigen::MatrixXd gradient{{-4.5, 0.3}, {0.6, 0.7}};
    optimizer.step(theta, gradient); // shrink by 0.5: (4, 0) and (-0.1, -0.2); then the group factors for 0.5
    return theta.isApprox(Eigen::MatrixXd{{4 - std::sqrt(0.5), 0}, {0, 0}});
}

bool group_indices_work() {
    const bregman::group_indices regularizer({{0, 2}, {1, 3}});
    bregman::linbreg<double, bregman::group_indices, bregman::fixed_law> optimizer({.step_size = 1, .lambda = 1}, {},
                                                                                   {}, regularizer);
    Eigen::VectorXd theta = Eigen::VectorXd::Zero(5);
    const Eigen::VectorXd gradient{{-3, 0.5, -4, 1, 0.1}};
    optimizer.step(theta, gradient); // the pair (3, 4) stays, (-0.5, -1) becomes zero, the last is free
    return theta[0] > 2 && theta[2] > 2.8 && theta[1] == 0 && theta[3] == 0 && theta[4] == -0.1;
}

bool nuclear_works() {
    bregman::linbreg<double, bregman::nuclear, bregman::fixed_law> optimizer({.step_size = 1, .lambda = 2});
    Eigen::MatrixXd theta = Eigen::MatrixXd::Zero(2, 2);
    const Eigen::MatrixXd gradient{{-3, -2}, {-2, -3}}; // -v has the singular values 5 and 1
    optimizer.step(theta, gradient);                    // left are 3 and 0: rank one
    return theta.isApprox(Eigen::MatrixXd{{1.5, 1.5}, {1.5, 1.5}});
}

bool total_variation_works() {
    bregman::linbreg<double, bregman::total_variation, bregman::fixed_law> optimizer({.step_size = 1, .lambda = 0.5});
    Eigen::VectorXd theta = Eigen::VectorXd::Zero(4);
    const Eigen::VectorXd gradient{{0, -0.2, -4, -4.2}};
    optimizer.step(theta, gradient); // two pieces, each 0.5 / 2 nearer to the other: (0.35, 0.35, 3.85, 3.85)
    return theta.isApprox(Eigen::VectorXd{{0.35, 0.35, 3.85, 3.85}});
}

bool slope_works() {
    const bregman::slope regularizer({2, 1, 0}); // or bregman::slope::benjamini_hochberg(3, 0.1)
    bregman::linbreg<double, bregman::slope, bregman::fixed_law> optimizer({.step_size = 1, .lambda = 1}, {}, {},
                                                                           regularizer);
    Eigen::VectorXd theta = Eigen::VectorXd::Zero(3);
    const Eigen::VectorXd gradient{{-3, 1, -0.5}};
    optimizer.step(theta, gradient); // 3 - 2, and 1 - 1 and 0.5 - 0 pooled: (1, -0.25, 0.25)
    return theta.isApprox(Eigen::VectorXd{{1, -0.25, 0.25}});
}

bool simplex_works() {
    bregman::linbreg<double, bregman::simplex, bregman::fixed_law> optimizer({.step_size = 1});
    Eigen::VectorXd theta = Eigen::VectorXd::Zero(3);
    const Eigen::VectorXd gradient{{-1, -0.5, 1}};
    optimizer.step(theta, gradient); // max(v - 0.25, 0) = (0.75, 0.25, 0)
    return theta.isApprox(Eigen::VectorXd{{0.75, 0.25, 0}});
}

bool n_of_m_works() {
    bregman::linbreg<double, bregman::n_of_m, bregman::fixed_law> optimizer({.step_size = 1}, {}, {}, {.n = 2, .m = 4});
    Eigen::VectorXd theta = Eigen::VectorXd::Zero(4);
    const Eigen::VectorXd gradient{{-1, 3, -2, 0.5}};
    optimizer.step(theta, gradient); // (0, -3, 2, 0)
    return theta.isApprox(Eigen::VectorXd{{0, -3, 2, 0}});
}

bool total_variation_2d_works() {
    const bregman::total_variation_2d penalty{.gap = 1e-8};
    bregman::total_variation_dual dual; // empty: the first prox starts from 0
    std::vector<double> seen(64), image;
    std::fill(seen.begin() + 32, seen.end(), 1.0); // an edge of 8 pixels between halves of 32
    image = seen;
    const auto x = bregman::as_tensor(image.data(), 64, {{8, 8}});
    penalty.prox(x, 0.1, dual); // each half comes 0.1 * 8 / 32 nearer to the other: 0.025 and 0.975
    return std::abs(image[0] - 0.025) < 1e-6 && std::abs(image[63] - 0.975) < 1e-6 && dual.relative_gap <= 1e-8;
}

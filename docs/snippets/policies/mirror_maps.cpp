// docs/policies/mirror_maps/
#include "../snippets.hpp"

#include <cmath>

#include <bregman/bregman.hpp>
#include <bregman/mirror_maps/burg.hpp>
#include <bregman/mirror_maps/diagonal.hpp>
#include <bregman/mirror_maps/hypentropy.hpp>
#include <bregman/mirror_maps/negative_entropy.hpp>
#include <bregman/mirror_maps/p_norm.hpp>
#include <bregman/regularizers/simplex.hpp>

bool euclidean_works() {
    bregman::linbreg<double, bregman::l1, bregman::fixed_law> optimizer({.step_size = 1, .lambda = 1}, {},
                                                                        {.delta = 2});
    Eigen::VectorXd theta = Eigen::VectorXd::Zero(3);
    const Eigen::VectorXd gradient{{-3, 0.5, 1.5}};
    optimizer.step(theta, gradient); // v = -gradient, theta = 2 shrink(v, 1) = (4, 0, -1)
    return theta.isApprox(Eigen::VectorXd{{4, 0, -1}});
}

bool p_norm_works() {
    using mirror = bregman::p_norm<double>;
    using method =
        bregman::optimizer<bregman::gradient, mirror, bregman::l1, bregman::fixed_law, bregman::eigen_backend<double>>;
    method optimizer({.step_size = 1, .lambda = 1}, {}, {.q = 1.5});
    Eigen::VectorXd theta = Eigen::VectorXd::Zero(3);
    const Eigen::VectorXd gradient{{-3, 0.5, 1.5}};
    optimizer.step(theta, gradient); // sign(u) u^2 of u = shrink(v, 1): (4, 0, -0.25)
    return theta.isApprox(Eigen::VectorXd{{4, 0, -0.25}});
}

bool negative_entropy_works() {
    using mirror = bregman::negative_entropy<double>;
    using method = bregman::optimizer<bregman::gradient, mirror, bregman::simplex, bregman::fixed_law,
                                      bregman::eigen_backend<double>>;
    method optimizer({.step_size = std::log(2.0)});
    Eigen::VectorXd theta = Eigen::VectorXd::Constant(3, 1.0 / 3);
    const Eigen::VectorXd gradient{{-1, 0, 0}};
    optimizer.step(theta, gradient); // the first is doubled, then all add up to 1: (0.5, 0.25, 0.25)
    return theta.isApprox(Eigen::VectorXd{{0.5, 0.25, 0.25}});
}

bool hypentropy_works() {
    using mirror = bregman::hypentropy<double>;
    using method = bregman::optimizer<bregman::gradient, mirror, bregman::none, bregman::fixed_law,
                                      bregman::eigen_backend<double>>;
    method optimizer({.step_size = 0.1}, {}, {.beta = 0.01});
    Eigen::VectorXd theta{{1, 0, -1}};
    const Eigen::VectorXd gradient{{1, 1, 1}};
    optimizer.step(theta, gradient); // large ones move by factors, small ones by about beta tau g
    return std::abs(theta[0] - std::exp(-0.1)) < 1e-4 && std::abs(theta[1] + 0.001) < 1e-5 &&
           std::abs(theta[2] + std::exp(0.1)) < 1e-4;
}

bool burg_works() {
    using mirror = bregman::burg<double>;
    using method = bregman::optimizer<bregman::gradient, mirror, bregman::none, bregman::fixed_law,
                                      bregman::eigen_backend<double>>;
    method optimizer({.step_size = 1}, {}, {.largest = 100});
    Eigen::VectorXd theta{{1, 2, 1}};
    const Eigen::VectorXd gradient{{1, 0.5, -3}};
    optimizer.step(theta, gradient); // v = (-2, -1, 2): theta = (0.5, 1, 100)
    return theta.isApprox(Eigen::VectorXd{{0.5, 1, 100}});
}

bool diagonal_works() {
    using mirror = bregman::diagonal<double>;
    using method =
        bregman::optimizer<bregman::gradient, mirror, bregman::l1, bregman::fixed_law, bregman::eigen_backend<double>>;
    const Eigen::VectorXd curvature{{10, 1, 0.1}};
    method optimizer({.step_size = 1, .lambda = 1}, {}, mirror::of(curvature));
    Eigen::VectorXd theta = Eigen::VectorXd::Zero(3);
    const Eigen::VectorXd gradient{{-11, -2, 0.5}};
    optimizer.step(theta, gradient); // shrink(v, 1) / d = (1, 1, 0)
    return theta.isApprox(Eigen::VectorXd{{1, 1, 0}});
}

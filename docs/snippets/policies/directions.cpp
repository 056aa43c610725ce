// docs/policies/directions/
#include "../snippets.hpp"

#include <cmath>

#include <bregman/bregman.hpp>
#include <bregman/directions/amsgrad.hpp>
#include <bregman/directions/birth_by_evidence.hpp>
#include <bregman/directions/freeze.hpp>
#include <bregman/directions/leak.hpp>
#include <bregman/directions/lion.hpp>
#include <bregman/directions/nesterov.hpp>
#include <bregman/directions/rmsprop.hpp>
#include <bregman/directions/trust_ratio.hpp>
#include <bregman/directions/turnover.hpp>
#include <bregman/directions/weight_decay.hpp>

bool gradient_works() {
    bregman::linbreg<double, bregman::l1, bregman::fixed_law> optimizer({.step_size = 0.5, .lambda = 1});
    Eigen::VectorXd theta = Eigen::VectorXd::Zero(2);
    const Eigen::VectorXd gradient{{-4, 1}};
    optimizer.step(theta, gradient); // v = (2, -0.5), theta = (1, 0)
    return theta.isApprox(Eigen::VectorXd{{1, 0}});
}

bool momentum_works() {
    bregman::linbreg_momentum<double, bregman::l1, bregman::fixed_law> optimizer({.step_size = 0.5, .lambda = 0.1},
                                                                                 {.beta = 0.9});
    Eigen::VectorXd theta = Eigen::VectorXd::Zero(2);
    const Eigen::VectorXd gradient{{-4, 1}};
    optimizer.step(theta, gradient); // v = 0.1 * (2, -0.5), theta = (0.1, 0)
    return theta.isApprox(Eigen::VectorXd{{0.1, 0}});
}

bool nesterov_works() {
    using method = bregman::optimizer<bregman::nesterov, bregman::euclidean<double>, bregman::l1, bregman::fixed_law,
                                      bregman::eigen_backend<double>>;
    method optimizer({.step_size = 0.5, .lambda = 0.1}, {.beta = 0.9});
    Eigen::VectorXd theta = Eigen::VectorXd::Zero(2);
    const Eigen::VectorXd gradient{{-4, 1}};
    optimizer.step(theta, gradient); // v = (0.9 * 0.1 + 0.1) * (2, -0.5), theta = (0.28, 0)
    return theta.isApprox(Eigen::VectorXd{{0.28, 0}});
}

bool adam_works() {
    bregman::adabreg<double, bregman::l1, bregman::fixed_law> optimizer({.step_size = 0.01, .lambda = 0.004},
                                                                        {.beta1 = 0.9, .beta2 = 0.999});
    Eigen::VectorXd theta = Eigen::VectorXd::Zero(2);
    const Eigen::VectorXd gradient{{-4, 1e-3}};
    optimizer.step(theta, gradient); // the first step is 0.01 long for each element: theta = (0.006, -0.006)
    return (theta - Eigen::VectorXd{{0.006, -0.006}}).norm() < 1e-6;
}

bool adam_mini_works() {
    bregman::adabreg_mini<double, bregman::l1, bregman::fixed_law> optimizer({.step_size = 0.01, .lambda = 0.004});
    Eigen::VectorXd theta = Eigen::VectorXd::Zero(2);
    const Eigen::VectorXd gradient{{-4, 1e-3}};
    optimizer.step(theta,
                   gradient); // v = (0.01414, -0.0000035): the second element stays 0, where Adam moves both alike
    return std::abs(theta[0] - (0.01 * std::sqrt(2.0) - 0.004)) < 1e-6 && theta[1] == 0;
}

bool amsgrad_works() {
    using method = bregman::optimizer<bregman::amsgrad, bregman::euclidean<double>, bregman::l1, bregman::fixed_law,
                                      bregman::eigen_backend<double>>;
    method optimizer({.step_size = 0.01, .lambda = 0.004}, {.beta2 = 0.99});
    Eigen::VectorXd theta = Eigen::VectorXd::Zero(2);
    const Eigen::VectorXd gradient{{-4, 1e-3}};
    optimizer.step(theta, gradient); // as Adam: theta = (0.006, -0.006)
    return (theta - Eigen::VectorXd{{0.006, -0.006}}).norm() < 1e-6;
}

bool rmsprop_works() {
    using method = bregman::optimizer<bregman::rmsprop, bregman::euclidean<double>, bregman::l1, bregman::fixed_law,
                                      bregman::eigen_backend<double>>;
    method optimizer({.step_size = 0.01, .lambda = 0.04}, {.beta = 0.99});
    Eigen::VectorXd theta = Eigen::VectorXd::Zero(2);
    const Eigen::VectorXd gradient{{-4, 1e-3}};
    optimizer.step(theta, gradient); // 0.01 / sqrt(1 - 0.99) = 0.1 without a bias correction: (0.06, -0.06)
    return (theta - Eigen::VectorXd{{0.06, -0.06}}).norm() < 1e-5;
}

bool weight_decay_works() {
    using direction = bregman::with_weight_decay<bregman::adam>; // AdaBregL2
    using method = bregman::optimizer<direction, bregman::euclidean<double>, bregman::l1, bregman::fixed_law,
                                      bregman::eigen_backend<double>>;
    method optimizer({.step_size = 0.01, .lambda = 0.1}, {.direction = {.beta2 = 0.99}, .weight_decay = 0.5});
    Eigen::VectorXd theta{{1, -1}};
    const Eigen::VectorXd gradient{{0, 0.5}};
    optimizer.step(theta, gradient); // Adam sees (0.5, 0): theta = (0.99, -1)
    return (theta - Eigen::VectorXd{{0.99, -1}}).norm() < 1e-6;
}

bool decoupled_weight_decay_works() {
    using direction = bregman::with_decoupled_weight_decay<bregman::adam>; // AdaBregW
    using method = bregman::optimizer<direction, bregman::euclidean<double>, bregman::l1, bregman::fixed_law,
                                      bregman::eigen_backend<double>>;
    method optimizer({.step_size = 0.01, .lambda = 0.1}, {.weight_decay = 0.5});
    Eigen::VectorXd theta{{1, -1}};
    const Eigen::VectorXd gradient{{0, 0.5}};
    optimizer.step(theta, gradient); // AdaBreg's (1, -1.01), times 1 - 0.01 * 0.5
    return (theta - 0.995 * Eigen::VectorXd{{1, -1.01}}).norm() < 1e-6;
}

bool dual_weight_decay_works() {
    using direction = bregman::with_dual_weight_decay<bregman::adam>;
    using method = bregman::optimizer<direction, bregman::euclidean<double>, bregman::l1, bregman::fixed_law,
                                      bregman::eigen_backend<double>>;
    method optimizer({.step_size = 0.01, .lambda = 0.1}, {.weight_decay = 0.5});
    Eigen::VectorXd theta{{1, -1}};
    const Eigen::VectorXd gradient{{0, 0.5}};
    optimizer.step(theta, gradient); // AdaBreg's (1, -1.01), and 0.01 * 0.5 * (1, -1) less
    return (theta - Eigen::VectorXd{{0.995, -1.005}}).norm() < 1e-6;
}

bool leak_works() {
    using direction = bregman::with_leak<bregman::gradient>;
    using method = bregman::optimizer<direction, bregman::euclidean<double>, bregman::l1, bregman::fixed_law,
                                      bregman::eigen_backend<double>>;
    method optimizer({.step_size = 0.1, .lambda = 1}, {.leak = 0.01});
    Eigen::VectorXd theta = Eigen::VectorXd::Zero(2);
    const Eigen::VectorXd gradient{{-0.05, -0.2}}; // v ends near tau g / leak: (0.5, 2)
    for (int k = 0; k < 2000; ++k) optimizer.step(theta, gradient);
    return (theta - Eigen::VectorXd{{0, 1}}).norm() < 1e-6; // without the leak (9, 39)
}

bool lion_works() {
    bregman::optimizer<bregman::lion, bregman::euclidean<double>, bregman::l1, bregman::fixed_law,
                       bregman::eigen_backend<double>>
        optimizer({.step_size = 0.5, .lambda = 0.75});
    Eigen::VectorXd theta = Eigen::VectorXd::Zero(3);
    const Eigen::VectorXd gradient{{-4, 1e-3, 0}};
    for (int k = 0; k < 2; ++k) optimizer.step(theta, gradient); // v = (1, -1, 0)
    return theta == Eigen::VectorXd{{0.25, -0.25, 0}};
}

bool trust_ratio_works() {
    using direction = bregman::with_trust_ratio<bregman::gradient>;
    bregman::optimizer<direction, bregman::euclidean<double>, bregman::l1, bregman::fixed_law,
                       bregman::eigen_backend<double>>
        optimizer({.step_size = 1, .lambda = 0}, {.trust = 0.1});
    Eigen::VectorXd theta{{3, 4}};                             // of length 5
    optimizer.step(theta, Eigen::VectorXd{{0, 1000}});         // of length 1000
    return (theta - Eigen::VectorXd{{3, 3.5}}).norm() < 1e-12; // moves by 0.5
}

bool birth_by_evidence_works() {
    using direction = bregman::with_birth_by_evidence<bregman::adam>;
    bregman::optimizer<direction, bregman::euclidean<double>, bregman::l1, bregman::fixed_law,
                       bregman::eigen_backend<double>>
        optimizer({.step_size = 0.01, .lambda = 1});
    Eigen::VectorXd theta = Eigen::VectorXd::Zero(2);
    const Eigen::VectorXd gradient{{-1, -1e-4}};
    for (int k = 0; k < 500; ++k) optimizer.step(theta, gradient);
    return theta[0] > 0 && theta[1] == 0; // Adam alone moves both alike
}

bool turnover_works() {
    using direction = bregman::with_turnover<bregman::gradient>;
    bregman::optimizer<direction, bregman::euclidean<double>, bregman::l1, bregman::fixed_law,
                       bregman::eigen_backend<double>>
        optimizer({.step_size = 1, .lambda = 1});
    Eigen::VectorXd theta{{0, 0, 2, 0.5}}; // v = (0, 0, 3, 1.5)
    optimizer.step(theta, Eigen::VectorXd{{0, 0, 0, 0}});
    const auto report = optimizer.step(theta, Eigen::VectorXd{{-3, -1.5, 1, 1}});
    return report.births == 2 && report.deaths == 1; // the third survives
}

bool freeze_works() {
    using direction = bregman::with_freeze<bregman::gradient>;
    bregman::optimizer<direction, bregman::euclidean<double>, bregman::l1, bregman::quantile_law,
                       bregman::eigen_backend<double>>
        optimizer({.step_size = 0.5, .target = 0.5});
    const Eigen::VectorXd wanted{{4, -0.2, 0.1, -3}}; // min |theta - wanted|^2 / 2 with two weights
    Eigen::VectorXd theta = Eigen::VectorXd::Zero(4);
    for (int k = 0; k < 3; ++k) optimizer.step(theta, Eigen::VectorXd(theta - wanted));
    optimizer.freeze(theta);
    for (int k = 0; k < 60; ++k) optimizer.step(theta, Eigen::VectorXd(theta - wanted));
    return (theta - Eigen::VectorXd{{4, 0, 0, -3}}).norm() < 1e-6; // no shrinkage is left
}

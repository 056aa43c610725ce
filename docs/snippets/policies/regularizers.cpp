// docs/policies/regularizers/: element-wise ones
#include "../snippets.hpp"

#include <vector>

#include <bregman/bregman.hpp>
#include <bregman/regularizers/box.hpp>
#include <bregman/regularizers/elastic_net.hpp>
#include <bregman/regularizers/linf_ball.hpp>
#include <bregman/regularizers/nonnegative_l1.hpp>
#include <bregman/regularizers/weighted_l1.hpp>

bool none_works() {
    bregman::linbreg<double, bregman::none, bregman::fixed_law> optimizer({.step_size = 0.1});
    Eigen::VectorXd theta{{1, 2}};
    const Eigen::VectorXd gradient{{10, -10}};
    optimizer.step(theta, gradient); // plain gradient descent: (0, 3)
    return theta.isApprox(Eigen::VectorXd{{0, 3}});
}

bool l1_works() {
    bregman::linbreg<double, bregman::l1, bregman::fixed_law> optimizer({.step_size = 1, .lambda = 0.5});
    Eigen::VectorXd theta = Eigen::VectorXd::Zero(4);
    const Eigen::VectorXd gradient{{-2, 0.4, 1, -0.5}};
    optimizer.step(theta, gradient); // v = -gradient, theta = (1.5, 0, -0.5, 0)
    return theta.isApprox(Eigen::VectorXd{{1.5, 0, -0.5, 0}});
}

bool weighted_l1_works() {
    using regularizer = bregman::weighted_l1<double>;
    const std::vector<double> weights{1, 0.1, 10, 0};
    bregman::linbreg<double, regularizer, bregman::fixed_law> optimizer({.step_size = 1, .lambda = 0.5}, {}, {},
                                                                        regularizer::of(weights));
    Eigen::VectorXd theta = Eigen::VectorXd::Zero(4);
    const Eigen::VectorXd gradient = Eigen::VectorXd::Constant(4, -2);
    optimizer.step(theta, gradient); // (1.5, 1.95, 0, 2)
    return theta.isApprox(Eigen::VectorXd{{1.5, 1.95, 0, 2}});
}

bool nonnegative_l1_works() {
    bregman::linbreg<double, bregman::nonnegative_l1, bregman::fixed_law> optimizer({.step_size = 1, .lambda = 0.5});
    Eigen::VectorXd theta = Eigen::VectorXd::Zero(3);
    const Eigen::VectorXd gradient{{2, -2, -0.25}};
    optimizer.step(theta, gradient); // (0, 1.5, 0)
    return theta.isApprox(Eigen::VectorXd{{0, 1.5, 0}});
}

bool elastic_net_works() {
    bregman::linbreg<double, bregman::elastic_net, bregman::fixed_law> optimizer({.step_size = 1, .lambda = 0.5}, {},
                                                                                 {}, {.ratio = 2});
    Eigen::VectorXd theta = Eigen::VectorXd::Zero(3);
    const Eigen::VectorXd gradient{{-2, 0.5, 1}};
    optimizer.step(theta, gradient); // l1's (1.5, 0, -0.5), divided by 1 + 0.5 * 2
    return theta.isApprox(Eigen::VectorXd{{0.75, 0, -0.25}});
}

bool box_works() {
    bregman::linbreg<double, bregman::box, bregman::fixed_law> optimizer({.step_size = 1}, {}, {},
                                                                         {.low = -1, .high = 0.5});
    Eigen::VectorXd theta = Eigen::VectorXd::Zero(3);
    const Eigen::VectorXd gradient{{3, -3, 0.25}};
    optimizer.step(theta, gradient); // (-1, 0.5, -0.25)
    return theta.isApprox(Eigen::VectorXd{{-1, 0.5, -0.25}});
}

bool linf_ball_works() {
    bregman::linbreg<double, bregman::linf_ball, bregman::fixed_law> optimizer({.step_size = 1}, {}, {}, {.radius = 2});
    Eigen::VectorXd theta = Eigen::VectorXd::Zero(3);
    const Eigen::VectorXd gradient{{3, -3, 0.25}};
    optimizer.step(theta, gradient); // (-2, 2, -0.25)
    return theta.isApprox(Eigen::VectorXd{{-2, 2, -0.25}});
}

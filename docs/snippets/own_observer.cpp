// docs/concepts/observer.md
#include "snippets.hpp"

#include <bregman/bregman.hpp>

bool own_observer_works() {
    bregman::linbreg<float, bregman::none, bregman::fixed_law> optimizer({.step_size = 0.5f});
    Eigen::VectorXf theta = Eigen::VectorXf::Ones(10);
    auto objective = [](const Eigen::VectorXf& x, Eigen::VectorXf& gradient) {
        gradient = x;
        return x.squaredNorm() / 2;
    };
    bregman::history<float> history;
    auto result = bregman::minimize(optimizer, theta, objective, 500, history, bregman::stop_below(1e-6));
    return result.reason == bregman::stop_reason::observer && result.loss <= 1e-6f &&
           std::int64_t(history.entries.size()) == result.steps;
}

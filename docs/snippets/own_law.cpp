// docs/concepts/control_law.md
#include "snippets.hpp"

#include <bregman/bregman.hpp>

namespace {

struct smoothed_law {
    float mean = 0;

    float operator()(const bregman::observation<float>& seen) {
        mean = 0.9f * mean + 0.1f * seen.sparsity;
        return mean < seen.target ? seen.lambda * 1.01f : seen.lambda / 1.01f;
    }
    template <class Field>
    void visit(Field&& field) {
        field("mean", mean);
    }
};

} // namespace

bool own_law_works() {
    auto law = [](const bregman::observation<float>& seen) {
        const float error = seen.target - seen.sparsity;
        return seen.lambda * std::exp(0.1f * error);
    };
    auto optimizer = bregman::make_adabreg<float>({.lambda = 0.1f, .target = 0.9f}, law);
    auto smoothed = bregman::make_adabreg<float>({.lambda = 0.1f, .target = 0.9f}, smoothed_law{});

    Eigen::VectorXf theta = Eigen::VectorXf::Ones(100), other = theta;
    const Eigen::VectorXf gradient = Eigen::VectorXf::LinSpaced(100, -1, 1);
    optimizer.step(theta, gradient);
    smoothed.step(other, gradient);
    return optimizer.lambda() > 0.1f && smoothed.law().mean == 0.1f * smoothed.sparsity();
}

// docs/optimizer.md
#include "snippets.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include <bregman/bregman.hpp>

namespace {

/// Whether the call is refused with these words.
bool refuses(const std::function<void()>& call, const std::string& words) {
    try {
        call();
    } catch (const std::invalid_argument& error) {
        return std::string(error.what()).find(words) != std::string::npos;
    }
    return false;
}

} // namespace

bool all_of_an_optimizer_works() {
    // The types in full; adabreg<float, bregman::elastic_net, bregman::pid_law<float>> is the same.
    using method = bregman::optimizer<bregman::adam,                       // direction
                                      bregman::euclidean<float>,           // mirror map
                                      bregman::elastic_net,                // regularizer
                                      bregman::pid_law<float>,             // control law
                                      bregman::eigen_backend<float>>;      // backend
    method optimizer({.step_size = 0.02f, .lambda = 0.1f, .target = 0.8f}, // settings
                     {.beta1 = 0.9, .beta2 = 0.99},                        // direction
                     {.delta = 2},                                         // mirror map
                     {.ratio = 0.5},                                       // regularizer
                     bregman::pid_law<float>({.integral = 0.1f}));         // control law; a backend may follow

    static_assert(std::is_same_v<method, bregman::adabreg<float, bregman::elastic_net, bregman::pid_law<float>>>);
    return optimizer.step_size() == 0.02f && optimizer.mirror().delta == 2;
}

bool restart_works() {
    std::vector<float> theta{0.5f, 0, -0.25f, 0}, gradient(4);
    bregman::linbreg<float, bregman::l1, bregman::fixed_law> optimizer({.lambda = 0.1f});
    optimizer.step(theta, gradient); // from here on theta is the image of v

    theta = {2, -1, 0, 0};                                         // a checkpoint, an average, a roll-back
    const bool changed = optimizer.distance_from_image(theta) > 1; // largest |theta_i - image_i|
    optimizer.restart_from(theta);                                 // v <- grad phi(theta) + lambda p
    optimizer.require_image(theta);                                // throws where restart_from was forgotten
    optimizer.step(theta, gradient);                               // a gradient of zero: theta stays
    return changed && std::abs(theta[0] - 2) < 1e-6f && std::abs(theta[1] + 1) < 1e-6f && theta[2] == 0;
}

bool lambda_by_hand_works() {
    std::vector<float> theta(100), gradient(100);
    for (int i = 0; i < 100; ++i) gradient[i] = -float(i + 1);
    bregman::parameter_list<float, bregman::l1> parameters;
    parameters.add(theta, gradient);
    bregman::linbreg<float, bregman::l1, bregman::fixed_law> optimizer({.step_size = 1, .lambda = 0});
    optimizer.step(parameters); // v = 1, 2, ..., 100

    const float lambda = optimizer.lambda_for(parameters, 0.9f); // 90 of 100 become zero with it
    optimizer.set_lambda(parameters, lambda);                    // acts in the next step

    std::ranges::fill(gradient, 0.0f);
    optimizer.step(parameters);
    return lambda >= 90 && lambda < 91 && std::abs(optimizer.sparsity() - 0.9f) < 1e-6f;
}

/// The tables: defaults, ranges, and what the report says.
bool the_tables_of_the_optimizer_are_right() {
    const bregman::linbreg<> linbreg;
    const bregman::adabreg<> adabreg;
    const bregman::linbreg_momentum<> momentum;
    const auto& defaults = linbreg.get_settings();
    bool all = linbreg.step_size() == 0.1f && momentum.step_size() == 0.1f && adabreg.step_size() == 0.01f &&
               linbreg.lambda() == 1e-3f && linbreg.target() == 0.9f && defaults.clip_norm == 0 &&
               defaults.check_finite && defaults.on_lambda_change == bregman::dual_rule::keep &&
               defaults.scope == bregman::lambda_scope::shared && linbreg.steps() == 0 && linbreg.size() == 0 &&
               linbreg.dual().empty() && linbreg.group_lambdas().empty();

    const auto made_with = [](bregman::optimizer_settings<float> settings) {
        return [=] { bregman::linbreg<> optimizer(settings); };
    };
    all &= refuses(made_with({.step_size = 0.0f}), "step_size = 0; allowed: > 0 and finite");
    all &= refuses(made_with({.lambda = -1}), "lambda = -1; allowed: >= 0 and finite");
    for (const float outside : {0.0f, 2000.0f})
        all &= refuses(
            [=] { bregman::linbreg<float, bregman::l1, bregman::multiplicative_law<float>> o({.lambda = outside}); },
            "allowed: [minimum, maximum] of the control law");
    all &= refuses([] { bregman::linbreg<> optimizer({.target = 0}); }, "target sparsity = 0; allowed: (0, 1]");
    all &= refuses(made_with({.clip_norm = -1}), "clip_norm = -1; allowed: >= 0");
    all &= refuses(
        [] {
            bregman::adabreg<float, bregman::l1, bregman::quantile_law> o(
                {.on_lambda_change = bregman::dual_rule::ratio});
        },
        "on_lambda_change = ratio; allowed: keep, with a law that acts at once");
    all &= refuses([] { bregman::linbreg<> optimizer({}, {}, {.delta = 0}); }, "euclidean.delta = 0");

    std::vector<float> theta(5, 1.0f), gradient(5, 0.5f), shorter(4);
    bregman::linbreg<float, bregman::l1, bregman::multiplicative_law<float>> optimizer(
        {.lambda = 0.1f, .target = 0.5f});
    const auto first = optimizer.step(theta, gradient);
    all &= first.step == 1 && !first.refused && first.lambda == 0.1f && first.next_lambda == optimizer.lambda() &&
           first.next_lambda > first.lambda && first.sparsity == 0 &&
           std::abs(first.gradient_norm - std::sqrt(1.25)) < 1e-6;
    all &= refuses([&] { optimizer.step(theta, shorter); }, "gradient size = 4; allowed: the size of theta, 5");
    std::vector<float> longer(6), of_longer(6);
    all &= refuses([&] { optimizer.step(longer, of_longer); }, "theta size = 6; allowed: that of the first step, 5");
    const auto before = theta;
    gradient[3] = std::numeric_limits<float>::quiet_NaN();
    const auto refused = optimizer.step(theta, gradient);
    all &= refused.refused && refused.step == 1 && refused.lambda == refused.next_lambda &&
           std::isinf(refused.gradient_norm) && theta == before && optimizer.last().refused;
    bregman::linbreg<> unchecked({.check_finite = false}), clipped({.clip_norm = 1, .check_finite = false});
    std::vector<float> a(5), b(5);
    all &= clipped.step(b, gradient).refused;
    const auto through = unchecked.step(a, gradient);
    all &= !through.refused && std::isnan(through.gradient_norm) && std::isnan(a[3]);

    optimizer.set_step_size(0); // holds v still
    all &= refuses([&] { optimizer.set_step_size(-1); }, "step_size = -1; allowed: >= 0 and finite");
    all &= refuses([&] { optimizer.set_epoch(-1); }, "epoch = -1; allowed: >= 0; count epochs from 0");

    // A law that throws: the step is made, lambda is what it was.
    auto throwing = bregman::make_linbreg<float>({.lambda = 0.1f}, [](const bregman::observation<float>&) -> float {
        throw std::runtime_error("the law's own");
    });
    std::vector<float> c(5, 1.0f), slope(5, 0.5f);
    try {
        throwing.step(c, slope);
        all = false;
    } catch (const std::runtime_error&) {
    }
    all &= throwing.steps() == 1 && throwing.lambda() == 0.1f && c[0] < 1 && throwing.last().next_lambda == 0.1f;
    auto negative = bregman::make_linbreg<float>({}, [](const bregman::observation<float>&) { return -1.0f; });
    all &=
        refuses([&] { negative.step(c, slope); }, "lambda returned by the control law = -1; allowed: >= 0 and finite");
    return all;
}

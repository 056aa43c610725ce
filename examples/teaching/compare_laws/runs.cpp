#include "teaching/compare_laws/runs.hpp"

#include <bregman/bregman.hpp>

namespace compare_laws {

namespace {

template <class Optimizer>
law_run follow(Optimizer optimizer, const problem_draw& draw, std::int64_t steps) {
    law_run run;
    Eigen::VectorXf theta = draw.start;
    auto objective = draw.objective; // a copy: every law sees the same numbers
    bregman::minimize(optimizer, theta, objective, steps, [&](const bregman::progress<float>& now) {
        run.sparsity.push_back(now.sparsity);
        run.lambda.push_back(now.lambda);
    });
    if (draw.quality) run.quality = draw.quality(theta);
    return run;
}

} // namespace

law_run run_law(const control_problem& problem, const problem_draw& draw, const std::string& optimizer,
                const bregman::any_law<float>& law, float lambda0, float target, std::int64_t steps) {
    using any = bregman::any_law<float>;
    const bool adaptive = optimizer.rfind("adabreg", 0) == 0;
    const bregman::optimizer_settings<float> settings{
        .step_size = adaptive ? problem.adaptive_step_size : draw.step_size, .lambda = lambda0, .target = target};
    if (optimizer == "adabreg")
        return follow(bregman::adabreg<float, bregman::l1, any>(settings, {}, {}, {}, law), draw, steps);
    if (optimizer == "adabreg_mini")
        return follow(bregman::adabreg_mini<float, bregman::l1, any>(settings, {}, {}, {}, law), draw, steps);
    if (optimizer == "momentum")
        return follow(bregman::linbreg_momentum<float, bregman::l1, any>(settings, {}, {}, {}, law), draw, steps);
    return follow(bregman::linbreg<float, bregman::l1, any>(settings, {}, {}, {}, law), draw, steps);
}

} // namespace compare_laws

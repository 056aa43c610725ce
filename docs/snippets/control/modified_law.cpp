// docs/policies/control/warm_up.md, rate_limit.md, damp_near_target.md, start_at_quantile.md
#include "../snippets.hpp"
#include "on_noise.hpp"

#include <algorithm>
#include <cmath>

#include <bregman/bregman.hpp>

namespace {

struct at_most_rule {
    static constexpr const char* name = "at_most";
    double most;

    template <class T, class Law>
    T operator()(const bregman::observation<T>& seen, Law& law) const {
        return std::min(T(law(seen)), T(most));
    }
    template <class Field>
    void visit(Field&& field) {
        field("most", most);
    }
};

} // namespace

bool warm_up_works() {
    auto law = bregman::warm_up(bregman::multiplicative_law<float>(), 100);
    auto optimizer = bregman::make_linbreg<float>({.lambda = 0.1f, .target = 0.9f}, law);
    return after_noise(optimizer, 100).lambda() == 0.1f && after_noise(optimizer, 101).lambda() != 0.1f;
}

bool rate_limit_works() {
    auto law = bregman::rate_limit(bregman::quantile_law(), 1.1);
    auto optimizer = bregman::make_linbreg<float>({.lambda = 0.001f, .target = 0.9f}, law);
    const bool limited = std::abs(after_noise(optimizer, 1).lambda() - 0.0011f) < 1e-9f;
    return limited && reaches_target(optimizer, 200, 1e-6f);
}

bool damp_near_target_works() {
    auto law = bregman::damp_near_target(bregman::pid_law<float>(), 0.005, 0.1);
    auto optimizer = bregman::make_linbreg<float>({.lambda = 0.1f, .target = 0.9f}, law);
    return reaches_target(optimizer, 300, 0.03f);
}

bool start_at_quantile_works() {
    auto law = bregman::start_at_quantile(bregman::multiplicative_law<float>(), 10);
    auto optimizer = bregman::make_adabreg<float>({.lambda = 0, .target = 0.95f}, law);
    return after_noise(optimizer, 9).lambda() == 0 && reaches_target(optimizer, 10, 1e-6f);
}

bool own_rule_works() {
    bregman::modified_law law(at_most_rule{0.5}, bregman::quantile_law());
    const bregman::observation<float> seen{.lambda = 1, .lambda_for = [](float) { return 2.0f; }};
    return law(seen) == 0.5f && law.name == "at_most(quantile)" && law.acts_at_once;
}

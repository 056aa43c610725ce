#include <iostream>

#include "snippets.hpp"

int main() {
    int failures = 0;
    auto check = [&](const char* name, bool works) {
        std::cout << (works ? "ok      " : "FAILED  ") << name << '\n';
        failures += !works;
    };
    check("sign_direction", sign_direction_works());
    check("nonnegative_l1", nonnegative_l1_works());
    check("own_law", own_law_works());
    check("own_observer", own_observer_works());
    check("groups", groups_work());
    check("readme", readme_works());
    check("fixed_law", fixed_law_works());
    check("multiplicative_law", multiplicative_law_works());
    check("additive_law", additive_law_works());
    check("pid_law", pid_law_works());
    check("nupi_law", nupi_law_works());
    check("band_law", band_law_works());
    check("quantile_law", quantile_law_works());
    check("any_law", any_law_works());
    check("warm_up", warm_up_works());
    check("rate_limit", rate_limit_works());
    check("damp_near_target", damp_near_target_works());
    check("start_at_quantile", start_at_quantile_works());
    check("own_rule", own_rule_works());
    check("target_schedule", target_schedule_works());
    check("oscillation_guard", oscillation_guard_works());
    return failures;
}

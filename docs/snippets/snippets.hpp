#pragma once

// Each function runs the code that a page of docs/ shows and says whether it did what the page says.
bool sign_direction_works();
bool nonnegative_l1_works();
bool own_law_works();
bool own_observer_works();
bool groups_work();
bool readme_works();

// docs/policies/control and docs/policies/observers
bool fixed_law_works();
bool multiplicative_law_works();
bool additive_law_works();
bool pid_law_works();
bool nupi_law_works();
bool band_law_works();
bool quantile_law_works();
bool any_law_works();
bool warm_up_works();
bool rate_limit_works();
bool damp_near_target_works();
bool start_at_quantile_works();
bool own_rule_works();
bool target_schedule_works();
bool oscillation_guard_works();

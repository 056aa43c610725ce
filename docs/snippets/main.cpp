#include <iostream>

#include "snippets.hpp"

int main() {
    int failures = 0;
    auto check = [&](const char* name, bool works) {
        std::cout << (works ? "ok      " : "FAILED  ") << name << '\n';
        failures += !works;
    };
    check("sign_direction", sign_direction_works());
    check("own_mirror_map", own_mirror_map_works());
    check("own_regularizer", own_regularizer_works());
    check("own_law", own_law_works());
    check("own_observer", own_observer_works());
    check("groups", groups_work());
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
    check("euclidean", euclidean_works());
    check("p_norm", p_norm_works());
    check("negative_entropy", negative_entropy_works());
    check("hypentropy", hypentropy_works());
    check("burg", burg_works());
    check("diagonal", diagonal_works());
    check("none", none_works());
    check("l1", l1_works());
    check("weighted_l1", weighted_l1_works());
    check("nonnegative_l1", nonnegative_l1_works());
    check("elastic_net", elastic_net_works());
    check("box", box_works());
    check("linf_ball", linf_ball_works());
    check("group_rows", group_rows_work());
    check("group_columns", group_columns_work());
    check("group_kernels", group_kernels_work());
    check("sparse_group_lasso", sparse_group_lasso_works());
    check("group_indices", group_indices_work());
    check("nuclear", nuclear_works());
    check("total_variation", total_variation_works());
    check("slope", slope_works());
    check("simplex", simplex_works());
    check("n_of_m", n_of_m_works());
    check("gradient", gradient_works());
    check("momentum", momentum_works());
    check("nesterov", nesterov_works());
    check("adam", adam_works());
    check("amsgrad", amsgrad_works());
    check("rmsprop", rmsprop_works());
    check("weight_decay", weight_decay_works());
    check("decoupled_weight_decay", decoupled_weight_decay_works());
    check("solver", solver_works());
    check("noisy_solver", noisy_solver_works());
    check("certificate", certificate_works());
    check("own_operator", own_operator_works());
    return failures;
}

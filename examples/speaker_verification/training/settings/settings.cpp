#include "speaker_verification/training/settings/settings.hpp"

#include "common/plain_name.hpp"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <sstream>
#include <stdexcept>
#include <type_traits>

namespace speaker_verification {

namespace {

std::string in_words(double value) {
    std::ostringstream text;
    text << value;
    return text.str();
}

std::string range_of(const setting_key& key) {
    if (std::isinf(key.highest)) return key.lowest == 0 ? "at least 0" : "at least " + in_words(key.lowest);
    return "in [" + in_words(key.lowest) + ", " + in_words(key.highest) + "]";
}

void check_number(const setting_key& key, double value) {
    if (std::isfinite(value) && value >= key.lowest && value <= key.highest) return;
    throw std::invalid_argument("setting '" + std::string(key.name) + "' is " + in_words(value) + " but must be " +
                                range_of(key) + ": correct [" + std::string(key.section) + "] " +
                                std::string(key.name));
}

void check_text(const setting_key& key, const std::string& value) {
    if (key.choices.empty()) return examples::require_utf8("setting '" + std::string(key.name) + "'", value);
    std::istringstream choices{std::string(key.choices)};
    for (std::string choice; std::getline(choices, choice, '|');) {
        if (choice == value) return;
    }
    throw std::invalid_argument("setting '" + std::string(key.name) + "' is '" + value + "' but must be one of " +
                                std::string(key.choices));
}

void check_order(bool right, const char* sentence) {
    if (!right) throw std::invalid_argument(sentence);
}

bool is_one_of(const std::string& word, std::initializer_list<const char*> words) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

/// What keeps a sparsity must be what the optimizer has: a lambda, a dual variable, or masks.
void check_sparsity(const settings& all) {
    const std::string& optimizer = all.optimizer.optimizer;
    const bool has_dual = is_one_of(optimizer, {"adabreg", "adabreg_mini", "linbreg"});
    const bool prunes = all.pruning.pruning != "none";
    check_order(!prunes || is_one_of(optimizer, {"adamw", "sgd"}),
                "setting 'pruning' is for adamw and sgd, the other optimizers find their zeros by lambda: set "
                "pruning to none or change 'optimizer'");
    check_order(all.pruning.pruning_start <= all.pruning.pruning_end,
                "setting 'pruning_start' must not exceed 'pruning_end': change one");
    check_order(
        all.sparsity.dual_rule == "keep" || has_dual,
        "setting 'dual_rule' is for adabreg, adabreg_mini and linbreg, which alone have a dual variable: set it "
        "to keep or change 'optimizer'");
    check_order(all.sparsity.dual_rule == "keep" || !is_one_of(all.sparsity.law, {"quantile", "settling"}),
                "setting 'dual_rule' must be keep with the laws quantile and settling, whose lambda is for the present "
                "dual variable: change one");
    check_order(has_dual || (all.optimizer.leak == 0 && all.optimizer.dual_decay == 0 &&
                             all.sparsity.freeze_from == 1 && all.sparsity.layer_density == 0),
                "settings 'leak', 'dual_decay', 'freeze_from' and 'layer_density' are for adabreg, adabreg_mini and "
                "linbreg, which "
                "alone have a dual variable: leave them out or change 'optimizer'");
    check_order(all.optimizer.birth_leak == 0 || (optimizer == "adabreg" && !all.run.shard_state),
                "setting 'birth_leak' is for adabreg without 'shard_state': leave it out, or change 'optimizer' or "
                "'shard_state'");
    check_order(
        all.sparsity.granularity == "paper" || is_sparse(all),
        "setting 'granularity' is for the optimizers with a lambda, the others have zeros of single weights: set it "
        "to paper or change 'optimizer'");
    check_order(
        all.sparsity.freeze_from == 1 || all.sparsity.dual_rule != "prox_rescaled",
        "setting 'freeze_from' ends at a lambda of 0, by which the dual_rule prox_rescaled divides: change one");
    check_order(
        !all.run.shard_state || (is_one_of(optimizer, {"adabreg", "linbreg"}) && all.run.device == "cpu"),
        "setting 'shard_state' is for adabreg and linbreg on the CPU: set it to false, or change 'optimizer' or "
        "'device'");
    check_order(!all.sparsity.oscillation_guard || is_sparse(all),
                "setting 'oscillation_guard' watches the optimizers with a lambda: set it to false or change "
                "'optimizer'");
    check_order(!has_target(all) || all.sparsity.target > 0, "setting 'target' is 0: choose a share in (0, 1], such as "
                                                             "0.9, or a dense optimizer such as adamw");
    check_order(!prunes || all.sparsity.target < 1,
                "setting 'target' is 1: pruning needs a share below 1, such as 0.9");
}

} // namespace

void check(const settings& all) {
    visit(all, [](const setting_key& key, const auto& value) {
        using type = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<type, std::string>) {
            check_text(key, value);
        } else if constexpr (std::is_same_v<type, std::vector<double>>) {
            for (double each : value) check_number(key, each);
        } else if constexpr (!std::is_same_v<type, bool>) {
            check_number(key, static_cast<double>(value));
        }
    });
    examples::require_plain_name("setting 'name'", all.run.name);
    check_order(all.features.low_hz < all.features.high_hz, "setting 'low_hz' must lie below 'high_hz': change one");
    check_order(all.batches.shortest_crop <= all.batches.longest_crop,
                "setting 'shortest_crop' must not exceed 'longest_crop': change one");
    check_order(all.augmentation.noise_snr_low_db <= all.augmentation.noise_snr_high_db,
                "setting 'noise_snr_low_db' must not exceed 'noise_snr_high_db': change one");
    check_order(all.loss.margin_start <= all.loss.margin_full,
                "setting 'margin_start' must not exceed 'margin_full': change one");
    check_order(all.model.network != "ecapa_tdnn" || all.model.channels % all.model.scales == 0,
                "setting 'channels' must be a multiple of 'scales': change one");
    check_order(all.model.network != "resnet34" || all.batches.shortest_crop >= 9,
                "setting 'shortest_crop' must be at least 9 with the network resnet34: raise it");
    check_order(all.sparsity.lambda_min <= all.sparsity.lambda_max,
                "setting 'lambda_min' must not exceed 'lambda_max': change one");
    // Else a mistyped momentum would pass for the default.
    if (all.optimizer.momentum < 0 && all.optimizer.momentum != -1) {
        throw std::invalid_argument("setting 'momentum' is " + in_words(all.optimizer.momentum) +
                                    " but must be in [0, 0.9999], or -1 for the optimizer's own default: correct "
                                    "[optimizer] momentum");
    }
    check_sparsity(all);
    check_order(all.schedule.schedule != "plateau" || all.monitoring.validate_every > 0,
                "setting 'schedule' is 'plateau', which needs 'validate_every' above 0: set it");
}

bool is_sparse(const settings& all) {
    return is_one_of(all.optimizer.optimizer, {"adabreg", "adabreg_mini", "linbreg", "proxsgd"});
}

bool has_target(const settings& all) { return is_sparse(all) || all.pruning.pruning != "none"; }

void resolve_defaults(settings& all) {
    const std::string& name = all.optimizer.optimizer;
    if (all.optimizer.learning_rate == 0) {
        all.optimizer.learning_rate = is_one_of(name, {"adabreg", "adabreg_mini"}) ? 0.01
                                      : name == "adamw"                            ? 0.001
                                                                                   : 0.1;
    }
    if (all.optimizer.momentum == -1) all.optimizer.momentum = is_one_of(name, {"sgd", "proxsgd"}) ? 0.9 : 0;
    if (all.sparsity.lambda == 0) all.sparsity.lambda = name == "linbreg" ? 0.01 : name == "proxsgd" ? 0.001 : 1;
}

void change_optimizer(settings& all, const std::string& optimizer) {
    all.optimizer.optimizer = optimizer;
    const settings defaults;
    all.optimizer.learning_rate = defaults.optimizer.learning_rate;
    all.optimizer.momentum = defaults.optimizer.momentum;
    all.sparsity.lambda = defaults.sparsity.lambda;
    resolve_defaults(all);
}

void fine_tune_with_large_margin(settings& all) {
    all.loss.margin = 0.5;
    all.loss.margin_start = all.loss.margin_full = 0;
    all.batches.shortest_crop = all.batches.longest_crop = 600;
    all.batches.warps.clear();
    all.schedule.max_steps = std::max<std::int64_t>(1, all.schedule.max_steps / 30);
    all.schedule.max_seconds /= 30;
    all.schedule.schedule = "exponential";
    all.schedule.warm_up = 0;
    all.optimizer.learning_rate *= 1e-3;
    all.schedule.final_rate = all.optimizer.learning_rate / 4;
}

} // namespace speaker_verification

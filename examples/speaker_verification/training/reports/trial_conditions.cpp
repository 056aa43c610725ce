#include "speaker_verification/training/reports/trial_conditions.hpp"

#include "speaker_verification/data/corpora/actor_rotation.hpp"

#include <algorithm>

namespace speaker_verification {

namespace {

trial_condition with_types(const trial_list& list, const std::string& name, const std::string& target_type,
                           const std::string& other_type) {
    trial_condition condition{name, {}};
    for (std::size_t i = 0; i < list.trials.size(); ++i) {
        const auto& type = list.trials[i].type;
        if (type == (list.trials[i].target ? target_type : other_type)) condition.trials.push_back(i);
    }
    return condition;
}

} // namespace

std::vector<trial_condition> conditions_of(const trial_list& list) {
    const auto has = [&](const char* type) {
        return std::any_of(list.trials.begin(), list.trials.end(),
                           [&](const trial& each) { return each.type == type; });
    };
    if (has("cross_character") || list.name == rotation_list) {
        std::vector<trial_condition> conditions{with_types(list, list.name, "same_character", "same_gender")};
        if (has("diff_gender")) {
            conditions.push_back(with_types(list, list.name + "/diff_gender", "same_character", "diff_gender"));
        }
        if (has("cross_character")) {
            conditions.push_back(with_types(list, list.name + "/cross_character", "cross_character", "same_gender"));
        }
        return conditions;
    }
    trial_condition all{list.name, {}};
    for (std::size_t i = 0; i < list.trials.size(); ++i) all.trials.push_back(i);
    return {all};
}

} // namespace speaker_verification

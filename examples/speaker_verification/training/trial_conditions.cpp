#include "speaker_verification/training/trial_conditions.hpp"

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
    const bool has_roles = std::any_of(list.trials.begin(), list.trials.end(),
                                       [](const trial& each) { return each.type == "cross_character"; });
    if (has_roles) {
        return {with_types(list, list.name, "same_character", "same_gender"),
                with_types(list, list.name + "/diff_gender", "same_character", "diff_gender"),
                with_types(list, list.name + "/cross_character", "cross_character", "same_gender")};
    }
    trial_condition all{list.name, {}};
    for (std::size_t i = 0; i < list.trials.size(); ++i) all.trials.push_back(i);
    return {all};
}

} // namespace speaker_verification

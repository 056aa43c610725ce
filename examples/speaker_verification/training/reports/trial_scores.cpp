#include "speaker_verification/training/reports/trial_scores.hpp"

#include "common/atomic_file.hpp"
#include "common/require.hpp"
#include "speaker_verification/data/corpora/csv.hpp"
#include "speaker_verification/training/reports/trial_conditions.hpp"

#include <iomanip>
#include <ostream>

namespace speaker_verification {

void write_trial_scores(const std::filesystem::path& path, const std::vector<trial_score>& scores) {
    for (const auto& each : scores) {
        for (const auto& name : {each.speaker_a, each.speaker_b, each.type}) {
            examples::require(name.find_first_of(",\r\n") == std::string::npos, "name", "'" + name + "'",
                              "must have no comma and no line break: rename it in the list");
        }
    }
    examples::write_file_atomically(path, [&](std::ostream& stream) {
        stream << "speaker_a,speaker_b,type,cosine,as_norm\n" << std::setprecision(9);
        for (const auto& each : scores) {
            stream << each.speaker_a << ',' << each.speaker_b << ',' << each.type << ',' << each.cosine << ','
                   << each.as_norm << '\n';
        }
    });
}

std::vector<trial_score> read_trial_scores(const std::filesystem::path& path) {
    std::vector<trial_score> scores;
    read_csv(path, {"speaker_a", "speaker_b", "type", "cosine", "as_norm"},
             [&](const std::vector<std::string>& fields, const std::string& place) {
                 scores.push_back({fields[0], fields[1], fields[2], to_number(fields[3], "cosine", place),
                                   to_number(fields[4], "as_norm", place)});
             });
    return scores;
}

std::vector<speaker_trial> trials_of_condition(const std::vector<trial_score>& scores, const std::string& list,
                                               const std::string& condition, double trial_score::*score) {
    trial_list trials{list, {}, {}};
    for (const auto& each : scores) {
        trials.trials.push_back({each.speaker_a == each.speaker_b, 0, 0, each.type});
    }
    std::vector<speaker_trial> chosen;
    for (const auto& each : conditions_of(trials)) {
        if (each.name != condition) continue;
        for (const std::size_t i : each.trials) {
            chosen.push_back({scores[i].speaker_a, scores[i].speaker_b, scores[i].*score});
        }
    }
    return chosen;
}

} // namespace speaker_verification

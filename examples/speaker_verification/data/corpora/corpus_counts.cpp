#include "speaker_verification/data/corpora/corpus_counts.hpp"

#include <set>

#include "speaker_verification/data/corpora/corpus_folder.hpp"

namespace speaker_verification {
namespace {

/// Sizes as published (Nagrani et al. 2017, Chung et al. 2018, Fan et al. 2020, Li et al. 2022).
const std::vector<set_count> published{
    {"VoxCeleb1 dev", 0, 0, 1211, 148642},  {"VoxCeleb1 test", 0, 0, 40, 4874},
    {"VoxCeleb2 dev", 0, 0, 5994, 1092009}, {"CN-Celeb1 training", 0, 0, 797, 0},
    {"CN-Celeb2 training", 0, 0, 1996, 0},  {"CN-Celeb1 enrolment", 0, 0, 196, 196},
    {"CN-Celeb1 test", 0, 0, 0, 17777},
};

struct published_list {
    const char* part_of_name;
    std::size_t trials;
};

/// VoxCeleb's own names of its cleaned lists, and those that recipes give them.
constexpr published_list published_lists[] = {{"veri_test2", 37611},       {"vox1_O", 37611},
                                              {"list_test_all2", 579818},  {"vox1_E", 579818},
                                              {"list_test_hard2", 550894}, {"vox1_H", 550894}};

std::string set_of(const corpus& from, const recording& each) {
    if (from.kind == "voxceleb") {
        if (speaker_number(each.speaker) < 10000) return "VoxCeleb2 dev";
        return each.may_train ? "VoxCeleb1 dev" : "VoxCeleb1 test";
    }
    if (from.kind == "cnceleb") {
        if (each.path.starts_with("eval/enroll/")) return "CN-Celeb1 enrolment";
        if (each.path.starts_with("eval/test/")) return "CN-Celeb1 test";
        if (!each.may_train) return "";
        return speaker_number(each.speaker) < 10000 ? "CN-Celeb1 training" : "CN-Celeb2 training";
    }
    return "";
}

bool differs(std::size_t found, std::size_t known) { return known != 0 && found != known; }

} // namespace

bool set_count::as_published() const {
    return !differs(speakers, published_speakers) && !differs(recordings, published_recordings);
}

std::string set_count::describe() const {
    std::string text =
        name + ": " + std::to_string(speakers) + " speakers, " + std::to_string(recordings) + " recordings";
    if (differs(speakers, published_speakers))
        text += "; published are " + std::to_string(published_speakers) + " speakers";
    if (differs(recordings, published_recordings))
        text += "; published are " + std::to_string(published_recordings) + " recordings";
    return text;
}

std::vector<set_count> count_sets(const std::vector<corpus>& corpora) {
    std::vector<set_count> counts = published;
    std::vector<std::set<std::string>> speakers(counts.size());
    for (const corpus& from : corpora)
        for (const recording& each : from.recordings) {
            const std::string name = set_of(from, each);
            for (std::size_t s = 0; s < counts.size() && !name.empty(); ++s) {
                if (counts[s].name != name) continue;
                ++counts[s].recordings;
                speakers[s].insert(each.speaker);
            }
        }
    for (std::size_t s = 0; s < counts.size(); ++s) counts[s].speakers = speakers[s].size();
    std::erase_if(counts, [](const set_count& each) { return each.recordings == 0; });
    return counts;
}

std::string check_trial_count(const trial_source& source, std::size_t trials, std::size_t models, std::size_t tests) {
    const std::string file = source.file.filename().string();
    const std::string found = "trial list '" + file + "' has " + std::to_string(trials) + " trials";
    if (models > 0 && trials != models * tests)
        return found + " instead of " + std::to_string(models) + " models x " + std::to_string(tests) + " tests";
    for (const published_list& known : published_lists)
        if (file.find(known.part_of_name) != std::string::npos && trials != known.trials)
            return found + "; published are " + std::to_string(known.trials);
    return "";
}

} // namespace speaker_verification

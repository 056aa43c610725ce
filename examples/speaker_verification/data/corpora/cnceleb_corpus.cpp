#include <algorithm>
#include <set>
#include <stdexcept>

#include "speaker_verification/data/corpora/corpus.hpp"
#include "speaker_verification/data/corpora/corpus_folder.hpp"

namespace speaker_verification {
namespace {

namespace fs = std::filesystem;

/// Speakers 800 to 999 are CN-Celeb1's evaluation; CN-Celeb2 counts from 10000.
bool is_evaluation_speaker(const std::string& speaker) {
    const int number = speaker_number(speaker);
    return number >= 800 && number <= 999;
}

/// The speakers that a list of ids, or of paths below them, names; all where there is no list.
std::set<std::string> listed_speakers(const fs::path& root) {
    std::set<std::string> speakers;
    for (const char* list : {"dev/dev.lst", "spk.lst"})
        if (fs::exists(root / list))
            read_words(root / list, [&](const std::vector<std::string>& words, const std::string&) {
                speakers.insert(words[0].substr(0, words[0].find('/')));
            });
    return speakers;
}

void add(corpus& found, const std::string& prefix, const std::string& name, const std::string& speaker,
         bool may_train) {
    if (!has_audio_suffix(name)) return;
    recording each;
    each.path = prefix + name;
    each.speaker = speaker;
    each.genre = may_train ? name.substr(0, name.find('-')) : "";
    // Lists name what lies below data/ and below eval/.
    each.name_begin = prefix.find('/') + 1;
    each.may_train = may_train;
    found.recordings.push_back(std::move(each));
}

void scan_data(corpus& found) {
    const auto listed = listed_speakers(found.root);
    for (const std::string& speaker : sorted_names(found.root / "data", true)) {
        if (!is_speaker_name(speaker)) continue;
        const bool may_train = !is_evaluation_speaker(speaker) && (listed.empty() || listed.contains(speaker));
        for (const std::string& name : sorted_names(found.root / "data" / speaker, false))
            add(found, "data/" + speaker + "/", name, speaker, may_train);
    }
}

void scan_evaluation(corpus& found) {
    for (const std::string part : {"enroll", "test"}) {
        if (!fs::is_directory(found.root / "eval" / part)) continue;
        for (const std::string& name : sorted_names(found.root / "eval" / part, false))
            add(found, "eval/" + part + "/", name, name.substr(0, name.find('-')), false);
    }
}

trial_source trials_with(const fs::path& root, const std::string& name, const char* models) {
    trial_source trials{name, root / "eval/lists/trials.lst", {}};
    read_words(root / "eval/lists" / models, [&](const std::vector<std::string>& words, const std::string& place) {
        if (words.size() < 2)
            throw std::runtime_error(place + " has 1 word instead of a model and its recordings: "
                                             "restore the list from the corpus");
        if (!trials.models.try_emplace(words[0], words.begin() + 1, words.end()).second)
            throw std::runtime_error(place + " enrols the model '" + words[0] + "' twice: keep one of the lines");
    });
    return trials;
}

} // namespace

corpus scan_cnceleb(const fs::path& root) {
    require_folder(root);
    if (!fs::is_directory(root / "data"))
        throw std::runtime_error("'" + root.string() +
                                 "' has no data/id00000/: give the folder CN-Celeb_flac or CN-Celeb2_flac");
    corpus found{"cnceleb", root, {}};
    scan_data(found);
    scan_evaluation(found);
    return found;
}

std::vector<trial_source> cnceleb_trials(const fs::path& root, enrolment how) {
    std::vector<trial_source> trials;
    if (!fs::exists(root / "eval/lists/trials.lst")) return trials;
    if (how != enrolment::joined) trials.push_back(trials_with(root, "cnceleb", "enroll.map"));
    if (how != enrolment::average) trials.push_back(trials_with(root, "cnceleb_joined", "enroll.lst"));
    return trials;
}

} // namespace speaker_verification

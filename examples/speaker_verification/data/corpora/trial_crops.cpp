#include "speaker_verification/data/corpora/trial_crops.hpp"

#include <map>
#include <set>
#include <stdexcept>
#include <utility>

#include "speaker_verification/data/corpora/known_names.hpp"

namespace speaker_verification {
namespace {

constexpr std::uint32_t several = 0xffffffff;

} // namespace

recording_finder::recording_finder(const std::vector<corpus>& corpora) {
    for (std::uint32_t c = 0; c < corpora.size(); ++c)
        for (std::uint32_t r = 0; r < corpora[c].recordings.size(); ++r) {
            const recording& each = corpora[c].recordings[r];
            const auto [found, added] =
                places_.try_emplace(without_audio_suffix(each.path.substr(each.name_begin)), recording_place{c, r});
            if (!added) found->second.corpus = several;
        }
}

recording_place recording_finder::find(const std::string& name, const std::string& list) const {
    const auto found = places_.find(without_audio_suffix(name));
    if (found == places_.end())
        throw std::runtime_error("list '" + list + "' names '" + name + "', which no corpus has; known are " +
                                 three_keys_of(places_) + ": give the root of its corpus, too");
    if (found->second.corpus == several)
        throw std::runtime_error("list '" + list + "' names '" + name +
                                 "', which two recordings are called: import their corpora apart");
    return found->second;
}

bool recording_finder::knows(const std::string& name) const { return places_.contains(without_audio_suffix(name)); }

namespace {

using recordings_by_name = std::unordered_map<std::string, std::vector<recording_place>>;

/// What enrols the speakers whom a list names: all of their recordings that it does not name.
recordings_by_name enrolments_of(const std::vector<std::string>& names, const trial_source& source,
                                 const recording_finder& finder, const std::vector<corpus>& corpora) {
    const std::string list = source.file.string();
    std::set<std::pair<std::uint32_t, std::uint32_t>> tried;
    std::set<std::string> speakers;
    for (const std::string& name : names) {
        if (source.models.contains(name)) continue;
        if (finder.knows(name)) {
            const recording_place at = finder.find(name, list);
            tried.insert({at.corpus, at.index});
        } else {
            speakers.insert(name);
        }
    }
    recordings_by_name enrolments;
    if (speakers.empty()) return enrolments;
    std::map<std::string, std::string> kind_of;
    for (std::uint32_t c = 0; c < corpora.size(); ++c)
        for (std::uint32_t r = 0; r < corpora[c].recordings.size(); ++r) {
            const std::string& speaker = corpora[c].recordings[r].speaker;
            if (!speakers.contains(speaker)) continue;
            if (kind_of.try_emplace(speaker, corpora[c].kind).first->second != corpora[c].kind)
                throw std::runtime_error("list '" + list + "' names '" + speaker +
                                         "', which speakers of two corpora are called: import their corpora apart");
            auto& own = enrolments[speaker];
            if (!tried.contains({c, r})) own.push_back({c, r});
        }
    for (const auto& [speaker, own] : enrolments)
        if (own.empty())
            throw std::runtime_error("list '" + list + "' names the speaker '" + speaker +
                                     "' and every recording of that speaker: leave some out, which enrol");
    return enrolments;
}

} // namespace

resolved_trials resolve_trials(const trial_source& source, const recording_finder& finder,
                               const std::vector<corpus>& corpora) {
    resolved_trials result{source.name, {}, read_named_trials(source.file), 0, 0};
    const auto enrolments = enrolments_of(result.named.names, source, finder, corpora);
    for (const std::string& name : result.named.names) {
        trial_crop crop{name, {}};
        const auto model = source.models.find(name);
        ++(model == source.models.end() ? result.tests : result.models);
        if (model != source.models.end())
            for (const std::string& part : model->second)
                crop.recordings.push_back(finder.find(part, source.file.string()));
        else if (const auto speaker = enrolments.find(name); speaker != enrolments.end())
            crop.recordings = speaker->second;
        else
            crop.recordings.push_back(finder.find(name, source.file.string()));
        const auto speaker = [&](const recording_place& at) -> const std::string& {
            return corpora[at.corpus].recordings[at.index].speaker;
        };
        for (const recording_place& at : crop.recordings)
            if (speaker(at) != speaker(crop.recordings.front()))
                throw std::runtime_error("model '" + name + "' of list '" + source.file.string() +
                                         "' has recordings of '" + speaker(crop.recordings.front()) + "' and of '" +
                                         speaker(at) + "': correct the list");
        result.crops.push_back(std::move(crop));
    }
    return result;
}

} // namespace speaker_verification

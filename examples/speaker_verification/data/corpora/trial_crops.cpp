#include "speaker_verification/data/corpora/trial_crops.hpp"

#include <stdexcept>

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

resolved_trials resolve_trials(const trial_source& source, const recording_finder& finder,
                               const std::vector<corpus>& corpora) {
    resolved_trials result{source.name, {}, read_named_trials(source.file), 0, 0};
    for (const std::string& name : result.named.names) {
        trial_crop crop{name, {}};
        const auto model = source.models.find(name);
        ++(model == source.models.end() ? result.tests : result.models);
        if (model == source.models.end())
            crop.recordings.push_back(finder.find(name, source.file.string()));
        else
            for (const std::string& part : model->second)
                crop.recordings.push_back(finder.find(part, source.file.string()));
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

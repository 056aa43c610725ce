#include "speaker_verification/data/corpora/measure_corpus.hpp"

#include <map>
#include <utility>

#include "speaker_verification/data/audio/outside_audio.hpp"
#include "speaker_verification/data/store/parallel.hpp"

namespace speaker_verification {
namespace {

void measure(const std::filesystem::path& root, recording& which, bool decode) {
    try {
        const std::int64_t by_header = measure_outside_audio(root, which.where());
        which.samples = by_header;
        if (by_header <= 0) throw unusable_audio("has no samples");
        if (!decode) return;
        which.decoded = true;
        const auto found = static_cast<std::int64_t>(read_outside_audio(root, which.where()).size());
        if (found != by_header)
            throw unusable_audio("decodes to " + std::to_string(found) + " samples instead of the " +
                                 std::to_string(by_header) + " that its header promises");
    } catch (const unusable_audio& error) {
        which.problem = error.what();
    }
}

/// Recordings that are being joined.
struct joint {
    std::vector<const recording*> parts;
    std::int64_t samples = 0;

    void add(const joint& more) {
        parts.insert(parts.end(), more.parts.begin(), more.parts.end());
        samples += more.samples;
    }

    recording joined() const {
        recording result = *parts.front();
        if (parts.size() == 1) return result;
        result.path.append("+").append(std::to_string(parts.size() - 1));
        result.source.clear();
        for (const recording* part : parts) result.source += (result.source.empty() ? "" : "|") + part->where();
        result.samples = samples;
        return result;
    }
};

} // namespace

void measure_recordings(corpus& from, const std::vector<std::size_t>& which, bool decode, int threads,
                        const std::function<void(std::size_t)>& watch) {
    parallel_for(
        which.size(), threads, [&](std::size_t i) { measure(from.root, from.recordings[which[i]], decode); }, watch);
}

std::vector<recording> join_short(const std::vector<recording>& recordings, std::int64_t samples) {
    std::vector<recording> result;
    std::map<std::pair<std::string, std::string>, std::vector<joint>> joints;
    for (const recording& each : recordings) {
        const bool short_one = each.may_train && each.problem.empty() && !each.genre.empty() && each.samples < samples;
        if (!short_one) {
            result.push_back(each);
            continue;
        }
        auto& of_genre = joints[{each.speaker, each.genre}];
        if (of_genre.empty() || of_genre.back().samples >= samples) of_genre.emplace_back();
        of_genre.back().add({{&each}, each.samples});
    }
    for (auto& [unused, of_genre] : joints) {
        if (of_genre.size() > 1 && of_genre.back().samples < samples) {
            const joint rest = std::move(of_genre.back());
            of_genre.pop_back();
            of_genre.back().add(rest);
        }
        for (const joint& each : of_genre) result.push_back(each.joined());
    }
    return result;
}

} // namespace speaker_verification

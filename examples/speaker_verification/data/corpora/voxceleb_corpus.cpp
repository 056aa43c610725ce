#include <map>
#include <stdexcept>

#include "speaker_verification/data/corpora/corpus.hpp"
#include "speaker_verification/data/corpora/corpus_folder.hpp"

namespace speaker_verification {
namespace {

namespace fs = std::filesystem;

/// Where the speakers' folders lie below a root, as the archives unpack.
constexpr const char* places[] = {"", "wav/", "dev/wav/", "test/wav/", "aac/", "dev/aac/"};

/// VoxCeleb1's test set: 40 speakers, id10270 to id10309.
bool is_test_speaker(const std::string& speaker) {
    const int number = speaker_number(speaker);
    return number >= 10270 && number <= 10309;
}

[[noreturn]] void refuse_aac(const fs::path& folder) {
    throw std::runtime_error(
        "'" + folder.string() +
        "' holds AAC, for which no decoder is linked: convert it once (it is kept beside) with: find '" +
        folder.string() +
        "' -name '*.m4a' -print0 | xargs -0 -P \"$(nproc)\" -I{} sh -c 'ffmpeg -nostdin -n -loglevel error "
        "-i \"$1\" -ac 1 -ar 16000 \"${1%.m4a}.wav\"' sh {}");
}

void scan_video(const fs::path& root, const std::string& prefix, const std::string& speaker, const std::string& video,
                corpus& found) {
    // By stem: a converted recording stands for the .m4a beside it.
    std::map<std::string, std::string> by_stem;
    for (const std::string& name : sorted_names(root / (prefix + speaker) / video, false)) {
        if (!has_audio_suffix(name)) continue;
        auto& chosen = by_stem[without_audio_suffix(name)];
        if (chosen.empty() || is_aac(chosen)) chosen = name;
    }
    for (const auto& [stem, name] : by_stem) {
        if (is_aac(name)) refuse_aac(root / prefix);
        recording each;
        each.path = prefix + speaker + "/" + video + "/" + name;
        each.speaker = speaker;
        each.name_begin = prefix.size();
        each.may_train = !is_test_speaker(speaker);
        found.recordings.push_back(std::move(each));
    }
}

} // namespace

corpus scan_voxceleb(const fs::path& root) {
    require_folder(root);
    corpus found{"voxceleb", root, {}};
    for (const std::string prefix : places) {
        if (!fs::is_directory(root / prefix)) continue;
        for (const std::string& speaker : sorted_names(root / prefix, true)) {
            if (!is_speaker_name(speaker)) continue;
            for (const std::string& video : sorted_names(root / (prefix + speaker), true))
                scan_video(root, prefix, speaker, video, found);
        }
    }
    if (found.recordings.empty())
        throw std::runtime_error("'" + root.string() +
                                 "' holds no wav/id1xxxx/<video>/NNNNN.wav and no dev/aac/id0xxxx: give the "
                                 "folder into which VoxCeleb was unpacked");
    return found;
}

} // namespace speaker_verification

#include <algorithm>
#include <map>
#include <stdexcept>

#include "speaker_verification/data/archives/tar_shard.hpp"
#include "speaker_verification/data/corpora/corpus.hpp"
#include "speaker_verification/data/corpora/corpus_folder.hpp"

namespace speaker_verification {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t longest_speaker_file = 4096;

std::string trimmed(const std::string& text) {
    const char* blank = " \t\r\n";
    const std::size_t begin = text.find_first_not_of(blank);
    return begin == std::string::npos ? "" : text.substr(begin, text.find_last_not_of(blank) + 1 - begin);
}

/// An archive may hold the same file twice, but not two speakers of one recording.
void name_speaker(recording& which, const std::string& key, const std::string& speaker, const fs::path& shard) {
    if (!which.speaker.empty() && which.speaker != speaker)
        throw std::runtime_error("shard '" + shard.string() + "' gives '" + key + "' the speaker '" + speaker +
                                 "' after '" + which.speaker + "': keep one of them");
    which.speaker = speaker;
}

/// The recordings of one archive, whose members may come in any order. Keys are whole names without their
/// suffix: "id1/video/00001".
void scan_shard(const fs::path& root, const std::string& name, std::map<std::string, recording>& found) {
    std::map<std::string, recording> here;
    visit_tar(root / name, [&](const tar_member& member, const std::function<std::string(std::int64_t)>& contents) {
        if (is_left_by_macos(member.name)) return;
        if (member.name.ends_with(".spk")) {
            const std::string key = member.name.substr(0, member.name.size() - 4);
            name_speaker(here[key], key, trimmed(contents(longest_speaker_file)), root / name);
        } else if (has_audio_suffix(member.name)) {
            recording& each = here[without_audio_suffix(member.name)];
            each.path = without_audio_suffix(member.name);
            each.source = name + "@" + std::to_string(member.position);
        }
    });
    for (auto& [key, each] : here) {
        if (each.source.empty()) continue; // a speaker without sound
        if (key.empty())
            throw std::runtime_error("shard '" + (root / name).string() +
                                     "' has a recording with an empty key, '.wav': write the shard again");
        if (each.speaker.empty())
            throw std::runtime_error("shard '" + (root / name).string() + "' has '" + key + "' without its speaker '" +
                                     key + ".spk': write the shard again");
        if (!found.emplace(key, std::move(each)).second)
            throw std::runtime_error("shard '" + (root / name).string() + "' repeats the key '" + key +
                                     "' of another shard: keep one of them");
    }
}

} // namespace

corpus scan_shards(const fs::path& file_or_folder) {
    const bool folder = fs::is_directory(file_or_folder);
    const fs::path root = folder ? file_or_folder : fs::absolute(file_or_folder).parent_path();
    std::vector<std::string> names{file_or_folder.filename().string()};
    if (folder) {
        names = sorted_names(root, false);
        std::erase_if(names, [](const std::string& name) { return !name.ends_with(".tar"); });
    }
    if (names.empty() || !names.front().ends_with(".tar"))
        throw std::runtime_error("'" + file_or_folder.string() +
                                 "' is no .tar and holds none: give uncompressed tar archives");
    std::map<std::string, recording> recordings;
    for (const std::string& name : names) scan_shard(root, name, recordings);
    corpus found{"shards", root, {}};
    for (auto& [key, each] : recordings) found.recordings.push_back(std::move(each));
    return found;
}

} // namespace speaker_verification

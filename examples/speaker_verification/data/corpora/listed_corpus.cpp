#include <algorithm>
#include <fstream>
#include <stdexcept>
#include <unordered_map>

#include <nlohmann/json.hpp>

#include "speaker_verification/data/corpora/corpus.hpp"
#include "speaker_verification/data/corpora/corpus_folder.hpp"
#include "speaker_verification/data/corpora/csv.hpp"
#include "speaker_verification/data/corpora/known_names.hpp"

namespace speaker_verification {
namespace {

namespace fs = std::filesystem;

recording listed(const std::string& key, const std::string& speaker, const std::string& file) {
    recording each;
    each.path = key;
    each.speaker = speaker;
    each.source = file;
    return each;
}

void sort_by_path(corpus& found) {
    std::sort(found.recordings.begin(), found.recordings.end(),
              [](const recording& a, const recording& b) { return a.path < b.path; });
    const auto twice = std::adjacent_find(found.recordings.begin(), found.recordings.end(),
                                          [](const recording& a, const recording& b) { return a.path == b.path; });
    if (twice != found.recordings.end())
        throw std::runtime_error("'" + found.root.string() + "' has the key '" + twice->path +
                                 "' twice: keep one of them");
}

std::unordered_map<std::string, std::string> read_speakers(const fs::path& file) {
    std::unordered_map<std::string, std::string> speakers;
    read_words(file, [&](const std::vector<std::string>& words, const std::string& place) {
        if (words.size() != 2)
            throw std::runtime_error(place + " has " + std::to_string(words.size()) +
                                     " words instead of 'key speaker': correct the list");
        const auto [known, added] = speakers.try_emplace(words[0], words[1]);
        if (!added && known->second != words[1])
            throw std::runtime_error(place + " gives '" + words[0] + "' the speaker '" + words[1] + "' after '" +
                                     known->second + "': keep one of them");
    });
    return speakers;
}

/// Kaldi runs in one folder and writes paths relative to that; whoever moves lists and sound together writes them
/// relative to the lists.
std::string place_of(const std::string& path, const fs::path& folder) {
    std::error_code error;
    if (fs::path(path).is_absolute() || fs::exists(folder / path, error) || !fs::exists(path, error)) return path;
    return fs::absolute(path).string();
}

void add_scp_line(const std::string& line, const std::string& place,
                  const std::unordered_map<std::string, std::string>& speakers, corpus& found) {
    const std::size_t key_end = line.find_first_of(" \t");
    const std::size_t path_begin = line.find_first_not_of(" \t", key_end);
    if (key_end == std::string::npos || path_begin == std::string::npos)
        throw std::runtime_error(place + " is not 'key path': correct the list");
    const std::string key = line.substr(0, key_end);
    const std::string path = line.substr(path_begin, line.find_last_not_of(" \t\r") + 1 - path_begin);
    if (path.ends_with('|') || path.starts_with('|'))
        throw std::runtime_error(place + ": '" + key +
                                 "' is a pipe, which would run a command: write its output to a file and "
                                 "name that");
    const auto speaker = speakers.find(key);
    if (speaker == speakers.end())
        throw std::runtime_error(place + ": key '" + key + "' has no speaker in utt2spk; known are " +
                                 three_keys_of(speakers) + ": correct the lists");
    found.recordings.push_back(listed(key, speaker->second, place_of(path, found.root)));
}

std::string text_of(const nlohmann::json& json, const char* name, const std::string& place) {
    const auto field = json.find(name);
    if (field == json.end() || !field->is_string())
        throw std::runtime_error(place + " has no text \"" + name +
                                 "\": each line is {\"key\": ..., \"wav\": ..., \"spk\": ...}");
    if (field->get_ref<const std::string&>().empty())
        throw std::runtime_error(place + ": \"" + name + "\" is empty: correct the list");
    return field->get<std::string>();
}

} // namespace

corpus scan_kaldi(const fs::path& folder) {
    require_folder(folder);
    if (fs::exists(folder / "segments"))
        throw std::runtime_error("'" + (folder / "segments").string() +
                                 "' cuts recordings into parts: write the parts to files and list those in "
                                 "wav.scp");
    const auto speakers = read_speakers(folder / "utt2spk");
    corpus found{"kaldi", folder, {}};
    const fs::path list = folder / "wav.scp";
    std::ifstream stream(list);
    if (!stream) throw std::runtime_error("list '" + list.string() + "' cannot be opened: give a Kaldi data folder");
    skip_byte_order_mark(stream);
    std::string line;
    for (std::size_t number = 1; std::getline(stream, line); ++number)
        if (line.find_first_not_of(" \t\r") != std::string::npos)
            add_scp_line(line, "list '" + list.string() + "', line " + std::to_string(number), speakers, found);
    sort_by_path(found);
    return found;
}

corpus scan_json_lines(const fs::path& file) {
    std::ifstream stream(file);
    if (!stream) throw std::runtime_error("list '" + file.string() + "' cannot be opened: check the path");
    corpus found{"json", fs::absolute(file).parent_path(), {}};
    skip_byte_order_mark(stream);
    std::string line;
    for (std::size_t number = 1; std::getline(stream, line); ++number) {
        if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
        const std::string place = "list '" + file.string() + "', line " + std::to_string(number);
        const auto json = nlohmann::json::parse(line, nullptr, false);
        if (!json.is_object()) throw std::runtime_error(place + " is not a JSON object: correct the list");
        found.recordings.push_back(
            listed(text_of(json, "key", place), text_of(json, "spk", place), text_of(json, "wav", place)));
    }
    sort_by_path(found);
    return found;
}

} // namespace speaker_verification

#include "speaker_verification/data/corpora/corpus.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace speaker_verification {
namespace {

constexpr std::array<std::string_view, 5> suffixes{".wav", ".flac", ".ogg", ".mp3", ".m4a"};

char small(char letter) { return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter; }

bool ends_with(const std::string& path, std::string_view suffix) {
    return path.size() >= suffix.size() && std::equal(suffix.begin(), suffix.end(), path.end() - std::ssize(suffix),
                                                      [](char a, char b) { return a == small(b); });
}

} // namespace

std::string without_audio_suffix(const std::string& path) {
    for (const std::string_view suffix : suffixes)
        if (ends_with(path, suffix)) return path.substr(0, path.size() - suffix.size());
    return path;
}

bool has_audio_suffix(const std::string& path) {
    return without_audio_suffix(path).size() != path.size() && !is_left_by_macos(path);
}

bool is_aac(const std::string& path) { return ends_with(path, ".m4a"); }

bool is_left_by_macos(const std::string& path) { return path.find("._", path.rfind('/') + 1) == path.rfind('/') + 1; }

} // namespace speaker_verification

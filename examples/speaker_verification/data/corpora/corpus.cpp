#include "speaker_verification/data/corpora/corpus.hpp"

#include <array>
#include <string_view>

namespace speaker_verification {
namespace {

constexpr std::array<std::string_view, 5> suffixes{".wav", ".flac", ".ogg", ".mp3", ".m4a"};

} // namespace

std::string without_audio_suffix(const std::string& path) {
    for (const std::string_view suffix : suffixes)
        if (path.ends_with(suffix)) return path.substr(0, path.size() - suffix.size());
    return path;
}

bool has_audio_suffix(const std::string& path) { return without_audio_suffix(path).size() != path.size(); }

} // namespace speaker_verification

#include "speaker_verification/data/audio/read_audio.hpp"

#include <cstdio>
#include <stdexcept>
#include <string>

#include "speaker_verification/data/audio/sound_file.hpp"

namespace speaker_verification {
namespace {

std::string convert_with(const std::filesystem::path& file, int sample_rate) {
    std::filesystem::path converted = file;
    converted.replace_extension();
    converted += "_mono_" + std::to_string(sample_rate) + ".wav";
    return "convert it with: ffmpeg -i '" + file.string() + "' -ac 1 -ar " + std::to_string(sample_rate) + " '" +
           converted.string() + "'";
}

std::string seconds(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.2f s", value);
    return text;
}

sound decode(const std::filesystem::path& file) {
    const std::string name = "audio file '" + file.string() + "' ";
    std::error_code error;
    if (!std::filesystem::is_regular_file(file, error))
        throw std::runtime_error(name + "does not exist or is not a file: check the path");
    if (std::filesystem::file_size(file, error) == 0 && !error)
        throw std::runtime_error(name + "is empty (0 bytes): record or copy it again");
    try {
        return decode_file(file);
    } catch (const std::runtime_error& reason) {
        throw std::runtime_error(name + "cannot be decoded (" + reason.what() +
                                 "): give a WAV, FLAC or Ogg file that you may read");
    }
}

} // namespace

std::vector<float> read_audio(const std::filesystem::path& file, const audio_requirements& requirements) {
    sound audio = decode(file);
    const std::string name = "audio file '" + file.string() + "' ";
    if (audio.samples.empty()) throw std::runtime_error(name + "holds 0 samples: record or copy it again");
    if (audio.channels != 1)
        throw std::runtime_error(name + "has " + std::to_string(audio.channels) +
                                 " channels instead of 1: " + convert_with(file, requirements.sample_rate));
    if (audio.sample_rate != requirements.sample_rate)
        throw std::runtime_error(name + "is sampled at " + std::to_string(audio.sample_rate) + " Hz instead of " +
                                 std::to_string(requirements.sample_rate) +
                                 " Hz: " + convert_with(file, requirements.sample_rate));
    const double length = static_cast<double>(audio.samples.size()) / audio.sample_rate;
    if (length < requirements.shortest_seconds)
        throw std::runtime_error(name + "lasts " + seconds(length) + ", less than " +
                                 seconds(requirements.shortest_seconds) + ": give a longer recording");
    return std::move(audio.samples);
}

} // namespace speaker_verification

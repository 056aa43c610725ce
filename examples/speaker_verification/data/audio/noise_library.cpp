#include "speaker_verification/data/audio/noise_library.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "speaker_verification/data/audio/sound_file.hpp"
#include "speaker_verification/data/audio/usable_sound.hpp"
#include "speaker_verification/data/audio/waveform.hpp"
#include "speaker_verification/data/corpora/corpus.hpp"
#include "speaker_verification/data/store/file_stamp.hpp"
#include "speaker_verification/data/store/fingerprint.hpp"
#include "speaker_verification/data/store/speech_index.hpp"

namespace speaker_verification {
namespace {

namespace fs = std::filesystem;

const std::array<noise_category, 3> categories{{{"noise", 0, 15}, {"speech", 10, 30}, {"music", 5, 15}}};

/// Audio files at any depth, sorted, so that a draw means the same on every machine.
std::vector<fs::path> audio_below(const fs::path& folder) {
    std::vector<fs::path> files;
    if (!fs::is_directory(folder)) return files;
    for (const auto& entry : fs::recursive_directory_iterator(folder))
        if (entry.is_regular_file() && has_audio_suffix(entry.path().string())) files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    return files;
}

void require_files(const std::vector<fs::path>& files, const fs::path& folder) {
    if (files.empty())
        throw std::runtime_error("'" + folder.string() +
                                 "' has no audio file below it: give the folder of MUSAN or RIRS_NOISES");
}

template <class Read>
auto read_named(const fs::path& file, Read read) {
    try {
        return read();
    } catch (const std::runtime_error& error) {
        throw std::runtime_error("'" + file.string() + "' cannot be used for augmentation (" + error.what() +
                                 "): repair or remove it");
    }
}

void add_stamps(fingerprint& stamps, const std::vector<fs::path>& files) {
    for (const fs::path& file : files) stamps.add(file.filename().string() + " " + file_stamp(file));
}

void require_sound(const std::vector<float>& samples) {
    if (const std::string reason = why_no_sound(samples); !reason.empty()) throw std::runtime_error("it " + reason);
}

/// What is longer is no response of a room, and a convolution with it would take all memory.
constexpr std::int64_t longest_room_seconds = 60;

std::vector<float> response_of(const fs::path& file) {
    const sound_format format = inspect_file(file);
    const std::int64_t seconds = format.sample_rate > 0 ? format.frames / format.sample_rate : 0;
    if (seconds > longest_room_seconds)
        throw std::runtime_error("it lasts " + std::to_string(seconds) + " s, and a room's response at most " +
                                 std::to_string(longest_room_seconds) + " s");
    auto response = resample(first_channel(decode_file(file)), store_sample_rate).samples;
    require_sound(response);
    if (std::all_of(response.begin(), response.end(), [](float x) { return x == 0; }))
        throw std::runtime_error("it is silent");
    return response;
}

/// `count` samples at 16 kHz from anywhere in a file, all of a shorter one.
std::vector<float> segment_of(const fs::path& file, std::size_t count, counter_random& random) {
    const sound_format format = inspect_file(file);
    if (format.frames <= 0) throw std::runtime_error("it is empty");
    const auto wanted =
        static_cast<std::int64_t>(count) * format.sample_rate / store_sample_rate + format.sample_rate / 100;
    const auto spare = static_cast<std::uint64_t>(std::max<std::int64_t>(format.frames - wanted, 0));
    const auto first = static_cast<std::int64_t>(random.below(spare + 1));
    return resample(mix_to_mono(decode_part(file, first, std::min(wanted, format.frames))), store_sample_rate).samples;
}

} // namespace

const noise_category& category_called(const std::string& name) {
    for (const noise_category& each : categories)
        if (each.name == name) return each;
    throw std::invalid_argument("noise category '" + name + "' is unknown: use noise, speech or music");
}

noise_library::noise_library(const fs::path& folder) {
    for (const noise_category& each : categories)
        if (auto files = audio_below(folder / each.name); !files.empty()) shelves_.push_back({&each, std::move(files)});
    if (!shelves_.empty()) return;
    auto files = audio_below(folder);
    require_files(files, folder);
    shelves_.push_back({&categories[0], std::move(files)});
}

noise_library::drawn noise_library::draw(std::size_t count, counter_random& random) const {
    const shelf& from = shelves_[random.below(shelves_.size())];
    const fs::path& file = from.files[random.below(from.files.size())];
    std::vector<float> samples = read_named(file, [&] {
        auto segment = segment_of(file, count, random);
        require_sound(segment);
        return segment;
    });
    const std::size_t period = samples.size();
    samples.resize(count);
    for (std::size_t i = period; i < count; ++i) samples[i] = samples[i - period];
    return {from.category, std::move(samples)};
}

std::size_t noise_library::size() const {
    std::size_t count = 0;
    for (const shelf& each : shelves_) count += each.files.size();
    return count;
}

std::string noise_library::stamp() const {
    fingerprint stamps;
    for (const shelf& each : shelves_) add_stamps(stamps, each.files);
    return stamps.hexadecimal();
}

room_library::room_library(const fs::path& folder) : files_(audio_below(folder)) {
    // RIRS_NOISES has noises beside its rooms.
    std::erase_if(files_, [&](const fs::path& file) {
        const std::string below = fs::relative(file, folder).string();
        return below.find("pointsource_noises") != std::string::npos ||
               (below.find("isotropic_noises/") != std::string::npos &&
                file.filename().string().find("noise") != std::string::npos);
    });
    require_files(files_, folder);
}

std::vector<float> room_library::draw(counter_random& random) const {
    const fs::path& file = files_[random.below(files_.size())];
    std::vector<float> response = read_named(file, [&] { return response_of(file); });
    scale_to_unit_energy(response);
    return response;
}

std::string room_library::stamp() const {
    fingerprint stamps;
    add_stamps(stamps, files_);
    return stamps.hexadecimal();
}

} // namespace speaker_verification

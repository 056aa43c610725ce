#include "speaker_verification/data/archives/decode_package.hpp"

#include <algorithm>
#include <ostream>
#include <stdexcept>

#include "common/atomic_file.hpp"
#include "speaker_verification/data/archives/package_reader.hpp"
#include "speaker_verification/data/audio/usable_sound.hpp"
#include "speaker_verification/data/store/file_seal.hpp"
#include "speaker_verification/data/store/parallel.hpp"
#include "speaker_verification/data/store/speech_index.hpp"
#include "speaker_verification/data/store/store_index.hpp"

namespace speaker_verification {
namespace {

/// Files decoded at a time: enough for the threads, few enough for the memory (a minute each would be 120
/// MB).
constexpr std::size_t block_length = 64;

std::filesystem::path description_file(const std::filesystem::path& store, const std::string& package) {
    return store / (package + ".json");
}

std::vector<std::int16_t> decode_one(const package_reader& reader, const std::string& package,
                                     const std::string& path) {
    try {
        const auto samples = resample(reader.decode(path), store_sample_rate).samples;
        if (const std::string reason = why_unusable(samples); !reason.empty()) throw std::runtime_error("it " + reason);
        return to_int16(samples);
    } catch (const std::runtime_error& error) {
        throw std::runtime_error("cannot decode '" + path + "' of " + package + ": " + error.what() +
                                 "; correct the list that names it");
    }
}

void write_little_endian(std::ostream& stream, const std::vector<std::int16_t>& samples) {
    std::vector<char> bytes;
    bytes.reserve(2 * samples.size());
    for (const std::int16_t sample : samples) {
        bytes.push_back(static_cast<char>(sample & 0xff));
        bytes.push_back(static_cast<char>(sample >> 8));
    }
    stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

} // namespace

bool is_decoded(const std::filesystem::path& store, const package_entry& package,
                const std::vector<std::string>& paths) {
    if (!std::filesystem::exists(description_file(store, package.name))) return false;
    try {
        const decoded_package found = read_decoded_package(description_file(store, package.name));
        std::error_code error;
        const auto bytes = std::filesystem::file_size(raw_file(store, package.name), error);
        return !error && bytes == static_cast<std::uintmax_t>(found.samples) * 2 && found.sha256 == package.sha256 &&
               has_checksum(raw_file(store, package.name), found.checksum) &&
               std::all_of(paths.begin(), paths.end(),
                           [&](const std::string& path) { return found.members.contains(path); });
    } catch (const std::runtime_error&) {
        return false; // of another version: decode anew
    }
}

void decode_package(const std::filesystem::path& unpacked, const std::filesystem::path& store,
                    const package_entry& package, const std::vector<std::string>& paths, int threads,
                    const std::function<void(std::size_t)>& watch) {
    const package_reader reader(unpacked);
    decoded_package result{package.version, package.sha256, 0, {}};
    std::filesystem::remove(description_file(store, package.name));
    examples::write_file_atomically(raw_file(store, package.name), [&](std::ostream& stream) {
        for (std::size_t first = 0; first < paths.size(); first += block_length) {
            const std::size_t count = std::min(block_length, paths.size() - first);
            std::vector<std::vector<std::int16_t>> block(count);
            parallel_for(
                count, threads, [&](std::size_t i) { block[i] = decode_one(reader, package.name, paths[first + i]); },
                [&](std::size_t done) { watch(first + done); });
            for (std::size_t i = 0; i < count; ++i) {
                const auto length = static_cast<std::int64_t>(block[i].size());
                result.members[paths[first + i]] = {result.samples, length};
                result.samples += length;
                write_little_endian(stream, block[i]);
            }
        }
    });
    result.checksum = content_checksum(raw_file(store, package.name));
    seal_file(raw_file(store, package.name), result.checksum);
    write_decoded_package(description_file(store, package.name), result);
}

} // namespace speaker_verification

#include "speaker_verification/data/store/file_seal.hpp"

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <stdexcept>

#include "common/json_file.hpp"
#include "speaker_verification/data/store/file_stamp.hpp"
#include "speaker_verification/data/store/mapped_file.hpp"

namespace speaker_verification {
namespace {

std::filesystem::path seal_of(std::filesystem::path file) { return file += ".seal"; }

struct seal {
    std::string checksum, stamp;
};

/// One that is missing or damaged says nothing.
seal read_seal(const std::filesystem::path& file) {
    try {
        const auto json = examples::read_json_file(seal_of(file));
        return {json.at("checksum").get<std::string>(), json.at("stamp").get<std::string>()};
    } catch (const std::runtime_error&) {
        return {};
    } catch (const nlohmann::json::exception&) {
        return {};
    }
}

} // namespace

std::string content_checksum(const std::filesystem::path& file) {
    const mapped_file contents(file);
    // FNV-1a by words of eight bytes. Each step is a bijection of the sum so far: no single change can be lost.
    std::uint64_t sum = 0xcbf29ce484222325u ^ contents.size();
    const auto add = [&](const std::byte* from, std::size_t count) {
        std::uint64_t word = 0;
        std::memcpy(&word, from, count);
        sum = (sum ^ word) * 0x100000001b3u;
        sum ^= sum >> 32;
    };
    std::size_t place = 0;
    for (; place + 8 <= contents.size(); place += 8) add(contents.data() + place, 8);
    if (place < contents.size()) add(contents.data() + place, contents.size() - place);
    char text[17];
    std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(sum));
    return text;
}

void seal_file(const std::filesystem::path& file, const std::string& checksum) {
    examples::write_json_file(seal_of(file), {{"checksum", checksum}, {"stamp", file_stamp(file)}});
}

void remove_seal(const std::filesystem::path& file) { std::filesystem::remove(seal_of(file)); }

std::string sealed_checksum(const std::filesystem::path& file) { return read_seal(file).checksum; }

bool has_checksum(const std::filesystem::path& file, const std::string& checksum) {
    const std::string stamp = file_stamp(file);
    const seal found = read_seal(file);
    if (found.checksum == checksum && found.stamp == stamp) return true;
    if (stamp.empty() || content_checksum(file) != checksum) return false;
    try {
        seal_file(file, checksum);
    } catch (const std::runtime_error&) {
        // Where nothing can be written it is read again the next time.
    }
    return true;
}

} // namespace speaker_verification

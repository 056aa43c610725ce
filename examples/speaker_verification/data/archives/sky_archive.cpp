#include "speaker_verification/data/archives/sky_archive.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>

#include <ancient/ancient.hpp>

#include "speaker_verification/data/archives/binary_file.hpp"

namespace speaker_verification {
namespace {

constexpr std::size_t sky_entry_size = 8;
constexpr std::size_t speech_header_size = 22;
constexpr int sample_rate = 11025;
constexpr std::array<std::uint8_t, 4> rnc_magic{'R', 'N', 'C', 1};

std::uint64_t offset_of(std::uint32_t field) {
    constexpr std::uint32_t in_units_of_16 = 0x800000;
    return field & in_units_of_16 ? static_cast<std::uint64_t>(field & ~in_units_of_16) << 4 : field;
}

std::vector<std::uint8_t> unpack_rnc(std::span<const std::uint8_t> packed) {
    ancient::Decompressor decompressor(packed.data(), packed.size(), true, true);
    return decompressor.decompress(true);
}

} // namespace

sky_archive::sky_archive(std::filesystem::path disk) : disk_(std::move(disk)) {
    const auto table = read_bytes(std::filesystem::path(disk_).replace_extension(".dnr"));
    const std::size_t count = table.size() < 4 ? 0 : little_endian(std::span(table).first(4));
    if (count == 0 || table.size() < 4 + count * sky_entry_size)
        throw std::runtime_error("the table sky.dnr beside '" + disk_.string() + "' is damaged");
    for (std::size_t i = 0; i < count; ++i) {
        const auto entry = std::span(table).subspan(4 + i * sky_entry_size, sky_entry_size);
        members_[static_cast<int>(little_endian(entry.first(2)))] = {offset_of(little_endian(entry.subspan(2, 3))),
                                                                     little_endian(entry.subspan(5, 3)) & 0x3fffff};
    }
}

sound sky_archive::decode(int id) const {
    const std::string name = "member " + std::to_string(id) + " of '" + disk_.string() + "'";
    const auto found = members_.find(id);
    if (found == members_.end()) throw std::runtime_error(name + " does not exist");
    const auto bytes = read_bytes(disk_, found->second.offset, found->second.size);
    if (bytes.size() < speech_header_size) throw std::runtime_error(name + " is shorter than its header");
    const auto body = std::span(bytes).subspan(speech_header_size);
    const bool packed = body.size() >= rnc_magic.size() && std::equal(rnc_magic.begin(), rnc_magic.end(), body.begin());
    if (!packed) return decode_unsigned_8_bit(body, sample_rate);
    try {
        return decode_unsigned_8_bit(unpack_rnc(body), sample_rate);
    } catch (const ancient::Error&) {
        throw std::runtime_error(name + " is a damaged RNC stream");
    }
}

} // namespace speaker_verification

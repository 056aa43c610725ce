#include "speaker_verification/data/archives/queen_archive.hpp"

#include <algorithm>
#include <stdexcept>

#include "speaker_verification/data/archives/binary_file.hpp"

namespace speaker_verification {
namespace {

constexpr std::size_t header_size = 15;
constexpr std::size_t queen_entry_size = 21;
constexpr std::size_t name_size = 12;
constexpr std::uint8_t mp3_compression = 1;

} // namespace

queen_archive::queen_archive(std::filesystem::path file) : file_(std::move(file)) {
    const auto header = read_bytes(file_, 0, header_size);
    const std::string magic(header.begin(), header.begin() + 4);
    if (magic != "QTBL" || header[12] != mp3_compression)
        throw std::runtime_error("'" + file_.string() + "' is no queen.1c archive with MP3 speech");
    const std::size_t count = big_endian(std::span(header).subspan(13, 2));
    const auto table = read_bytes(file_, header_size, count * queen_entry_size);
    for (std::size_t i = 0; i < count; ++i) {
        const auto entry = std::span(table).subspan(i * queen_entry_size, queen_entry_size);
        const std::string name(entry.begin(), std::find(entry.begin(), entry.begin() + name_size, 0));
        members_[name] = {big_endian(entry.subspan(13, 4)), big_endian(entry.subspan(17, 4))};
    }
}

sound queen_archive::decode(const std::string& member) const {
    const auto found = members_.find(member);
    if (found == members_.end()) throw std::runtime_error("'" + file_.string() + "' has no member " + member);
    return decode_bytes(read_bytes(file_, found->second.offset, found->second.size));
}

} // namespace speaker_verification

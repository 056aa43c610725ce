#include "common/sealed_file.hpp"

#include "common/atomic_file.hpp"
#include "common/nested_json.hpp"

#include <bit>
#include <cstring>
#include <fstream>
#include <ostream>
#include <sstream>
#include <stdexcept>

namespace examples {

namespace {

static_assert(std::endian::native == std::endian::little, "sealed files are little-endian: swap bytes here");

constexpr std::size_t magic_size = 8;
constexpr std::size_t preamble_size = magic_size + 4 + 4 + 8;
constexpr std::size_t checksum_size = 8;

std::uint64_t checksum(std::string_view bytes) {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const unsigned char byte : bytes) hash = (hash ^ byte) * 0x100000001b3;
    return hash;
}

template <class Number>
void append(std::string& bytes, Number number) {
    bytes.append(reinterpret_cast<const char*>(&number), sizeof number);
}

template <class Number>
Number number_at(std::string_view bytes, std::size_t place) {
    Number number;
    std::memcpy(&number, bytes.data() + place, sizeof number);
    return number;
}

std::string read_bytes(const std::filesystem::path& path, const sealed_file_kind& kind) {
    std::ifstream stream(path, std::ios::binary);
    std::ostringstream bytes;
    if (!stream || !(bytes << stream.rdbuf())) {
        refuse_sealed_file(path, kind,
                           "cannot be read or is empty: give the path of one that `" + std::string(kind.program) +
                               "` wrote");
    }
    return std::move(bytes).str();
}

/// The table's text; everything before the contents are trusted is checked here.
std::string_view checked_table(const std::filesystem::path& path, const sealed_file_kind& kind,
                               std::string_view bytes) {
    if (bytes.size() < preamble_size || bytes.substr(0, magic_size) != kind.magic) {
        refuse_sealed_file(path, kind,
                           "is not " + std::string(kind.full_name) + ": give the path of one that `" +
                               std::string(kind.program) + "` wrote");
    }
    const auto found = number_at<std::uint32_t>(bytes, magic_size);
    if (found != kind.version) {
        refuse_sealed_file(path, kind,
                           "has version " + std::to_string(found) + " but this program reads version " +
                               std::to_string(kind.version) + ": " + std::string(kind.remedy) +
                               ", or use the program that wrote it");
    }
    const auto size = number_at<std::uint64_t>(bytes, magic_size + 8);
    const bool whole = bytes.size() >= preamble_size + checksum_size &&
                       size <= bytes.size() - preamble_size - checksum_size &&
                       checksum(bytes.substr(0, bytes.size() - checksum_size)) ==
                           number_at<std::uint64_t>(bytes, bytes.size() - checksum_size);
    if (!whole) {
        refuse_sealed_file(path, kind,
                           "is truncated or corrupt (its checksum does not match): use an older one or " +
                               std::string(kind.remedy));
    }
    return bytes.substr(preamble_size, size);
}

} // namespace

void refuse_sealed_file(const std::filesystem::path& path, const sealed_file_kind& kind, const std::string& what) {
    throw std::runtime_error(std::string(kind.name) + " '" + path.string() + "' " + what);
}

std::string_view payload_reader::next(std::size_t size) {
    if (size > rest_.size()) {
        refuse_sealed_file(path_, kind_, "names more data than it holds: use another one");
    }
    const auto piece = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return piece;
}

void payload_reader::require_end() const {
    if (!rest_.empty()) refuse_sealed_file(path_, kind_, "holds more data than it names: use another one");
}

void write_sealed_file(const std::filesystem::path& path, const sealed_file_kind& kind,
                       const sealed_contents& contents) {
    const std::string table = contents.table.dump();
    std::string bytes(kind.magic);
    append(bytes, kind.version);
    append(bytes, std::uint32_t{0});
    append(bytes, std::uint64_t{table.size()});
    bytes += table;
    bytes += contents.payload;
    append(bytes, checksum(bytes));
    write_file_atomically(path,
                          [&](std::ostream& stream) { stream.write(bytes.data(), std::streamsize(bytes.size())); });
}

sealed_contents read_sealed_file(const std::filesystem::path& path, const sealed_file_kind& kind) {
    const std::string bytes = read_bytes(path, kind);
    const std::string_view table = checked_table(path, kind, bytes);
    if (nests_too_deep(table)) {
        refuse_sealed_file(
            path, kind,
            "has a table with brackets in each other to more than 100 levels: use the program that wrote "
            "it");
    }
    const std::size_t payload = preamble_size + table.size();
    try {
        return {nlohmann::json::parse(table), bytes.substr(payload, bytes.size() - checksum_size - payload)};
    } catch (const nlohmann::json::exception&) {
        refuse_sealed_file(path, kind, "has a table that this program cannot read: use the program that wrote it");
    }
}

} // namespace examples

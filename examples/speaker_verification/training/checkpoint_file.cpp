#include "speaker_verification/training/checkpoint_file.hpp"

#include "common/atomic_file.hpp"

#include <bit>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string_view>

namespace speaker_verification {

namespace {

static_assert(std::endian::native == std::endian::little, "checkpoints are little-endian: swap bytes here");

constexpr std::string_view magic = "BRGMSPKV";
constexpr std::uint32_t version = 1;
constexpr std::size_t preamble_size = 8 + 4 + 4 + 8;
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

[[noreturn]] void refuse(const std::filesystem::path& path, const std::string& what) {
    throw std::runtime_error("checkpoint '" + path.string() + "' " + what);
}

std::string read_bytes(const std::filesystem::path& path) {
    std::ifstream stream(path, std::ios::binary);
    std::ostringstream bytes;
    if (!stream || !(bytes << stream.rdbuf())) {
        refuse(path, "cannot be read or is empty: give the path of one that `train` wrote");
    }
    return std::move(bytes).str();
}

nlohmann::json table_of(const checkpoint_contents& contents) {
    nlohmann::json table{
        {"meta", contents.meta}, {"tensors", nlohmann::json::array()}, {"blocks", nlohmann::json::array()}};
    for (const auto& tensor : contents.tensors) {
        table["tensors"].push_back({{"name", tensor.name},
                                    {"type", tensor.type},
                                    {"shape", tensor.shape},
                                    {"size", tensor.bytes.size()}});
    }
    for (const auto& [name, bytes] : contents.blocks) {
        table["blocks"].push_back({{"name", name}, {"size", bytes.size()}});
    }
    return table;
}

/// Hands out the payload piece by piece.
class payload_reader {
  public:
    payload_reader(const std::filesystem::path& path, std::string_view payload)
        : path_(path), rest_(payload) {}
    std::string next(std::size_t size) {
        if (size > rest_.size()) refuse(path_, "names more data than it holds: use another one");
        std::string piece(rest_.substr(0, size));
        rest_.remove_prefix(size);
        return piece;
    }

  private:
    const std::filesystem::path& path_;
    std::string_view rest_;
};

/// The table's text; everything before the contents are trusted is checked here.
std::string_view checked_table(const std::filesystem::path& path, std::string_view bytes) {
    if (bytes.size() < preamble_size || bytes.substr(0, magic.size()) != magic) {
        refuse(path, "is not a checkpoint of speaker verification: give the path of one that `train` wrote");
    }
    const auto found = number_at<std::uint32_t>(bytes, 8);
    if (found != version) {
        refuse(path, "has version " + std::to_string(found) + " but this program reads version " +
                         std::to_string(version) + ": train anew, or use the program that wrote it");
    }
    const auto size = number_at<std::uint64_t>(bytes, 16);
    const bool whole = bytes.size() >= preamble_size + checksum_size &&
                       size <= bytes.size() - preamble_size - checksum_size &&
                       checksum(bytes.substr(0, bytes.size() - checksum_size)) ==
                           number_at<std::uint64_t>(bytes, bytes.size() - checksum_size);
    if (!whole)
        refuse(path, "is truncated or corrupt (its checksum does not match): use an older one or train anew");
    return bytes.substr(preamble_size, size);
}

} // namespace

void write_checkpoint_file(const std::filesystem::path& path, const checkpoint_contents& contents) {
    const std::string table = table_of(contents).dump();
    std::string bytes(magic);
    append(bytes, version);
    append(bytes, std::uint32_t{0});
    append(bytes, std::uint64_t{table.size()});
    bytes += table;
    for (const auto& tensor : contents.tensors) bytes += tensor.bytes;
    for (const auto& [name, block] : contents.blocks) bytes += block;
    append(bytes, checksum(bytes));
    examples::write_file_atomically(
        path, [&](std::ostream& stream) { stream.write(bytes.data(), std::streamsize(bytes.size())); });
}

checkpoint_contents read_checkpoint_file(const std::filesystem::path& path) {
    const std::string bytes = read_bytes(path);
    const std::string_view table_text = checked_table(path, bytes);
    const std::size_t payload = preamble_size + table_text.size();
    payload_reader reader(path,
                          std::string_view(bytes).substr(payload, bytes.size() - checksum_size - payload));
    try {
        const auto table = nlohmann::json::parse(table_text);
        checkpoint_contents contents;
        contents.meta = table.at("meta");
        for (const auto& entry : table.at("tensors")) {
            contents.tensors.push_back(
                {entry.at("name"), entry.at("type"), entry.at("shape"), reader.next(entry.at("size"))});
        }
        for (const auto& entry : table.at("blocks"))
            contents.blocks[entry.at("name")] = reader.next(entry.at("size"));
        return contents;
    } catch (const nlohmann::json::exception&) {
        refuse(path, "has a table that this program cannot read: use the program that wrote it");
    }
}

} // namespace speaker_verification

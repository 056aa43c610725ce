#pragma once
/// What the fuzz targets share: bytes as files, what a reader may throw, checksums made right.

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

#include <unistd.h>

/// What codecs leave behind when they give up on a damaged stream is not ours to free. Asked for by LeakSanitizer; a target
/// is one translation unit, so that it is there once.
extern "C" const char* __lsan_default_suppressions() {
    return "leak:libsndfile\nleak:libvorbis\nleak:libogg\nleak:libFLAC\nleak:libopus\nleak:libmpg123\n";
}

namespace fuzzing {

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
    return {reinterpret_cast<const char*>(data), size};
}

/// Takes the first byte off; 0 where there is none. Targets of several readers choose one by it.
inline std::uint8_t take_byte(std::string_view& input) {
    if (input.empty()) return 0;
    const auto byte = static_cast<std::uint8_t>(input.front());
    input.remove_prefix(1);
    return byte;
}

/// What stands before a line "====", and takes both off: for readers of several files.
inline std::string_view take_part(std::string_view& input) {
    constexpr std::string_view separator = "====\n";
    const auto end = input.find(separator);
    const auto part = input.substr(0, end);
    input.remove_prefix(end == std::string_view::npos ? input.size() : end + separator.size());
    return part;
}

/// The folder of this process, below TMPDIR where that is set (scripts/fuzz does), else in memory.
class scratch_folder {
  public:
    scratch_folder() {
        const char* place = std::getenv("TMPDIR");
        std::string pattern = std::string(place ? place : "/dev/shm") + "/bregman_fuzz_XXXXXX";
        if (mkdtemp(pattern.data()) == nullptr) std::abort();
        path_ = pattern;
    }
    scratch_folder(const scratch_folder&) = delete;
    scratch_folder& operator=(const scratch_folder&) = delete;
    ~scratch_folder() {
        std::error_code error;
        std::filesystem::remove_all(path_, error);
    }

    /// A file of these bytes. Its name is the same each time, so that no run depends on the ones before.
    std::filesystem::path write(const std::string& name, std::string_view bytes) const {
        std::ofstream stream(path_ / name, std::ios::binary | std::ios::trunc);
        stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        if (!stream.flush()) std::abort();
        return path_ / name;
    }
    const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

inline const scratch_folder& scratch() {
    static const scratch_folder folder;
    return folder;
}

/// Calls `read`, which may refuse: by std::invalid_argument or std::runtime_error (and so unusable_audio), which is what
/// the readers document. All else ends the process, and with it std::system_error, a message of the system and no
/// sentence of ours. Returns whether `read` came to its end.
template <class Read>
bool refuses_or_reads(Read&& read) {
    try {
        read();
        return true;
    } catch (const std::system_error&) {
        throw;
    } catch (const std::invalid_argument&) {
        return false;
    } catch (const std::runtime_error&) {
        return false;
    }
}

/// Ends the process, by which libFuzzer knows that something was found.
inline void require(bool holds) {
    if (!holds) std::abort();
}

/// FNV-1a, by which sealed files and state files know that they are whole.
inline std::uint64_t checksum(std::string_view bytes) {
    std::uint64_t hash = 14695981039346656037u;
    for (const unsigned char byte : bytes) hash = (hash ^ byte) * 1099511628211u;
    return hash;
}

inline void append(std::string& bytes, std::uint64_t number) {
    bytes.append(reinterpret_cast<const char*>(&number), sizeof number);
}

/// The sealed file of a table and a payload, its checksum right.
inline std::string sealed(std::string_view magic, std::string_view table, std::string_view payload) {
    std::string bytes(magic);
    bytes += std::string_view("\1\0\0\0\0\0\0\0", 8); // version 1
    append(bytes, table.size());
    bytes += table;
    bytes += payload;
    append(bytes, checksum(bytes));
    return bytes;
}

} // namespace fuzzing

#include "speaker_verification/data/archives/tar_shard.hpp"

#include <cerrno>
#include <cstring>
#include <memory>
#include <stdexcept>

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <unistd.h>

namespace speaker_verification {
namespace {

constexpr std::size_t block_bytes = 65536;

/// A file opened for reading, closed with the object.
class file_descriptor {
  public:
    explicit file_descriptor(const std::filesystem::path& file) : number_(::open(file.c_str(), O_RDONLY | O_CLOEXEC)) {}
    ~file_descriptor() {
        if (number_ >= 0) ::close(number_);
    }
    file_descriptor(const file_descriptor&) = delete;
    file_descriptor& operator=(const file_descriptor&) = delete;

    int number() const { return number_; }

  private:
    int number_;
};

/// An archive that libarchive reads from a byte of a file on.
class tar_reader {
  public:
    tar_reader(const std::filesystem::path& file, std::int64_t position)
        : file_(file), descriptor_(file), archive_(archive_read_new()) {
        if (::lseek(descriptor_.number(), position, SEEK_SET) != position) fail(std::strerror(errno));
        archive_read_support_format_tar(archive_.get());
        archive_read_support_format_empty(archive_.get());
        require(archive_read_open_fd(archive_.get(), descriptor_.number(), block_bytes));
    }

    /// The next entry's header, or null at the end.
    archive_entry* next() {
        archive_entry* entry = nullptr;
        const int status = archive_read_next_header(archive_.get(), &entry);
        if (status == ARCHIVE_EOF) return nullptr;
        require(status);
        return entry;
    }

    std::int64_t position() const { return archive_read_header_position(archive_.get()); }

    std::string contents(archive_entry* entry, std::int64_t most) {
        const std::int64_t size = archive_entry_size(entry);
        if (size < 0 || size > most)
            throw std::runtime_error("member '" + std::string(archive_entry_pathname(entry)) + "' of tar archive '" +
                                     file_.string() + "' has " + std::to_string(size) + " bytes, more than the " +
                                     std::to_string(most) + " that are read of its kind: write the archive again");
        std::string bytes(static_cast<std::size_t>(archive_entry_size(entry)), '\0');
        const la_ssize_t count = archive_read_data(archive_.get(), bytes.data(), bytes.size());
        if (count < 0) fail(archive_error_string(archive_.get()));
        if (static_cast<std::size_t>(count) != bytes.size()) fail("it is truncated");
        return bytes;
    }

  private:
    void require(int status) const {
        if (status != ARCHIVE_OK && status != ARCHIVE_WARN) fail(archive_error_string(archive_.get()));
    }

    [[noreturn]] void fail(const char* reason) const {
        throw std::runtime_error("tar archive '" + file_.string() + "' cannot be read (" +
                                 (reason ? reason : "no reason given") +
                                 "): give a whole, uncompressed one (gunzip it first)");
    }

    struct free_archive {
        void operator()(archive* which) const { archive_read_free(which); }
    };

    std::filesystem::path file_;
    file_descriptor descriptor_;
    std::unique_ptr<archive, free_archive> archive_;
};

} // namespace

void visit_tar(const std::filesystem::path& archive,
               const std::function<void(const tar_member&, const std::function<std::string(std::int64_t)>&)>& visit) {
    tar_reader reader(archive, 0);
    while (archive_entry* entry = reader.next()) {
        if (archive_entry_filetype(entry) != AE_IFREG) continue;
        visit({archive_entry_pathname(entry), reader.position(), archive_entry_size(entry)},
              [&](std::int64_t most) { return reader.contents(entry, most); });
    }
}

std::vector<std::uint8_t> read_tar_member(const std::filesystem::path& archive, std::int64_t position,
                                          std::int64_t most) {
    tar_reader reader(archive, position);
    archive_entry* entry = reader.next();
    if (!entry)
        throw std::runtime_error("tar archive '" + archive.string() + "' has no member at byte " +
                                 std::to_string(position) + ": run import_speech again");
    const std::string bytes = reader.contents(entry, most);
    return {bytes.begin(), bytes.end()};
}

} // namespace speaker_verification

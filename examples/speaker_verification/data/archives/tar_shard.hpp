#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace speaker_verification {

/// A regular file inside a tar archive.
struct tar_member {
    std::string name;
    std::int64_t position = 0; ///< byte of the archive at which its header begins
    std::int64_t bytes = 0;
};

/// Calls `visit(member, contents)` for each regular file of an uncompressed tar archive, in its order.
/// `contents(most)` reads a member of at most that many bytes; what is not read is skipped by seeking. Nothing is
/// unpacked.
///
/// Throws std::runtime_error (file, libarchive's reason, remedy) when it is missing, truncated, compressed
/// (its members could not be reached without unpacking all before them) or no tar archive; and, before memory is taken
/// for it, for a member that claims to be larger than the caller takes.
void visit_tar(const std::filesystem::path& archive,
               const std::function<void(const tar_member& member,
                                        const std::function<std::string(std::int64_t most)>& contents)>& visit);

/// The contents of the member whose header begins at `position`, if they are at most `most` bytes. Throws as visit_tar
/// does.
std::vector<std::uint8_t> read_tar_member(const std::filesystem::path& archive, std::int64_t position,
                                          std::int64_t most);

} // namespace speaker_verification

#pragma once

#include <filesystem>
#include <functional>
#include <iosfwd>

namespace examples {

/// Writes a file so that a reader sees the old contents or all of the new ones, never a part.
///
/// `write` fills a stream that goes to a temporary file in the same folder, which then replaces `path` by a
/// rename. Missing folders are made. When `write` throws, `path` keeps what it had. What processes left in the folder
/// that were killed while they wrote is removed, once in a process.
///
/// Throws std::runtime_error with one sentence when the folder or the file cannot be written.
void write_file_atomically(const std::filesystem::path& path, const std::function<void(std::ostream&)>& write);

/// The temporary name beside `path` that the process should write to before it renames.
/// For writers that want a path instead of a stream (LibTorch archives, gnuplot).
std::filesystem::path temporary_name_beside(const std::filesystem::path& path);

/// Makes the folder that will hold `path`. Throws std::runtime_error with one sentence.
void make_folder_of(const std::filesystem::path& path);

} // namespace examples

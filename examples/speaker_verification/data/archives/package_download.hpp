#pragma once

#include <filesystem>

#include "speaker_verification/data/corpora/corpus_lists.hpp"

namespace speaker_verification {

/// Where `download_package` leaves a package.
std::filesystem::path downloaded_file(const std::filesystem::path& downloads, const package_entry& package);

/// Downloads one package, without installing it, by `apt-get download name=version`, and checks size and
/// sha256. What is there and right is kept; a partial or damaged file is replaced. Returns whether anything
/// was downloaded.
///
/// Throws std::runtime_error with one sentence when apt-get has no such package or version (then naming the
/// version it offers), the network fails, or the checksum differs.
bool download_package(const std::filesystem::path& downloads, const package_entry& package);

/// Unpacks a downloaded package into an empty folder by `dpkg-deb -x`. Throws std::runtime_error when that
/// fails.
void unpack_package(const std::filesystem::path& downloads, const package_entry& package,
                    const std::filesystem::path& folder);

} // namespace speaker_verification

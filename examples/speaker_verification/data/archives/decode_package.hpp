#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "speaker_verification/data/corpora/corpus_lists.hpp"

namespace speaker_verification {

/// Whether the store holds every one of `paths`, decoded from this very package.
bool is_decoded(const std::filesystem::path& store, const package_entry& package,
                const std::vector<std::string>& paths);

/// Decodes files of an unpacked package to 16 kHz mono int16 and adds them to the store: first <package>.s16,
/// then <package>.json, each whole or absent. `watch(done)` is called now and then. Throws std::runtime_error
/// that names the package, the path and the reason.
void decode_package(const std::filesystem::path& unpacked, const std::filesystem::path& store,
                    const package_entry& package, const std::vector<std::string>& paths, int threads,
                    const std::function<void(std::size_t)>& watch);

} // namespace speaker_verification

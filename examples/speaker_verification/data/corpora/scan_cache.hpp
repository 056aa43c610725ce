#pragma once

#include <filesystem>
#include <string>

#include "speaker_verification/data/corpora/corpus.hpp"

namespace speaker_verification {

/// A corpus that a user points at: its kind (corpus::kind) and where it is.
struct corpus_request {
    std::string kind;
    std::filesystem::path place;
};

/// Finds the recordings of a corpus; no recording is opened. Throws as the scan of its kind.
corpus scan(const corpus_request& request);

/// What was measured of a request's recordings, kept in a speech store: a million headers take minutes to read, the
/// table seconds. Each measurement goes with the stamp of what was measured.
std::filesystem::path scan_cache_file(const std::filesystem::path& store, const corpus_request& request);

/// Writes what is known of the recordings that can be used.
void write_scan_cache(const std::filesystem::path& file, const corpus& from);

/// Gives the recordings their stamps, and what the file holds of those that are as they were when it was written.
/// Returns the indices of the others. A file that is missing or cannot be read holds nothing.
std::vector<std::size_t> recall_measurements(const std::filesystem::path& file, corpus& of);

} // namespace speaker_verification

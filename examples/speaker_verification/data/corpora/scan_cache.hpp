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

/// Finds the recordings of a corpus; nothing is opened. Throws as the scan of its kind.
corpus scan(const corpus_request& request);

/// The measured recordings of a request, kept in a speech store: a million headers take minutes to read, the
/// table seconds. It holds what was there when it was written; `import_speech --rescan` looks again.
std::filesystem::path scan_cache_file(const std::filesystem::path& store, const corpus_request& request);

void write_scan_cache(const std::filesystem::path& file, const corpus& from);

/// Throws std::runtime_error when the file is malformed.
corpus read_scan_cache(const std::filesystem::path& file, const corpus_request& request);

} // namespace speaker_verification

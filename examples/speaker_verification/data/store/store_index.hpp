#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace speaker_verification {

/// A decoded file's place in its package's raw file, in samples.
struct sample_range {
    std::int64_t first = 0;
    std::int64_t count = 0;
    std::string source = {}; ///< of a member outside the store, see utterance::source
};

/// What was decoded from one package. Written beside its raw file as <package>.json when both are whole.
///
/// A package with a root is a corpus outside the store, which has no raw file. Its members are a table of
/// their own beside the index, recordings_file: a million of them are read in seconds, which JSON is not.
struct decoded_package {
    std::string version;
    std::string sha256;
    std::int64_t samples = 0;                    ///< in the raw file, int16 each
    std::map<std::string, sample_range> members; ///< by path
    std::filesystem::path root = {};             ///< of a corpus outside the store; else empty
    std::string checksum = {};                   ///< of the raw file (file_seal.hpp); empty: not known
};

/// index.json of a speech store.
struct store_index {
    std::string set;                 ///< what `fetch_speech --packages` was given
    std::string training;            ///< training list, a file in lists/
    std::vector<std::string> trials; ///< names of the trial lists: crops_X.csv and trials_X.csv in lists/
    std::map<std::string, decoded_package> packages;
};

std::filesystem::path raw_file(const std::filesystem::path& store, const std::string& package);

/// Members of a corpus outside the store, columns path, samples, source.
std::filesystem::path recordings_file(const std::filesystem::path& store, const std::string& package);

decoded_package read_decoded_package(const std::filesystem::path& file);
void write_decoded_package(const std::filesystem::path& file, const decoded_package& package);

/// Throws std::runtime_error (file, remedy) when there is no index or it is of another format.
store_index read_store_index(const std::filesystem::path& store);
/// Also writes the tables of packages outside the store.
void write_store_index(const std::filesystem::path& store, const store_index& index);

} // namespace speaker_verification

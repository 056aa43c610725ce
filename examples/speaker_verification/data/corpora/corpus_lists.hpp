#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace speaker_verification {

/// A row of a training list (columns speaker, character, package, path, speech_s).
struct listed_utterance {
    std::string speaker, character, package, path;
    double speech_seconds;
};

/// A row of a crop list (columns crop, speaker, character, speech_s, members). Members are keys,
/// package/path, separated by bars; "average:" before the first says that embeddings are averaged instead of
/// features joined.
struct listed_crop {
    std::string name, speaker, character;
    double speech_seconds;
    std::vector<std::string> members;
    bool average = false;
};

/// A row of a trial list (columns label, crop_a, crop_b, type), its crops resolved to their indices.
struct listed_trial {
    bool target;
    std::size_t crop_a, crop_b;
    std::string type;
};

/// These throw std::runtime_error (file, line, value, remedy) for a missing or malformed list. An unknown
/// crop in a trial is named together with three that exist.
std::vector<listed_utterance> read_training_list(const std::filesystem::path& file);
std::vector<listed_crop> read_crop_list(const std::filesystem::path& file);
std::vector<listed_trial> read_trial_list(const std::filesystem::path& file, const std::vector<listed_crop>& crops);

/// The part of a key before the first '/', the package; and the part behind it.
std::string package_of(const std::string& key);
std::string path_of(const std::string& key);

/// One debian package, a line "name=version bytes sha256" of packages.txt.
struct package_entry {
    std::string name, version, sha256;
    std::uint64_t bytes;
};
std::vector<package_entry> read_package_list(const std::filesystem::path& file);

/// Which packages and lists belong together, from sets.json.
struct package_set {
    std::string name;
    std::vector<std::string> packages;
    std::string training;            ///< a file beside sets.json
    std::vector<std::string> trials; ///< list X has the files crops_X.csv and trials_X.csv
};

/// `selection` is the name of a set or a comma list of packages; the latter gets the lists of the set "all".
/// Throws std::runtime_error for an unknown name, and says which there are.
package_set read_package_set(const std::filesystem::path& lists, const std::string& selection);

/// The paths in one package that any list of the folder names, sorted: what decoding the package has to
/// yield.
std::vector<std::string> paths_named_by_lists(const std::filesystem::path& lists, const std::string& package);

} // namespace speaker_verification

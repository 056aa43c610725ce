#include "speaker_verification/data/corpora/corpus_lists.hpp"

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "common/json_file.hpp"
#include "common/plain_name.hpp"
#include "speaker_verification/data/corpora/csv.hpp"
#include "speaker_verification/data/corpora/known_names.hpp"
#include "speaker_verification/data/store/store_names.hpp"

namespace speaker_verification {
namespace {

constexpr std::string_view average_mark = "average:";

/// The files in a folder that begin so, in a fixed order.
std::vector<std::filesystem::path> files_beginning_with(const std::filesystem::path& folder,
                                                        const std::string& prefix) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
        if (entry.path().filename().string().starts_with(prefix) && entry.path().extension() == ".csv")
            files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    return files;
}

package_set set_from_json(const std::string& name, const nlohmann::json& json) {
    return {name, json.at("packages").get<std::vector<std::string>>(), json.at("training").get<std::string>(),
            json.at("trials").get<std::vector<std::string>>()};
}

/// Its names become parts of paths.
void require_names(const package_set& set, const std::filesystem::path& file) {
    const auto require = [&](bool holds, const std::string& text, const char* what) {
        if (!holds)
            throw std::runtime_error("'" + file.string() + "', set '" + set.name + "': '" + text +
                                     "' is not the name of " + what + ": restore it from the repository");
    };
    for (const std::string& package : set.packages) require(is_package_name(package), package, "a package");
    require(examples::is_plain_name(set.training), set.training, "a training list");
    for (const std::string& list : set.trials) require(examples::is_plain_name(list), list, "a trial list");
}

bool is_hexadecimal(const std::string& text) { return text.find_first_not_of("0123456789abcdef") == std::string::npos; }

/// Decoding must not leave the folder that the package was unpacked into.
void require_below(const std::string& path, const std::filesystem::path& list) {
    if (!is_path_below(path))
        throw std::runtime_error("list '" + list.string() + "' names '" + path +
                                 "', which is not UTF-8 or not a path inside the package (without '..', not from the "
                                 "root): correct the list");
}

void require_filled(const std::string& field, const char* column, const std::string& place) {
    if (field.empty()) throw std::runtime_error(place + ": " + column + " is empty: correct the list");
}

} // namespace

std::string package_of(const std::string& key) { return key.substr(0, key.find('/')); }

std::string path_of(const std::string& key) {
    const std::size_t slash = key.find('/');
    return slash == std::string::npos ? "" : key.substr(slash + 1);
}

std::vector<listed_utterance> read_training_list(const std::filesystem::path& file) {
    std::vector<listed_utterance> result;
    std::unordered_map<std::string, std::string> speaker_of;
    read_csv(file, {"speaker", "character", "package", "path", "speech_s"},
             [&](const std::vector<std::string>& f, const std::string& place) {
                 require_filled(f[0], "speaker", place);
                 const std::string key = f[2] + "/" + f[3];
                 const auto [known, added] = speaker_of.try_emplace(key, f[0]);
                 if (!added && known->second != f[0])
                     throw std::runtime_error(place + ": '" + key + "' is said to be of '" + f[0] + "' after '" +
                                              known->second + "': keep one of the lines");
                 result.push_back({f[0], f[1], f[2], f[3], to_number(f[4], "speech_s", place)});
             });
    return result;
}

std::vector<listed_crop> read_crop_list(const std::filesystem::path& file) {
    std::vector<listed_crop> result;
    std::unordered_set<std::string> names;
    read_csv(file, {"crop", "speaker", "character", "speech_s", "members"},
             [&](const std::vector<std::string>& f, const std::string& place) {
                 require_filled(f[0], "crop", place);
                 require_filled(f[1], "speaker", place);
                 if (!names.insert(f[0]).second)
                     throw std::runtime_error(place + ": crop '" + f[0] + "' is there twice: keep one of the lines");
                 const bool average = f[4].starts_with(average_mark);
                 result.push_back({f[0], f[1], f[2], to_number(f[3], "speech_s", place),
                                   split(average ? f[4].substr(average_mark.size()) : f[4], '|'), average});
             });
    return result;
}

std::vector<listed_trial> read_trial_list(const std::filesystem::path& file, const std::vector<listed_crop>& crops) {
    std::unordered_map<std::string, std::size_t> index_of;
    for (std::size_t i = 0; i < crops.size(); ++i) index_of[crops[i].name] = i;
    const auto find = [&](const std::string& name, const std::string& place) {
        const auto found = index_of.find(name);
        if (found == index_of.end())
            throw std::runtime_error(place + ": crop '" + name + "' is unknown; known are " + three_keys_of(index_of) +
                                     ": restore the list and its crops from the repository");
        return found->second;
    };
    std::vector<listed_trial> result;
    read_csv(file, {"label", "crop_a", "crop_b", "type"},
             [&](const std::vector<std::string>& f, const std::string& place) {
                 if (f[0] != "0" && f[0] != "1")
                     throw std::runtime_error(place + ": label = '" + f[0] + "' is neither 0 nor 1: correct the list");
                 result.push_back({f[0] == "1", find(f[1], place), find(f[2], place), f[3]});
             });
    return result;
}

std::vector<package_entry> read_package_list(const std::filesystem::path& file) {
    std::ifstream stream(file);
    if (!stream)
        throw std::runtime_error("package list '" + file.string() +
                                 "' cannot be opened: give the folder of lists from the repository");
    skip_byte_order_mark(stream);
    std::vector<package_entry> result;
    for (std::string line; std::getline(stream, line);) {
        std::istringstream fields(line);
        std::string name_and_version;
        package_entry entry{};
        if (!(fields >> name_and_version)) continue;
        const std::size_t equal = name_and_version.find('=');
        const auto refuse = [&](const std::string& why) {
            throw std::runtime_error("package list '" + file.string() + "': '" + line + "' " + why +
                                     ": restore it from the repository");
        };
        if (equal == std::string::npos || !(fields >> entry.bytes >> entry.sha256) || entry.sha256.size() != 64 ||
            !is_hexadecimal(entry.sha256))
            refuse("is not 'name=version bytes sha256'");
        entry.name = name_and_version.substr(0, equal);
        entry.version = name_and_version.substr(equal + 1);
        if (!is_package_name(entry.name)) refuse("names no package (small letters, digits and any of '+.-')");
        if (!is_package_version(entry.version)) refuse("has no version (letters, digits and any of '.+~:-')");
        for (const package_entry& earlier : result)
            if (earlier.name == entry.name)
                throw std::runtime_error("package list '" + file.string() + "' has '" + entry.name +
                                         "' twice: keep one of the lines");
        result.push_back(entry);
    }
    return result;
}

package_set read_package_set(const std::filesystem::path& lists, const std::string& selection) {
    const auto file = lists / "sets.json";
    const nlohmann::json sets = examples::read_json_file(file);
    const auto set_called = [&](const std::string& name) {
        try {
            package_set set = set_from_json(name, sets.at(name));
            require_names(set, file);
            return set;
        } catch (const nlohmann::json::exception&) {
            throw std::runtime_error("'" + file.string() + "' has no whole set '" + name +
                                     "' (packages, training, trials): restore it from the repository");
        }
    };
    if (sets.contains(selection)) return set_called(selection);
    package_set result = set_called("all");
    const std::set<std::string> known(result.packages.begin(), result.packages.end());
    result.name = selection;
    result.packages = split(selection, ',');
    for (const std::string& package : result.packages)
        if (!known.contains(package)) {
            std::string names;
            for (const auto& [name, unused] : sets.items()) names += name + ", ";
            throw std::runtime_error("package '" + package + "' is unknown: choose " + names +
                                     "or a comma list of the names in " + (lists / "packages.txt").string());
        }
    return result;
}

std::vector<std::string> paths_named_by_lists(const std::filesystem::path& lists, const std::string& package) {
    std::set<std::string> paths;
    const auto add = [&](const std::string& path, const std::filesystem::path& list) {
        require_below(path, list);
        paths.insert(path);
    };
    for (const auto& file : files_beginning_with(lists, "train"))
        for (const listed_utterance& each : read_training_list(file))
            if (each.package == package) add(each.path, file);
    for (const auto& file : files_beginning_with(lists, "crops_"))
        for (const listed_crop& crop : read_crop_list(file))
            for (const std::string& key : crop.members)
                if (package_of(key) == package) add(path_of(key), file);
    return {paths.begin(), paths.end()};
}

} // namespace speaker_verification

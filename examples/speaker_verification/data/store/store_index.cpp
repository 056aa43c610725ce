#include "speaker_verification/data/store/store_index.hpp"

#include <ostream>
#include <stdexcept>

#include "common/atomic_file.hpp"
#include "common/json_file.hpp"
#include "common/plain_name.hpp"
#include "speaker_verification/data/corpora/csv.hpp"
#include "speaker_verification/data/store/store_names.hpp"

namespace speaker_verification {
namespace {

constexpr const char* format = "bregman speech store 1";

const std::vector<std::string> recording_columns{"path", "samples", "source"};

void read_recordings(const std::filesystem::path& file, decoded_package& package) {
    read_csv(file, recording_columns, [&](const std::vector<std::string>& f, const std::string& place) {
        const std::int64_t samples = to_count(f[1], "samples", place);
        package.members.emplace_hint(package.members.end(), f[0], sample_range{0, samples, f[2]});
    });
}

void write_recordings(const std::filesystem::path& file, const decoded_package& package) {
    examples::write_file_atomically(file, [&](std::ostream& stream) {
        stream << "path,samples,source\n";
        for (const auto& [path, range] : package.members)
            stream << path << ',' << range.count << ',' << range.source << '\n';
    });
}

nlohmann::json package_to_json(const decoded_package& package) {
    if (!package.root.empty())
        return {{"format", format}, {"corpus", package.version}, {"root", package.root.string()}};
    nlohmann::json members = nlohmann::json::object();
    for (const auto& [path, range] : package.members) members[path] = {range.first, range.count};
    return {{"format", format},           {"version", package.version},   {"sha256", package.sha256},
            {"samples", package.samples}, {"checksum", package.checksum}, {"members", members}};
}

/// What an index holds is checked as if somebody had typed it: names become paths, counts become sizes.
struct wrong_index {};

void require(bool holds) {
    if (!holds) throw wrong_index{};
}

/// A length of sound in samples. More than this are 16 years.
std::int64_t count_from_json(const nlohmann::json& json) {
    constexpr std::int64_t most = std::int64_t{1} << 43;
    require(json.is_number_integer());
    require(!json.is_number_unsigned() || json.get<std::uint64_t>() <= static_cast<std::uint64_t>(most));
    const auto count = json.get<std::int64_t>();
    require(count >= 0 && count <= most);
    return count;
}

decoded_package package_from_json(const nlohmann::json& json) {
    decoded_package package{json.at("version").get<std::string>(),
                            json.at("sha256").get<std::string>(),
                            count_from_json(json.at("samples")),
                            {}};
    package.checksum = json.value("checksum", "");
    for (const auto& [path, range] : json.at("members").items()) {
        const sample_range place{count_from_json(range.at(0)), count_from_json(range.at(1))};
        require(place.first + place.count <= package.samples);
        package.members[path] = place;
    }
    return package;
}

decoded_package outside_package_from_json(const nlohmann::json& json, const std::filesystem::path& table) {
    decoded_package package{json.at("corpus").get<std::string>(), "", 0, {}};
    package.root = json.at("root").get<std::string>();
    read_recordings(table, package);
    return package;
}

/// Reads a JSON file of this format and hands it to `read`; anything unexpected becomes one sentence.
template <class Read>
auto read_formatted(const std::filesystem::path& file, Read read) {
    const std::string remedy =
        "' is not a speech store's index of this version: run fetch_speech again (or import_speech)";
    const nlohmann::json json = examples::read_json_file(file);
    try {
        if (json.at("format") == format) return read(json);
    } catch (const nlohmann::json::exception&) {
    } catch (const wrong_index&) {
    }
    throw std::runtime_error("'" + file.string() + remedy);
}

} // namespace

std::filesystem::path raw_file(const std::filesystem::path& store, const std::string& package) {
    return store / (package + ".s16");
}

std::filesystem::path recordings_file(const std::filesystem::path& store, const std::string& package) {
    return store / (package + ".recordings.csv");
}

decoded_package read_decoded_package(const std::filesystem::path& file) {
    return read_formatted(file, package_from_json);
}

void write_decoded_package(const std::filesystem::path& file, const decoded_package& package) {
    examples::write_json_file(file, package_to_json(package));
}

store_index read_store_index(const std::filesystem::path& store) {
    const std::filesystem::path file = store / "index.json";
    std::error_code error;
    if (!std::filesystem::exists(file, error))
        throw std::runtime_error("there is no speech in '" + store.string() +
                                 "' (no index.json): run fetch_speech --cache '" + store.string() + "'");
    return read_formatted(file, [&](const nlohmann::json& json) {
        store_index index{json.at("set").get<std::string>(),
                          json.at("training").get<std::string>(),
                          json.at("trials").get<std::vector<std::string>>(),
                          {}};
        require(examples::is_plain_name(index.training));
        for (const std::string& list : index.trials) require(examples::is_plain_name(list));
        for (const auto& [name, package] : json.at("packages").items()) {
            require(is_package_name(name));
            index.packages[name] = package.contains("root")
                                       ? outside_package_from_json(package, recordings_file(store, name))
                                       : package_from_json(package);
        }
        return index;
    });
}

void write_store_index(const std::filesystem::path& store, const store_index& index) {
    nlohmann::json packages = nlohmann::json::object();
    for (const auto& [name, package] : index.packages) {
        packages[name] = package_to_json(package);
        if (!package.root.empty()) write_recordings(recordings_file(store, name), package);
    }
    examples::write_json_file(store / "index.json", {{"format", format},
                                                     {"set", index.set},
                                                     {"sample_rate", 16000},
                                                     {"training", index.training},
                                                     {"trials", index.trials},
                                                     {"packages", packages}});
}

} // namespace speaker_verification

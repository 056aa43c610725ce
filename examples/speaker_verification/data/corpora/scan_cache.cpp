#include "speaker_verification/data/corpora/scan_cache.hpp"

#include <ostream>
#include <stdexcept>
#include <unordered_map>

#include "common/atomic_file.hpp"
#include "speaker_verification/data/audio/outside_audio.hpp"
#include "speaker_verification/data/corpora/csv.hpp"
#include "speaker_verification/data/store/fingerprint.hpp"

namespace speaker_verification {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> columns{"path", "stamp", "decoded", "samples"};

struct measurement {
    std::string stamp;
    bool decoded;
    std::int64_t samples;
};

std::unordered_map<std::string, measurement> read_measurements(const fs::path& file) {
    std::unordered_map<std::string, measurement> known;
    try {
        read_csv(file, columns, [&](const std::vector<std::string>& f, const std::string& place) {
            known[f[0]] = {f[1], f[2] == "1", to_count(f[3], columns[3], place)};
        });
    } catch (const std::runtime_error&) {
        return {}; // it only saves time
    }
    return known;
}

} // namespace

corpus scan(const corpus_request& request) {
    if (request.kind == "voxceleb") return scan_voxceleb(request.place);
    if (request.kind == "cnceleb") return scan_cnceleb(request.place);
    if (request.kind == "kaldi") return scan_kaldi(request.place);
    if (request.kind == "json") return scan_json_lines(request.place);
    if (request.kind == "shards") return scan_shards(request.place);
    throw std::invalid_argument("corpus kind '" + request.kind +
                                "' is unknown: choose voxceleb, cnceleb, kaldi, json or shards");
}

fs::path scan_cache_file(const fs::path& store, const corpus_request& request) {
    fingerprint name;
    name.add(request.kind);
    name.add(request.place.string());
    return store / "scans" / (request.kind + "_" + name.hexadecimal() + ".csv");
}

void write_scan_cache(const fs::path& file, const corpus& from) {
    examples::write_file_atomically(file, [&](std::ostream& stream) {
        for (std::size_t c = 0; c < columns.size(); ++c) stream << (c == 0 ? "" : ",") << columns[c];
        stream << '\n';
        for (const recording& each : from.recordings)
            if (each.problem.empty())
                stream << each.path << ',' << each.stamp << ',' << each.decoded << ',' << each.samples << '\n';
    });
}

std::vector<std::size_t> recall_measurements(const fs::path& file, corpus& of) {
    const auto known = read_measurements(file);
    std::vector<std::size_t> others;
    for (std::size_t i = 0; i < of.recordings.size(); ++i) {
        recording& each = of.recordings[i];
        each.stamp = outside_stamp(of.root, each.where());
        const auto found = known.find(each.path);
        if (found == known.end() || found->second.stamp != each.stamp) {
            others.push_back(i);
            continue;
        }
        each.decoded = found->second.decoded;
        each.samples = found->second.samples;
    }
    return others;
}

} // namespace speaker_verification

#include "speaker_verification/data/corpora/scan_cache.hpp"

#include <algorithm>
#include <ostream>
#include <stdexcept>

#include "common/atomic_file.hpp"
#include "speaker_verification/data/corpora/csv.hpp"
#include "speaker_verification/data/store/fingerprint.hpp"

namespace speaker_verification {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> columns{"path",      "speaker", "genre",   "source", "name_begin",
                                       "may_train", "decoded", "samples", "problem"};

/// The lists have no quoting, and libsndfile's reasons have commas.
std::string without_separators(std::string text) {
    std::replace_if(
        text.begin(), text.end(), [](char c) { return c == ',' || c == '\n' || c == '\r'; }, ';');
    return text;
}

/// The folder that a request's paths are relative to.
fs::path root_of(const corpus_request& request) {
    const bool list = request.kind == "json" || (request.kind == "shards" && !fs::is_directory(request.place));
    return list ? request.place.parent_path() : request.place;
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
            stream << each.path << ',' << each.speaker << ',' << each.genre << ',' << each.source << ','
                   << each.name_begin << ',' << each.may_train << ',' << each.decoded << ',' << each.samples << ','
                   << without_separators(each.problem) << '\n';
    });
}

corpus read_scan_cache(const fs::path& file, const corpus_request& request) {
    corpus result{request.kind, root_of(request), {}};
    read_csv(file, columns, [&](const std::vector<std::string>& f, const std::string& place) {
        recording each;
        each.path = f[0];
        each.speaker = f[1];
        each.genre = f[2];
        each.source = f[3];
        each.name_begin = static_cast<std::size_t>(to_number(f[4], columns[4], place));
        each.may_train = f[5] == "1";
        each.decoded = f[6] == "1";
        each.samples = static_cast<std::int64_t>(to_number(f[7], columns[7], place));
        each.problem = f[8];
        result.recordings.push_back(std::move(each));
    });
    return result;
}

} // namespace speaker_verification

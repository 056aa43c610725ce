#include "speaker_verification/training/reports/score_origin.hpp"

#include "common/json_file.hpp"
#include "speaker_verification/data/store/fingerprint.hpp"

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace speaker_verification {

namespace {

namespace fs = std::filesystem;

fs::path origin_file(fs::path scores) { return scores.replace_extension(".json"); }

std::string fingerprint_of_file(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    if (!stream) throw std::runtime_error("cannot read '" + file.string() + "': check that it exists and is readable");
    std::ostringstream bytes;
    bytes << stream.rdbuf();
    fingerprint all;
    all.add(bytes.str());
    return all.hexadecimal();
}

} // namespace

void write_score_origin(const fs::path& scores, const std::string& network) {
    examples::write_json_file(origin_file(scores), {{"network", network}, {"scores", fingerprint_of_file(scores)}});
}

void require_scores_of(const fs::path& scores, const std::string& network, const fs::path& checkpoint) {
    const std::string file = "'" + scores.string() + "'";
    const std::string remedy = ": run score --checkpoint '" + checkpoint.string() + "' and give a file that it wrote";
    const std::string scored = fingerprint_of_file(scores);
    const auto beside = origin_file(scores);
    if (!fs::exists(beside)) {
        throw std::runtime_error(file + " has no '" + beside.filename().string() +
                                 "' beside it that says which network it is of" + remedy);
    }
    const auto origin = examples::read_json_file(beside);
    const auto says = [&](const char* field, const std::string& value) {
        const auto found = origin.is_object() ? origin.find(field) : origin.end();
        return found != origin.end() && *found == value;
    };
    if (!says("scores", scored)) {
        throw std::runtime_error(file + " is not the file that '" + beside.filename().string() + "' is about" + remedy);
    }
    if (!says("network", network)) {
        throw std::runtime_error(file + " holds the scores of another network than '" + checkpoint.string() + "'" +
                                 remedy);
    }
}

} // namespace speaker_verification

#include "speaker_verification/training/reports/step_log.hpp"

#include "common/atomic_file.hpp"
#include "common/nested_json.hpp"

#include <stdexcept>
#include <string>

namespace speaker_verification {

std::vector<nlohmann::json> read_step_log(const std::filesystem::path& path) {
    std::ifstream stream(path);
    if (!stream) {
        throw std::runtime_error("cannot read the log '" + path.string() + "': give the folder of a run of `train`");
    }
    std::vector<nlohmann::json> lines;
    for (std::string text; std::getline(stream, text);) {
        if (examples::nests_too_deep(text)) continue; // no line of ours
        auto line = nlohmann::json::parse(text, nullptr, false);
        if (line.is_object() && line.contains("step")) lines.push_back(std::move(line));
    }
    return lines;
}

step_log::step_log(const std::filesystem::path& path, std::int64_t resumed_after_step) : path_(path) {
    std::vector<nlohmann::json> kept;
    if (resumed_after_step > 0 && std::filesystem::exists(path)) kept = read_step_log(path);
    examples::write_file_atomically(path, [&](std::ostream& stream) {
        for (const auto& line : kept) {
            if (line["step"] <= resumed_after_step) stream << line.dump() << '\n';
        }
    });
    stream_.open(path, std::ios::app);
    if (!stream_) throw std::runtime_error("cannot append to '" + path.string() + "': check its permissions");
}

void step_log::append(const nlohmann::json& line) {
    stream_ << line.dump() << std::endl;
    if (!stream_)
        throw std::runtime_error("cannot write the log '" + path_.string() + "': check the space left on the disk");
}

} // namespace speaker_verification

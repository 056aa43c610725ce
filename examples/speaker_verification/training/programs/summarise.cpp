// Prints what a scored run reached, writes its summary.json, and fails unless that is enough.
#include "common/json_file.hpp"
#include "speaker_verification/training/checkpoints/run_lock.hpp"
#include "speaker_verification/training/reports/anchors.hpp"
#include "speaker_verification/training/reports/figures.hpp"
#include "speaker_verification/training/reports/summary.hpp"
#include "speaker_verification/training/settings/command_line.hpp"

#include <cstdio>
#include <cstdlib>
#include <stdexcept>

namespace {

using namespace speaker_verification;

/// "build=81" as a phase and its seconds.
std::map<std::string, double> read_seconds(const std::vector<std::string>& pairs) {
    std::map<std::string, double> seconds;
    for (const auto& pair : pairs) {
        const auto sign = pair.find('=');
        char* end = nullptr;
        const double value = sign == std::string::npos ? 0 : std::strtod(pair.c_str() + sign + 1, &end);
        if (sign == std::string::npos || *end != '\0') {
            throw std::invalid_argument("--seconds has '" + pair + "' but takes PHASE=SECONDS, such as build=81");
        }
        seconds[pair.substr(0, sign)] = value;
    }
    return seconds;
}

int summarise(int argc, char** argv) {
    CLI::App app{"Prints what a scored run reached and writes its summary.json"};
    std::filesystem::path folder;
    std::vector<std::filesystem::path> others;
    std::vector<std::string> seconds;
    double highest_eer = 0;
    app.add_option("folder", folder, "of a run that `score` has scored")->required();
    app.add_option("--compare", others, "folders of other scored runs");
    app.add_option("--seconds", seconds, "what each phase took, PHASE=SECONDS");
    app.add_option("--highest-eer", highest_eer, "fail above this EER in % on the headline list; 0: do not ask");
    if (!parse_command_line(app, argc, argv)) return 0;

    const auto score = read_scored_run(folder);
    std::vector<nlohmann::json> compared;
    for (const auto& other : others) compared.push_back(read_scored_run(other));
    const run_lock lock(folder, "summarise", "copy its files to another folder");
    const auto summary = summarise_run(score, read_seconds(seconds), compared);
    examples::write_json_file(folder / "summary.json", summary);

    auto pictures = draw_training(folder);
    std::vector<nlohmann::json> runs{score};
    runs.insert(runs.end(), compared.begin(), compared.end());
    pictures.push_back(write_figure(eer_figure(runs), folder / "eer").svg);

    std::printf("\n%s\n", summary_table(summary).c_str());
    // The limits are those of the actors' lists.
    if (!score.value("held_out_actors", nlohmann::json::array()).empty()) {
        std::printf("%s\n\n", std::string(limits_sentence).c_str());
    }
    std::printf("pictures (also as .png, with their data beside them):\n");
    for (const auto& picture : pictures) std::printf("  %s\n", picture.c_str());
    std::printf("summary: %s\n", (folder / "summary.json").c_str());
    std::fflush(stdout);

    acceptance asked;
    if (highest_eer > 0) asked.headline_eer = highest_eer / 100;
    const auto missed = shortcomings(summary, asked);
    for (const auto& sentence : missed) std::fprintf(stderr, "summarise: %s\n", sentence.c_str());
    return missed.empty() ? 0 : 1;
}

} // namespace

int main(int argc, char** argv) {
    return run_program("summarise", [&] { return summarise(argc, argv); });
}

// What a configuration reaches, from several of its trained and scored networks: the mean over seeds, the
// pooled figure over the folds of a rotation, intervals over seeds and speakers, and the difference to
// another one: `combine results/a-1 results/a-2 results/a-3 --against results/b-1 results/b-2 results/b-3`.
#include "common/json_file.hpp"
#include "speaker_verification/training/reports/scored_configuration.hpp"
#include "speaker_verification/training/settings/command_line.hpp"

#include <cstdio>
#include <string>

namespace {

using namespace speaker_verification;

struct combine_options {
    std::vector<std::filesystem::path> folders, against;
    std::string scores = "cosine", out;
    bootstrap_options bootstrap;

    void add_to(CLI::App& app) {
        app.add_option("folders", folders,
                       "of networks of one configuration that `score` has scored: its "
                       "seeds, and of each seed the folds of a rotation")
            ->required();
        app.add_option("--against", against, "folders of another configuration, to be compared with");
        app.add_option("--scores", scores, "which of a trial's scores: cosine|as_norm; default cosine")
            ->check(CLI::IsMember({"cosine", "as_norm"}));
        app.add_option("--out", out, "JSON file for the result")->type_name("FILE");
        app.add_option("--resamples", bootstrap.resamples, "of the bootstrap; default 1000")
            ->check(CLI::Range(1, 1000000));
        app.add_option("--confidence", bootstrap.confidence, "of the intervals; default 0.9")
            ->check(CLI::Range(0.01, 0.999));
    }
};

int combine(int argc, char** argv) {
    CLI::App app{"Combines the scores of several networks of one configuration, and compares two"};
    combine_options options;
    options.add_to(app);
    if (!parse_command_line(app, argc, argv)) return 0;
    const auto one = read_scored_configuration(options.folders);
    const auto against = options.against.empty() ? scored_configuration{} : read_scored_configuration(options.against);
    const auto score = options.scores == "as_norm" ? &trial_score::as_norm : &trial_score::cosine;
    const auto result = compare_configurations(one, against, score, options.bootstrap);
    if (!options.out.empty()) examples::write_json_file(options.out, result);
    std::printf("%s%.0f %% intervals: bootstrap over %zu seeds and the speakers\n", comparison_table(result).c_str(),
                100 * options.bootstrap.confidence, one.size());
    return 0;
}

} // namespace

int main(int argc, char** argv) {
    return run_program("combine", [&] { return combine(argc, argv); });
}

// Makes a corpus of the user's into a speech store (speech_index.hpp), which compute_features, train and
// score read like that of fetch_speech. The audio stays where it is.

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <map>

#include <CLI/CLI.hpp>

#include "speaker_verification/data/corpora/import_store.hpp"

namespace {

namespace fs = std::filesystem;
using namespace speaker_verification;

const std::map<std::string, enrolment> enrolments{
    {"average", enrolment::average}, {"joined", enrolment::joined}, {"both", enrolment::both}};

struct corpus_option {
    const char* name;
    const char* kind;
    const char* meaning;
};

constexpr corpus_option corpus_options[] = {
    {"--voxceleb", "voxceleb", "folders into which VoxCeleb1 or 2 were unpacked"},
    {"--cnceleb", "cnceleb", "folders CN-Celeb_flac and CN-Celeb2_flac"},
    {"--kaldi", "kaldi", "Kaldi data folders, with wav.scp and utt2spk"},
    {"--json-lines", "json", "files of lines {\"key\": ..., \"wav\": ..., \"spk\": ...}"},
    {"--shards", "shards", "tar archives of KEY.spk and KEY.wav, or folders of them"}};

void print(const import_report& report, const fs::path& store) {
    for (const std::string& line : report.counts) std::printf("%s\n", line.c_str());
    for (const std::string& line : report.warnings) std::fprintf(stderr, "warning: %s\n", line.c_str());
    std::printf("training: %zu utterances of %zu speakers, %.2f h", report.training, report.speakers,
                report.training_hours);
    std::printf(" (left out: %zu too short, %zu of speakers in trials)\n", report.too_short, report.of_trial_speakers);
    std::printf("trials: %zu", report.trials);
    if (report.trials_left_out > 0)
        std::printf(" (left out: %zu whose recordings cannot be used)", report.trials_left_out);
    std::printf("\n");
    if (report.skipped > 0)
        std::printf("%zu recordings cannot be used, see %s\n", report.skipped, (store / "skipped.txt").c_str());
    std::printf("store: %s\n", store.c_str());
}

} // namespace

int main(int argc, char** argv) {
    import_settings settings;
    std::map<std::string, std::vector<fs::path>> places;
    CLI::App app{"Makes a speech store of corpora that stay where they are"};
    app.add_option("--store", settings.store, "folder of the store")->required()->type_name("FOLDER");
    for (const corpus_option& each : corpus_options)
        app.add_option(each.name, places[each.kind], each.meaning)->type_name("PATH ...");
    app.add_option("--trials", settings.trials, "trial lists: 'label a b', 'a b label', 'a b target'")
        ->type_name("FILE ...");
    app.add_option("--enrolment", settings.how,
                   "of CN-Celeb: average (of embeddings, as published), joined (files) or both")
        ->transform(CLI::CheckedTransformer(enrolments));
    app.add_option("--shortest", settings.shortest_seconds, "seconds below which a recording does not train")
        ->check(CLI::Range(0., 1e4))
        ->capture_default_str();
    app.add_option("--join", settings.joined_seconds,
                   "seconds to which CN-Celeb's short recordings of one speaker and genre are joined; 0: not")
        ->check(CLI::Range(0., 1e4))
        ->capture_default_str();
    app.add_option("--threads", settings.threads, "threads that read")
        ->check(CLI::Range(1, 256))
        ->capture_default_str();
    app.add_flag("--rescan", settings.rescan, "measure all files again instead of those that have changed");
    CLI11_PARSE(app, argc, argv);
    for (const corpus_option& each : corpus_options)
        for (const fs::path& place : places[each.kind]) settings.corpora.push_back({each.kind, place});
    try {
        print(import_store(settings), settings.store);
        return EXIT_SUCCESS;
    } catch (const fs::filesystem_error& error) {
        std::cerr << "import_speech: cannot use '" << error.path1().string() << "' (" << error.code().message()
                  << "): check the folders of the corpora and of --store\n";
        return EXIT_FAILURE;
    } catch (const std::exception& error) {
        std::cerr << "import_speech: " << error.what() << '\n';
        return EXIT_FAILURE;
    }
}

// Speaker embeddings of recordings by a sparse model: `embed a.wav b.wav --model network.sparse`. Without LibTorch.
#include "common/atomic_file.hpp"
#include "common/plain_name.hpp"
#include "common/progress.hpp"
#include "speaker_verification/data/store/parallel.hpp"
#include "speaker_verification/deployment/embedding_network.hpp"
#include "speaker_verification/deployment/product_threads.hpp"
#include "speaker_verification/training/programs/recording_to_compare.hpp"
#include "speaker_verification/training/settings/command_line.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <thread>

namespace {

using namespace speaker_verification;
namespace fs = std::filesystem;
using clock_type = std::chrono::steady_clock;

double seconds_since(clock_type::time_point begin) {
    return std::chrono::duration<double>(clock_type::now() - begin).count();
}

/// In MB, or 0 where the system does not tell. getrusage would count what the process was before this program took it over.
double peak_memory() {
    std::ifstream status("/proc/self/status");
    const std::string field = "VmHWM:";
    for (std::string line; std::getline(status, line);)
        if (line.starts_with(field)) return std::strtod(line.c_str() + field.size(), nullptr) / 1024; // of KiB
    return 0;
}

struct embed_options {
    std::vector<fs::path> recordings;
    fs::path model, list, out;
    int threads = 0;

    void add_to(CLI::App& app) {
        app.add_option("recordings", recordings, "audio files, 16 kHz mono")->type_name("FILE ...");
        app.add_option("--list", list, "text file with the path of a recording in each line")->type_name("FILE");
        app.add_option("--model", model, "file that `export` wrote")->required()->type_name("FILE");
        app.add_option("--out", out, "JSON lines {\"wav\", \"embedding\"}; default: standard output")
            ->type_name("FILE");
        app.add_option("--threads", threads,
                       "of several recordings side by side, 0: one per processor; of one recording, 0: one")
            ->check(CLI::Range(0, 1024));
    }
};

std::vector<fs::path> recordings_of(const embed_options& options) {
    auto recordings = options.recordings;
    if (!options.list.empty()) {
        std::ifstream stream(options.list);
        if (!stream) throw std::runtime_error("list '" + options.list.string() + "' cannot be read: give a text file");
        for (std::string line; std::getline(stream, line);) {
            if (!line.empty() && line.back() == '\r') line.pop_back();
            if (!line.empty()) recordings.emplace_back(line);
        }
    }
    if (recordings.empty()) throw std::invalid_argument("there is no recording to embed: name some, or give --list");
    for (const auto& each : recordings) examples::require_utf8("a recording", each.string());
    return recordings;
}

struct embedded {
    Eigen::RowVectorXf embedding;
    double seconds = 0; ///< of sound
};

embedded embed_one(const embedding_model& model, const fs::path& recording) {
    const auto samples = read_recording_to_compare(recording);
    embedded result{model.embed(model.bank.compute(samples)), double(samples.size()) / model.run.features.sample_rate};
    if (!result.embedding.allFinite()) {
        throw std::runtime_error("the network gives no number for '" + recording.string() +
                                 "': train or export it anew");
    }
    return result;
}

/// Several recordings are embedded side by side, each by one thread. One recording has the threads that were asked for, and
/// otherwise one: the threads of a layer wait for each other where other programs run, for longer than it all takes.
std::vector<embedded> embed_all(const embedding_model& model, const std::vector<fs::path>& recordings, int asked) {
    std::vector<embedded> results(recordings.size());
    if (recordings.size() == 1) {
        use_product_threads(asked > 0 ? asked : 1);
        results[0] = embed_one(model, recordings[0]);
        return results;
    }
    const int processors = int(std::max(1u, std::thread::hardware_concurrency()));
    examples::progress_line progress("embed", std::int64_t(recordings.size()));
    parallel_for(
        recordings.size(), asked > 0 ? asked : processors,
        [&](std::size_t i) {
            use_product_threads(1);
            results[i] = embed_one(model, recordings[i]);
        },
        [&](std::size_t done) { progress.update(std::int64_t(done)); });
    progress.finish();
    return results;
}

void write(std::ostream& stream, const std::vector<fs::path>& recordings, const std::vector<embedded>& results) {
    for (std::size_t i = 0; i < recordings.size(); ++i) {
        const auto& row = results[i].embedding;
        const std::vector<float> numbers(row.data(), row.data() + row.size());
        stream << nlohmann::ordered_json{{"wav", recordings[i].string()}, {"embedding", numbers}}.dump() << '\n';
    }
}

int embed_recordings(int argc, char** argv) {
    CLI::App app{"Writes the speaker embeddings of recordings"};
    embed_options options;
    options.add_to(app);
    if (!parse_command_line(app, argc, argv)) return 0;
    const auto recordings = recordings_of(options);

    const auto begin = clock_type::now();
    const auto model = read_embedding_model(options.model);
    const double loading = seconds_since(begin);
    const auto loaded = clock_type::now();
    const auto results = embed_all(model, recordings, options.threads);
    const double embedding = seconds_since(loaded);
    if (options.out.empty()) {
        write(std::cout, recordings, results);
    } else {
        examples::write_file_atomically(options.out, [&](std::ostream& stream) { write(stream, recordings, results); });
    }
    double speech = 0;
    for (const auto& each : results) speech += each.seconds;
    std::fprintf(
        stderr,
        "%zu recordings, %.1f s of sound in %.3f s: %.5f of real time; model loaded in %.1f ms, its weights take "
        "%.2f MB; peak memory %.1f MB\n",
        recordings.size(), speech, embedding, embedding / speech, 1e3 * loading,
        double(model.network->bytes()) / 1048576, peak_memory());
    if (const auto& rows = model.network->rows; rows.left < rows.trained) {
        std::fprintf(stderr, "of %lld rows of its layers %lld are constant or not read and were left out\n",
                     static_cast<long long>(rows.trained), static_cast<long long>(rows.trained - rows.left));
    }
    return 0;
}

} // namespace

int embed_program(int argc, char** argv) {
    return speaker_verification::run_program("embed", [&] { return embed_recordings(argc, argv); });
}

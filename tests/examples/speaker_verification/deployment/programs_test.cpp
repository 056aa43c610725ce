#include "../training/support.hpp"
#include "speaker_verification/data/archives/subprocess.hpp"
#include "speaker_verification/training/checkpoints/network_fingerprint.hpp"
#include "speaker_verification/training/checkpoints/run_lock.hpp"
#include "speaker_verification/training/reports/score_origin.hpp"
#include "speaker_verification/training/settings/settings_file.hpp"
#include "synthetic_corpus.hpp"

#include "bytes.hpp"
#include "golden.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdlib>

using speaker_verification::process_result;
using speaker_verification::testing::bytes_of;
using speaker_verification::testing::contains;

namespace {

/// A second of noise as a mono WAV of 16 bits; seed 0: of silence.
void write_noise(const std::filesystem::path& file, std::uint32_t seed, std::uint32_t sample_rate) {
    bytes data;
    for (const float sample : congruential_samples(16000, seed))
        append(data, little(seed == 0 ? 0 : std::uint32_t(std::int32_t(sample)), 2));
    bytes wav{'R', 'I', 'F', 'F'};
    append(wav, little(std::uint32_t(36 + data.size()), 4));
    for (const char letter : std::string("WAVEfmt ")) wav.push_back(std::uint8_t(letter));
    append(wav, little(16, 4));
    append(wav, little(1, 2));
    append(wav, little(1, 2));
    append(wav, little(sample_rate, 4));
    append(wav, little(2 * sample_rate, 4));
    append(wav, little(2, 2));
    append(wav, little(16, 2));
    for (const char letter : std::string("data")) wav.push_back(std::uint8_t(letter));
    append(wav, little(std::uint32_t(data.size()), 4));
    append(wav, data);
    write_bytes(file, wav);
}

/// Two speakers of noise, and a network trained on them for a few steps.
struct trained_corpus : synthetic_corpus {
    trained_corpus() {
        write_noise(path / "a.wav", 20, 16000);
        write_noise(path / "b.wav", 21, 16000);
        write_noise(path / "telephone.wav", 22, 8000);
        auto all = speaker_verification::testing::small_settings();
        all.model.network = "resnet34";
        all.model.stage_channels = 2;
        all.batches.batch_size = 4;
        all.schedule.max_steps = 4;
        all.run.threads = 1;
        all.run.results = path.string();
        all.run.speech = cache().string();
        write_text(path / "run.toml", speaker_verification::settings_text(all));
        succeed(fetch());
        succeed(run({TRAIN, "--config", "run.toml", "--name", "run"}));
        write_text(path / "trials.txt", "1 a b 0.5\n0 a c -1\n");
        say_origin("run");
    }

    /// As `score` would of trials.txt.
    void say_origin(const char* name) const {
        using namespace speaker_verification;
        const auto network = network_fingerprint(read_checkpoint_file(path / name / "last.checkpoint"));
        write_score_origin(path / "trials.txt", network);
    }

    process_result run(const std::vector<std::string>& command) const {
        return speaker_verification::run_program(command, path);
    }
    static std::string succeed(const process_result& result) {
        BOOST_TEST_REQUIRE(result.status == 0, result.output);
        return result.output;
    }
    /// The one sentence that a program ends with.
    std::string refusal(const std::vector<std::string>& command) const {
        const auto result = run(command);
        BOOST_TEST(result.status == 1, command.front());
        BOOST_TEST(std::count(result.output.begin(), result.output.end(), '\n') == 1, result.output);
        return result.output;
    }
};

double cosine_in(const std::string& output) {
    const std::string word = "cosine ";
    const auto place = output.find(word);
    BOOST_TEST_REQUIRE(place != std::string::npos, output);
    return std::strtod(output.c_str() + place + word.size(), nullptr);
}

} // namespace

BOOST_AUTO_TEST_SUITE(programs)

BOOST_AUTO_TEST_CASE(verify_scores_an_exported_network_as_its_checkpoint_and_refuses_all_else) {
    const trained_corpus corpus;
    const std::string checkpoint = "run/last.checkpoint", model = "run/network.sparse";
    const std::vector<std::string> export_it = {EXPORT,       "--checkpoint", checkpoint, "--scores",
                                                "trials.txt", "--threads",    "1"};
    BOOST_TEST(contains(corpus.succeed(corpus.run(export_it)), "equal-error threshold 0.5000"));
    const auto verified = corpus.succeed(corpus.run({VERIFY, "a.wav", "b.wav", "--model", model}));
    const auto scored =
        corpus.succeed(corpus.run({SCORE, "--checkpoint", checkpoint, "--pair", "a.wav", "b.wav", "--threads", "1"}));
    BOOST_TEST(std::abs(cosine_in(verified) - cosine_in(scored)) < 2e-4);
    BOOST_TEST(contains(verified, cosine_in(verified) >= .5 ? "same speaker" : "different speakers"));

    write_text(corpus.path / "list.txt", "b.wav\r\na.wav\n");
    corpus.succeed(corpus.run({EMBED, "a.wav", "--list", "list.txt", "--model", model, "--out", "all.json"}));
    const auto one = corpus.succeed(corpus.run({EMBED, "b.wav", "--model", model, "--threads", "2"}));
    BOOST_TEST(contains(one, "1 recordings, 1.0 s of sound"));
    const auto all = bytes_of(corpus.path / "all.json");
    const auto first = all.find('\n') + 1, second = all.find('\n', first) + 1;
    BOOST_TEST(contains(one, all.substr(first, second - first))); // whatever the threads, and whatever is beside it
    BOOST_TEST(all.substr(second) == all.substr(0, first));
    BOOST_TEST(all.starts_with("{\"wav\":\"a.wav\",\"embedding\":["));
    BOOST_TEST(contains(corpus.refusal({EMBED, "--model", model}), "embed: there is no recording to embed"));

    corpus.succeed(corpus.run({EXPORT, "--checkpoint", checkpoint, "--format", "safetensors"}));
    corpus.succeed(corpus.run({TRAIN, "--config", "run.toml", "--start_from", "run/network.safetensors", "--name",
                               "more", "--max_steps", "1"}));
    BOOST_TEST(contains(corpus.refusal({TRAIN, "--config", "run.toml", "--start_from", "run/network.safetensors",
                                        "--stage_channels", "4", "--name", "other"}),
                        "it is of another network"));
    BOOST_TEST(contains(corpus.refusal({TRAIN, "--config", "run.toml", "--start_from", "run/network.safetensors",
                                        "--large-margin", "--name", "other"}),
                        "train: --large-margin shortens the training of a checkpoint"));
    BOOST_TEST(
        contains(corpus.refusal({EXPORT, "--checkpoint", checkpoint, "--format", "safetensors", "--out", "a.bin"}),
                 "must end with .safetensors"));
    BOOST_TEST(contains(
        corpus.refusal({EXPORT, "--checkpoint", checkpoint, "--format", "safetensors", "--scores", "trials.txt"}),
        "export: --scores gives a threshold, for which --format safetensors has no place"));

    const std::vector<std::string> to_onnx = {EXPORT, "--checkpoint", checkpoint, "--format", "onnx"};
    BOOST_TEST(contains(corpus.succeed(corpus.run(to_onnx)), "run/network.onnx: "));
    BOOST_TEST(contains(corpus.refusal(to_onnx), "exists: replace it with --overwrite"));
    const auto with = [&](std::vector<std::string> command, const std::vector<std::string>& more) {
        command.insert(command.end(), more.begin(), more.end());
        return command;
    };
    corpus.succeed(corpus.run(with(to_onnx, {"--batch_norm", "kept", "--out", "kept.onnx"})));
    BOOST_TEST(bytes_of(corpus.path / "kept.onnx").find("BatchNormalization") != std::string::npos);
    BOOST_TEST(bytes_of(corpus.path / "run" / "network.onnx").find("BatchNormalization") == std::string::npos);
    BOOST_TEST(contains(corpus.refusal(with(to_onnx, {"--dead_channels", "removed", "--batch_norm", "kept"})),
                        "export: --dead_channels removed folds batch normalisation"));
    BOOST_TEST(contains(corpus.refusal({EXPORT, "--checkpoint", checkpoint, "--dead_channels", "removed"}),
                        "export: --dead_channels is of --format onnx"));
    BOOST_TEST(contains(corpus.refusal(with(to_onnx, {"--scores", "trials.txt"})), "--format onnx has no place"));
    BOOST_TEST(contains(corpus.refusal(with(to_onnx, {"--head"})), "export: --head keeps the classifier"));
    BOOST_TEST(contains(corpus.refusal({EXPORT, "--checkpoint", checkpoint, "--batch_norm", "kept"}),
                        "export: --batch_norm is of --format onnx"));

    BOOST_TEST(contains(corpus.refusal(export_it), "exists: replace it with --overwrite"));
    BOOST_TEST(contains(corpus.refusal({TRAIN, "--network", "resnet50", "--name", "other"}),
                        "train: setting 'network' is 'resnet50' but must be one of ecapa_tdnn|resnet34"));

    const auto whole = bytes_of(corpus.path / model);
    const auto verify_with = [&](const std::string& contents) {
        write_text(corpus.path / "bad.sparse", contents);
        return corpus.refusal({VERIFY, "a.wav", "b.wav", "--model", "bad.sparse"});
    };
    BOOST_TEST(contains(verify_with(whole.substr(0, whole.size() / 2)), "truncated or corrupt"));
    auto flipped = whole;
    flipped[whole.size() / 2] = char(flipped[whole.size() / 2] ^ 4);
    BOOST_TEST(contains(verify_with(flipped), "truncated or corrupt"));
    BOOST_TEST(contains(verify_with(bytes_of(corpus.path / checkpoint)), "is not a sparse model"));
    BOOST_TEST(contains(corpus.refusal({VERIFY, "a.wav", "telephone.wav", "--model", model}), "8000 Hz"));

    write_noise(corpus.path / "silent.wav", 0, 16000);
    std::filesystem::copy_file(corpus.path / "b.wav", corpus.path / "cut.wav");
    std::filesystem::resize_file(corpus.path / "cut.wav", 24000);
    for (const char* file : {"silent.wav", "cut.wav"}) {
        const std::string named = std::string("audio file '") + file + "' ";
        BOOST_TEST(contains(corpus.refusal({VERIFY, "a.wav", file, "--model", model}), "verify: " + named));
        BOOST_TEST(contains(corpus.refusal({VERIFY, file, file, "--model", model}), "verify: " + named));
        BOOST_TEST(contains(corpus.refusal({EMBED, "a.wav", file, "--model", model, "--out", "none.json"}), named));
        BOOST_TEST(!std::filesystem::exists(corpus.path / "none.json"));
        BOOST_TEST(
            contains(corpus.refusal({SCORE, "--checkpoint", checkpoint, "--pair", "a.wav", file}), "score: " + named));
    }
}

BOOST_AUTO_TEST_CASE(export_takes_a_threshold_from_the_scores_of_its_own_network_alone) {
    const trained_corpus corpus;
    const auto network = [&](const char* name) {
        return std::vector<std::string>{
            EXPORT, "--checkpoint", std::string(name) + "/last.checkpoint", "--scores", "trials.txt", "--threads", "1"};
    };
    corpus.succeed(corpus.run({TRAIN, "--config", "run.toml", "--name", "other", "--seed", "6"}));
    BOOST_TEST(contains(corpus.refusal(network("other")),
                        "export: 'trials.txt' holds the scores of another network than 'other/last.checkpoint': run "
                        "score --checkpoint 'other/last.checkpoint'"));
    BOOST_TEST(!std::filesystem::exists(corpus.path / "other" / "network.sparse"));
    auto averaged = network("run");
    averaged.insert(averaged.end(), {"--average", "other/last.checkpoint"});
    BOOST_TEST(contains(corpus.refusal(averaged), "export: --scores are those of the network in --checkpoint"));
    {
        const speaker_verification::run_lock lock(corpus.path / "run", "another", "wait");
        BOOST_TEST(contains(corpus.refusal(network("run")), "export: 'run' is in use by another"));
    }
    write_text(corpus.path / "trials.txt", "1 a b 0.75\n0 a c -1\n");
    BOOST_TEST(contains(corpus.refusal(network("run")), "is not the file that 'trials.json' is about"));
    corpus.say_origin("run");
    BOOST_TEST(contains(corpus.succeed(corpus.run(network("run"))), "equal-error threshold 0.7500"));
    write_text(corpus.path / "trials.json", "{}");
    BOOST_TEST(contains(corpus.refusal(network("run")), "exists: replace it"));
    std::filesystem::remove(corpus.path / "run" / "network.sparse");
    BOOST_TEST(contains(corpus.refusal(network("run")), "is not the file that 'trials.json' is about"));
    std::filesystem::remove(corpus.path / "trials.json");
    BOOST_TEST(contains(corpus.refusal(network("run")), "export: 'trials.txt' has no 'trials.json' beside it"));
}

BOOST_AUTO_TEST_SUITE_END()

#pragma once
/// A speech store made of noise, with actors to rotate; programs that run on it; faults that end them.
#include "speaker_verification/data/archives/subprocess.hpp"
#include "speaker_verification/data/corpora/actor_rotation.hpp"
#include "speaker_verification/data/store/store_index.hpp"
#include "speaker_verification/training/settings/settings_file.hpp"
#include "support.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace speaker_verification::testing {

/// Writes the lists and the sounds of half a second each. Three actors and two robots have eight training
/// utterances each; two actors are held out, with four crops of two utterances.
class small_store {
  public:
    explicit small_store(const std::filesystem::path& folder) : folder_(folder) {
        std::filesystem::create_directories(folder / "lists");
        const std::string robots = "beneath-a-steel-sky", actors(rotation_package);
        std::string training = "speaker,character,package,path,speech_s\n";
        for (const char* speaker : {"qa_brad_lavelle", "qa_regina_reagan", "qa_tom_hill"}) {
            for (int i = 0; i < 8; ++i) {
                const bool other_role = speaker == std::string("qa_tom_hill") && i % 2 == 1;
                training +=
                    std::string(speaker) + (other_role ? ",ape," : ",role,") + actors + "," + add(actors) + ",1.5\n";
            }
        }
        for (const char* speaker : {"robot_1", "robot_2"}) {
            for (int i = 0; i < 8; ++i) {
                training += std::string(speaker) + ",role," + robots + "," + add(robots) + ",1.5\n";
            }
        }
        write_bytes(folder / "lists/train.csv", training);
        write_trials(actors);
        for (const auto& [name, package] : index_.packages) write_noise(raw_file(folder, name), package);
        index_.set = "small";
        index_.training = "train.csv";
        index_.trials = {std::string(standard_list)};
        write_store_index(folder, index_);
    }

  private:
    std::string add(const std::string& package) {
        auto& decoded = index_.packages[package];
        const std::string path = "sound" + std::to_string(decoded.members.size());
        decoded.members[path] = {decoded.samples, sound};
        decoded.samples += sound;
        return path;
    }

    void write_trials(const std::string& package) {
        std::string crops = "crop,speaker,character,speech_s,members\n", trials = "label,crop_a,crop_b,type\n";
        for (int i = 0; i < 8; ++i) {
            crops += "c" + std::to_string(i) + (i < 4 ? ",qa_barry_james" : ",qa_enn_reitel") + ",role,3," + package +
                     "/" + add(package) + "|" + package + "/" + add(package) + "\n";
            for (int j = 0; j < i; ++j) {
                const bool same = i / 4 == j / 4;
                trials += (same ? "1,c" : "0,c") + std::to_string(j) + ",c" + std::to_string(i) +
                          (same ? ",same_character\n" : ",same_gender\n");
            }
        }
        const std::string name(standard_list);
        write_bytes(folder_ / "lists" / ("crops_" + name + ".csv"), crops);
        write_bytes(folder_ / "lists" / ("trials_" + name + ".csv"), trials);
    }

    static void write_noise(const std::filesystem::path& file, const decoded_package& package) {
        counter_random random(3, std::uint64_t(package.samples), 0);
        std::string samples;
        for (std::int64_t i = 0; i < package.samples; ++i) {
            // Each sound has a colour of its own, the same for all in a block of eight: a voice, nearly.
            const auto voice = double(i / (8 * sound) % 5);
            const double wave = 3000 * std::sin(double(i) * (.05 + .2 * voice)) + 2000 * random.normal();
            const auto value = std::int16_t(std::clamp(wave, -32000., 32000.));
            samples += char(std::uint16_t(value) & 0xff);
            samples += char(std::uint16_t(value) >> 8);
        }
        write_bytes(file, samples);
    }

    static constexpr std::int64_t sound = 8000;
    std::filesystem::path folder_;
    store_index index_;
};

/// A folder with a small store and the settings of a short run on it, in which programs run.
struct program_folder {
    scratch_folder scratch;
    settings all = small_settings();

    program_folder() {
        small_store store(scratch.path / "store");
        all.run.speech = (scratch.path / "store").string();
        all.run.results = scratch.path.string();
        all.run.threads = 1;
        all.batches.batch_size = 8;
        all.monitoring.statistics_batches = 2;
    }

    std::filesystem::path operator/(const std::string& name) const { return scratch.path / name; }

    process_result run(const std::vector<std::string>& command) const { return run_program(command, scratch.path); }
    std::string succeed(const std::vector<std::string>& command) const {
        const auto result = run(command);
        BOOST_TEST_REQUIRE(result.status == 0, result.output);
        return result.output;
    }
    /// The command that trains the run `name`, whose settings are written to a file first.
    std::vector<std::string> train(const std::string& name, std::vector<std::string> more = {}) const {
        write_bytes(*this / "run.toml", settings_text(all));
        std::vector<std::string> command{TRAIN, "--config", "run.toml", "--name", name};
        command.insert(command.end(), more.begin(), more.end());
        return command;
    }
    /// The line with which a program that fails says why.
    std::string refusal(const std::vector<std::string>& command) const {
        const auto result = run(command);
        BOOST_TEST_REQUIRE(result.status == 1, result.output);
        const auto end = result.output.find_last_not_of('\n');
        const auto begin = result.output.find_last_of('\n', end);
        return result.output.substr(begin == std::string::npos ? 0 : begin + 1);
    }
};

} // namespace speaker_verification::testing

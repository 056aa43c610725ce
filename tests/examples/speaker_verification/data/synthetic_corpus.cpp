#include "synthetic_corpus.hpp"

#include <fstream>
#include <stdexcept>

#include "bytes.hpp"
#include "golden.hpp"

namespace {

namespace fs = std::filesystem;
using speaker_verification::process_result;
using speaker_verification::run_program;

std::string run(const std::vector<std::string>& command, const fs::path& folder) {
    const process_result result = run_program(command, folder);
    if (result.status != 0) throw std::runtime_error(command.front() + " fails: " + result.output);
    return result.output;
}

void write_program(const fs::path& file, const std::string& script) {
    write_text(file, "#!/bin/sh\n" + script);
    fs::permissions(file, fs::perms::owner_all);
}

/// Half a second of generated noise as unsigned 8-bit PCM behind Drascula's 32 bytes.
bytes noise_file(std::uint32_t seed) {
    bytes file(32, 0);
    for (const float x : congruential_samples(5512, seed)) file.push_back(static_cast<std::uint8_t>(x / 256 + 128));
    return file;
}

} // namespace

synthetic_corpus::synthetic_corpus() {
    build_package();
    write_lists();
    write_programs();
}

void synthetic_corpus::build_package() const {
    const fs::path root = path / "package";
    write_text(root / "DEBIAN/control", "Package: synthetic-voices\nVersion: 1.0\nArchitecture: all\n"
                                        "Maintainer: Nobody <nobody@example.org>\nDescription: noise\n");
    for (int i = 0; i < 10; ++i)
        write_bytes(root / "usr/voices" / std::string("v").append(std::to_string(i)).append(".ALS"),
                    noise_file(static_cast<std::uint32_t>(i + 1)));
    fs::create_directories(archive().parent_path());
    run({"dpkg-deb", "--root-owner-group", "-b", root.string(), archive().string()}, path);
}

void synthetic_corpus::write_lists() const {
    const auto size = fs::file_size(archive());
    write_text(lists() / "packages.txt", "synthetic-voices=1.0 " + std::to_string(size) + " " +
                                             run({"sha256sum", archive().string()}, path).substr(0, 64) + "\n");
    write_text(lists() / "sets.json",
               R"({"synthetic": {"packages": ["synthetic-voices"], "training": "train.csv", "trials": ["pair"]},
                   "all": {"packages": ["synthetic-voices", "absent-voices"], "training": "train.csv",
                           "trials": ["pair"]}})");
    std::string train = "speaker,character,package,path,speech_s\n";
    for (int i = 0; i < 6; ++i)
        train += std::string(i < 3 ? "anna" : "berta") + ",role,synthetic-voices,usr/voices/v" + std::to_string(i) +
                 ".ALS,0.5\n";
    train += "clara,role,absent-voices,usr/c.ALS,0.5\n";
    write_text(lists() / "train.csv", train);
    const std::string voice = "synthetic-voices/usr/voices/v";
    write_text(lists() / "crops_pair.csv", "crop,speaker,character,speech_s,members\na,dora,role,1.0," + voice +
                                               "6.ALS|" + voice + "7.ALS\nb,dora,role,1.0," + voice + "8.ALS|" + voice +
                                               "9.ALS\n");
    write_text(lists() / "trials_pair.csv", "label,crop_a,crop_b,type\n1,a,b,any\n");
}

void synthetic_corpus::write_programs() const {
    write_program(path / "programs/apt-get", "echo call >> '" + (path / "calls").string() + "'\ncp '" +
                                                 archive().string() + "' ./synthetic-voices_1.0_all.deb\n");
    write_program(path / "programs/apt-cache", "echo 'synthetic-voices:'\necho '  Candidate: 1.0'\n");
}

void synthetic_corpus::break_network(const std::string& message) const {
    write_program(path / "programs/apt-get", "echo '" + message + "' >&2\nexit 100\n");
}

void synthetic_corpus::offer_version(const std::string& version) const {
    break_network("E: Version not found");
    write_program(path / "programs/apt-cache", "echo '  Candidate: " + version + "'\n");
}

int synthetic_corpus::downloads() const {
    std::ifstream calls(path / "calls");
    int count = 0;
    for (std::string line; std::getline(calls, line);) ++count;
    return count;
}

process_result synthetic_corpus::fetch(const std::string& selection) const {
    return fetch_into(cache().string(), selection);
}

process_result synthetic_corpus::fetch_into(const std::string& cache, const std::string& selection) const {
    const std::string programs = (path / "programs").string() + ":" + std::getenv("PATH");
    return run_program({"env", "PATH=" + programs, FETCH_SPEECH, "--packages", selection, "--cache", cache, "--lists",
                        lists().string()},
                       path);
}

#include "speaker_verification/training/loop/shared_run.hpp"

#include "speaker_verification/training/settings/settings_file.hpp"

#include <array>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <string_view>

namespace speaker_verification {

namespace {

/// Where the speech lies, and threads: those of LibTorch change how a process rounds what is averaged anyway.
constexpr std::array<std::string_view, 4> free_to_differ = {"speech", "threads", "workers", "batches_ahead"};

std::string hash_of_text(const std::string& text) { return bregman::hash_in_words(text.data(), text.size()); }

std::string hash_of_file(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw std::runtime_error("cannot read '" + path.string() + "': check its permissions");
    return hash_of_text(std::string(std::istreambuf_iterator<char>(file), {}));
}

void add_settings(bregman::named_values& values, const settings& all) {
    std::istringstream text(settings_text(all));
    for (std::string line; std::getline(text, line);) {
        const auto equals = line.find(" = ");
        if (equals == std::string::npos) continue;
        const std::string name = line.substr(0, equals);
        if (std::find(free_to_differ.begin(), free_to_differ.end(), name) != free_to_differ.end()) continue;
        const auto begin = equals + 3, end = line.find_last_not_of(' ', line.rfind('#') - 1);
        values.emplace_back("setting '" + name + "'", line.substr(begin, end + 1 - begin));
    }
}

void check(const bregman::named_values& values, const std::string& remedy, const training_processes& processes) {
    auto all = processes;
    bregman::check_same(all, values, remedy);
}

} // namespace

void require_shareable(const settings& all, const training_processes& processes) {
    if (processes.is_alone()) return;
    const std::string many = std::to_string(processes.size()) + " processes";
    if (all.run.device == "cuda" && !processes.have_gpus()) {
        throw std::invalid_argument("setting 'device' is cuda, and " + many +
                                    " need a GPU each and a program that was built with NCCL: set it to cpu, or train "
                                    "in one process");
    }
    if (all.batches.batch_size < 2 * processes.size()) {
        throw std::invalid_argument("setting 'batch_size' is " + std::to_string(all.batches.batch_size) + " but " +
                                    many + " need at least two crops each: raise it to " +
                                    std::to_string(2 * processes.size()) + ", or start fewer");
    }
}

void check_same_start(const settings& all, bregman::named_values options, const training_processes& processes) {
    if (processes.is_alone()) return;
    bregman::named_values values;
    processes.by_each([&] {
        values.emplace_back("the program, a hash,", hash_of_file("/proc/self/exe"));
        if (!all.run.start_from.empty())
            values.emplace_back("the file of 'start_from', a hash,", hash_of_file(all.run.start_from));
    });
    values.insert(values.begin() + 1, options.begin(), options.end());
    add_settings(values, all);
    check(values, "start all processes with the same program, options and settings", processes);
}

void check_same_material(const training_material& material, const level_normalization& levels,
                         const training_processes& processes) {
    if (processes.is_alone()) return;
    std::string names, utterances;
    for (const auto& name : material.speakers) names += name + '\n';
    for (const auto& each : material.utterances) {
        utterances += std::to_string(each.speaker) + ' ' + std::to_string(each.features.frames);
        for (const auto& copy : each.variants) utterances += ' ' + std::to_string(copy.features.frames);
        utterances += '\n';
    }
    check({{"number of speakers", std::to_string(material.speakers.size())},
           {"the speakers' names, a hash,", hash_of_text(names)},
           {"number of utterances", std::to_string(material.utterances.size())},
           {"the utterances' lengths, a hash,", hash_of_text(utterances)},
           {"the levels of the features, a hash,", hash_of_text(nlohmann::json(levels).dump())}},
          "give all processes the same speech", processes);
}

void check_same_training(const training_clock& clock, double lambda, const speaker_network& network,
                         const std::string& optimizer_state, const training_processes& processes) {
    if (processes.is_alone()) return;
    bregman::named_values values{{"number of steps", std::to_string(clock.step)},
                                 {"lambda", nlohmann::json(lambda).dump()}};
    for (const auto& parameter : network.embedder->named_parameters()) {
        const auto theta = parameter.value().detach().to(torch::kCPU).contiguous();
        values.emplace_back(parameter.key() + ", a hash,", bregman::hash_in_words(theta.data_ptr(), theta.nbytes()));
    }
    values.emplace_back("the optimizer's state, a hash,", hash_of_text(optimizer_state));
    check(values, "the processes have gone apart: start all of them again from the last checkpoint", processes);
}

} // namespace speaker_verification

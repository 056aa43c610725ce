#include "speaker_verification/experiment/run_archive.hpp"

#include "common/json_file.hpp"
#include "common/strict_json.hpp"
#include "speaker_verification/data/corpora/actor_rotation.hpp"
#include "speaker_verification/training/reports/step_log.hpp"
#include "speaker_verification/training/settings/settings_file.hpp"

#include <stdexcept>
#include <type_traits>
#include <utility>

namespace speaker_verification {

namespace {

namespace fs = std::filesystem;

/// Settings that change no number of a run, or only say where it lies.
bool is_immaterial(std::string_view name) {
    return name == "name" || name == "results" || name == "threads" || name == "workers" || name == "batches_ahead" ||
           name == "shard_state" || name == "compare_every";
}

std::string in_words(const std::vector<double>& values) {
    std::string text = "[";
    for (const double value : values) text += (text.size() > 1 ? ", " : "") + shortest_text(value);
    return text + "]";
}
std::string in_words(double value) { return shortest_text(value); }
std::string in_words(std::int64_t value) { return std::to_string(value); }
std::string in_words(bool value) { return value ? "true" : "false"; }
std::string in_words(const std::string& value) { return "'" + value + "'"; }

/// Name and value of every setting that matters.
std::vector<std::pair<std::string, std::string>> material_settings(const settings& all) {
    std::vector<std::pair<std::string, std::string>> listed;
    visit(all, [&](const setting_key& key, const auto& value) {
        if (!is_immaterial(key.name)) listed.emplace_back(key.name, in_words(value));
    });
    return listed;
}

std::optional<double> number_in(const nlohmann::json& object, const char* field) {
    const auto found = object.find(field);
    if (found == object.end() || !found->is_number()) return std::nullopt;
    return found->get<double>();
}

/// Whether s counts all parameters of the network.
bool counts_all(const settings& all) { return all.sparsity.count_head && all.sparsity.count_rest; }

} // namespace

std::string first_difference(const settings& begun, const settings& wanted) {
    const auto before = material_settings(begun), now = material_settings(wanted);
    for (std::size_t i = 0; i < now.size(); ++i) {
        if (before[i].second == now[i].second) continue;
        return "'" + now[i].first + "' = " + before[i].second + ", the grid says " + now[i].second;
    }
    return {};
}

double run_record::sparsity() const {
    // The optimizer's own count, which targets are about, leaves out what the run says. Runs of a search have
    // no target of their own, and count like those that do.
    const bool own_count = !counts_all(plan.all) && !training.empty();
    const auto counted = own_count ? number_in(training.back(), "sparsity") : std::nullopt;
    return counted ? *counted : score.at("network").at("sparsity").get<double>();
}

std::optional<double> run_record::lambda() const { return number_in(score, "lambda"); }

double run_record::validation_accuracy() const {
    return validation.empty() ? 0 : number_in(validation.back(), "validation_accuracy").value_or(0);
}

double run_record::closed_set_accuracy() const {
    const auto found = score.find("closed_set");
    if (found != score.end()) {
        if (const auto accuracy = number_in(*found, "accuracy")) return *accuracy;
    }
    return validation_accuracy();
}

std::string run_record::list_named(const std::string& list) const {
    const auto lists = score.find("lists");
    if (lists == score.end()) return {};
    if (lists->contains(list)) return list;
    const std::string rotation(rotation_list);
    return list == standard_list && lists->contains(rotation) ? rotation : std::string{};
}

std::optional<double> run_record::eer(const std::string& list) const {
    const auto name = list_named(list);
    if (name.empty()) return std::nullopt;
    return number_in(score.at("lists").at(name), "eer");
}

double run_record::training_seconds() const { return number_in(score, "seconds").value_or(0); }

std::int64_t run_record::steps() const { return score.value("steps", std::int64_t{0}); }

double run_record::waited() const {
    double waited = 0, seconds = 0, since = 0;
    for (const auto& line : training) {
        const double now = number_in(line, "seconds").value_or(since);
        waited += number_in(line, "waited").value_or(0) * (now - since);
        seconds += now - since;
        since = now;
    }
    return seconds > 0 ? waited / seconds : 0;
}

run_archive::run_archive(fs::path folder, std::string speech)
    : folder_(std::move(folder)), speech_(std::move(speech)) {}

fs::path run_archive::config_of(const planned_run& run) const { return folder_ / "configs" / (run.name + ".toml"); }

settings run_archive::complete_settings(const planned_run& run) const {
    settings all = run.all;
    all.run.name = run.name;
    all.run.results = (folder_ / "runs").string();
    all.run.speech = speech_;
    return all;
}

bool run_archive::is_done(const planned_run& run) const { return fs::exists(folder_of(run) / "score.json"); }

void run_archive::require_same_settings(const planned_run& run) const {
    const auto begun_with = folder_of(run) / "config.toml";
    if (!fs::exists(begun_with)) return;
    settings begun;
    read_settings_file(begun_with, begun);
    const auto difference = first_difference(begun, complete_settings(run));
    if (difference.empty()) return;
    throw std::runtime_error("the run in '" + folder_of(run).string() + "' was begun with " + difference +
                             ": move its folder away, or give the changed variant or grid another name");
}

std::optional<std::string> run_archive::failure_of(const planned_run& run) const {
    const auto noted = folder_of(run) / "failure.json";
    if (!fs::exists(noted)) return std::nullopt;
    return examples::read_json_file(noted).value("failure", "of unknown cause");
}

void run_archive::note_failure(const planned_run& run, const std::string& sentence) const {
    examples::write_json_file(folder_of(run) / "failure.json", {{"failure", sentence}});
}

void run_archive::forget_failure(const planned_run& run) const { fs::remove(folder_of(run) / "failure.json"); }

void run_archive::note_score_seconds(const planned_run& run, double seconds) const {
    examples::write_json_file(folder_of(run) / "timing.json", {{"score_seconds", seconds}});
}

std::optional<run_record> run_archive::load(const planned_run& run) const {
    if (!is_done(run)) return std::nullopt;
    const auto folder = folder_of(run);
    run_record record{run, examples::read_json_file(folder / "score.json"), {}, {}, 0};
    double sparsity = 0;
    const auto network = record.score.is_object() ? record.score.find("network") : record.score.end();
    if (network == record.score.end() || !examples::take_json_field(*network, "sparsity", sparsity)) {
        throw std::runtime_error("'" + (folder / "score.json").string() +
                                 "' is not as `score` writes it: remove it, and the run is scored again");
    }
    for (auto& line : read_step_log(folder / "log.jsonl")) {
        (line.contains("validation_accuracy") ? record.validation : record.training).push_back(std::move(line));
    }
    if (fs::exists(folder / "timing.json")) {
        record.score_seconds = examples::read_json_file(folder / "timing.json").value("score_seconds", 0.0);
    }
    return record;
}

std::optional<run_result> run_archive::result_of(const planned_run& run) const {
    const auto record = load(run);
    if (!record) return std::nullopt;
    return run_result{record->sparsity(), record->validation_accuracy()};
}

} // namespace speaker_verification

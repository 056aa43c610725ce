#include "speaker_verification/training/checkpoints/run_description.hpp"

#include "speaker_verification/training/settings/settings_file.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string_view>

namespace speaker_verification {

namespace {

constexpr std::array<std::string_view, 16> free_to_change = {
    "name",           "results",          "speech",        "start_from", "device",      "threads",
    "workers",        "batches_ahead",    "shard_state",   "max_steps",  "max_seconds", "log_every",
    "validate_every", "checkpoint_every", "compare_every", "max_refused"};

/// Name of each setting that must not change, and its line of TOML.
std::map<std::string, std::string> fixed_settings(const settings& all) {
    std::map<std::string, std::string> lines;
    std::istringstream text(settings_text(all));
    for (std::string line; std::getline(text, line);) {
        const std::string name = line.substr(0, line.find(' '));
        const bool free = std::find(free_to_change.begin(), free_to_change.end(), name) != free_to_change.end();
        if (!free) lines[name] = line.substr(0, line.find_last_not_of(' ', line.find('#') - 1) + 1);
    }
    return lines;
}

} // namespace

double fewest_parameters(const model_settings& model, std::int64_t bands, std::int64_t classes) {
    const double embedding = double(model.embedding), head = double(classes) * embedding;
    if (model.network == "resnet34") {
        const double first = double(model.stage_channels), last = 8 * first;
        return head + 9 * (first * first + 5 * last * last) + 2 * last * double((bands + 7) / 8) * embedding;
    }
    const double channels = double(model.channels), pooled = double(model.pooled_channels);
    const double part = channels / double(model.scales);
    const double block =
        2 * channels * channels + 3 * (double(model.scales) - 1) * part * part + 2 * channels * double(model.squeeze);
    return head + 5 * double(bands) * channels + 3 * block + 3 * channels * pooled +
           4 * pooled * double(model.attention) + 2 * pooled * embedding;
}

filter_bank_settings filter_bank_of(const feature_settings& features) {
    filter_bank_settings settings;
    settings.mel_bins = int(features.bands);
    settings.low_frequency = features.low_hz;
    settings.high_frequency = features.high_hz;
    return settings;
}

void require_same_speech(const run_description& saved, const run_description& asked, const std::string& where) {
    require_same_settings(saved.features, asked.features, "checkpoint '" + where + "'");
    if (saved.speakers != asked.speakers) {
        throw std::invalid_argument("checkpoint '" + where + "' knows " + std::to_string(saved.speakers.size()) +
                                    " speakers, not the " + std::to_string(asked.speakers.size()) +
                                    " of this data: resume with the same packages, or start a new run");
    }
    if (!(saved.normalization == asked.normalization)) {
        throw std::invalid_argument("checkpoint '" + where +
                                    "' has other band statistics than this data, which has "
                                    "changed: fetch it anew, or start a new run");
    }
}

void require_same_steps(const settings& saved, const settings& asked, const std::string& where) {
    const auto before = fixed_settings(saved), after = fixed_settings(asked);
    const auto compare = [&](const std::string& name) {
        const auto found = before.find(name), line = after.find(name);
        if (found == before.end() || line == after.end() || found->second == line->second) return;
        throw std::invalid_argument(where + " was trained with " + found->second + ", not with " + line->second +
                                    ": resume with its value, or start a new run");
    };
    // What others follow from first: defaults of another optimizer differ too, and nobody gave those.
    for (const char* name : {"optimizer", "network", "law", "pruning"}) compare(name);
    for (const auto& [name, line] : after) compare(name);
}

void require_resumable(const run_description& saved, const run_description& asked, const std::string& where) {
    // Features first: their sentence says more than the one about the setting they come from.
    require_same_settings(saved.features, asked.features, "checkpoint '" + where + "'");
    require_same_steps(saved.all, asked.all, "checkpoint '" + where + "'");
    require_same_speech(saved, asked, where);
}

} // namespace speaker_verification

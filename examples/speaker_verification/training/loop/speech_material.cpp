#include "speaker_verification/training/loop/speech_material.hpp"

#include "common/plain_name.hpp"
#include "speaker_verification/data/audio/waveform_augmentation.hpp"
#include "speaker_verification/data/corpora/actor_rotation.hpp"
#include "speaker_verification/model/memory.hpp"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cstdlib>
#include <set>
#include <stdexcept>
#include <thread>
#include <utility>

namespace speaker_verification {

namespace {

int processors() { return int(std::max(1u, std::thread::hardware_concurrency())); }

feature_store_options loud_options() {
    feature_store_options options;
    options.threads = processors();
    options.progress = print_feature_progress();
    return options;
}

feature_matrix joined_features(const feature_store& features, const crop& crop) {
    feature_matrix joined;
    for (const std::size_t member : crop.utterances) {
        const auto part = features.utterance(member);
        joined.bins = part.bins;
        joined.frames += part.frames;
        joined.values.insert(joined.values.end(), part.values().begin(), part.values().end());
    }
    return joined;
}

list_to_score stored_list(const speech_with_features& speech, std::size_t index) {
    list_to_score list;
    list.trials = speech.speech.trial_lists()[index];
    for (std::size_t c = 0; c < list.trials.crops.size(); ++c) {
        list.crops.push_back(speech.features.crop_parts(index, c));
    }
    return list;
}

list_to_score made_list(const speech_with_features& speech, trial_list trials) {
    list_to_score list;
    list.trials = std::move(trials);
    for (const auto& each : list.trials.crops) list.joined.push_back(joined_features(speech.features, each));
    for (const auto& each : list.joined) list.crops.push_back({each});
    return list;
}

} // namespace

std::filesystem::path speech_folder(const std::string& chosen) {
    if (!chosen.empty()) return chosen;
    const char* cache = std::getenv("BREGMAN_CACHE");
    return std::filesystem::path(cache ? cache : "cache") / "speech";
}

void use_threads(std::int64_t threads, int processes) {
    keep_freed_memory();
    at::set_num_threads(threads > 0 ? int(threads) : std::max(1, processors() / processes));
}

speech_with_features::speech_with_features(const std::filesystem::path& folder, const filter_bank_settings& bank,
                                           std::int64_t variant_count)
    : speech(folder), features(speech, bank, loud_options()) {
    if (variant_count == 0) return;
    const waveform_augmenter augmenter(speech, read_variant_settings(folder).augmentation);
    for (std::int64_t number = 1; number <= variant_count; ++number)
        variants.push_back(
            {augmenter.speed_of(number), compute_variant(speech, bank, augmenter, number, loud_options())});
}

training_material speech_with_features::training(const settings& all) const {
    const auto& limits = all.batches;
    const auto utterances = speech.utterances();
    const auto training = utterances_to_train(speech, held_out_actors(speech, all.run.held_out_actors));
    std::set<std::string> speakers;
    for (const std::size_t i : training) speakers.insert(utterances[i].speaker);
    for (const auto& name : speakers) examples::require_utf8("a speaker of '" + speech.folder().string() + "'", name);
    training_material material;
    material.features = features.settings();
    material.speakers.assign(speakers.begin(), speakers.end());
    if (limits.max_speakers > 0 && limits.max_speakers < std::int64_t(material.speakers.size())) {
        material.speakers.resize(std::size_t(limits.max_speakers));
    }
    if (material.speakers.size() < 2) {
        throw std::runtime_error("the speech store '" + speech.folder().string() + "' has " +
                                 std::to_string(material.speakers.size()) +
                                 " training speakers but 2 are needed: run fetch_speech with more packages");
    }
    std::vector<std::int64_t> taken(material.speakers.size());
    for (const std::size_t i : training) {
        // Speakers are sorted; a limit keeps the first of them.
        const auto found = std::lower_bound(material.speakers.begin(), material.speakers.end(), utterances[i].speaker);
        if (found == material.speakers.end() || *found != utterances[i].speaker) continue;
        const auto speaker = found - material.speakers.begin();
        auto& count = taken[std::size_t(speaker)];
        if (limits.max_utterances > 0 && count >= limits.max_utterances) continue;
        ++count;
        material.utterances.push_back({speaker, features.utterance(i)});
        // Actors who are held out elsewhere come from the trial lists, of which there are no variants.
        if (i >= speech.training().size()) continue;
        for (const variant& each : variants)
            material.utterances.back().variants.push_back({each.speed, each.features.utterance(i)});
    }
    return material;
}

std::vector<list_to_score> lists_to_score(const speech_with_features& speech, const settings& all) {
    const auto held_out = held_out_actors(speech.speech, all.run.held_out_actors);
    for (const auto& list : speech.speech.trial_lists()) {
        examples::require_plain_name("a trial list of '" + speech.speech.folder().string() + "'", list.name);
        for (const auto& crop : list.crops)
            examples::require_utf8("a speaker of the list '" + list.name + "'", crop.speaker);
    }
    std::vector<list_to_score> lists;
    auto rotated = rotated_trials(speech.speech, held_out);
    const bool replaces = !held_out.empty() && rotated.name != standard_list;
    for (std::size_t i = 0; i < speech.speech.trial_lists().size(); ++i) {
        const bool heard = replaces && speech.speech.trial_lists()[i].name == standard_list;
        if (!heard) lists.push_back(stored_list(speech, i));
    }
    if (replaces) lists.insert(lists.begin(), made_list(speech, std::move(rotated)));
    return lists;
}

} // namespace speaker_verification

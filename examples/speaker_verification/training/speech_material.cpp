#include "speaker_verification/training/speech_material.hpp"

#include "speaker_verification/data/waveform_augmentation.hpp"
#include "speaker_verification/model/memory.hpp"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cstdlib>
#include <stdexcept>
#include <thread>

namespace speaker_verification {

namespace {

int processors() { return int(std::max(1u, std::thread::hardware_concurrency())); }

feature_store_options loud_options() {
    feature_store_options options;
    options.threads = processors();
    options.progress = print_feature_progress();
    return options;
}

} // namespace

std::filesystem::path speech_folder(const std::string& chosen) {
    if (!chosen.empty()) return chosen;
    const char* cache = std::getenv("BREGMAN_CACHE");
    return std::filesystem::path(cache ? cache : "cache") / "speech";
}

void use_threads(std::int64_t threads) {
    keep_freed_memory();
    at::set_num_threads(threads > 0 ? int(threads) : processors());
}

speech_with_features::speech_with_features(const std::filesystem::path& folder,
                                           const filter_bank_settings& bank, std::int64_t variant_count)
    : speech(folder), features(speech, bank, loud_options()) {
    if (variant_count == 0) return;
    const waveform_augmenter augmenter(speech, read_variant_settings(folder).augmentation);
    for (std::int64_t number = 1; number <= variant_count; ++number)
        variants.push_back(
            {augmenter.speed_of(number), compute_variant(speech, bank, augmenter, number, loud_options())});
}

training_material speech_with_features::training(const batch_settings& limits) const {
    training_material material;
    material.features = features.settings();
    material.speakers = speech.speakers();
    if (limits.max_speakers > 0 && limits.max_speakers < std::int64_t(material.speakers.size())) {
        material.speakers.resize(std::size_t(limits.max_speakers));
    }
    if (material.speakers.size() < 2) {
        throw std::runtime_error("the speech store '" + speech.folder().string() + "' has " +
                                 std::to_string(material.speakers.size()) +
                                 " training speakers but 2 are needed: run fetch_speech with more packages");
    }
    std::vector<std::int64_t> taken(material.speakers.size());
    const auto utterances = speech.training();
    for (std::size_t i = 0; i < utterances.size(); ++i) {
        // Speakers are sorted; a limit keeps the first of them.
        const auto found =
            std::lower_bound(material.speakers.begin(), material.speakers.end(), utterances[i].speaker);
        if (found == material.speakers.end() || *found != utterances[i].speaker) continue;
        const auto speaker = found - material.speakers.begin();
        auto& count = taken[std::size_t(speaker)];
        if (limits.max_utterances > 0 && count >= limits.max_utterances) continue;
        ++count;
        material.utterances.push_back({speaker, features.training(i)});
        for (const variant& each : variants)
            material.utterances.back().variants.push_back({each.speed, each.features.utterance(i)});
    }
    return material;
}

} // namespace speaker_verification

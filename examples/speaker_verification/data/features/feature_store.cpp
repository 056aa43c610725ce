#include "speaker_verification/data/features/feature_store.hpp"

#include <cstdint>
#include <memory>
#include <stdexcept>

#include "common/progress.hpp"
#include "speaker_verification/data/audio/waveform_augmentation.hpp"
#include "speaker_verification/data/store/fingerprint.hpp"

namespace speaker_verification {
namespace {

constexpr const char* format = "bregman features 1";

std::string fingerprint_of(const speech_store& speech) {
    fingerprint print;
    for (const auto& each : speech.utterances()) {
        print.add(each.key);
        print.add(std::to_string(each.first_sample) + "+" + std::to_string(each.sample_count));
        if (!each.source.empty()) print.add(each.source);
        print.add(speech.stamp(each));
    }
    return print.hexadecimal();
}

nlohmann::json describe(const speech_store& speech, const filter_bank_settings& settings) {
    return {{"format", format},
            {"settings", settings},
            {"speech", fingerprint_of(speech)},
            {"utterances", speech.utterances().size()}};
}

/// The part of a plan that plain features and variants share.
feature_file_plan plan_of(const speech_store& speech, const filter_bank_settings& settings,
                          const feature_store_options& options) {
    if (options.threads < 1)
        throw std::invalid_argument("feature store: threads = " + std::to_string(options.threads) +
                                    " is out of range: choose 1 or more");
    feature_file_plan plan;
    plan.folder = options.folder.empty() ? speech.folder() : options.folder;
    plan.description = describe(speech, settings);
    plan.bins = static_cast<std::size_t>(settings.mel_bins);
    plan.skippable = speech.training().size();
    plan.key = [&speech](std::size_t i) { return speech.utterances()[i].key; };
    return plan;
}

} // namespace

feature_store::feature_store(const speech_store& speech, filter_bank_settings settings, feature_store_options options)
    : settings_(settings) {
    const filter_bank bank(settings_);
    feature_file_plan plan = plan_of(speech, settings_, options);
    for (const auto& each : speech.utterances())
        plan.frames.push_back(frame_count(settings_, static_cast<std::size_t>(each.sample_count)));
    // The index seeds the dither: no two utterances share noise, and threads change nothing.
    plan.compute = [&](std::size_t i) { return bank.compute(speech.samples(speech.utterances()[i]), i); };
    file_.emplace(plan, options.threads, options.progress);

    training_count_ = speech.training().size();
    for (const trial_list& list : speech.trial_lists()) {
        auto& views = crops_.emplace_back();
        auto& parts = crop_parts_.emplace_back();
        for (const speaker_verification::crop& each : list.crops) {
            // The members of a crop follow each other in the store, and so do their features.
            views.push_back(file_->utterances(each.utterances.front(), each.utterances.back()));
            auto& part = parts.emplace_back();
            if (!each.average) continue;
            for (const std::size_t i : each.utterances) part.push_back(file_->utterance(i));
        }
    }
}

feature_view feature_store::training(std::size_t index) const {
    if (index >= training_count_) throw std::out_of_range("there is no such training utterance");
    return file_->utterance(index);
}

feature_view feature_store::utterance(std::size_t index) const { return file_->utterance(index); }

feature_view feature_store::crop(std::size_t list, std::size_t crop) const { return crops_.at(list).at(crop); }

std::vector<feature_view> feature_store::crop_parts(std::size_t list, std::size_t crop) const {
    const auto& parts = crop_parts_.at(list).at(crop);
    return parts.empty() ? std::vector<feature_view>{this->crop(list, crop)} : parts;
}

feature_file compute_variant(const speech_store& speech, const filter_bank_settings& settings,
                             const waveform_augmenter& augmenter, std::int64_t number,
                             const feature_store_options& options) {
    const filter_bank bank(settings);
    feature_file_plan plan = plan_of(speech, settings, options);
    plan.description["variant"] = number;
    plan.description["augmentation"] = augmenter.description(number);
    const auto training = speech.training();
    for (const auto& each : training)
        plan.frames.push_back(
            frame_count(settings, static_cast<std::size_t>(augmenter.variant_length(each.sample_count, number))));
    plan.compute = [&](std::size_t i) {
        // Dither of its own: the high bits tell the variants apart.
        return bank.compute(augmenter.variant(i, number), i + (static_cast<std::uint64_t>(number) << 40));
    };
    return {plan, options.threads, options.progress};
}

std::function<void(std::size_t, std::size_t)> print_feature_progress() {
    auto line = std::make_shared<std::optional<examples::progress_line>>();
    return [line](std::size_t done, std::size_t total) {
        if (!*line) line->emplace("features", static_cast<std::int64_t>(total));
        (*line)->update(static_cast<std::int64_t>(done));
        if (done == total) (*line)->finish();
    };
}

} // namespace speaker_verification

#include "speaker_verification/training/loop/batches.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>

namespace speaker_verification {

namespace {

/// Index of the interval of a cumulative table in which a uniform draw falls.
std::size_t draw_index(const std::vector<double>& up_to, counter_random& random) {
    const double at = random.uniform() * up_to.back();
    const auto found = std::upper_bound(up_to.begin(), up_to.end(), at) - up_to.begin();
    return std::min(std::size_t(found), up_to.size() - 1);
}

log_mel_crop view_of(float* values, std::int64_t frames, std::int64_t bands) { return {values, frames, bands}; }

} // namespace

data_split hold_out(const std::vector<labelled_features>& all, double share) {
    std::map<std::int64_t, std::int64_t> count, seen;
    for (const auto& each : all) ++count[each.speaker];
    data_split split;
    for (const auto& each : all) {
        const std::int64_t total = count[each.speaker];
        std::int64_t wanted = std::int64_t(std::floor(share * double(total)));
        if (share > 0) wanted = std::max<std::int64_t>(wanted, 1);
        wanted = std::min(wanted, total - 1);
        // Bresenham's rule spreads `wanted` over `total` places.
        const std::int64_t place = seen[each.speaker]++;
        const bool held = (place + 1) * wanted / total != place * wanted / total;
        (held ? split.held_out : split.training).push_back(each);
    }
    return split;
}

batch_maker::batch_maker(std::vector<labelled_features> training, std::int64_t speakers, const settings& all,
                         level_normalization normalization)
    : speakers_(speakers), seed_(std::uint64_t(all.run.seed)), batches_(all.batches), augmentation_(all.augmentation),
      scale_(all.features.bands, all.features.low_hz, all.features.high_hz), normalization_(std::move(normalization)),
      pools_(std::size_t(speakers)) {
    for (const auto& each : training) {
        if (each.features.frames == 0) continue;
        auto& pool = pools_.at(std::size_t(each.speaker));
        const double before = pool.frames_up_to.empty() ? 0 : pool.frames_up_to.back();
        pool.utterances.push_back(each);
        pool.frames_up_to.push_back(before + double(each.features.frames));
    }
    double total = 0;
    for (std::size_t s = 0; s < pools_.size(); ++s) {
        if (pools_[s].utterances.empty()) {
            throw std::invalid_argument("speaker " + std::to_string(s) +
                                        " has no training utterance of a frame or "
                                        "more: lower 'held_out' or leave the speaker out of the list");
        }
        total += std::pow(pools_[s].frames_up_to.back(), batches_.speaker_exponent);
        weight_up_to_.push_back(total);
    }
    if (pools_.empty()) throw std::invalid_argument("there is no speaker to train on: fetch the training packages");
    has_variants_.push_back(have_variants(1));
    for (const double warp : batches_.warps) has_variants_.push_back(have_variants(warp));
}

bool batch_maker::have_variants(double speed) const {
    return std::all_of(pools_.begin(), pools_.end(), [&](const speaker_pool& pool) {
        return std::all_of(pool.utterances.begin(), pool.utterances.end(), [&](const labelled_features& each) {
            return std::any_of(each.variants.begin(), each.variants.end(), [&](const feature_variant& copy) {
                return copy.speed == speed && copy.features.frames > 0;
            });
        });
    });
}

feature_view batch_maker::draw_copy(const labelled_features& utterance, std::uint64_t warp,
                                    counter_random& random) const {
    if (!has_variants_[warp]) return utterance.features;
    const double speed = warp == 0 ? 1 : batches_.warps[warp - 1];
    std::vector<feature_view> copies;
    for (const feature_variant& each : utterance.variants)
        if (each.speed == speed && each.features.frames > 0) copies.push_back(each.features);
    return copies[random.below(copies.size())];
}

batch batch_maker::make(std::uint64_t step, batch_rows rows) const {
    // Sample number batch_size is no crop: it draws what the whole batch shares.
    counter_random shared(seed_, step, std::uint64_t(batches_.batch_size));
    batch result;
    result.size = rows.last - rows.first;
    result.bands = scale_.bands();
    result.frames = batches_.shortest_crop +
                    std::int64_t(shared.below(std::uint64_t(batches_.longest_crop - batches_.shortest_crop + 1)));
    result.values.resize(std::size_t(result.size * result.frames * result.bands));
    result.classes.resize(std::size_t(result.size));
    for (std::int64_t i = 0; i < result.size; ++i) {
        counter_random random(seed_, step, std::uint64_t(rows.first + i));
        const auto speaker = draw_index(weight_up_to_, random);
        const auto warp = random.below(1 + batches_.warps.size());
        float* values = result.values.data() + i * result.frames * result.bands;
        fill(values, result.frames, pools_[speaker], warp, random);
        const auto crop = view_of(values, result.frames, result.bands);
        if (warp > 0 && !has_variants_[warp]) warp_frequencies(crop, scale_, batches_.warps[warp - 1]);
        augment(crop, scale_, augmentation_, random);
        normalization_.apply(values, std::size_t(result.frames), std::size_t(result.bands));
        result.classes[std::size_t(i)] = std::int64_t(speaker) + speakers_ * std::int64_t(warp);
    }
    return result;
}

void batch_maker::fill(float* values, std::int64_t frames, const speaker_pool& pool, std::uint64_t warp,
                       counter_random& random) const {
    while (frames > 0) {
        const feature_view utterance = draw_copy(pool.utterances[draw_index(pool.frames_up_to, random)], warp, random);
        const auto length = std::int64_t(utterance.frames);
        const auto start = std::int64_t(random.below(std::uint64_t(std::max<std::int64_t>(length - frames, 0) + 1)));
        const auto taken = std::min(frames, length - start);
        values = std::copy_n(utterance.data + start * scale_.bands(), taken * scale_.bands(), values);
        frames -= taken;
    }
}

std::vector<batch> validation_batches(const std::vector<labelled_features>& held_out, std::int64_t frames,
                                      std::int64_t batch_size, const level_normalization& normalization) {
    std::vector<batch> batches;
    for (const auto& each : held_out) {
        const auto length = std::int64_t(each.features.frames);
        const auto bands = std::int64_t(each.features.bins);
        if (length == 0) continue;
        if (batches.empty() || batches.back().size == batch_size) {
            batches.emplace_back();
            batches.back().frames = frames;
            batches.back().bands = bands;
        }
        batch& last = batches.back();
        const auto first = last.values.size();
        last.values.resize(first + std::size_t(frames * bands));
        const auto start = std::max<std::int64_t>(length - frames, 0) / 2;
        for (std::int64_t t = 0; t < frames; ++t) {
            const auto from = each.features.row(std::size_t((start + t) % length));
            std::copy(from.begin(), from.end(), last.values.begin() + std::ptrdiff_t(first) + t * bands);
        }
        normalization.apply(last.values.data() + first, std::size_t(frames), std::size_t(bands));
        last.classes.push_back(each.speaker);
        ++last.size;
    }
    return batches;
}

} // namespace speaker_verification

#include "speaker_verification/data/features/levels.hpp"

#include <cmath>
#include <numeric>
#include <stdexcept>
#include <string>

#include <nlohmann/json.hpp>

namespace speaker_verification {
namespace {

/// Sums over frames, per band, of x and x^2 in double: 10^6 frames lose nothing that float could hold.
struct band_sums {
    std::vector<double> first, second;
    std::size_t frames = 0;

    explicit band_sums(std::size_t bins) : first(bins, 0.), second(bins, 0.) {}

    void add(feature_view features) {
        for (std::size_t t = 0; t < features.frames; ++t) {
            const auto row = features.row(t);
            for (std::size_t b = 0; b < row.size(); ++b) {
                first[b] += row[b];
                second[b] += static_cast<double>(row[b]) * row[b];
            }
        }
        frames += features.frames;
    }

    band_statistics statistics() const {
        band_statistics result;
        for (std::size_t b = 0; b < first.size(); ++b) {
            const double mean = first[b] / static_cast<double>(frames);
            const double variance = second[b] / static_cast<double>(frames) - mean * mean;
            // Below rounding noise there is nothing to scale up.
            const bool constant = variance <= 1e-10 * (1 + mean * mean);
            result.mean.push_back(static_cast<float>(mean));
            result.deviation.push_back(constant ? 1.f : static_cast<float>(std::sqrt(variance)));
        }
        return result;
    }
};

void subtract_levels(const level_settings& settings, float* values, std::size_t frames, std::size_t bins) {
    if (settings.subtract_level) subtract_level(values, frames, bins);
    if (settings.subtract_band_mean) subtract_band_mean(values, frames, bins);
}

feature_matrix copy_of(feature_view features) {
    const auto values = features.values();
    return {features.frames, features.bins, {values.begin(), values.end()}};
}

} // namespace

double overall_level(feature_view features) {
    const auto values = features.values();
    if (values.empty()) return 0;
    return std::accumulate(values.begin(), values.end(), 0.) / static_cast<double>(values.size());
}

void subtract_level(float* values, std::size_t frames, std::size_t bins) {
    const auto level = static_cast<float>(overall_level({values, frames, bins}));
    for (std::size_t i = 0; i < frames * bins; ++i) values[i] -= level;
}

void subtract_band_mean(float* values, std::size_t frames, std::size_t bins) {
    if (frames == 0) return;
    std::vector<double> mean(bins, 0.);
    for (std::size_t i = 0; i < frames * bins; ++i) mean[i % bins] += values[i];
    for (double& m : mean) m /= static_cast<double>(frames);
    for (std::size_t i = 0; i < frames * bins; ++i) values[i] -= static_cast<float>(mean[i % bins]);
}

level_normalization::level_normalization(level_settings settings, band_statistics statistics)
    : settings_(settings), statistics_(std::move(statistics)) {
    if (statistics_.mean.size() != statistics_.deviation.size())
        throw std::invalid_argument("band statistics have " + std::to_string(statistics_.mean.size()) + " means but " +
                                    std::to_string(statistics_.deviation.size()) +
                                    " deviations: give one of each per band");
    for (std::size_t b = 0; b < statistics_.deviation.size(); ++b)
        if (!(statistics_.deviation[b] > 0) || !std::isfinite(statistics_.deviation[b]) ||
            !std::isfinite(statistics_.mean[b]))
            throw std::invalid_argument("band statistics: band " + std::to_string(b) + " has mean " +
                                        std::to_string(statistics_.mean[b]) + " and deviation " +
                                        std::to_string(statistics_.deviation[b]) +
                                        ": both must be finite and the deviation positive, measure them anew");
}

level_normalization level_normalization::measure(std::span<const feature_view> features, level_settings settings) {
    const std::size_t bins = features.empty() ? 0 : features.front().bins;
    band_sums sums(bins);
    for (const feature_view& each : features) {
        if (each.bins != bins)
            throw std::invalid_argument("features of " + std::to_string(each.bins) + " bins among features of " +
                                        std::to_string(bins) +
                                        ": compute all of them with the same filter bank settings");
        feature_matrix levelled = copy_of(each);
        subtract_levels(settings, levelled.values.data(), levelled.frames, bins);
        sums.add(levelled);
    }
    if (sums.frames == 0)
        throw std::invalid_argument("band statistics need at least 1 frame, got 0: give the features of the "
                                    "training utterances");
    return {settings, sums.statistics()};
}

void level_normalization::apply(float* values, std::size_t frames, std::size_t bins) const {
    if (bins != statistics_.mean.size())
        throw std::invalid_argument(
            "features have " + std::to_string(bins) + " bins but the normalisation was measured on " +
            std::to_string(statistics_.mean.size()) + ": use the filter bank settings of the training");
    subtract_levels(settings_, values, frames, bins);
    for (std::size_t t = 0; t < frames; ++t)
        for (std::size_t b = 0; b < bins; ++b)
            values[t * bins + b] = (values[t * bins + b] - statistics_.mean[b]) / statistics_.deviation[b];
}

feature_matrix level_normalization::apply(feature_view features) const {
    feature_matrix result = copy_of(features);
    apply(result.values.data(), result.frames, result.bins);
    return result;
}

void to_json(nlohmann::json& json, const level_normalization& normalization) {
    json = {{"subtract_level", normalization.settings().subtract_level},
            {"subtract_band_mean", normalization.settings().subtract_band_mean},
            {"mean", normalization.statistics().mean},
            {"deviation", normalization.statistics().deviation}};
}

void from_json(const nlohmann::json& json, level_normalization& normalization) {
    try {
        level_settings settings;
        json.at("subtract_level").get_to(settings.subtract_level);
        json.at("subtract_band_mean").get_to(settings.subtract_band_mean);
        normalization = {settings,
                         {json.at("mean").get<std::vector<float>>(), json.at("deviation").get<std::vector<float>>()}};
    } catch (const nlohmann::json::exception& error) {
        throw std::invalid_argument(std::string("level normalisation is not as it was written (") + error.what() +
                                    "): measure it anew on the training features");
    }
}

} // namespace speaker_verification

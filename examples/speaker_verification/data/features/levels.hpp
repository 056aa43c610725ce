#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "speaker_verification/data/features/filter_bank.hpp"

namespace speaker_verification {

/// What is removed from a crop's log-mels before the training set's statistics are applied.
struct level_settings {
    bool subtract_level = true;      ///< one number, the mean over all frames and bands: the recording's loudness
    bool subtract_band_mean = false; ///< every band's mean over the crop: the channel, and some of the speaker

    bool operator==(const level_settings&) const = default;
};

/// Mean over all frames and bands; 0 for no frames. Accumulated in double.
double overall_level(feature_view features);

/// In place: values is frames x bins, row-major.
void subtract_level(float* values, std::size_t frames, std::size_t bins);
void subtract_band_mean(float* values, std::size_t frames, std::size_t bins);

/// Centre and scale per band: y[t,b] = (x[t,b] - mean[b])/deviation[b].
struct band_statistics {
    std::vector<float> mean;
    std::vector<float> deviation; ///< > 0, ddof 0

    bool operator==(const band_statistics&) const = default;
};

/// The normalisation of a model: level settings plus the statistics of its training set. A checkpoint carries
/// it.
///
///     x <- x - mean(x)  [and/or  x[:,b] <- x[:,b] - mean(x[:,b])],   then   x[t,b] <- (x[t,b] -
///     mean[b])/deviation[b]
class level_normalization {
  public:
    level_normalization() = default;

    /// Throws std::invalid_argument unless mean and deviation have the same length and every deviation is
    /// positive.
    level_normalization(level_settings settings, band_statistics statistics);

    /// Statistics over all frames of the given features, each of which has first been levelled by `settings`.
    /// A band that never varies gets deviation 1. Throws std::invalid_argument when there is no frame at all
    /// or the numbers of bins differ.
    static level_normalization measure(std::span<const feature_view> features, level_settings settings = {});

    /// In place on one crop. Throws std::invalid_argument when bins differs from the statistics'.
    void apply(float* values, std::size_t frames, std::size_t bins) const;

    /// A normalised copy.
    feature_matrix apply(feature_view features) const;

    const level_settings& settings() const { return settings_; }
    const band_statistics& statistics() const { return statistics_; }

    bool operator==(const level_normalization&) const = default;

  private:
    level_settings settings_;
    band_statistics statistics_;
};

void to_json(nlohmann::json& json, const level_normalization& normalization);
/// Throws std::invalid_argument when a field is missing or the statistics are invalid.
void from_json(const nlohmann::json& json, level_normalization& normalization);

} // namespace speaker_verification

#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

#include "speaker_verification/data/features/feature_file.hpp"
#include "speaker_verification/data/features/filter_bank.hpp"
#include "speaker_verification/data/store/speech_index.hpp"

namespace speaker_verification {

class waveform_augmenter;

struct feature_store_options {
    int threads = 2;              ///< >= 1; features do not depend on it
    std::filesystem::path folder; ///< where the cache file lies; empty: the speech store's folder
    std::function<void(std::size_t done, std::size_t total)> progress; ///< called about once a second, and at the end
};

/// Log-mel features of every utterance of a speech store, computed once and memory-mapped afterwards
/// (feature_file.hpp). A crop's features are its members' features one after the other: no frame straddles a
/// joint.
class feature_store {
  public:
    /// Opens the cache or computes it. Throws std::invalid_argument for bad settings, std::runtime_error when
    /// the cache cannot be written, more than 1 % of the utterances cannot be decoded, or one that a trial
    /// compares.
    feature_store(const speech_store& speech, filter_bank_settings settings, feature_store_options options = {});

    /// Features of speech.training()[index], without a frame if it is among skipped(). Valid as long as this
    /// store.
    feature_view training(std::size_t index) const;

    /// Features of speech.utterances()[index].
    feature_view utterance(std::size_t index) const;

    /// Features of speech.trial_lists()[list].crops[crop], joined.
    feature_view crop(std::size_t list, std::size_t crop) const;

    /// What the crop's embedding is the mean of: each utterance of an averaged crop, else the whole crop.
    std::vector<feature_view> crop_parts(std::size_t list, std::size_t crop) const;

    std::size_t training_count() const { return training_count_; }
    const filter_bank_settings& settings() const { return settings_; }
    const std::filesystem::path& file() const { return file_->path(); }

    /// True when this object computed the file, false when it was found.
    bool computed() const { return file_->computed(); }

    /// Size of the cache file in bytes.
    std::size_t bytes() const { return file_->bytes(); }

    /// Training utterances whose sound could not be decoded, also listed in a file beside the cache.
    const std::vector<skipped_recording>& skipped() const { return file_->skipped(); }

  private:
    filter_bank_settings settings_;
    std::optional<feature_file> file_;
    std::size_t training_count_ = 0;
    std::vector<std::vector<feature_view>> crops_;
    std::vector<std::vector<std::vector<feature_view>>> crop_parts_;
};

/// Features of augmented copies of the training utterances: variant `number` (1, 2, ...) of each, as
/// waveform_augmentation.hpp makes it. A file of its own beside the store's features.
///
/// Throws as feature_store does, and std::invalid_argument for a number below 1.
feature_file compute_variant(const speech_store& speech, const filter_bank_settings& settings,
                             const waveform_augmenter& augmenter, std::int64_t number,
                             const feature_store_options& options = {});

/// A progress callback for feature_store_options that rewrites one line on stderr: "features 3100/8132
/// utterances".
std::function<void(std::size_t, std::size_t)> print_feature_progress();

} // namespace speaker_verification

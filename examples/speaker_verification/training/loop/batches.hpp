#pragma once
/// Batches of crops: which utterances train and which validate, and what sample i of step k is.
#include "speaker_verification/data/features/filter_bank.hpp"
#include "speaker_verification/data/features/levels.hpp"
#include "speaker_verification/training/loop/augmentation.hpp"
#include "speaker_verification/training/settings/settings.hpp"

#include <cstdint>
#include <vector>

namespace speaker_verification {

/// Features of a training utterance as augmented beforehand (data/waveform_augmentation.hpp), played `speed`
/// times as fast.
struct feature_variant {
    double speed = 1;
    feature_view features;
};

/// Features of one training utterance, which someone else owns, and its speaker's index.
struct labelled_features {
    std::int64_t speaker = 0;
    feature_view features;
    std::vector<feature_variant> variants = {};
};

/// Crops of one length and their classes. Class = speaker + speakers * (0 unwarped, 1.. the warps).
struct batch {
    std::int64_t size = 0, frames = 0, bands = 0;
    std::vector<float> values;         ///< size x frames x bands
    std::vector<std::int64_t> classes; ///< size
};

struct data_split {
    std::vector<labelled_features> training;
    std::vector<labelled_features> held_out;
};

/// Rows of a batch: first, ..., last - 1.
struct batch_rows {
    std::int64_t first = 0, last = 0;
};

/// The rows of one of `processes` that share a batch: [B r / N, B (r + 1) / N).
inline batch_rows rows_of(std::int64_t batch_size, std::int64_t process, std::int64_t processes) {
    return {batch_size * process / processes, batch_size * (process + 1) / processes};
}

/// Keeps a share of every speaker's utterances for validation, spread evenly over their order; at least one
/// of each speaker with two or more when the share is above 0, and never all of them.
data_split hold_out(const std::vector<labelled_features>& all, double share);

/// Makes the batch of a step. A pure function of (settings, data, step): threads and resume change nothing.
class batch_maker {
  public:
    /// Throws std::invalid_argument when a speaker in 0..speakers-1 has no utterance of at least one frame.
    batch_maker(std::vector<labelled_features> training, std::int64_t speakers, const settings& all,
                level_normalization normalization);

    /// A speaker is drawn by time^speaker_exponent, an utterance by its frames, its start uniformly. A crop
    /// that outlasts its utterance goes on with another of the same speaker, as the test crops do.
    ///
    /// Where every utterance has variants of the class's speed (1, or the warp: both move frequencies by that
    /// factor), one of them is drawn instead of the plain utterance, and no warp is needed.
    batch make(std::uint64_t step) const { return make(step, {0, batches_.batch_size}); }
    /// Some rows of that batch, the same whoever makes the others.
    batch make(std::uint64_t step, batch_rows rows) const;

    std::int64_t classes() const { return speakers_ * std::int64_t(1 + batches_.warps.size()); }

  private:
    struct speaker_pool {
        std::vector<labelled_features> utterances;
        std::vector<double> frames_up_to; ///< cumulative
    };
    bool have_variants(double speed) const;
    feature_view draw_copy(const labelled_features& utterance, std::uint64_t warp, counter_random& random) const;
    void fill(float* values, std::int64_t frames, const speaker_pool& pool, std::uint64_t warp,
              counter_random& random) const;

    std::int64_t speakers_;
    std::uint64_t seed_;
    batch_settings batches_;
    augmentation_settings augmentation_;
    mel_scale scale_;
    level_normalization normalization_;
    std::vector<speaker_pool> pools_;
    std::vector<double> weight_up_to_; ///< cumulative, over speakers
    std::vector<bool> has_variants_;   ///< of speed 1, then of each warp
};

/// Batches of one centred crop of every utterance, without augmentation, tiled where it is short.
std::vector<batch> validation_batches(const std::vector<labelled_features>& held_out, std::int64_t frames,
                                      std::int64_t batch_size, const level_normalization& normalization);

} // namespace speaker_verification

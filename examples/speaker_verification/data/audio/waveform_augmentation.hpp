#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include <nlohmann/json.hpp>

#include "speaker_verification/data/audio/noise_library.hpp"
#include "speaker_verification/data/store/speech_index.hpp"

namespace speaker_verification {

/// How copies of the training utterances are distorted.
struct waveform_augmentation_settings {
    double probability = .6;                ///< of reverberation or noise, half of each; in [0, 1]
    std::filesystem::path noises;           ///< MUSAN or any folder; empty: generated noise and babble
    std::filesystem::path rooms;            ///< RIRS_NOISES or any folder; empty: generated rooms
    std::vector<double> speeds{1, .9, 1.1}; ///< of variants 1, 2, ..., repeated; each in [.5, 2]
    std::uint64_t seed = 1;

    /// Calls `visitor(name, field)` for each field, once.
    template <class Self, class Visitor>
    static void visit(Self& self, Visitor&& visitor) {
        visitor("probability", self.probability);
        visitor("noises", self.noises);
        visitor("rooms", self.rooms);
        visitor("speeds", self.speeds);
        visitor("seed", self.seed);
    }
};

void to_json(nlohmann::json& json, const waveform_augmentation_settings& settings);
/// Throws std::invalid_argument when a field is missing.
void from_json(const nlohmann::json& json, waveform_augmentation_settings& settings);

/// Makes augmented copies of a store's training utterances, its "variants" 1, 2, ...: played at the variant's
/// speed, then with `probability` either in a room or with noise and brought to full scale
/// (normalize_peak). A pure function of (settings, store, utterance, variant): threads and resume change
/// nothing.
///
/// Generated noise is white, pink, or babble: 3 to 7 training utterances of other speakers at once.
class waveform_augmenter {
  public:
    /// The store must outlive this. Throws std::invalid_argument for settings out of range,
    /// std::runtime_error for folders without audio.
    waveform_augmenter(const speech_store& speech, waveform_augmentation_settings settings);

    /// Variant `number` >= 1 of speech.training()[index]: 16 kHz on the int16 scale, variant_length samples.
    /// Throws unusable_audio when the utterance cannot be decoded.
    std::vector<float> variant(std::size_t index, std::int64_t number) const;

    /// Throws std::invalid_argument for a number below 1.
    double speed_of(std::int64_t number) const;
    std::int64_t variant_length(std::int64_t samples, std::int64_t number) const;

    /// What decides a variant's values beside the speech.
    nlohmann::json description(std::int64_t number) const;

  private:
    void reverberate(std::vector<float>& samples, counter_random& random) const;
    void disturb(std::vector<float>& samples, std::size_t index, counter_random& random) const;
    std::vector<float> babble(std::size_t count, std::size_t index, counter_random& random) const;

    const speech_store* speech_;
    waveform_augmentation_settings settings_;
    std::optional<noise_library> noises_;
    std::optional<room_library> rooms_;
};

inline constexpr int most_variants = 1000;

/// variants.json of a speech store: how compute_features makes variants there, for training to find them.
struct variant_settings {
    waveform_augmentation_settings augmentation;
    std::int64_t count = 0; ///< variants that were asked for, at most most_variants
};

/// Throws std::runtime_error (remedy) when there is none.
variant_settings read_variant_settings(const std::filesystem::path& store);
void write_variant_settings(const std::filesystem::path& store, const variant_settings& settings);

} // namespace speaker_verification

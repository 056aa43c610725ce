#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace speaker_verification {

/// Shape of the analysis window, N = `frame_length`, i = 0..N-1, c = cos(2 pi i/(N-1)).
enum class window_type {
    hamming, ///< .54 - .46 c: WeSpeaker's recipes
    povey    ///< (.5 - .5 c)^.85: Kaldi's default
};

/// Everything that decides the value of a log-mel feature. Two models whose settings differ in one field
/// cannot share features, so checkpoints carry this struct and `require_same_settings` compares it.
struct filter_bank_settings {
    int sample_rate = 16000;      ///< Hz
    int frame_length = 400;       ///< samples, 25 ms
    int frame_shift = 160;        ///< samples, 10 ms
    int fft_length = 512;         ///< samples, even, >= frame_length; frames are zero-padded to it
    int mel_bins = 80;            ///< number of triangles B
    double low_frequency = 20;    ///< Hz, left foot of the first triangle
    double high_frequency = 8000; ///< Hz, right foot of the last triangle, <= sample_rate/2
    window_type window = window_type::hamming;
    double pre_emphasis = .97; ///< x[i] -= pre_emphasis x[i-1]
    /// Standard deviation of noise added to int16-scale samples; 0 = none. 8-bit sources have exact zeros
    /// between words, 30 nats below their speech: noise of about their resolution (75 to 100) keeps those
    /// from ruling all statistics.
    double dither = 0;
    bool subtract_mean = false; ///< subtract each band's mean over the utterance's frames

    bool operator==(const filter_bank_settings&) const = default;

    /// Calls `visitor(name, field)` for each field, once: JSON, comparison and the cache key all use it.
    template <class Self, class Visitor>
    static void visit(Self& self, Visitor&& visitor) {
        visitor("sample_rate", self.sample_rate);
        visitor("frame_length", self.frame_length);
        visitor("frame_shift", self.frame_shift);
        visitor("fft_length", self.fft_length);
        visitor("mel_bins", self.mel_bins);
        visitor("low_frequency", self.low_frequency);
        visitor("high_frequency", self.high_frequency);
        visitor("window", self.window);
        visitor("pre_emphasis", self.pre_emphasis);
        visitor("dither", self.dither);
        visitor("subtract_mean", self.subtract_mean);
    }
};

void to_json(nlohmann::json& json, window_type window);
/// Throws std::invalid_argument unless the text is "hamming" or "povey".
void from_json(const nlohmann::json& json, window_type& window);
void to_json(nlohmann::json& json, const filter_bank_settings& settings);
/// Every field must be present: a missing one throws std::invalid_argument by name.
void from_json(const nlohmann::json& json, filter_bank_settings& settings);

/// Throws std::invalid_argument that names the first field in which `given` differs from `expected`, with
/// both values. `expected_by` completes the sentence, e.g. "the checkpoint results/demo/last.pt".
void require_same_settings(const filter_bank_settings& expected, const filter_bank_settings& given,
                           std::string_view expected_by);

/// Frames that a signal of `samples` samples yields: 1 + floor((samples - frame_length)/frame_shift), or 0
/// when it is shorter than one frame (Kaldi's snip_edges).
std::size_t frame_count(const filter_bank_settings& settings, std::size_t samples);

/// A frames x bins block of features that someone else owns, row-major: frame t starts at data + t*bins.
struct feature_view {
    const float* data = nullptr;
    std::size_t frames = 0;
    std::size_t bins = 0;

    std::span<const float> row(std::size_t frame) const { return {data + frame * bins, bins}; }
    std::span<const float> values() const { return {data, frames * bins}; }
};

/// A frames x bins block of features, row-major.
struct feature_matrix {
    std::size_t frames = 0;
    std::size_t bins = 0;
    std::vector<float> values;

    std::span<const float> row(std::size_t frame) const { return {values.data() + frame * bins, bins}; }
    operator feature_view() const { return {values.data(), frames, bins}; }
};

/// Kaldi's log-mel filter bank. Per frame: dither, subtract the frame's mean, pre-emphasis (x[0] with
/// itself), window, zero-pad, |X|^2 on bins 0..fft_length/2-1, mel triangles with mel(f) = 1127 ln(1 + f/700)
/// equally spaced and weighted in mel, log(max(E, 1.1920929e-07)).
class filter_bank {
  public:
    /// Throws std::invalid_argument for settings out of range (name, value, range, remedy).
    explicit filter_bank(filter_bank_settings settings);

    /// Features of `samples`, mono at `sample_rate`, on the int16 scale (-32768..32767). Safe to call from
    /// several threads. `dither_seed` decides the noise and is unused when `dither` is 0: same seed, same
    /// features. Fewer samples than one frame give 0 frames.
    feature_matrix compute(std::span<const float> samples, std::uint64_t dither_seed = 0) const;

    /// The same into memory of the caller's: frame_count(samples.size()) x mel_bins floats.
    void compute(std::span<const float> samples, float* output, std::uint64_t dither_seed = 0) const;

    const filter_bank_settings& settings() const { return settings_; }

    /// One mel triangle: the weight of power-spectrum bin first_bin + j is weights[j].
    struct triangle {
        std::size_t first_bin = 0;
        std::vector<float> weights;
    };
    const std::vector<triangle>& triangles() const { return triangles_; }

  private:
    filter_bank_settings settings_;
    std::vector<float> window_;
    std::vector<triangle> triangles_;
};

} // namespace speaker_verification

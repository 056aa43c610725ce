#include "speaker_verification/data/features/filter_bank.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <numbers>
#include <numeric>
#include <random>
#include <stdexcept>

#include <kiss_fftr.h>

namespace speaker_verification {
namespace {

/// log is taken of no less than float's epsilon, as in Kaldi: silence is -15.942385.
constexpr float energy_floor = 1.1920929e-07f;

template <class T>
void require(bool holds, const char* name, T value, const std::string& range) {
    if (!holds)
        throw std::invalid_argument(std::string("filter bank setting ") + name + " = " + std::to_string(value) +
                                    " is out of range: choose " + range);
}

void check(const filter_bank_settings& s) {
    const double nyquist = s.sample_rate / 2.;
    require(s.sample_rate > 0, "sample_rate", s.sample_rate, "a positive number of Hz");
    require(s.frame_length >= 2, "frame_length", s.frame_length, "at least 2 samples");
    require(s.frame_shift >= 1, "frame_shift", s.frame_shift, "at least 1 sample");
    require(s.fft_length >= s.frame_length && s.fft_length % 2 == 0, "fft_length", s.fft_length,
            "an even number, at least frame_length = " + std::to_string(s.frame_length));
    require(s.mel_bins >= 1, "mel_bins", s.mel_bins, "at least 1");
    require(s.low_frequency >= 0 && s.low_frequency < s.high_frequency, "low_frequency", s.low_frequency,
            "0 <= low_frequency < high_frequency = " + std::to_string(s.high_frequency));
    require(s.high_frequency <= nyquist, "high_frequency", s.high_frequency,
            "at most half the sample rate, " + std::to_string(nyquist));
    require(s.pre_emphasis >= 0 && s.pre_emphasis <= 1, "pre_emphasis", s.pre_emphasis, "0..1");
    require(s.dither >= 0 && std::isfinite(s.dither), "dither", s.dither, "0 or more");
}

std::vector<float> make_window(const filter_bank_settings& settings) {
    std::vector<float> window(settings.frame_length);
    for (int i = 0; i < settings.frame_length; ++i) {
        const double c = std::cos(2 * std::numbers::pi * i / (settings.frame_length - 1));
        window[i] =
            static_cast<float>(settings.window == window_type::hamming ? .54 - .46 * c : std::pow(.5 - .5 * c, .85));
    }
    return window;
}

double mel(double frequency) { return 1127 * std::log(1 + frequency / 700); }

/// Triangle b rises from foot b to its peak and falls to foot b + 2; the B + 2 feet and peaks are equally
/// spaced in mel.
filter_bank::triangle make_triangle(const filter_bank_settings& settings, int band) {
    const double low = mel(settings.low_frequency);
    const double step = (mel(settings.high_frequency) - low) / (settings.mel_bins + 1);
    const double left = low + band * step;
    filter_bank::triangle result;
    for (int bin = 0; bin < settings.fft_length / 2; ++bin) {
        const double position =
            (mel(static_cast<double>(bin) * settings.sample_rate / settings.fft_length) - left) / step;
        if (position <= 0 || position >= 2) continue;
        if (result.weights.empty()) result.first_bin = bin;
        result.weights.push_back(static_cast<float>(position <= 1 ? position : 2 - position));
    }
    if (result.weights.empty())
        throw std::invalid_argument("filter bank setting mel_bins = " + std::to_string(settings.mel_bins) +
                                    " leaves triangle " + std::to_string(band) +
                                    " without a spectrum bin: choose fewer mel_bins or a larger fft_length");
    return result;
}

void subtract_frame_mean(std::span<float> frame) {
    const float mean =
        static_cast<float>(std::accumulate(frame.begin(), frame.end(), 0.) / static_cast<double>(frame.size()));
    for (float& x : frame) x -= mean;
}

/// From the end, so that each sample still sees its predecessor's original value.
void pre_emphasize(std::span<float> frame, float coefficient) {
    for (std::size_t i = frame.size() - 1; i > 0; --i) frame[i] -= coefficient * frame[i - 1];
    frame[0] -= coefficient * frame[0];
}

void subtract_column_means(float* values, std::size_t frames, std::size_t bins) {
    for (std::size_t b = 0; b < bins; ++b) {
        double sum = 0;
        for (std::size_t t = 0; t < frames; ++t) sum += values[t * bins + b];
        const float mean = static_cast<float>(sum / static_cast<double>(frames));
        for (std::size_t t = 0; t < frames; ++t) values[t * bins + b] -= mean;
    }
}

/// KissFFT's plan holds its scratch memory, so each call of compute, and with it each thread, has one of its
/// own.
struct free_plan {
    void operator()(kiss_fftr_state* plan) const { kiss_fftr_free(plan); }
};
using fft_plan = std::unique_ptr<kiss_fftr_state, free_plan>;

} // namespace

std::size_t frame_count(const filter_bank_settings& settings, std::size_t samples) {
    const std::size_t length = settings.frame_length;
    return samples < length ? 0 : 1 + (samples - length) / settings.frame_shift;
}

filter_bank::filter_bank(filter_bank_settings settings) : settings_(settings) {
    check(settings_);
    window_ = make_window(settings_);
    triangles_.reserve(settings_.mel_bins);
    for (int band = 0; band < settings_.mel_bins; ++band) triangles_.push_back(make_triangle(settings_, band));
}

feature_matrix filter_bank::compute(std::span<const float> samples, std::uint64_t dither_seed) const {
    feature_matrix result;
    result.frames = frame_count(settings_, samples.size());
    result.bins = settings_.mel_bins;
    result.values.resize(result.frames * result.bins);
    compute(samples, result.values.data(), dither_seed);
    return result;
}

void filter_bank::compute(std::span<const float> samples, float* output, std::uint64_t dither_seed) const {
    const std::size_t frames = frame_count(settings_, samples.size());
    const std::size_t length = settings_.frame_length;
    const std::size_t bins = settings_.mel_bins;
    const fft_plan plan(kiss_fftr_alloc(settings_.fft_length, 0, nullptr, nullptr));
    std::vector<float> padded(settings_.fft_length, 0.f);
    std::vector<kiss_fft_cpx> spectrum(settings_.fft_length / 2 + 1);
    std::vector<float> power(settings_.fft_length / 2);
    std::mt19937_64 generator(dither_seed);
    std::normal_distribution<float> noise(0.f, static_cast<float>(settings_.dither));

    for (std::size_t t = 0; t < frames; ++t) {
        const std::span<float> frame(padded.data(), length);
        const auto source = samples.subspan(t * settings_.frame_shift, length);
        std::copy(source.begin(), source.end(), frame.begin());
        if (settings_.dither > 0)
            for (float& x : frame) x += noise(generator);
        subtract_frame_mean(frame);
        pre_emphasize(frame, static_cast<float>(settings_.pre_emphasis));
        for (std::size_t i = 0; i < length; ++i) frame[i] *= window_[i];
        kiss_fftr(plan.get(), padded.data(), spectrum.data());
        for (std::size_t k = 0; k < power.size(); ++k)
            power[k] = spectrum[k].r * spectrum[k].r + spectrum[k].i * spectrum[k].i;
        for (std::size_t b = 0; b < bins; ++b) {
            const triangle& filter = triangles_[b];
            const float energy =
                std::inner_product(filter.weights.begin(), filter.weights.end(), power.begin() + filter.first_bin, 0.f);
            output[t * bins + b] = std::log(std::max(energy, energy_floor));
        }
    }
    if (settings_.subtract_mean && frames > 0) subtract_column_means(output, frames, bins);
}

} // namespace speaker_verification

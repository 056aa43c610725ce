#include "speaker_verification/data/audio/waveform.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <stdexcept>
#include <string>

#include <kiss_fftr.h>

#include "speaker_verification/data/audio/sound_file.hpp"
#include "speaker_verification/data/store/speech_index.hpp"

namespace speaker_verification {
namespace {

struct free_plan {
    void operator()(kiss_fftr_state* plan) const { kiss_fftr_free(plan); }
};

/// Real Fourier transforms of one even length.
class real_transform {
  public:
    /// At least this long, and of a length that is fast.
    explicit real_transform(std::size_t shortest)
        : length_(static_cast<std::size_t>(kiss_fftr_next_fast_size_real(static_cast<int>(shortest)))),
          forward_(kiss_fftr_alloc(static_cast<int>(length_), 0, nullptr, nullptr)),
          backward_(kiss_fftr_alloc(static_cast<int>(length_), 1, nullptr, nullptr)) {}

    std::size_t length() const { return length_; }

    std::vector<kiss_fft_cpx> spectrum(std::span<const float> samples) const {
        std::vector<float> padded(length_, 0.f);
        std::copy(samples.begin(), samples.end(), padded.begin());
        std::vector<kiss_fft_cpx> result(length_ / 2 + 1);
        kiss_fftr(forward_.get(), padded.data(), result.data());
        return result;
    }

    std::vector<float> samples(const std::vector<kiss_fft_cpx>& spectrum) const {
        std::vector<float> result(length_);
        kiss_fftri(backward_.get(), spectrum.data(), result.data());
        for (float& x : result) x /= static_cast<float>(length_);
        return result;
    }

  private:
    std::size_t length_;
    std::unique_ptr<kiss_fftr_state, free_plan> forward_, backward_;
};

double energy(std::span<const float> samples) {
    double sum = 0;
    for (const float x : samples) sum += static_cast<double>(x) * x;
    return sum;
}

void scale(std::span<float> samples, double factor) {
    for (float& x : samples) x = static_cast<float>(x * factor);
}

} // namespace

std::int64_t length_at_speed(std::int64_t samples, double speed) {
    return std::llround(static_cast<double>(samples) / speed);
}

std::vector<float> change_speed(std::span<const float> samples, double speed) {
    if (speed == 1) return {samples.begin(), samples.end()};
    std::vector<float> result = resample_by(samples, 1 / speed);
    result.resize(static_cast<std::size_t>(length_at_speed(static_cast<std::int64_t>(samples.size()), speed)));
    return result;
}

std::vector<float> convolve(std::span<const float> samples, std::span<const float> response) {
    if (samples.empty() || response.empty()) return std::vector<float>(samples.size(), 0.f);
    const real_transform transform(samples.size() + response.size());
    auto product = transform.spectrum(samples);
    const auto factor = transform.spectrum(response);
    for (std::size_t k = 0; k < product.size(); ++k) {
        const kiss_fft_cpx a = product[k], b = factor[k];
        product[k] = {a.r * b.r - a.i * b.i, a.r * b.i + a.i * b.r};
    }
    std::vector<float> result = transform.samples(product);
    result.resize(samples.size());
    return result;
}

void scale_to_unit_energy(std::vector<float>& response) {
    if (const double sum = energy(response); sum > 0) scale(response, 1 / std::sqrt(sum));
}

void add_noise(std::vector<float>& samples, std::span<const float> noise, double ratio_db) {
    if (samples.size() != noise.size())
        throw std::invalid_argument("noise has " + std::to_string(noise.size()) + " samples instead of the " +
                                    std::to_string(samples.size()) + " of the speech: cut or repeat it");
    const double loud = energy(samples), quiet = energy(noise);
    if (loud == 0 || quiet == 0) return;
    const double gain = std::sqrt(loud / quiet * std::pow(10., -ratio_db / 10));
    for (std::size_t i = 0; i < samples.size(); ++i) samples[i] = static_cast<float>(samples[i] + gain * noise[i]);
}

void normalize_peak(std::vector<float>& samples, double full_scale) {
    double peak = 0;
    for (const float x : samples) peak = std::max(peak, std::abs(static_cast<double>(x)));
    scale(samples, full_scale / (peak + 1e-4 * full_scale));
}

std::vector<float> white_noise(std::size_t count, counter_random& random) {
    std::vector<float> result(count);
    for (float& x : result) x = static_cast<float>(random.normal());
    return result;
}

std::vector<float> pink_noise(std::size_t count, counter_random& random) {
    if (count == 0) return {};
    const real_transform transform(std::max<std::size_t>(count, 2));
    auto spectrum = transform.spectrum(white_noise(transform.length(), random));
    const double hz = static_cast<double>(store_sample_rate) / static_cast<double>(transform.length());
    spectrum[0] = {0, 0};
    for (std::size_t k = 1; k < spectrum.size(); ++k) {
        const auto gain = static_cast<float>(1 / std::sqrt(std::max(20., hz * static_cast<double>(k))));
        spectrum[k] = {spectrum[k].r * gain, spectrum[k].i * gain};
    }
    std::vector<float> result = transform.samples(spectrum);
    result.resize(count);
    if (const double sum = energy(result); sum > 0) scale(result, std::sqrt(static_cast<double>(count) / sum));
    return result;
}

std::vector<float> generate_room(counter_random& random) {
    constexpr std::size_t tail_begin = store_sample_rate / 400; // 2.5 ms
    const double decay_samples = random.uniform(.2, .8) * store_sample_rate;
    const double direct_db = random.uniform(0, 12);
    std::vector<float> response(static_cast<std::size_t>(decay_samples), 0.f);
    for (std::size_t i = tail_begin; i < response.size(); ++i)
        response[i] = static_cast<float>(random.normal() * std::pow(10., -3 * static_cast<double>(i) / decay_samples));
    scale_to_unit_energy(response);
    response[0] = static_cast<float>(std::pow(10., direct_db / 20));
    scale_to_unit_energy(response);
    return response;
}

} // namespace speaker_verification

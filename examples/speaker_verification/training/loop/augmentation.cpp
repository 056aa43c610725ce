#include "speaker_verification/training/loop/augmentation.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

namespace speaker_verification {

namespace {

constexpr double nepers_per_db = std::numbers::ln10 / 10;

double mel(double hz) { return 1127 * std::log1p(hz / 700); }
double hertz(double mel) { return 700 * std::expm1(mel / 1127); }

using band_gains = Eigen::Array<float, 1, Eigen::Dynamic>;

} // namespace

mel_scale::mel_scale(std::int64_t bands, double low_hz, double high_hz)
    : bands_(bands), low_mel_(mel(low_hz)), step_mel_((mel(high_hz) - mel(low_hz)) / double(bands + 1)),
      high_hz_(high_hz) {}

double mel_scale::centre_hz(double band) const { return hertz(low_mel_ + (band + 1) * step_mel_); }

double mel_scale::band_at(double hz) const { return (mel(hz) - low_mel_) / step_mel_ - 1; }

void warp_frequencies(log_mel_crop crop, const mel_scale& scale, double factor) {
    if (factor == 1) return;
    const auto bands = crop.cols();
    std::vector<Eigen::Index> left(static_cast<std::size_t>(bands));
    band_gains share(bands);
    for (Eigen::Index b = 0; b < bands; ++b) {
        const double position = std::clamp(scale.band_at(scale.centre_hz(double(b)) / factor), 0.0, double(bands - 1));
        left[std::size_t(b)] = std::min(Eigen::Index(position), bands - 2);
        share[b] = float(position - double(left[std::size_t(b)]));
    }
    std::vector<float> frame(static_cast<std::size_t>(bands));
    for (Eigen::Index t = 0; t < crop.rows(); ++t) {
        std::copy_n(&crop(t, 0), bands, frame.begin());
        for (Eigen::Index b = 0; b < bands; ++b) {
            const auto from = std::size_t(left[std::size_t(b)]);
            crop(t, b) = frame[from] + share[b] * (frame[from + 1] - frame[from]);
        }
    }
}

void equalise(log_mel_crop crop, double strength_db, counter_random& random) {
    if (strength_db == 0) return;
    constexpr int cosines = 4;
    // The variance of sum_k n_k/k cos(...) over bands and draws is sum_k 1/(2 k^2).
    const double norm = std::sqrt(0.5 * (1 + 1 / 4. + 1 / 9. + 1 / 16.));
    band_gains gain = band_gains::Zero(crop.cols());
    for (int k = 1; k <= cosines; ++k) {
        const double weight = random.normal() / k * strength_db * nepers_per_db / norm;
        for (Eigen::Index b = 0; b < gain.size(); ++b) {
            gain[b] += float(weight * std::cos(std::numbers::pi * k * (double(b) + 0.5) / double(gain.size())));
        }
    }
    crop.rowwise() += gain;
}

void low_pass(log_mel_crop crop, const mel_scale& scale, double low_hz, double attenuation_db, counter_random& random) {
    if (attenuation_db == 0 || low_hz >= scale.high_hz()) return;
    const double corner = hertz(random.uniform(mel(low_hz), mel(scale.high_hz())));
    band_gains gain(crop.cols());
    for (Eigen::Index b = 0; b < gain.size(); ++b) {
        const double octaves = std::max(0.0, std::log2(scale.centre_hz(double(b)) / corner));
        gain[b] = float(-octaves * attenuation_db * nepers_per_db);
    }
    crop.rowwise() += gain;
}

void add_noise_floor(log_mel_crop crop, double snr_low_db, double snr_high_db, counter_random& random) {
    constexpr double largest_tilt_db = 10;
    const double snr = random.uniform(snr_low_db, snr_high_db);
    const double tilt = random.uniform(-largest_tilt_db, largest_tilt_db);
    // Energies relative to the loudest band and frame: e^x of a loud crop would not overflow, its square
    // would.
    const float peak = crop.maxCoeff();
    crop = (crop - peak).exp();
    const double mean = crop.cast<double>().mean();
    band_gains level(crop.cols());
    for (Eigen::Index b = 0; b < level.size(); ++b) {
        const double place = crop.cols() > 1 ? double(b) / double(crop.cols() - 1) - 0.5 : 0;
        level[b] = float(mean * std::exp((tilt * place - snr) * nepers_per_db));
    }
    Eigen::Array<float, 1, Eigen::Dynamic> jitter(crop.cols());
    for (Eigen::Index t = 0; t < crop.rows(); ++t) {
        for (Eigen::Index b = 0; b < jitter.size(); ++b) jitter[b] = float(random.uniform(-1, 1));
        crop.row(t) += level * jitter.exp();
    }
    crop = crop.log() + peak;
}

void augment(log_mel_crop crop, const mel_scale& scale, const augmentation_settings& settings, counter_random& random) {
    equalise(crop, settings.equalisation_db, random);
    if (random.happens(settings.lowpass_probability)) {
        low_pass(crop, scale, settings.lowpass_low_hz, settings.lowpass_db, random);
    }
    if (random.happens(settings.noise_probability)) {
        add_noise_floor(crop, settings.noise_snr_low_db, settings.noise_snr_high_db, random);
    }
}

} // namespace speaker_verification

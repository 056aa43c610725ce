#pragma once
/// Distortions of a crop of log-mel features: what another room, microphone, line or throat would have done.
///
/// Features are natural logarithms of band energies, so a gain adds and a noise floor adds before the
/// logarithm. Every function leaves its crop untouched, to the bit, at strength 0.
#include "speaker_verification/training/loop/counter_random.hpp"
#include "speaker_verification/training/settings/settings.hpp"

#include <Eigen/Core>

namespace speaker_verification {

/// frames x bands, one frame after the other.
using log_mel_crop = Eigen::Map<Eigen::Array<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>;

/// Where the triangles of a mel filter bank lie: centre b at mel(low_hz) + (b+1) (mel(high_hz) -
/// mel(low_hz))/(bands+1), mel(f) = 1127 ln(1 + f/700).
class mel_scale {
  public:
    mel_scale(std::int64_t bands, double low_hz, double high_hz);

    std::int64_t bands() const { return bands_; }
    double centre_hz(double band) const;
    /// Inverse of centre_hz; fractional, and outside [0, bands) for frequencies outside the centres.
    double band_at(double hz) const;
    double high_hz() const { return high_hz_; }

  private:
    std::int64_t bands_;
    double low_mel_, step_mel_, high_hz_;
};

/// Vocal-tract warp: the energy at f moves to factor * f, y(f) = x(f / factor), interpolated linearly between
/// bands and held beyond the outer ones. Factor 1 is the identity.
void warp_frequencies(log_mel_crop crop, const mel_scale& scale, double factor);

/// Random smooth gain over the bands: four cosines with normal weights falling as 1/k, standard deviation
/// `strength_db` over draws. Constant in time, as a microphone is.
void equalise(log_mel_crop crop, double strength_db, counter_random& random);

/// Low-pass of -`attenuation_db` an octave above a corner drawn uniformly in mel from [low_hz,
/// scale.high_hz()].
void low_pass(log_mel_crop crop, const mel_scale& scale, double low_hz, double attenuation_db, counter_random& random);

/// Adds a noise floor: x <- log(e^x + e^n). Its level lies a uniform [low, high] dB below the crop's mean
/// energy, it tilts by up to 10 dB over the bands and jitters by up to one neper a band and frame.
void add_noise_floor(log_mel_crop crop, double snr_low_db, double snr_high_db, counter_random& random);

/// All but the warp, as the settings say: equalise, low-pass, then noise, which no microphone has filtered.
void augment(log_mel_crop crop, const mel_scale& scale, const augmentation_settings& settings, counter_random& random);

} // namespace speaker_verification

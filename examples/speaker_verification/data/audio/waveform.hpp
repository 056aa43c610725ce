#pragma once
/// Distortions of a waveform: another speed, another room, noise. Samples may be on any scale.

#include <cstdint>
#include <span>
#include <vector>

#include "speaker_verification/training/loop/counter_random.hpp"

namespace speaker_verification {

/// Samples that n samples take when played `speed` times as fast: n/speed, rounded.
std::int64_t length_at_speed(std::int64_t samples, double speed);

/// Played `speed` times as fast: tempo and all frequencies rise by that factor. length_at_speed samples.
std::vector<float> change_speed(std::span<const float> samples, double speed);

/// The first samples.size() samples of samples * response, the convolution.
std::vector<float> convolve(std::span<const float> samples, std::span<const float> response);

/// Scaled to sum of squares 1: a room that neither amplifies nor damps white noise. Zeros stay zeros.
void scale_to_unit_energy(std::vector<float>& response);

/// samples + g noise with g such that 10 log10(sum samples^2 / sum (g noise)^2) = ratio_db. Unchanged when
/// one of them is silent. Throws std::invalid_argument for different lengths.
void add_noise(std::vector<float>& samples, std::span<const float> noise, double ratio_db);

/// x <- full_scale x / (max|x| + 1e-4 full_scale): as loud as fits.
void normalize_peak(std::vector<float>& samples, double full_scale);

/// As many samples of standard deviation about 1: white has equal power at all frequencies, pink equal power
/// in every octave (1/f, above 20 Hz at 16 kHz).
std::vector<float> white_noise(std::size_t count, counter_random& random);
std::vector<float> pink_noise(std::size_t count, counter_random& random);

/// The response of a generated room at 16 kHz, of unit energy: a direct sound at 0, then from 2.5 ms on
/// Gaussian noise that decays by 60 dB in a uniform .2 to .8 s, together a uniform 0 to 12 dB weaker than
/// the direct sound (Polack's statistical model of late reverberation).
std::vector<float> generate_room(counter_random& random);

} // namespace speaker_verification

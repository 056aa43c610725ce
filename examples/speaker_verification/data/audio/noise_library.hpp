#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "speaker_verification/training/loop/counter_random.hpp"

namespace speaker_verification {

/// What is added to speech decides how loud it may be.
struct noise_category {
    std::string name;
    double lowest_db, highest_db; ///< signal to noise
};

/// noise 0 to 15 dB, speech 10 to 30 dB, music 5 to 15 dB: Kaldi's and WeSpeaker's.
const noise_category& category_called(const std::string& name);

/// The recordings below a folder of noise.
class noise_library {
  public:
    /// MUSAN (noise/, speech/, music/, each a category), or any folder of audio files, all of them noise.
    /// Throws std::runtime_error when there is no audio file.
    explicit noise_library(const std::filesystem::path& folder);

    struct drawn {
        const noise_category* category;
        std::vector<float> samples; ///< 16 kHz
    };

    /// A category, one of its recordings, and of that `count` samples from anywhere, repeated where it is
    /// shorter. Throws std::runtime_error when the recording cannot be read.
    drawn draw(std::size_t count, counter_random& random) const;

    std::size_t size() const;

    /// Differs once a file is added, removed or replaced.
    std::string stamp() const;

  private:
    struct shelf {
        const noise_category* category;
        std::vector<std::filesystem::path> files;
    };
    std::vector<shelf> shelves_;
};

/// Impulse responses of rooms below a folder: RIRS_NOISES (its simulated and real rooms, not its noises), or
/// any folder of audio files.
class room_library {
  public:
    /// Throws std::runtime_error when there is no audio file.
    explicit room_library(const std::filesystem::path& folder);

    /// First channel of one of them at 16 kHz, of unit energy. Throws std::runtime_error when it cannot be
    /// read.
    std::vector<float> draw(counter_random& random) const;

    std::size_t size() const { return files_.size(); }

    /// Differs once a file is added, removed or replaced.
    std::string stamp() const;

  private:
    std::vector<std::filesystem::path> files_;
};

} // namespace speaker_verification

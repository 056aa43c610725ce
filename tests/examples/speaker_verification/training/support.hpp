#pragma once
/// What the training tests share: scratch folders, messages of exceptions, speakers made of numbers.
#include "speaker_verification/training/loop/batches.hpp"

#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <unistd.h>
#include <vector>

namespace speaker_verification::testing {

struct scratch_folder {
    std::filesystem::path path;

    scratch_folder()
        : path(std::filesystem::temp_directory_path() /
               ("bregman-training-" + std::to_string(::getpid()) + "-" + std::to_string(count()++))) {
        std::filesystem::create_directories(path);
    }
    ~scratch_folder() { std::filesystem::remove_all(path); }
    scratch_folder(const scratch_folder&) = delete;
    scratch_folder& operator=(const scratch_folder&) = delete;

  private:
    static int& count() {
        static int value = 0;
        return value;
    }
};

inline std::string bytes_of(const std::filesystem::path& path) {
    std::ostringstream bytes;
    bytes << std::ifstream(path, std::ios::binary).rdbuf();
    return bytes.str();
}

inline void write_bytes(const std::filesystem::path& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
}

/// The message of what `action` throws; "nothing was thrown" otherwise.
inline std::string message_of(const std::function<void()>& action) {
    try {
        action();
    } catch (const std::exception& error) {
        return error.what();
    }
    return "nothing was thrown";
}

inline bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// Utterances whose bands have a mean of the speaker's own and noise around it.
class numeric_speakers {
  public:
    numeric_speakers(std::int64_t speakers, std::int64_t utterances, std::int64_t frames, std::int64_t bands) {
        for (std::int64_t s = 0; s < speakers; ++s) {
            for (std::int64_t u = 0; u < utterances; ++u) {
                matrices_.push_back(utterance(s, u, frames + 7 * u, bands));
                labels_.push_back(s);
            }
        }
    }

    std::vector<labelled_features> features() const {
        std::vector<labelled_features> all;
        for (std::size_t i = 0; i < matrices_.size(); ++i) all.push_back({labels_[i], matrices_[i]});
        return all;
    }

  private:
    static feature_matrix utterance(std::int64_t speaker, std::int64_t number, std::int64_t frames,
                                    std::int64_t bands) {
        counter_random voice(11, std::uint64_t(speaker), 0);
        counter_random noise(12, std::uint64_t(speaker), std::uint64_t(number));
        feature_matrix matrix{std::size_t(frames), std::size_t(bands), {}};
        std::vector<double> means;
        for (std::int64_t b = 0; b < bands; ++b) means.push_back(2 * voice.normal());
        for (std::int64_t t = 0; t < frames; ++t) {
            for (const double mean : means) matrix.values.push_back(float(8 + mean + noise.normal()));
        }
        return matrix;
    }

    std::vector<feature_matrix> matrices_;
    std::vector<std::int64_t> labels_;
};

/// A network and batches small enough for a step of milliseconds.
inline settings small_settings() {
    settings all;
    all.run.seed = 5;
    all.features.bands = 12;
    all.batches.batch_size = 16;
    all.batches.shortest_crop = 20;
    all.batches.longest_crop = 30;
    all.batches.held_out = 0.2;
    all.model.channels = 16;
    all.model.scales = 4;
    all.model.squeeze = 8;
    all.model.pooled_channels = 24;
    all.model.attention = 8;
    all.model.embedding = 16;
    all.schedule.max_steps = 40;
    all.monitoring.log_every = 5;
    all.monitoring.validate_every = 10;
    all.monitoring.checkpoint_every = 0;
    all.sparsity.every = 2;
    return all;
}

} // namespace speaker_verification::testing

#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

#include "speaker_verification/data/filter_bank.hpp"
#include "speaker_verification/data/speech_index.hpp"

namespace speaker_verification {

class mapped_file;

struct feature_store_options {
    int threads = 2;              ///< >= 1; features do not depend on it
    std::filesystem::path folder; ///< where the cache file lies; empty: the speech store's folder
    std::function<void(std::size_t done, std::size_t total)>
        progress; ///< called about once a second, and at the end
};

/// Log-mel features of every utterance of a speech store, computed once and memory-mapped afterwards.
///
/// The cache file's name holds a hash of the settings and of the store's index, its header both in full; a
/// file that does not match is computed anew. It is written under a temporary name and renamed, so it is
/// whole or absent. Values are float32. A crop's features are its members' features one after the other: no
/// frame straddles a joint.
class feature_store {
  public:
    /// Opens the cache or computes it. Throws std::invalid_argument for bad settings, std::runtime_error when
    /// the cache cannot be written.
    feature_store(const speech_store& speech, filter_bank_settings settings,
                  feature_store_options options = {});
    ~feature_store();
    feature_store(feature_store&&) noexcept;
    feature_store& operator=(feature_store&&) noexcept;

    /// Features of speech.training()[index]. Valid as long as this store.
    feature_view training(std::size_t index) const;

    /// Features of speech.utterances()[index].
    feature_view utterance(std::size_t index) const;

    /// Features of speech.trial_lists()[list].crops[crop].
    feature_view crop(std::size_t list, std::size_t crop) const;

    std::size_t training_count() const { return training_count_; }
    const filter_bank_settings& settings() const { return settings_; }
    const std::filesystem::path& file() const { return file_; }

    /// True when this object computed the file, false when it was found.
    bool computed() const { return computed_; }

    /// Size of the cache file in bytes.
    std::size_t bytes() const;

  private:
    filter_bank_settings settings_;
    std::filesystem::path file_;
    bool computed_ = false;
    std::unique_ptr<mapped_file> mapping_;
    std::vector<feature_view> utterances_;
    std::size_t training_count_ = 0;
    std::vector<std::vector<feature_view>> crops_;
};

/// A progress callback for feature_store_options that rewrites one line on stderr: "features 3100/8132
/// utterances".
std::function<void(std::size_t, std::size_t)> print_feature_progress();

} // namespace speaker_verification

#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace speaker_verification {

/// Rate of everything in a speech store, Hz.
inline constexpr int store_sample_rate = 16000;

/// One recording: a contiguous run of samples in a package's raw file.
struct utterance {
    std::string key;       ///< package/path, unique; path is `file` or `container:member`
    std::string speaker;   ///< class label
    std::string character; ///< the role that the speaker plays
    std::string package;
    std::string path;
    std::int64_t first_sample = 0; ///< in the package's raw file
    std::int64_t sample_count = 0; ///< at store_sample_rate
    double speech_seconds = 0;     ///< active speech by the list; 0 for members of crops, which are timed as a whole
    /// Where its sound lies when its package is a corpus outside the store (outside_audio.hpp); empty: at
    /// `path` below the corpus.
    std::string source = {};
};

/// Some utterances of one character, joined: what a trial compares.
struct crop {
    std::string name;
    std::string speaker;
    std::string character;
    std::vector<std::size_t> utterances; ///< indices into speech_store::utterances()
    double speech_seconds = 0;           ///< active speech
    /// False: the utterances are joined, their features one after the other. True: each has an embedding of
    /// its own, and the crop's is their mean.
    bool average = false;
};

/// "Are crops a and b the same speaker?"
struct trial {
    bool target = false;
    std::size_t crop_a = 0; ///< index into trial_list::crops
    std::size_t crop_b = 0;
    std::string type; ///< same_character, same_gender, diff_gender, cross_character or any
};

struct trial_list {
    std::string name; ///< e.g. "fotaq_heldout_3s"
    std::vector<crop> crops;
    std::vector<trial> trials;
};

/// Read access to what `fetch_speech` or `import_speech` wrote: speech (16 kHz mono) and the lists that give
/// it meaning.
///
/// Layout of the folder: index.json (which packages, which member lies where, which lists apply), one
/// <package>.s16 of raw little-endian int16 per package, lists/ (copies of the CSV files used). A package of
/// `import_speech` is a corpus that stays where it is: <package>.recordings.csv says which file each member
/// is and how long, and samples() decodes that file. Nothing is copied.
///
/// An utterance takes about .55 kB here, and .8 kB while the store is opened: the 1.24 million of VoxCeleb1
/// and 2 were opened in 2.3 s and then held 660 MB. Their features are not held but mapped.
///
/// Training utterances whose package was not fetched are left out and counted; so are trial lists of which
/// some package was not fetched. A file that a list names inside a fetched package and that is not in the
/// store is an error.
class speech_store {
  public:
    /// Opens the folder. `lists` overrides the store's own copies of the lists.
    /// Throws std::runtime_error (one sentence: name, value, remedy) when the index is missing or foreign, a
    /// list is missing or malformed, speech has changed since it was written, or a list names an unknown file or crop.
    explicit speech_store(std::filesystem::path folder, std::filesystem::path lists = {});

    /// All utterances: first those of training(), then the members of the crops.
    std::span<const utterance> utterances() const { return utterances_; }

    /// The training utterances, a prefix of utterances(); so index i means the same in both.
    std::span<const utterance> training() const { return {utterances_.data(), training_count_}; }

    /// Labels of the training utterances, sorted: class c of the classifier is speakers()[c].
    const std::vector<std::string>& speakers() const { return speakers_; }

    const std::vector<trial_list>& trial_lists() const { return trial_lists_; }

    /// Training utterances in the list whose package was not fetched.
    std::size_t training_left_out() const { return training_left_out_; }

    /// Names of the trial lists that need a package which was not fetched.
    const std::vector<std::string>& trial_lists_left_out() const { return trial_lists_left_out_; }

    /// The samples of one utterance of this store: 16 kHz mono on the int16 scale. Throws unusable_audio
    /// (outside_audio.hpp) when a file of a corpus outside cannot be decoded or is not as long as when it was
    /// imported.
    std::vector<float> samples(const utterance& which) const;

    /// What the sound of an utterance is as of now, as a short text that differs once it is replaced: what is computed
    /// from samples() holds as long as this does.
    std::string stamp(const utterance& which) const;

    const std::filesystem::path& folder() const { return folder_; }

  private:
    std::filesystem::path folder_;
    std::map<std::string, std::filesystem::path> roots_; ///< of packages outside the store
    std::map<std::string, std::string> stamps_;          ///< of the others
    std::vector<utterance> utterances_;
    std::size_t training_count_ = 0;
    std::size_t training_left_out_ = 0;
    std::vector<std::string> speakers_;
    std::vector<trial_list> trial_lists_;
    std::vector<std::string> trial_lists_left_out_;
};

} // namespace speaker_verification

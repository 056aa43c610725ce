#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace speaker_verification {

/// One recording of a corpus that a user points at.
struct recording {
    std::string path; ///< unique in its corpus; below its root unless `source` says otherwise
    std::string speaker;
    std::string genre;          ///< of CN-Celeb, where short recordings of one genre may be joined
    std::string source;         ///< where the sound lies (outside_audio.hpp); empty: at root/path
    std::size_t name_begin = 0; ///< lists call it path.substr(name_begin), perhaps with another suffix
    bool may_train = true;      ///< false: of an evaluation speaker
    std::string stamp;          ///< of what was measured (outside_stamp)
    bool decoded = false;       ///< wholly, and not by its header alone
    std::int64_t samples = 0;   ///< at 16 kHz; 0: not measured
    std::string problem;        ///< why it cannot be used; empty: it can

    const std::string& where() const { return source.empty() ? path : source; }
};

/// A trial list and the names that stand for several recordings in it.
struct trial_source {
    std::string name; ///< of the list in the store
    std::filesystem::path file;
    /// Models by the names that trials use, each a list of names of recordings; other names are recordings.
    std::map<std::string, std::vector<std::string>> models;
};

struct corpus {
    std::string kind; ///< voxceleb, cnceleb, kaldi, json or shards
    std::filesystem::path root;
    std::vector<recording> recordings; ///< in an order that depends on the files alone
};

/// How CN-Celeb enrols a speaker: `joined`, one file made of several recordings; `average`, the mean of the
/// recordings' embeddings, which published error rates rest on; or lists for both.
enum class enrolment { average, joined, both };

/// These find a corpus's recordings without opening one. They throw std::runtime_error, one sentence with the
/// remedy, when the folder does not look like the corpus.

/// VoxCeleb1 and 2: <id>/<video>/<number>.wav or .flac under the root, its wav/, dev/wav/, test/wav/, aac/ or
/// dev/aac/. Where a folder has .m4a and nothing converted, the exception has the ffmpeg line that converts
/// it: VoxCeleb2 is AAC, for which no decoder is linked. The 40 speakers of VoxCeleb1's test set never train.
corpus scan_voxceleb(const std::filesystem::path& root);

/// CN-Celeb1 (data/, dev/dev.lst, eval/) or CN-Celeb2 (data/, spk.lst). Speakers id00800 to id00999 never
/// train, nor do those that dev.lst or spk.lst leaves out.
corpus scan_cnceleb(const std::filesystem::path& root);

/// The trials of CN-Celeb1's eval/lists, "cnceleb" of enroll.map or "cnceleb_joined" of enroll.lst; none for
/// CN-Celeb2.
std::vector<trial_source> cnceleb_trials(const std::filesystem::path& root, enrolment how);

/// A Kaldi data folder: wav.scp (`key path`, paths relative to the folder or, where nothing is there, to the folder that
/// the program runs in) and utt2spk. A pipe in wav.scp is
/// refused: it would run commands; so is a file `segments`.
corpus scan_kaldi(const std::filesystem::path& folder);

/// JSON lines {"key": ..., "wav": ..., "spk": ...}, paths relative to the file's folder.
corpus scan_json_lines(const std::filesystem::path& file);

/// Uncompressed tar archives with members <key>.spk (the speaker) and <key>.wav or .flac; keys may contain
/// '/'. One archive, or a folder of them.
corpus scan_shards(const std::filesystem::path& file_or_folder);

/// A path without the suffix of an audio file, in small letters or capitals, if it has one.
std::string without_audio_suffix(const std::string& path);
bool has_audio_suffix(const std::string& path);

/// Whether it is VoxCeleb2's AAC by its suffix.
bool is_aac(const std::string& path);

/// macOS leaves a file ._x beside each x on foreign disks: no sound, whatever its suffix.
bool is_left_by_macos(const std::string& path);

} // namespace speaker_verification

#pragma once

#include <filesystem>
#include <map>
#include <mutex>
#include <string>

#include "speaker_verification/data/archives/queen_archive.hpp"
#include "speaker_verification/data/archives/sky_archive.hpp"
#include "speaker_verification/data/audio/sound_file.hpp"

namespace speaker_verification {

/// Decodes speech inside an unpacked package by the paths that the lists use: `file`, or `container:member`.
///
/// The container or the file's ending decides how: *.1c:NAME (queen_archive), *.dsk:ID (sky_archive), *.ALS
/// (drascula_speech), *.gsm (gsm_prompt), anything else (*.ogg) by what libsndfile finds. Safe from several
/// threads.
class package_reader {
  public:
    /// `root`: the folder that the package was unpacked into.
    explicit package_reader(std::filesystem::path root);

    /// Throws std::runtime_error with the reason when the member cannot be decoded or holds no sample.
    sound decode(const std::string& path) const;

  private:
    const queen_archive& queen(const std::filesystem::path& container) const;
    const sky_archive& sky(const std::filesystem::path& container) const;

    std::filesystem::path root_;
    mutable std::mutex mutex_; ///< guards the archives' first opening
    mutable std::map<std::filesystem::path, queen_archive> queens_;
    mutable std::map<std::filesystem::path, sky_archive> skies_;
};

} // namespace speaker_verification

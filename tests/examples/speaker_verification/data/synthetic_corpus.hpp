#pragma once

#include <filesystem>
#include <string>

#include "scratch_folder.hpp"
#include "speaker_verification/data/archives/subprocess.hpp"

/// A Debian package of ten short sounds, the lists for it and an apt-get that serves it: everything
/// `fetch_speech` needs, without a network.
///
///     lists/     packages.txt, sets.json (set "synthetic"), train.csv (6 utterances of 2 speakers),
///     crops_pair.csv
///                (2 crops of 2 utterances), trials_pair.csv (1 trial)
///     archive/   synthetic-voices.deb
///     programs/  apt-get and apt-cache: stand first on PATH while `fetch` runs
class synthetic_corpus : public scratch_folder {
  public:
    synthetic_corpus();

    /// Runs fetch_speech --packages `selection` into `cache()`.
    speaker_verification::process_result fetch(const std::string& selection = "synthetic") const;

    /// The same with what is behind --cache spelled otherwise.
    speaker_verification::process_result fetch_into(const std::string& cache,
                                                    const std::string& selection = "synthetic") const;

    std::filesystem::path cache() const { return path / "cache"; }
    std::filesystem::path lists() const { return path / "lists"; }
    std::filesystem::path archive() const { return path / "archive" / "synthetic-voices.deb"; }

    /// Makes apt-get fail after printing this line.
    void break_network(const std::string& message) const;

    /// Makes apt-cache offer another version, and apt-get refuse.
    void offer_version(const std::string& version) const;

    /// How often apt-get was called.
    int downloads() const;

  private:
    void build_package() const;
    void write_lists() const;
    void write_programs() const;
};

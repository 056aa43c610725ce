#include "speaker_verification/training/checkpoints/run_folder.hpp"

#include "common/atomic_file.hpp"
#include "speaker_verification/training/checkpoints/run_description.hpp"
#include "speaker_verification/training/settings/settings_file.hpp"

#include <ostream>
#include <stdexcept>
#include <string>

namespace speaker_verification {

namespace fs = std::filesystem;

namespace {

/// The checkpoints first: what is left when their removal is interrupted must still look like a run.
constexpr const char* files_of_training[] = {"last.checkpoint", "previous.checkpoint", "next.checkpoint",
                                             "best.checkpoint", "log.jsonl",           "config.toml"};

/// A run killed before its first checkpoint is begun anew, but as it was begun.
void require_begun_alike(const fs::path& folder, const settings& all) {
    settings begun;
    read_settings_file(folder / "config.toml", begun);
    require_same_steps(begun, all, "the run in '" + folder.string() + "'");
}

} // namespace

checked_run_folder check_run_folder(const settings& all, when_run_exists choice) {
    const fs::path folder = fs::path(all.run.results) / all.run.name;
    const auto holds = [&](const char* file) { return fs::exists(folder / file); };
    const bool begun = holds("config.toml");
    const bool saved = holds("last.checkpoint") || holds("previous.checkpoint");
    if (choice == when_run_exists::refuse && (saved || holds("best.checkpoint"))) {
        throw std::runtime_error("'" + folder.string() + "' holds a run: " + (begun ? "go on with --resume, " : "") +
                                 "replace it with --overwrite, or choose another --name");
    }
    if (choice == when_run_exists::resume && !saved) {
        if (!begun) {
            throw std::runtime_error("'" + folder.string() + "' holds no last.checkpoint to resume from: leave out " +
                                     "--resume, or correct --name");
        }
        require_begun_alike(folder, all);
    }
    return {folder, choice == when_run_exists::resume && saved};
}

void prepare_run_folder(const fs::path& folder, const settings& all, when_run_exists choice) {
    if (choice == when_run_exists::overwrite) {
        for (const char* file : files_of_training) fs::remove(folder / file);
    }
    examples::write_file_atomically(folder / "config.toml",
                                    [&](std::ostream& stream) { stream << settings_text(all); });
}

} // namespace speaker_verification

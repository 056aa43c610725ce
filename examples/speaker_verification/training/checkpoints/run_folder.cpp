#include "speaker_verification/training/checkpoints/run_folder.hpp"

#include "common/atomic_file.hpp"
#include "speaker_verification/training/settings/settings_file.hpp"

#include <ostream>
#include <stdexcept>
#include <string>
#include <system_error>

namespace speaker_verification {

namespace fs = std::filesystem;

namespace {

constexpr const char* files_of_training[] = {"config.toml",         "log.jsonl",       "last.checkpoint",
                                             "previous.checkpoint", "next.checkpoint", "best.checkpoint"};

/// What a killed training was writing: files of its own under temporary names (see common/atomic_file.hpp).
void remove_unfinished(const fs::path& folder) {
    if (!fs::exists(folder)) return;
    for (const auto& entry : fs::directory_iterator(folder)) {
        const std::string name = entry.path().filename().string();
        for (const fs::path file : files_of_training) {
            const bool unfinished =
                name.starts_with(file.stem().string() + ".partial-") && entry.path().extension() == file.extension();
            std::error_code ignored;
            if (unfinished) fs::remove(entry.path(), ignored);
        }
    }
}

} // namespace

std::filesystem::path check_run_folder(const settings& all, when_run_exists choice) {
    const fs::path folder = fs::path(all.run.results) / all.run.name;
    const bool begun = fs::exists(folder / "config.toml");
    const bool saved = fs::exists(folder / "last.checkpoint") || fs::exists(folder / "previous.checkpoint");
    if (begun && choice == when_run_exists::refuse) {
        throw std::runtime_error("'" + folder.string() + "' holds a run: go on with --resume, replace it with " +
                                 "--overwrite, or choose another --name");
    }
    if (!saved && choice == when_run_exists::resume) {
        throw std::runtime_error("'" + folder.string() + "' holds no last.checkpoint to resume from: leave out " +
                                 "--resume, or correct --name");
    }
    return folder;
}

void prepare_run_folder(const fs::path& folder, const settings& all, when_run_exists choice) {
    remove_unfinished(folder);
    if (choice == when_run_exists::overwrite) {
        for (const char* file : files_of_training) fs::remove(folder / file);
    }
    examples::write_file_atomically(folder / "config.toml",
                                    [&](std::ostream& stream) { stream << settings_text(all); });
}

} // namespace speaker_verification

#include "speaker_verification/training/run_folder.hpp"

#include "common/atomic_file.hpp"
#include "speaker_verification/training/settings_file.hpp"

#include <ostream>
#include <stdexcept>

namespace speaker_verification {

namespace fs = std::filesystem;

std::filesystem::path check_run_folder(const settings& all, when_run_exists choice) {
    const fs::path folder = fs::path(all.run.results) / all.run.name;
    const bool begun = fs::exists(folder / "config.toml");
    const bool saved = fs::exists(folder / "last.checkpoint");
    if (begun && choice == when_run_exists::refuse) {
        throw std::runtime_error("'" + folder.string() +
                                 "' holds a run: go on with --resume, replace it with " +
                                 "--overwrite, or choose another --name");
    }
    if (!saved && choice == when_run_exists::resume) {
        throw std::runtime_error("'" + folder.string() +
                                 "' holds no last.checkpoint to resume from: leave out " +
                                 "--resume, or correct --name");
    }
    return folder;
}

void prepare_run_folder(const fs::path& folder, const settings& all, when_run_exists choice) {
    if (choice == when_run_exists::overwrite) {
        for (const char* file : {"config.toml", "log.jsonl", "last.checkpoint", "best.checkpoint"}) {
            fs::remove(folder / file);
        }
    }
    examples::write_file_atomically(folder / "config.toml",
                                    [&](std::ostream& stream) { stream << settings_text(all); });
}

} // namespace speaker_verification

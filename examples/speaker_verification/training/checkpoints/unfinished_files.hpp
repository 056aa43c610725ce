#pragma once

#include <filesystem>

namespace speaker_verification {

/// Removes what killed programs were writing below a folder: NAME.partial-PROCESS and NAME.partial-PROCESS.ENDING (see
/// common/atomic_file.hpp) of processes that are gone. Call it before the caller writes there: what bears its own number
/// is of an earlier process with that number.
void remove_unfinished_files(const std::filesystem::path& folder);

} // namespace speaker_verification

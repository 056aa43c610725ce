#pragma once

#include <filesystem>
#include <string>

namespace speaker_verification {

/// Holds a folder of results for one program at a time, from its construction to its end, however that comes: two that
/// write there at once would mix their files.
///
/// Removes what killed programs left unfinished there. The file .lock stays in the folder and tells process and program of who holds it. Throws std::runtime_error with one
/// sentence when another process does, which says who and ends in `remedy`, such as "choose another --name", and when
/// the file cannot be made.
class run_lock {
  public:
    run_lock(const std::filesystem::path& folder, const std::string& program, const std::string& remedy);
    ~run_lock();
    run_lock(const run_lock&) = delete;
    run_lock& operator=(const run_lock&) = delete;

  private:
    int descriptor_ = -1;
};

} // namespace speaker_verification

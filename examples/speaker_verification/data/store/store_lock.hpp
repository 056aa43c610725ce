#pragma once

#include <filesystem>
#include <functional>

namespace speaker_verification {

/// Holds a speech store for one process at a time, from its construction to its end, however that comes: two that fill
/// a store at once would unpack into the same folder. What the process starts meanwhile holds it, too, until all of
/// them have ended.
///
/// Calls `when_busy` once before it waits for another process. The file .lock stays in the store. Throws
/// std::runtime_error with one sentence when it cannot be made.
class store_lock {
  public:
    store_lock(const std::filesystem::path& store, const std::function<void()>& when_busy);
    ~store_lock();
    store_lock(const store_lock&) = delete;
    store_lock& operator=(const store_lock&) = delete;

  private:
    int descriptor_ = -1;
};

} // namespace speaker_verification

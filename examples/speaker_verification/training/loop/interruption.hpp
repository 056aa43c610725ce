#pragma once

namespace speaker_verification {

/// From construction on, SIGINT and SIGTERM are noted instead of ending the program, so that it can write a
/// checkpoint first; a second signal ends it at once. One object at a time. Whoever leaves by an exception has still to say why, and
/// scripts/launch ends the others as soon as one process has ended: a first signal does not cut that sentence off either.
class interruption_guard {
  public:
    interruption_guard();
    ~interruption_guard();
    interruption_guard(const interruption_guard&) = delete;
    interruption_guard& operator=(const interruption_guard&) = delete;

    /// Whether a signal has come.
    static bool requested();
};

} // namespace speaker_verification

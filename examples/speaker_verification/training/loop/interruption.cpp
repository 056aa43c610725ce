#include "speaker_verification/training/loop/interruption.hpp"

#include <atomic>
#include <csignal>
#include <exception>

namespace speaker_verification {

namespace {

// Atomic, since the signal of a process comes in any of its threads, also in one that makes batches.
std::atomic<bool> signal_seen = false;
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler must not wait for a lock");

extern "C" void note_signal(int number) {
    signal_seen = true;
    std::signal(number, SIG_DFL);
}

} // namespace

interruption_guard::interruption_guard() {
    signal_seen = false;
    std::signal(SIGINT, note_signal);
    std::signal(SIGTERM, note_signal);
}

interruption_guard::~interruption_guard() {
    if (std::uncaught_exceptions() > 0) return;
    std::signal(SIGINT, SIG_DFL);
    std::signal(SIGTERM, SIG_DFL);
}

bool interruption_guard::requested() { return signal_seen; }

} // namespace speaker_verification

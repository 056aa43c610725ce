#include "speaker_verification/training/loop/interruption.hpp"

#include <csignal>

namespace speaker_verification {

namespace {

volatile std::sig_atomic_t signal_seen = 0;

extern "C" void note_signal(int number) {
    signal_seen = 1;
    std::signal(number, SIG_DFL);
}

} // namespace

interruption_guard::interruption_guard() {
    signal_seen = 0;
    std::signal(SIGINT, note_signal);
    std::signal(SIGTERM, note_signal);
}

interruption_guard::~interruption_guard() {
    std::signal(SIGINT, SIG_DFL);
    std::signal(SIGTERM, SIG_DFL);
}

bool interruption_guard::requested() { return signal_seen != 0; }

} // namespace speaker_verification

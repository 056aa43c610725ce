// In place of training_processes_c10d.cpp where BREGMAN_WITH_C10D is OFF.
#include "speaker_verification/training/loop/training_processes.hpp"

#include <bregman/distributed/place.hpp>

#include <stdexcept>

namespace speaker_verification {

training_processes join_training_processes() {
    const auto place = bregman::process_place::from_environment();
    if (place.size == 1) return {};
    throw std::invalid_argument("WORLD_SIZE is " + std::to_string(place.size) +
                                ", but this program was built for one process: start one, or configure with "
                                "-DBREGMAN_WITH_C10D=ON, a LibTorch with c10d and Gloo's headers (libgloo-dev)");
}

} // namespace speaker_verification

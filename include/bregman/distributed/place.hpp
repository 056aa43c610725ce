#pragma once

#include <charconv>
#include <cstdlib>
#include <string>
#include <system_error>

#include <bregman/base/error.hpp>

namespace bregman {

/// Which of a group of processes this is, and where all of them meet.
struct process_place {
    int rank = 0, size = 1;            ///< 0 <= rank < size
    int local_rank = 0;                ///< among the processes of this machine: the number of its GPU
    int local_size = 1;                ///< processes of this machine, which share its processors
    std::string address = "127.0.0.1"; ///< of process 0
    int port = 29500;                  ///< at which process 0 listens, 1 to 65535
    std::string meeting_file; ///< of processes of one machine: where they meet instead, and no port is listened at

    /// From RANK, WORLD_SIZE, LOCAL_RANK, MASTER_ADDR and MASTER_PORT, as torchrun and scripts/launch set them. With neither RANK
    /// nor WORLD_SIZE it is one process; LOCAL_RANK is RANK and LOCAL_WORLD_SIZE is WORLD_SIZE where they are not set.
    /// BREGMAN_MEETING_FILE, which scripts/launch sets beside them, is the meeting file. Errors: std::invalid_argument for one
    /// that is missing or no number of its range.
    static process_place from_environment() {
        process_place place;
        if (!std::getenv("RANK") && !std::getenv("WORLD_SIZE")) return place;
        place.size = number("WORLD_SIZE", 1, 1 << 20);
        place.rank = number("RANK", 0, place.size - 1);
        place.local_rank = std::getenv("LOCAL_RANK") ? number("LOCAL_RANK", 0, place.size - 1) : place.rank;
        place.local_size = std::getenv("LOCAL_WORLD_SIZE") ? number("LOCAL_WORLD_SIZE", 1, place.size) : place.size;
        if (place.size == 1) return place;
        place.address = text("MASTER_ADDR");
        place.port = number("MASTER_PORT", 1, 65535);
        if (const char* const file = std::getenv("BREGMAN_MEETING_FILE")) place.meeting_file = file;
        return place;
    }

    /// Whether all that is said stays on this machine.
    bool is_loopback() const {
        return size == 1 || address == "localhost" || address == "::1" || address.rfind("127.", 0) == 0;
    }

  private:
    static std::string text(const char* name) {
        const char* const value = std::getenv(name);
        require(value != nullptr && *value != '\0', name, "not set", "set in the environment of each process",
                "start the processes with torchrun or scripts/launch");
        return value;
    }
    static int number(const char* name, int least, int most) {
        const std::string value = text(name);
        int result = 0;
        const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), result);
        require(error == std::errc() && end == value.data() + value.size() && result >= least && result <= most, name,
                '"' + value + '"', "[" + std::to_string(least) + ", " + std::to_string(most) + "]",
                "start the processes with torchrun or scripts/launch");
        return result;
    }
};

} // namespace bregman

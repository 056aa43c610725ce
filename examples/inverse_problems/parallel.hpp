#pragma once

#include "common/progress.hpp"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace examples {

/// Calls work(0), ..., work(count - 1) from several threads, each next one by whoever is free, and shows how
/// far they are. threads = 0: as many as the machine runs at once. The first exception ends all of them and
/// is thrown again.
inline void for_each_in_parallel(std::int64_t count, std::int64_t threads, progress_line& progress,
                                 const std::function<void(std::int64_t)>& work) {
    std::atomic<std::int64_t> next = 0;
    std::int64_t done = 0;
    std::exception_ptr failure;
    std::mutex mutex;
    const auto run = [&] {
        for (std::int64_t i = next++; i < count; i = next++) {
            try {
                work(i);
            } catch (...) {
                const std::lock_guard lock(mutex);
                if (!failure) failure = std::current_exception();
                next = count;
                return;
            }
            const std::lock_guard lock(mutex);
            progress.update(++done);
        }
    };
    if (threads <= 0) threads = std::max(1u, std::thread::hardware_concurrency());
    std::vector<std::thread> others(std::size_t(std::min(threads, count)) - 1);
    for (auto& thread : others) thread = std::thread(run);
    run();
    for (auto& thread : others) thread.join();
    if (failure) std::rethrow_exception(failure);
    progress.finish();
}

} // namespace examples

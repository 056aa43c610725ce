#include "speaker_verification/data/store/parallel.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace speaker_verification {

void parallel_for(std::size_t count, int threads, const std::function<void(std::size_t)>& work,
                  const std::function<void(std::size_t)>& watch) {
    std::atomic<std::size_t> next = 0, done = 0;
    std::mutex mutex;
    std::condition_variable finished;
    std::exception_ptr failure;
    int running = 0;

    const auto run = [&] {
        try {
            for (std::size_t i; (i = next++) < count; ++done) work(i);
        } catch (...) {
            const std::lock_guard lock(mutex);
            if (!failure) failure = std::current_exception();
            next = count;
        }
        const std::lock_guard lock(mutex);
        --running;
        finished.notify_one();
    };
    std::vector<std::thread> pool;
    try {
        for (int t = 0; t < threads; ++t) {
            {
                const std::lock_guard lock(mutex);
                ++running;
            }
            pool.emplace_back(run);
        }
    } catch (const std::system_error&) {
        // The system grants no more of them: those that are there do the work.
        const std::lock_guard lock(mutex);
        --running;
    }
    if (pool.empty()) {
        ++running;
        run();
    }
    {
        std::unique_lock lock(mutex);
        while (!finished.wait_for(lock, std::chrono::milliseconds(100), [&] { return running == 0; }))
            if (const std::size_t now = done; watch && now < count) watch(now);
    }
    for (std::thread& thread : pool) thread.join();
    if (failure) std::rethrow_exception(failure);
    if (watch) watch(done);
}

} // namespace speaker_verification

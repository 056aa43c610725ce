#pragma once
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace speaker_verification {

/// Makes items number first, first + 1, ... in `workers` threads, at most `ahead` before they are taken, and
/// hands them out in order. Where the system grants fewer threads, fewer work; where it grants none, `take` makes the
/// item.
///
/// Threads with nothing to do sleep on a condition variable: LibTorch needs the processors, and its OpenMP
/// loops lose far more than their share to a thread that spins.
template <class Item>
class prefetcher {
  public:
    using maker = std::function<Item(std::uint64_t number)>;

    prefetcher(maker make, std::uint64_t first, std::size_t workers, std::size_t ahead)
        : make_(std::move(make)), next_made_(first), next_taken_(first), ahead_(std::max(ahead, workers)) {
        try {
            for (std::size_t i = 0; i < workers; ++i) threads_.emplace_back([this] { work(); });
        } catch (const std::system_error&) {
            // The system grants no more of them: those that are there do the work, or else `take` does.
        }
    }
    prefetcher(const prefetcher&) = delete;
    prefetcher& operator=(const prefetcher&) = delete;
    ~prefetcher() {
        {
            const std::lock_guard lock(mutex_);
            stopping_ = true;
        }
        room_.notify_all();
        for (auto& thread : threads_) thread.join();
    }

    /// The next item. Waits for it, and rethrows what making it threw.
    Item take() {
        const auto start = std::chrono::steady_clock::now();
        if (threads_.empty()) {
            Item item = make_(next_taken_++);
            waited_ += seconds_since(start);
            return item;
        }
        std::unique_lock lock(mutex_);
        made_.wait(lock, [this] { return failure_ || ready_.count(next_taken_) > 0; });
        if (failure_) std::rethrow_exception(failure_);
        Item item = std::move(ready_.at(next_taken_));
        ready_.erase(next_taken_++);
        waited_ += seconds_since(start);
        lock.unlock();
        room_.notify_one();
        return item;
    }

    /// Seconds that `take` has waited in all.
    double seconds_waited() const { return waited_; }

  private:
    static double seconds_since(std::chrono::steady_clock::time_point start) {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    }

    void work() {
        std::unique_lock lock(mutex_);
        for (;;) {
            room_.wait(lock, [this] { return stopping_ || next_made_ < next_taken_ + ahead_; });
            if (stopping_) return;
            const std::uint64_t number = next_made_++;
            lock.unlock();
            std::optional<Item> item;
            std::exception_ptr failure;
            try {
                item = make_(number);
            } catch (...) {
                failure = std::current_exception();
            }
            lock.lock();
            if (item) {
                ready_.emplace(number, std::move(*item));
            } else {
                failure_ = failure;
                stopping_ = true;
                room_.notify_all();
            }
            made_.notify_one();
        }
    }

    maker make_;
    std::mutex mutex_;
    std::condition_variable made_, room_;
    std::map<std::uint64_t, Item> ready_;
    std::uint64_t next_made_, next_taken_;
    std::size_t ahead_;
    double waited_ = 0;
    bool stopping_ = false;
    std::exception_ptr failure_;
    std::vector<std::thread> threads_;
};

} // namespace speaker_verification

#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <limits>
#include <mutex>

namespace bregman {

/// Carries an exception out of a parallel loop, where one that leaves a thread would end the process. Of several it is the
/// one of the lowest index, the one that a loop in order would have thrown.
///
///     first_exception thrown;
///     #pragma omp parallel for
///     for (...) thrown.guard(i, [&] { work(i); });
///     thrown.rethrow();
class first_exception {
  public:
    /// work(), unless an index below has failed already.
    template <class Work>
    void guard(std::int64_t index, Work&& work) noexcept {
        if (index > index_.load(std::memory_order_relaxed)) return;
        try {
            work();
        } catch (...) {
            const std::lock_guard<std::mutex> lock(mutex_);
            if (index >= index_.load(std::memory_order_relaxed)) return;
            index_.store(index, std::memory_order_relaxed);
            exception_ = std::current_exception();
        }
    }
    void rethrow() const {
        if (exception_) std::rethrow_exception(exception_);
    }

  private:
    std::atomic<std::int64_t> index_ = std::numeric_limits<std::int64_t>::max();
    std::mutex mutex_;
    std::exception_ptr exception_;
};

} // namespace bregman

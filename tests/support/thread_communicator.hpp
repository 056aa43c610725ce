#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <bregman/distributed/communicator.hpp>

namespace bregman::testing {

/// Threads as processes: what they say goes through memory, so that laws of many processes are tested without any.
class thread_communicator {
  public:
    struct meeting {
        explicit meeting(int processes) : said(std::size_t(processes)) {}

        std::mutex mutex;
        std::condition_variable changed;
        std::vector<std::string> said; ///< by each, in the present call
        std::size_t here = 0, round = 0;
        bool somebody_left = false;
    };

    thread_communicator(meeting& all, int rank) : all_(&all), rank_(rank) {}

    int rank() const { return rank_; }
    int size() const { return int(all_->said.size()); }

    std::vector<std::string> gather(const std::string& bytes) {
        bytes_sent += std::int64_t(bytes.size());
        std::unique_lock lock(all_->mutex);
        all_->said[std::size_t(rank_)] = bytes;
        wait_for_all(lock);
        const std::vector<std::string> result = all_->said;
        wait_for_all(lock); // nobody speaks again before all have heard
        return result;
    }
    void add_up(std::span<double> numbers) { add_up_of(numbers); }
    void add_up(std::span<std::int64_t> numbers) { add_up_of(numbers); }
    std::string broadcast(const std::string& bytes, int from) {
        return gather(rank_ == from ? bytes : "").at(std::size_t(from));
    }

    std::int64_t bytes_sent = 0;

  private:
    template <class T>
    void add_up_of(std::span<T> numbers) {
        const auto all = gather({reinterpret_cast<const char*>(numbers.data()), numbers.size_bytes()});
        for (T& number : numbers) number = 0;
        for (const std::string& bytes : all) {
            if (bytes.size() != numbers.size_bytes()) throw std::logic_error("processes add up other numbers");
            const T* const theirs = reinterpret_cast<const T*>(bytes.data());
            for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] += theirs[i];
        }
    }
    void wait_for_all(std::unique_lock<std::mutex>& lock) {
        const std::size_t round = all_->round;
        if (++all_->here == all_->said.size()) {
            all_->here = 0;
            ++all_->round;
            all_->changed.notify_all();
        }
        all_->changed.wait(lock, [&] { return all_->round != round || all_->somebody_left; });
        if (all_->round == round) throw std::runtime_error("another process is gone");
    }

    meeting* all_;
    int rank_;
};

/// work(communicator) on as many threads, and what each returns. Throws what process 0 throws, or else the first of the others.
/// Boost's checks are for the thread that calls.
template <class Work>
auto on_processes(int processes, Work&& work) {
    thread_communicator::meeting all(processes);
    using result = decltype(work(std::declval<thread_communicator&>()));
    std::vector<result> results(std::size_t(processes), result{});
    std::vector<std::exception_ptr> thrown{std::size_t(processes)};
    std::vector<std::thread> threads;
    for (int rank = 0; rank < processes; ++rank)
        threads.emplace_back([&, rank] {
            try {
                thread_communicator communicator(all, rank);
                results[std::size_t(rank)] = work(communicator);
            } catch (...) {
                const std::lock_guard lock(all.mutex);
                thrown[std::size_t(rank)] = std::current_exception();
                all.somebody_left = true;
                all.changed.notify_all();
            }
        });
    for (std::thread& thread : threads) thread.join();
    for (const auto& each : thrown)
        if (each) std::rethrow_exception(each);
    return results;
}

} // namespace bregman::testing

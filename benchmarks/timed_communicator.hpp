#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <bregman/distributed/communicator.hpp>

namespace bench {

/// Seconds that function() takes.
template <class Function>
double seconds_of(Function&& function) {
    const auto start = std::chrono::steady_clock::now();
    function();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// What a process has told others: how often, and how long it took.
struct told {
    int calls = 0;
    double seconds = 0;
};

/// A communicator around another one that counts and times its calls. Copies share the count.
template <bregman::communicator Communicator>
class timed_communicator {
  public:
    explicit timed_communicator(Communicator all) : all_(std::move(all)), told_(std::make_shared<told>()) {}

    int rank() const { return all_.rank(); }
    int size() const { return all_.size(); }
    void add_up(std::span<double> numbers) {
        count([&] { all_.add_up(numbers); });
    }
    void add_up(std::span<std::int64_t> numbers) {
        count([&] { all_.add_up(numbers); });
    }
    std::vector<std::string> gather(const std::string& bytes) {
        std::vector<std::string> of_each;
        count([&] { of_each = all_.gather(bytes); });
        return of_each;
    }
    std::string broadcast(const std::string& bytes, int from) {
        std::string text;
        count([&] { text = all_.broadcast(bytes, from); });
        return text;
    }

    /// Since it was asked last.
    told take_told() { return std::exchange(*told_, {}); }

  private:
    template <class Function>
    void count(Function&& function) {
        ++told_->calls;
        told_->seconds += seconds_of(function);
    }

    Communicator all_;
    std::shared_ptr<told> told_;
};

} // namespace bench

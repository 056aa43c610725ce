#pragma once

#include <concepts>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

/// \file
/// What processes that train together say to each other. An optimizer's arithmetic knows nothing of it.

namespace bregman {

/// A group of processes, numbered by rank from 0. Every function but rank and size is collective: all processes call the same
/// ones in the same order, with as many numbers, and all get the same bits.
///
///     int rank() const;    int size() const;              // 0 <= rank < size
///     void add_up(std::span<double> numbers);             // each becomes the sum over all processes
///     void add_up(std::span<std::int64_t> numbers);       // the same, exactly
///     std::vector<std::string> gather(const std::string& bytes);  // those of each process, which may differ in length
///     std::string broadcast(const std::string& bytes, int from);  // those of process `from`
///
/// A sum of doubles rounds in an order that the communicator chooses; where all but one process add 0 it is exact, and the
/// library asks for no other. A process that is gone makes the others' calls throw std::runtime_error, within a time that the
/// communicator sets. Models are one_process here and c10d_communicator (distributed/c10d.hpp).
template <class C>
concept communicator =
    std::copy_constructible<C> &&
    requires(C& c, const C& seen, std::span<double> numbers, std::span<std::int64_t> counts, const std::string& bytes) {
        { seen.rank() } -> std::same_as<int>;
        { seen.size() } -> std::same_as<int>;
        c.add_up(numbers);
        c.add_up(counts);
        { c.gather(bytes) } -> std::same_as<std::vector<std::string>>;
        { c.broadcast(bytes, 0) } -> std::same_as<std::string>;
    };

/// The null case: nobody to talk to, and nothing is done.
struct one_process {
    int rank() const { return 0; }
    int size() const { return 1; }
    void add_up(std::span<double>) const {}
    void add_up(std::span<std::int64_t>) const {}
    std::vector<std::string> gather(const std::string& bytes) const { return {bytes}; }
    std::string broadcast(const std::string& bytes, int) const { return bytes; }
};

} // namespace bregman

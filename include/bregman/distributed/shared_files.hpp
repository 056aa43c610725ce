#pragma once

#include <exception>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <string>

#include <bregman/distributed/communicator.hpp>
#include <bregman/io/replace_file.hpp>
#include <bregman/io/run_file.hpp>
#include <bregman/io/state_file.hpp>

/// \file
/// One file for all processes, the same as one process writes: saved by any number of them, loaded by any other. Every
/// process calls, process 0 alone looks at the disk, and what it cannot do all refuse with the same sentence.

namespace bregman {

namespace contract {
/// What work() returns on process 0, on all; or std::runtime_error with what it threw there, on all.
template <class Communicator, class Work>
std::string by_first(Communicator& all, Work&& work) {
    std::string said(1, '\1'); // a byte that says whether it went well, then the result or the reason
    if (all.rank() == 0) {
        try {
            said += work();
        } catch (const std::exception& error) {
            said = std::string(1, '\0') + error.what();
        }
    }
    said = all.broadcast(said, 0);
    if (said[0] == '\0') throw std::runtime_error(said.substr(1));
    return said.substr(1);
}
} // namespace contract

/// save_run (io/run_file.hpp) of the optimizer and theta of all processes, written once. A disk that is full is
/// std::runtime_error on all of them.
template <class Optimizer, class Theta, communicator Communicator>
void save_run(const std::string& path, const Optimizer& optimizer, Theta& theta, Communicator& all) {
    const run_state<const Optimizer> run(optimizer, theta);
    std::ostringstream file;
    save_state(file, run); // collective, where v is split
    const std::string bytes = file.str();
    contract::by_first(all, [&] {
        replace_file(path, {bytes});
        return std::string();
    });
}

/// load_run (io/run_file.hpp) of a file that process 0 reads and hands on. Errors as there, on all processes; nothing has
/// changed then.
template <class Optimizer, class Theta, communicator Communicator>
void load_run(const std::string& path, Optimizer& optimizer, Theta& theta, Communicator& all) {
    const std::string bytes = contract::by_first(all, [&] {
        std::ifstream in(path, std::ios::binary);
        if (!in) throw std::runtime_error("state file: cannot read " + path + "; does it exist?");
        return std::string(std::istreambuf_iterator<char>(in), {});
    });
    std::istringstream file(bytes);
    run_state<Optimizer> run(optimizer, theta);
    load_state(file, run);
}

} // namespace bregman

#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

// Without it LibTorch's header is empty.
#if !defined(USE_C10D_GLOO)
#define USE_C10D_GLOO
#endif
#include <torch/csrc/distributed/c10d/FileStore.hpp>
#include <torch/csrc/distributed/c10d/HashStore.hpp>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#include <torch/types.h>

#include <bregman/base/error.hpp>
#include <bregman/distributed/communicator.hpp>
#include <bregman/distributed/place.hpp>

/// \file
/// Processes that talk through c10d, LibTorch's own. Needs Gloo's headers (libgloo-dev) to compile.

namespace bregman {

/// What a second process group does with tensors that are on devices; empty functions where there is none.
struct device_group {
    /// Begins to add tensors up, in place.
    std::function<c10::intrusive_ptr<c10d::Work>(std::vector<torch::Tensor>&)> allreduce;
    /// Begins to hand tensors on from one process to all, in place.
    std::function<c10::intrusive_ptr<c10d::Work>(std::vector<torch::Tensor>&, const c10d::BroadcastOptions&)> broadcast;
};

/// A communicator (communicator.hpp) over a c10d process group, such as c10d::ProcessGroupGloo, which is a ProcessGroup in
/// LibTorch 1.13 and a Backend in 2.x: the type is the group's own. Copies share the group. Errors: std::runtime_error that names
/// the process and the call when another process is gone, or does not call within the group's timeout.
template <class Group>
class c10d_communicator {
  public:
    /// The process group's type, as c10d::ProcessGroupGloo.
    using group_type = Group;

    explicit c10d_communicator(c10::intrusive_ptr<Group> group) : group_(std::move(group)) {
        require(bool(group_), "process group", "nullptr", "a group", "make one, or call join_processes()");
    }
    /// `devices` is for tensors on devices, where the group is for those in the host's memory (join_processes_with_gpus).
    c10d_communicator(c10::intrusive_ptr<Group> group, device_group devices) : c10d_communicator(std::move(group)) {
        devices_ = std::move(devices);
    }

    int rank() const { return group_->getRank(); }
    int size() const { return group_->getSize(); }
    /// The process group, for collectives of your own.
    Group& group() const { return *group_; }

    void add_up(std::span<double> numbers) const {
        if (!numbers.empty()) add_up(as_tensor(numbers.data(), numbers.size(), torch::kFloat64));
    }
    void add_up(std::span<std::int64_t> numbers) const {
        if (!numbers.empty()) add_up(as_tensor(numbers.data(), numbers.size(), torch::kInt64));
    }
    /// The same for a tensor without gaps, in place.
    void add_up(torch::Tensor numbers) const {
        std::vector<torch::Tensor> tensors{std::move(numbers)};
        finish("adding up", [&] { return start_adding_up(tensors); });
    }
    /// Begins it: what c10d calls work.
    c10::intrusive_ptr<c10d::Work> start_adding_up(std::vector<torch::Tensor>& tensors) const {
        if (devices_.allreduce && !tensors.front().device().is_cpu()) return devices_.allreduce(tensors);
        return group_->allreduce(tensors);
    }

    std::vector<std::string> gather(const std::string& bytes) const {
        const auto processes = std::size_t(size());
        std::vector<std::int64_t> lengths(processes);
        lengths[std::size_t(rank())] = std::int64_t(bytes.size());
        add_up(lengths);
        // Gloo gathers as many bytes from each.
        const std::int64_t longest = *std::max_element(lengths.begin(), lengths.end());
        std::vector<std::string> all(processes);
        if (longest == 0) return all;
        std::vector<torch::Tensor> own{torch::zeros({longest}, torch::kUInt8)};
        if (!bytes.empty()) std::memcpy(own[0].template data_ptr<std::uint8_t>(), bytes.data(), bytes.size());
        std::vector<std::vector<torch::Tensor>> parts(1);
        for (std::size_t p = 0; p < processes; ++p) parts[0].push_back(torch::empty({longest}, torch::kUInt8));
        finish("gathering", [&] { return group_->allgather(parts, own); });
        for (std::size_t p = 0; p < processes; ++p)
            all[p].assign(reinterpret_cast<const char*>(parts[0][p].template data_ptr<std::uint8_t>()),
                          std::size_t(lengths[p]));
        return all;
    }

    std::string broadcast(const std::string& bytes, int from) const {
        torch::Tensor length = torch::full({1}, std::int64_t(bytes.size()), torch::kInt64);
        broadcast(length, from);
        torch::Tensor text = torch::empty({length.template item<std::int64_t>()}, torch::kUInt8);
        if (text.numel() == 0) return {};
        if (rank() == from) std::memcpy(text.template data_ptr<std::uint8_t>(), bytes.data(), bytes.size());
        broadcast(text, from);
        return std::string(reinterpret_cast<const char*>(text.template data_ptr<std::uint8_t>()),
                           std::size_t(text.numel()));
    }
    /// The same for a tensor without gaps, in place.
    void broadcast(torch::Tensor values, int from) const {
        std::vector<torch::Tensor> tensors{std::move(values)};
        c10d::BroadcastOptions options;
        options.rootRank = from;
        finish("broadcasting", [&]() -> c10::intrusive_ptr<c10d::Work> {
            if (devices_.broadcast && !tensors.front().device().is_cpu()) return devices_.broadcast(tensors, options);
            return group_->broadcast(tensors, options);
        });
    }

    /// Waits for what start() returns, a c10d::Work. LibTorch's own errors are pages of a stack.
    template <class Start>
    void finish(const char* doing, Start&& start) const {
        try {
            start()->wait();
        } catch (const std::exception& error) {
            const std::string text = error.what();
            throw std::runtime_error("process " + std::to_string(rank()) + " of " + std::to_string(size()) +
                                     " has lost the others while " + doing + ": " + text.substr(0, text.find('\n')) +
                                     "; start all processes again from the last checkpoint");
        }
    }

  private:
    template <class T>
    static torch::Tensor as_tensor(T* data, std::size_t size, torch::ScalarType type) {
        return torch::from_blob(data, {std::int64_t(size)}, type);
    }

    c10::intrusive_ptr<Group> group_;
    device_group devices_;
};

/// A communicator over Gloo: processes on CPUs.
using gloo_communicator = c10d_communicator<c10d::ProcessGroupGloo>;

namespace contract {
/// Where processes find each other's addresses. A fresh file for one machine's, where there is one: LibTorch's TCPStore
/// listens at its port on all interfaces, whatever the address, and has no setting for that.
inline c10::intrusive_ptr<c10d::Store> meeting_store(const process_place& place, std::chrono::milliseconds timeout) {
    if (place.size == 1) return c10::make_intrusive<c10d::HashStore>();
    // torchrun keeps the store in a process of its own.
    const char* const agent = std::getenv("TORCHELASTIC_USE_AGENT_STORE");
    const bool kept_elsewhere = agent && std::string(agent) == "True";
    c10::intrusive_ptr<c10d::Store> store;
    if (place.is_loopback() && !place.meeting_file.empty() && !kept_elsewhere) {
        store = c10::make_intrusive<c10d::FileStore>(place.meeting_file, place.size);
        store->setTimeout(timeout);
    } else {
        c10d::TCPStoreOptions meeting;
        meeting.port = std::uint16_t(place.port);
        meeting.isServer = place.rank == 0 && !kept_elsewhere;
        meeting.timeout = timeout;
        meeting.waitWorkers = false; // the group waits for them
        store = c10::make_intrusive<c10d::TCPStore>(place.address, meeting);
    }
    return c10::make_intrusive<c10d::PrefixStore>("bregman", store);
}

/// Gloo's group, and what devices_of(store) makes of the same store.
template <class DevicesOf>
c10d_communicator<c10d::ProcessGroupGloo> join_over_gloo(const process_place& place, std::chrono::milliseconds timeout,
                                                         DevicesOf&& devices_of) {
    try {
        const auto store = contract::meeting_store(place, timeout);
        const auto options = c10d::ProcessGroupGloo::Options::create(timeout);
        const char* const interface_name = std::getenv("GLOO_SOCKET_IFNAME");
        if (place.is_loopback())
            options->devices.push_back(c10d::ProcessGroupGloo::createDeviceForHostname("127.0.0.1"));
        else if (interface_name)
            options->devices.push_back(c10d::ProcessGroupGloo::createDeviceForInterface(interface_name));
        else
            options->devices.push_back(c10d::ProcessGroupGloo::createDefaultDevice());
        auto group = c10::make_intrusive<c10d::ProcessGroupGloo>(store, place.rank, place.size, options);
        return {std::move(group), devices_of(store)};
    } catch (const std::exception& error) {
        const std::string text = error.what();
        throw std::runtime_error("process " + std::to_string(place.rank) + " of " + std::to_string(place.size) +
                                 " did not meet the others at " + place.address + ":" + std::to_string(place.port) +
                                 ": " + text.substr(0, text.find('\n')));
    }
}
} // namespace contract

/// Meets the other processes at place.address and place.port and talks to them by Gloo, over TCP. Waits until all are there,
/// as long as `timeout`, which later calls wait at most too: it must be longer than what one process does alone, as a
/// validation. Where process 0 has a loopback address Gloo listens on 127.0.0.1, else at the address of the
/// interface that GLOO_SOCKET_IFNAME names, by default at that of the host's name. The store of process 0, a TCPStore, listens at
/// its port on all interfaces; processes of one machine with a place.meeting_file have no such store. Errors: std::runtime_error
/// when they do not meet.
inline gloo_communicator join_processes(const process_place& place = process_place::from_environment(),
                                        std::chrono::milliseconds timeout = std::chrono::minutes(10)) {
    return contract::join_over_gloo(place, timeout,
                                    [](const c10::intrusive_ptr<c10d::Store>&) { return device_group{}; });
}

} // namespace bregman

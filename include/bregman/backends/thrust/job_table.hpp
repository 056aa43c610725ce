#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>
#include <vector>

#include <thrust/device_vector.h>

#include <bregman/backends/thrust/execution.hpp>
#include <bregman/backends/thrust/tiles.hpp>
#include <bregman/tensors/tensor.hpp>

// Bytes between the members of a record may differ where the record does not. g++ can clear them, as nvcc's host compiler
// too; without, a table is sent now and then that need not be.
#if defined(__has_builtin)
#if __has_builtin(__builtin_clear_padding)
#define BREGMAN_CLEARS_PADDING
#endif
#endif

namespace bregman::device {

/// The job of each tile: what a warp would otherwise search for.
template <class Job>
void assign_tiles(const std::vector<Job>& jobs, std::vector<std::int32_t>& job_of_tile) {
    job_of_tile.clear();
    for (std::size_t j = 0; j < jobs.size(); ++j)
        job_of_tile.resize(std::size_t(jobs[j].first_tile + tiles_of(jobs[j].units, jobs[j].per_tile)),
                           std::int32_t(j));
}

/// Records on the host with a copy on the device, which keeps its memory.
template <class Record>
class table {
    static_assert(std::is_trivially_copyable_v<Record>,
                  "bregman: policies go to the device byte by byte, so direction, mirror map and regularizer must be "
                  "trivially copyable (numbers and pointers, no std::vector); see docs/concepts/backend.md");

  public:
    std::vector<Record> host;

    /// Sends what differs from what was sent last.
    const Record* upload() {
        const std::size_t bytes = host.size() * sizeof(Record);
        clear_padding();
        const auto* from = reinterpret_cast<const unsigned char*>(host.data());
        if (bytes != sent_.size() || (bytes > 0 && std::memcmp(sent_.data(), from, bytes) != 0)) {
            sent_.clear(); // until it is there
            if (device_.size() < bytes) device_.resize(bytes);
            copy_to_device(from, index_t(bytes), device_.begin());
            sent_.assign(from, from + bytes);
        }
        return reinterpret_cast<const Record*>(thrust::raw_pointer_cast(device_.data()));
    }

  private:
    void clear_padding() {
#if defined(BREGMAN_CLEARS_PADDING)
        for (Record& record : host) __builtin_clear_padding(&record);
#endif
    }

    std::vector<unsigned char> sent_;
    thrust::device_vector<unsigned char> device_;
};

/// The jobs of one kind: they become one kernel.
template <class Body>
class job_table {
  public:
    void clear() {
        jobs_.host.clear();
        tiles_ = 0;
    }
    void add(const Body& body, index_t units, index_t per_tile, index_t first_slot) {
        jobs_.host.push_back({body, units, per_tile, tiles_, first_slot});
        tiles_ += tiles_of(units, per_tile);
    }
    /// The partial results of a job go so many slots further.
    void move_slot(std::size_t job, index_t by) { jobs_.host[job].first_slot += by; }
    void upload() {
        if (tiles_ == 0) return;
        assign();
        on_device_ = jobs_.upload();
    }
    /// What was uploaded.
    template <class Partial>
    void run(Partial* partials, stream on, const char* what) {
        if (tiles_ == 0) return;
        run_tiles(on_device_, assignment_, tiles_, partials, on);
        if constexpr (counts_calls)
            note(what, sizeof(Partial)); // a host's kernel has ended: it can say what it has done
    }

  private:
    /// Each tile looks up its job and leaves its partial result; the job itself is read once from memory.
    void note(const char* what, std::size_t size_of_partial) const {
        traffic bytes{tiles_ * std::int64_t(sizeof(std::int32_t)), tiles_ * std::int64_t(size_of_partial)};
        for (const auto& job : jobs_.host) {
            bytes.read += std::int64_t(sizeof job);
            bytes += traffic_of(job.body, job.units);
        }
        note_kernel(what, bytes);
    }

    /// Pass after pass has the same tensors, as a rule.
    void assign() {
        const auto& jobs = jobs_.host;
        bool same = assigned_.size() == jobs.size() + 1 && assigned_.back() == tiles_;
        for (std::size_t j = 0; same && j < jobs.size(); ++j) same = assigned_[j] == jobs[j].first_tile;
        if (same) return;
        assigned_.clear(); // until the table is there
        assign_tiles(jobs, job_of_tile_.host);
        assignment_ = job_of_tile_.upload();
        for (const auto& job : jobs) assigned_.push_back(job.first_tile);
        assigned_.push_back(tiles_);
    }

    table<job<Body>> jobs_;
    table<std::int32_t> job_of_tile_;
    std::vector<index_t> assigned_; // first tiles of the jobs that the table on the device is for
    const job<Body>* on_device_ = nullptr;
    const std::int32_t* assignment_ = nullptr;
    index_t tiles_ = 0;
};

} // namespace bregman::device

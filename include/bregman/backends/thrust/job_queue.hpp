#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <vector>

#include <thrust/copy.h>
#include <thrust/device_vector.h>

#include <bregman/backends/thrust/execution.hpp>
#include <bregman/portability.hpp>
#include <bregman/tensor.hpp>

/// \file
/// Many tensors in one kernel. A job is what happens to one tensor. Its units (elements or groups) are cut into
/// tiles, and `lanes` neighbouring items work on a tile, each on every `lanes`-th unit, so that a warp reads and
/// writes consecutive memory. Every item leaves one partial result; sums over them are taken in an order that
/// depends on the tensors alone, so that they have the same bits in every run.

namespace bregman::device {

inline constexpr index lanes = 32;

/// Units of a tile that one item works on: [first + lane, last) in steps of `lanes`.
struct place {
    index first, last, lane;
    index slot; ///< of the tile, unique among all jobs
};

template <class Body>
struct job {
    Body body;
    index units, per_tile;
    index first_tile; ///< among the jobs of this kind
    index first_slot;
};

inline index tiles_of(index units, index per_tile) { return (units + per_tile - 1) / per_tile; }

/// The job of each tile: what a thread would otherwise search for.
template <class Job>
void assign_tiles(const std::vector<Job>& jobs, std::vector<std::int32_t>& job_of_tile) {
    job_of_tile.clear();
    for (std::size_t j = 0; j < jobs.size(); ++j)
        job_of_tile.resize(std::size_t(jobs[j].first_tile + tiles_of(jobs[j].units, jobs[j].per_tile)),
                           std::int32_t(j));
}

template <class Job>
BREGMAN_HOST_DEVICE place place_of(const Job& job, index item) {
    const index tile = item / lanes - job.first_tile, first = tile * job.per_tile;
    const index last = first + job.per_tile < job.units ? first + job.per_tile : job.units;
    return {first, last, item % lanes, job.first_slot + tile};
}

/// partials[...] = body(place, scratch) for one item.
template <class Job, class Partial, class Scratch>
struct run_item {
    const Job* jobs;
    const std::int32_t* job_of_tile;
    Partial* partials;
    Scratch* scratch; ///< one entry per item, for what one kernel leaves for the next

    BREGMAN_HOST_DEVICE void operator()(index item) const {
        const Job& job = jobs[job_of_tile[item / lanes]];
        const place at = place_of(job, item);
        partials[at.slot * lanes + at.lane] = Partial(job.body(at, scratch));
    }
};

/// The sum of every `stride`-th partial result.
template <class Partial, class Sum>
struct strided_sum {
    const Partial* partials;
    index count, stride;

    template <class Scratch>
    BREGMAN_HOST_DEVICE Sum operator()(const place& at, Scratch*) const {
        Sum total = 0;
        for (index i = at.first * lanes + at.lane; i < count; i += stride) total += Sum(partials[i]);
        return total;
    }
};

/// Records on the host with a copy on the device, which keeps its memory.
template <class Record>
class table {
    static_assert(std::is_trivially_copyable_v<Record>,
                  "bregman: policies go to the device byte by byte, so direction, mirror map and regularizer must be "
                  "trivially copyable (numbers and pointers, no std::vector); see docs/concepts/backend.md");

  public:
    std::vector<Record> host;

    const Record* upload() {
        const std::size_t bytes = host.size() * sizeof(Record);
        if (device_.size() < bytes) device_.resize(bytes);
        const auto* from = reinterpret_cast<const unsigned char*>(host.data());
        thrust::copy(from, from + bytes, device_.begin());
        return reinterpret_cast<const Record*>(thrust::raw_pointer_cast(device_.data()));
    }

  private:
    thrust::device_vector<unsigned char> device_;
};

/// Jobs of any number of kinds, run with one kernel per kind. `Partial` is what an item leaves, `Sum` what they are
/// added up in. Allocates nothing once it has seen its jobs.
template <class Partial, class Sum, class Scratch>
class job_queue {
  public:
    job_queue() = default;
    job_queue(const job_queue&) {} // nothing in a queue outlives the step
    job_queue(job_queue&&) = default;
    job_queue& operator=(const job_queue&) { return *this; }
    job_queue& operator=(job_queue&&) = default;

    void clear() {
        for (auto& batch : batches_) batch->clear();
        ranges_.clear();
        slots_ = 0;
    }

    /// Slots for the partial results of a tensor, which are summed with the others of `key`.
    index reserve(index tiles, index key) {
        const index first = slots_;
        slots_ += tiles;
        if (ranges_.empty() || ranges_.back().key != key) ranges_.push_back({key, first, first});
        ranges_.back().last = slots_;
        return first;
    }

    template <class Body>
    void add(const Body& body, index units, index per_tile, index first_slot) {
        batch_of<Body>().add(body, units, per_tile, first_slot);
    }

    /// Runs all jobs and hands each sum to use(key, sum); a key may come more than once.
    template <class Use>
    void run(Use&& use) {
        if (slots_ == 0) return;
        grow(partials_, slots_ * lanes);
        grow(scratch_, slots_ * lanes);
        for (auto& batch : batches_)
            batch->run(thrust::raw_pointer_cast(partials_.data()), thrust::raw_pointer_cast(scratch_.data()));
        add_up();
        for (const range& r : ranges_) {
            Sum total = 0;
            for (index i = r.first_sum; i < r.last_sum; ++i) total += host_sums_[std::size_t(i)];
            use(r.key, total);
        }
    }

  private:
    static constexpr index most_tiles_of_sums = 128;

    struct range {
        index key, first, last; // slots
        index first_sum = 0, last_sum = 0;
    };

    struct any_batch {
        virtual ~any_batch() = default;
        virtual void clear() = 0;
        virtual void run(Partial* partials, Scratch* scratch) = 0;
    };

    template <class Body>
    struct batch final : any_batch {
        table<job<Body>> jobs;
        table<std::int32_t> job_of_tile;
        std::vector<index> assigned; // first tiles of the jobs that the table on the device is for
        const std::int32_t* assignment = nullptr;
        index tiles = 0;

        void clear() override {
            jobs.host.clear();
            tiles = 0;
        }
        void add(const Body& body, index units, index per_tile, index first_slot) {
            jobs.host.push_back({body, units, per_tile, tiles, first_slot});
            tiles += tiles_of(units, per_tile);
        }
        template <class Result>
        void run_into(Result* results, Scratch* scratch) {
            if (tiles == 0) return;
            assign();
            for_each_index(0, tiles * lanes,
                           run_item<job<Body>, Result, Scratch>{jobs.upload(), assignment, results, scratch});
        }
        /// Pass after pass has the same tensors, as a rule.
        void assign() {
            bool same = assigned.size() == jobs.host.size() + 1 && assigned.back() == tiles;
            for (std::size_t j = 0; same && j < jobs.host.size(); ++j) same = assigned[j] == jobs.host[j].first_tile;
            if (same) return;
            assigned.clear();
            for (const auto& job : jobs.host) assigned.push_back(job.first_tile);
            assigned.push_back(tiles);
            assign_tiles(jobs.host, job_of_tile.host);
            assignment = job_of_tile.upload();
        }
        void run(Partial* partials, Scratch* scratch) override { run_into(partials, scratch); }
    };

    template <class Body>
    batch<Body>& batch_of() {
        static const char tag = 0; // one address for each type
        for (std::size_t i = 0; i < tags_.size(); ++i)
            if (tags_[i] == &tag) return static_cast<batch<Body>&>(*batches_[i]);
        tags_.push_back(&tag);
        batches_.push_back(std::make_unique<batch<Body>>());
        return static_cast<batch<Body>&>(*batches_.back());
    }

    template <class Vector>
    static void grow(Vector& vector, index size) {
        if (index(vector.size()) < size) vector.resize(std::size_t(size));
    }

    void add_up() {
        sums_of_ranges_.clear();
        index tiles = 0;
        for (range& r : ranges_) {
            const index used = std::min(r.last - r.first, most_tiles_of_sums);
            sums_of_ranges_.add({thrust::raw_pointer_cast(partials_.data()) + r.first * lanes,
                                 (r.last - r.first) * lanes, used * lanes},
                                used, 1, tiles);
            r.first_sum = tiles * lanes;
            tiles += used;
            r.last_sum = tiles * lanes;
        }
        grow(sums_, tiles * lanes);
        grow(host_sums_, tiles * lanes);
        sums_of_ranges_.run_into(thrust::raw_pointer_cast(sums_.data()),
                                 thrust::raw_pointer_cast(scratch_.data()));
        thrust::copy(sums_.begin(), sums_.begin() + tiles * lanes, host_sums_.begin());
    }

    std::vector<const void*> tags_;
    std::vector<std::unique_ptr<any_batch>> batches_; // in the order in which they were first seen
    std::vector<range> ranges_;
    batch<strided_sum<Partial, Sum>> sums_of_ranges_;
    thrust::device_vector<Partial> partials_;
    thrust::device_vector<Scratch> scratch_;
    thrust::device_vector<Sum> sums_;
    std::vector<Sum> host_sums_;
    index slots_ = 0;
};

} // namespace bregman::device

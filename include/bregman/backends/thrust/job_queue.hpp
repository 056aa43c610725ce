#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <vector>

#include <thrust/copy.h>
#include <thrust/device_vector.h>

#include <bregman/backends/thrust/error.hpp>
#include <bregman/backends/thrust/execution.hpp>
#include <bregman/base/portability.hpp>
#include <bregman/tensors/tensor.hpp>

/// \file
/// Many tensors in one kernel. A job is what happens to one tensor. Its units (elements or groups) are cut into
/// tiles, and `lanes` neighbouring items work on a tile, each on every `lanes`-th unit, so that a warp reads and
/// writes consecutive memory. Every item leaves one partial result; sums over them are taken in an order that
/// depends on the tensors alone, so that they have the same bits in every run.

namespace bregman::device {

inline constexpr index_t lanes = 32;

/// Units of a tile that one item works on: [first + lane, last) in steps of `lanes`.
struct place {
    index_t first, last, lane;
    index_t slot; ///< of the tile, unique among all jobs
};

template <class Body>
struct job {
    Body body;
    index_t units, per_tile;
    index_t first_tile; ///< among the jobs of this kind
    index_t first_slot;
};

inline index_t tiles_of(index_t units, index_t per_tile) { return (units + per_tile - 1) / per_tile; }

/// The job of each tile: what a thread would otherwise search for.
template <class Job>
void assign_tiles(const std::vector<Job>& jobs, std::vector<std::int32_t>& job_of_tile) {
    job_of_tile.clear();
    for (std::size_t j = 0; j < jobs.size(); ++j)
        job_of_tile.resize(std::size_t(jobs[j].first_tile + tiles_of(jobs[j].units, jobs[j].per_tile)),
                           std::int32_t(j));
}

template <class Job>
BREGMAN_HOST_DEVICE place place_of(const Job& job, index_t item) {
    const index_t tile = item / lanes - job.first_tile, first = tile * job.per_tile;
    const index_t last = first + job.per_tile < job.units ? first + job.per_tile : job.units;
    return {first, last, item % lanes, job.first_slot + tile};
}

/// partials[...] = body(place, scratch) for one item.
template <class Body, class Partial, class Scratch>
struct run_item {
    const job<Body>* jobs;
    const std::int32_t* job_of_tile;
    Partial* partials;
    Scratch* scratch; ///< one entry per item, for what one kernel leaves for the next

    BREGMAN_HOST_DEVICE void operator()(index_t item) const {
        const auto& job = jobs[job_of_tile[item / lanes]];
        const place at = place_of(job, item);
        const Body body = job.body; // in registers: in the table every store might change it
        partials[at.slot * lanes + at.lane] = Partial(body(at, scratch));
    }
};

/// The sum of every `stride`-th partial result.
template <class Partial, class Sum>
struct strided_sum {
    const Partial* partials;
    index_t count, stride;

    template <class Scratch>
    BREGMAN_HOST_DEVICE Sum operator()(const place& at, Scratch*) const {
        Sum total{};
        for (index_t i = at.first * lanes + at.lane; i < count; i += stride) total += Sum(partials[i]);
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
    void upload() {
        if (tiles_ == 0) return;
        assign();
        on_device_ = jobs_.upload();
    }
    /// What was uploaded.
    template <class Result, class Scratch>
    void run(Result* results, Scratch* scratch, stream on) {
        if (tiles_ == 0) return;
        for_each_index(0, tiles_ * lanes, run_item<Body, Result, Scratch>{on_device_, assignment_, results, scratch},
                       on);
    }

  private:
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
    index_t reserve(index_t tiles, index_t key) {
        const index_t first = slots_;
        slots_ += tiles;
        if (ranges_.empty() || ranges_.back().key != key) ranges_.push_back({key, first, first});
        ranges_.back().last = slots_;
        return first;
    }

    template <class Body>
    void add(const Body& body, index_t units, index_t per_tile, index_t first_slot, index_t tensor = -1) {
        batch_of<Body>().add(body, units, per_tile, first_slot, tensor);
    }

    /// Sends the jobs to the device and makes room for what they leave: what may fail before anything has changed.
    void prepare(progress_of_pass& now) {
        if (slots_ == 0) return;
        now.at("the memory of partial results");
        grow(partials_, slots_ * lanes);
        grow(scratch_, slots_ * lanes);
        for (auto& batch : batches_) {
            now.at("the table", batch->first_tensor, batch->last_tensor);
            batch->upload();
        }
        now.at("the table of sums");
        prepare_sums();
    }

    /// Runs the jobs that were sent and adds up what they leave. Allocates and copies nothing: a CUDA graph may
    /// capture it.
    void launch(progress_of_pass& now, stream on = {}) {
        if (slots_ == 0) return;
        launch_jobs(now, on);
        now.at("the sums");
        sums_of_ranges_.run(raw(sums_), raw(scratch_), on);
        totals_of_ranges_.run(raw(totals_), raw(scratch_), on);
    }
    /// Without the sums.
    void launch_jobs(progress_of_pass& now, stream on = {}) {
        now.in_kernels = true;
        for (auto& batch : batches_) {
            now.at("the kernel", batch->first_tensor, batch->last_tensor);
            batch->run(raw(partials_), raw(scratch_), on);
        }
    }

    /// Hands each sum to use(key, sum), on the host; a key may come more than once.
    template <class Use>
    void read(progress_of_pass& now, Use&& use) {
        if (slots_ == 0) return;
        now.at("the copy of the sums");
        thrust::copy(totals_.begin(), totals_.begin() + index_t(ranges_.size()) * lanes, host_totals_.begin());
        for (std::size_t r = 0; r < ranges_.size(); ++r) {
            Sum total{};
            for (std::size_t i = 0; i < std::size_t(lanes); ++i) total += host_totals_[r * std::size_t(lanes) + i];
            use(ranges_[r].key, total);
        }
    }

    template <class Use>
    void run(progress_of_pass& now, Use&& use) {
        prepare(now);
        launch(now);
        read(now, use);
    }

    /// Where the sums are on the device, `lanes` of them for each key, which are still to be added; after prepare().
    const Sum* totals() const { return thrust::raw_pointer_cast(totals_.data()); }
    std::vector<index_t> keys() const {
        std::vector<index_t> result;
        for (const range& r : ranges_) result.push_back(r.key);
        return result;
    }

  private:
    static constexpr index_t most_tiles_of_sums = 128;

    struct range {
        index_t key, first, last; // slots
    };

    struct any_batch {
        index_t first_tensor = -1, last_tensor = -1; // of the jobs, for messages

        virtual ~any_batch() = default;
        virtual void clear() = 0;
        virtual void upload() = 0;
        virtual void run(Partial* partials, Scratch* scratch, stream on) = 0;
    };

    template <class Body>
    struct batch final : any_batch {
        job_table<Body> jobs;

        void clear() override {
            jobs.clear();
            this->first_tensor = this->last_tensor = -1;
        }
        void add(const Body& body, index_t units, index_t per_tile, index_t first_slot, index_t tensor) {
            jobs.add(body, units, per_tile, first_slot);
            if (this->first_tensor < 0) this->first_tensor = tensor;
            this->last_tensor = tensor;
        }
        void upload() override { jobs.upload(); }
        void run(Partial* partials, Scratch* scratch, stream on) override { jobs.run(partials, scratch, on); }
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
    static void grow(Vector& vector, index_t size) {
        if (index_t(vector.size()) < size) vector.resize(std::size_t(size));
    }
    template <class Vector>
    static auto* raw(Vector& vector) {
        return thrust::raw_pointer_cast(vector.data());
    }

    // The partial results of a range become at most 128 x 32 sums, and these become 32.
    void prepare_sums() {
        index_t tiles = 0;
        for (const range& r : ranges_) tiles += tiles_of_sums(r);
        grow(sums_, tiles * lanes);
        grow(totals_, index_t(ranges_.size()) * lanes);
        if (host_totals_.size() < totals_.size()) host_totals_.resize(totals_.size());
        sums_of_ranges_.clear();
        totals_of_ranges_.clear();
        tiles = 0;
        for (std::size_t r = 0; r < ranges_.size(); ++r) {
            const index_t used = tiles_of_sums(ranges_[r]), partials = (ranges_[r].last - ranges_[r].first) * lanes;
            sums_of_ranges_.add({raw(partials_) + ranges_[r].first * lanes, partials, used * lanes}, used, 1, tiles);
            totals_of_ranges_.add({raw(sums_) + tiles * lanes, used * lanes, lanes}, 1, 1, index_t(r));
            tiles += used;
        }
        sums_of_ranges_.upload();
        totals_of_ranges_.upload();
    }
    static index_t tiles_of_sums(const range& r) { return std::min(r.last - r.first, most_tiles_of_sums); }

    std::vector<const void*> tags_;
    std::vector<std::unique_ptr<any_batch>> batches_; // in the order in which they were first seen
    std::vector<range> ranges_;
    job_table<strided_sum<Partial, Sum>> sums_of_ranges_;
    job_table<strided_sum<Sum, Sum>> totals_of_ranges_;
    thrust::device_vector<Partial> partials_;
    thrust::device_vector<Scratch> scratch_;
    thrust::device_vector<Sum> sums_, totals_;
    std::vector<Sum> host_totals_;
    index_t slots_ = 0;
};

} // namespace bregman::device

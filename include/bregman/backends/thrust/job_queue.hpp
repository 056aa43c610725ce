#pragma once

#include <cstdint>
#include <memory>
#include <type_traits>
#include <vector>

#include <thrust/device_vector.h>

#include <bregman/backends/thrust/error.hpp>
#include <bregman/backends/thrust/execution.hpp>
#include <bregman/backends/thrust/job_table.hpp>
#include <bregman/backends/thrust/sums.hpp>
#include <bregman/tensors/tensor.hpp>

namespace bregman::device {

/// Jobs of any number of kinds, run with one kernel per kind. `Partial` is what a tile leaves, `Sum` what they are
/// added up in. Allocates nothing once it has seen its jobs.
template <class Partial, class Sum>
class job_queue {
  public:
    job_queue() = default;
    job_queue(const job_queue&) {} // nothing in a queue outlives the step
    job_queue(job_queue&&) = default;
    job_queue& operator=(const job_queue&) { return *this; }
    job_queue& operator=(job_queue&&) = default;

    void clear() {
        for (auto& each : batches_) each->clear();
        for (const index_t key : keys_) place_of_key_[std::size_t(key)] = -1;
        keys_.clear();
        slots_.clear();
        tiles_ = 0;
    }

    /// Adds a job whose partial results are summed with the others of `key`, a small number.
    template <class Body>
    void add(const Body& body, index_t units, index_t per_tile, index_t key, index_t tensor = -1) {
        const index_t tiles = tiles_of(units, per_tile);
        if (tiles == 0) return;
        const std::size_t k = place_of(key);
        batch_of<Body>().add(body, units, per_tile, k, slots_[k], tensor);
        slots_[k] += tiles;
        tiles_ += tiles;
    }

    /// Sends the jobs to the device and makes room for what they leave: what may fail before anything has changed. Once
    /// after the jobs were added.
    void prepare(progress_of_pass& now) {
        if (tiles_ == 0) return;
        now.at("the memory of partial results");
        if (index_t(partials_.size()) < tiles_) partials_.resize(std::size_t(tiles_));
        firsts_.assign(1, 0); // what belongs to a key lies together
        for (const index_t slots : slots_) firsts_.push_back(firsts_.back() + slots);
        for (auto& each : batches_) {
            now.at("the table", each->first_tensor, each->last_tensor);
            each->upload(firsts_);
        }
        now.at("the table of sums");
        sums_.prepare(thrust::raw_pointer_cast(partials_.data()), firsts_);
        if (on_host_.size() < keys_.size()) on_host_.resize(keys_.size());
    }

    /// Runs the jobs that were sent and adds up what they leave, and then then() in one thread. Allocates and copies
    /// nothing: a CUDA graph may capture it.
    template <class Then = no_more>
    void launch(progress_of_pass& now, stream on = {}, const Then& then = {}, const char* what = "jobs") {
        if (tiles_ == 0) return launch_nothing(then, on);
        launch_jobs(now, on, what);
        now.at("the sums");
        sums_.run(then, on);
    }
    /// Without the sums.
    void launch_jobs(progress_of_pass& now, stream on = {}, const char* what = "jobs") {
        now.in_kernels = true;
        for (auto& each : batches_) {
            now.at("the kernel", each->first_tensor, each->last_tensor);
            each->run(thrust::raw_pointer_cast(partials_.data()), on, what);
        }
    }

    /// Hands each key's sum to use(key, sum), on the host.
    template <class Use>
    void read(progress_of_pass& now, Use&& use) {
        if (tiles_ == 0) return;
        now.at("the copy of the sums");
        sums_.read(on_host_.data(), index_t(keys_.size()));
        for (std::size_t k = 0; k < keys_.size(); ++k) use(keys_[k], on_host_[k]);
    }

    template <class Use>
    void run(progress_of_pass& now, Use&& use, const char* what = "jobs") {
        prepare(now);
        launch(now, {}, no_more{}, what);
        read(now, use);
    }

    /// Where the sums are on the device, one for each of keys(); after prepare().
    const Sum* totals() const { return sums_.totals(); }
    const std::vector<index_t>& keys() const { return keys_; }

  private:
    struct any_batch {
        index_t first_tensor = -1, last_tensor = -1; // of the jobs, for messages

        virtual ~any_batch() = default;
        virtual void clear() = 0;
        virtual void upload(const std::vector<index_t>& first_of_key) = 0;
        virtual void run(Partial* partials, stream on, const char* what) = 0;
    };

    template <class Body>
    struct batch final : any_batch {
        job_table<Body> jobs;
        std::vector<std::size_t> keys; // of each job

        void clear() override {
            jobs.clear();
            keys.clear();
            this->first_tensor = this->last_tensor = -1;
        }
        void add(const Body& body, index_t units, index_t per_tile, std::size_t key, index_t slot, index_t tensor) {
            jobs.add(body, units, per_tile, slot);
            keys.push_back(key);
            if (this->first_tensor < 0) this->first_tensor = tensor;
            this->last_tensor = tensor;
        }
        void upload(const std::vector<index_t>& first_of_key) override {
            for (std::size_t j = 0; j < keys.size(); ++j) jobs.move_slot(j, first_of_key[keys[j]]);
            jobs.upload();
        }
        void run(Partial* partials, stream on, const char* what) override { jobs.run(partials, on, what); }
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

    std::size_t place_of(index_t key) {
        const std::size_t at = std::size_t(key);
        if (place_of_key_.size() <= at) place_of_key_.resize(at + 1, -1);
        if (place_of_key_[at] < 0) {
            place_of_key_[at] = index_t(keys_.size());
            keys_.push_back(key);
            slots_.push_back(0);
        }
        return std::size_t(place_of_key_[at]);
    }
    template <class Then>
    static void launch_nothing(const Then& then, stream on) {
        if constexpr (!std::is_same_v<Then, no_more>) run_once(then, on);
    }

    std::vector<const void*> tags_;
    std::vector<std::unique_ptr<any_batch>> batches_; // in the order in which they were first seen
    std::vector<index_t> keys_, slots_;               // in the order in which they were first seen; slots of each
    std::vector<index_t> place_of_key_;               // among them, or -1
    std::vector<index_t> firsts_;                     // slots of each key, and their number
    index_t tiles_ = 0;
    sums_of_partials<Partial, Sum> sums_;
    thrust::device_vector<Partial> partials_;
    std::vector<Sum> on_host_;
};

} // namespace bregman::device

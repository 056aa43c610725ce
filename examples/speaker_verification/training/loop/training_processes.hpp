#pragma once
#include <bregman/distributed/agreement.hpp>
#include <bregman/distributed/communicator.hpp>
#include <bregman/distributed/shared_files.hpp>

#include <torch/torch.h>

#include <algorithm>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace speaker_verification {

/// Gradients that become their average over all processes, see bregman::gradient_average.
class averaged_gradients {
  public:
    virtual ~averaged_gradients() = default;
    virtual void wait() = 0; ///< after backward, before anything looks at the gradients
};

/// The processes that train one network together, a bregman::communicator whatever they talk through. Copies speak for the
/// same process. By itself it is one process alone, which talks to nobody.
class training_processes {
  public:
    /// What they talk through.
    class connection {
      public:
        virtual ~connection() = default;
        virtual void add_up(std::span<double> numbers) = 0;
        virtual void add_up(std::span<std::int64_t> numbers) = 0;
        virtual std::vector<std::string> gather(const std::string& bytes) = 0;
        virtual std::string broadcast(const std::string& bytes, int from) = 0;
        virtual std::unique_ptr<averaged_gradients> average(const std::vector<torch::Tensor>& parameters) = 0;
    };

    training_processes() = default;
    /// `local_size` of them are on this machine, of which this is number `local_rank`. `have_gpus`: each has one, the current
    /// one, whose tensors the connection takes.
    training_processes(std::shared_ptr<connection> others, int rank, int size, int local_rank, int local_size,
                       bool have_gpus = false)
        : others_(std::move(others)), rank_(rank), size_(size), local_rank_(local_rank), local_size_(local_size),
          have_gpus_(have_gpus) {}

    int rank() const { return rank_; }
    int size() const { return size_; }
    int local_rank() const { return local_rank_; }
    int local_size() const { return local_size_; }
    bool have_gpus() const { return have_gpus_; }
    bool is_alone() const { return size_ == 1; }
    bool is_first() const { return rank_ == 0; } ///< who logs, validates and saves

    void add_up(std::span<double> numbers) const {
        if (!is_alone()) others_->add_up(numbers);
    }
    void add_up(std::span<std::int64_t> numbers) const {
        if (!is_alone()) others_->add_up(numbers);
    }
    std::vector<std::string> gather(const std::string& bytes) const {
        return is_alone() ? std::vector{bytes} : others_->gather(bytes);
    }
    std::string broadcast(const std::string& bytes, int from) const {
        return is_alone() ? bytes : others_->broadcast(bytes, from);
    }

    /// Gives all processes the parameters of the first, and averages gradients from now on; nullptr for one alone.
    std::unique_ptr<averaged_gradients> average(const std::vector<torch::Tensor>& parameters) const {
        return is_alone() ? nullptr : others_->average(parameters);
    }

    /// What work() returns in the first process, in all of them. What it throws there all throw, as std::runtime_error with
    /// the same sentence. Collective; one process alone just works.
    std::string told_by_first(const std::function<std::string()>& work) const {
        if (is_alone()) return work();
        auto all = *this;
        return bregman::contract::by_first(all, work);
    }
    void by_first(const std::function<void()>& work) const {
        if (is_alone()) return work();
        told_by_first([&work] {
            work();
            return std::string();
        });
    }

    /// work() in each process. Where it throws in some, all throw std::runtime_error with the sentence of the first of these.
    void by_each(const std::function<void()>& work) const {
        if (is_alone()) return work();
        std::string wrong;
        try {
            work();
        } catch (const std::exception& error) {
            wrong = std::string("!") + error.what(); // an exception without words is one too
        }
        const auto of_each = gather(wrong);
        for (std::size_t p = 0; p < of_each.size(); ++p) {
            if (of_each[p].empty()) continue;
            const bool is_everywhere = std::count(of_each.begin(), of_each.end(), of_each[p]) == size_;
            throw std::runtime_error((is_everywhere ? "" : "process " + std::to_string(p) + ": ") +
                                     of_each[p].substr(1));
        }
    }

  private:
    std::shared_ptr<connection> others_;
    int rank_ = 0, size_ = 1, local_rank_ = 0, local_size_ = 1;
    bool have_gpus_ = false;
};

static_assert(bregman::communicator<training_processes>);

/// The processes that RANK, WORLD_SIZE, LOCAL_RANK, LOCAL_WORLD_SIZE, MASTER_ADDR and MASTER_PORT tell of
/// (bregman::process_place), once all are there. Throws std::invalid_argument for several in a build without c10d, and for
/// variables that contradict each other; std::runtime_error when they do not meet within an hour, which is also how long a
/// call waits for a process that is silent and not gone.
training_processes join_training_processes();

} // namespace speaker_verification

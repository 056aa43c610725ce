#include "speaker_verification/training/loop/training_processes.hpp"

#include <bregman/distributed/c10d.hpp>
#include <bregman/distributed/c10d_gradients.hpp>
#include <bregman/distributed/place.hpp>

#include <chrono>
#include <utility>

namespace speaker_verification {

namespace {

class gloo_gradients final : public averaged_gradients {
  public:
    gloo_gradients(const std::vector<torch::Tensor>& parameters, bregman::gloo_communicator all)
        : average_(parameters, std::move(all)) {}
    void wait() override { average_.wait(); }

  private:
    bregman::gradient_average<c10d::ProcessGroupGloo> average_;
};

/// While the first process validates the others wait.
constexpr std::chrono::hours patience(1);

class gloo_connection final : public training_processes::connection {
  public:
    explicit gloo_connection(const bregman::process_place& place) : all_(bregman::join_processes(place, patience)) {}

    void add_up(std::span<double> numbers) override { all_.add_up(numbers); }
    void add_up(std::span<std::int64_t> numbers) override { all_.add_up(numbers); }
    std::vector<std::string> gather(const std::string& bytes) override { return all_.gather(bytes); }
    std::string broadcast(const std::string& bytes, int from) override { return all_.broadcast(bytes, from); }
    std::unique_ptr<averaged_gradients> average(const std::vector<torch::Tensor>& parameters) override {
        return std::make_unique<gloo_gradients>(parameters, all_);
    }

  private:
    bregman::gloo_communicator all_;
};

} // namespace

training_processes join_training_processes() {
    const auto place = bregman::process_place::from_environment();
    if (place.size == 1) return {};
    return {std::make_shared<gloo_connection>(place), place.rank, place.size, place.local_rank, place.local_size};
}

} // namespace speaker_verification

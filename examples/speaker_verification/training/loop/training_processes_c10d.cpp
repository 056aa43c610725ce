#include "speaker_verification/training/loop/training_processes.hpp"

#include <bregman/distributed/c10d.hpp>
#include <bregman/distributed/c10d_gradients.hpp>
#if defined(BREGMAN_WITH_NCCL)
#include <bregman/distributed/c10d_nccl.hpp>
#endif
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
    explicit gloo_connection(bregman::gloo_communicator all) : all_(std::move(all)) {}

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

/// With NCCL where this program has it and the machine a GPU for each of its processes. NCCL says nothing before a tensor on a
/// GPU is added up, so that runs on the CPU do not notice.
bool have_gpus([[maybe_unused]] const bregman::process_place& place) {
#if defined(BREGMAN_WITH_NCCL)
    return int(torch::cuda::device_count()) >= place.local_size;
#else
    return false;
#endif
}

bregman::gloo_communicator join(const bregman::process_place& place) {
#if defined(BREGMAN_WITH_NCCL)
    if (have_gpus(place)) return bregman::join_processes_with_gpus(place, patience);
#endif
    return bregman::join_processes(place, patience);
}

} // namespace

training_processes join_training_processes() {
    const auto place = bregman::process_place::from_environment();
    if (place.size == 1) return {};
    return {std::make_shared<gloo_connection>(join(place)),
            place.rank,
            place.size,
            place.local_rank,
            place.local_size,
            have_gpus(place)};
}

} // namespace speaker_verification

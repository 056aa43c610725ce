#pragma once
#include <c10/core/Event.h>
#include <c10/core/Stream.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <chrono>
#include <optional>
#include <torch/types.h>

namespace speaker_verification {

/// Adds the seconds until its end to a sum.
class timed_part {
  public:
    explicit timed_part(double& sum) : sum_(sum) {}
    timed_part(const timed_part&) = delete;
    timed_part& operator=(const timed_part&) = delete;
    ~timed_part() { sum_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }

  private:
    double& sum_;
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// f(), with its seconds added to a sum.
template <class Function>
decltype(auto) timed(double& sum, Function&& f) {
    const timed_part part(sum);
    return f();
}

/// The stream that LibTorch works on; of the CPU the only one.
inline c10::Stream current_stream(const torch::Device& device) {
    return c10::impl::VirtualGuardImpl(device.type()).getStream(device);
}

/// The seconds that a device spends between two points of a stream, where LibTorch tells them (2.x with CUDA). The host
/// does not wait until they are asked for, which is after something else has waited for the stream.
template <class Event = c10::Event>
class device_stopwatch {
  public:
    void start(const c10::Stream& on) { started_ = record(on); }
    void stop(const c10::Stream& on) { stopped_ = record(on); }

    /// nullopt where nothing was measured.
    std::optional<double> seconds() const {
        if constexpr (tells_time) {
            if (started_ && stopped_) return 1e-3 * started_->elapsedTime(*stopped_);
        }
        return std::nullopt;
    }

  private:
    static constexpr bool tells_time = requires(const Event& event) { event.elapsedTime(event); };

    static std::optional<Event> record(const c10::Stream& on) {
        if (!tells_time) return std::nullopt;
        std::optional<Event> event(std::in_place, on.device_type(), c10::EventFlag::BACKEND_DEFAULT);
        event->record(on);
        return event;
    }

    std::optional<Event> started_, stopped_;
};

} // namespace speaker_verification

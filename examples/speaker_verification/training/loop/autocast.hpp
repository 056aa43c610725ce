#pragma once
#include <string>
#include <torch/torch.h>

namespace speaker_verification {

/// While it lives, LibTorch computes convolutions and matrix products on a device in fewer bits, where it
/// knows them to be safe there; parameters stay what they are, and so do their gradients. What it made of
/// parameters meanwhile is forgotten at its end, for a step changes them. Guards nest; they belong to their
/// thread.
class autocast_guard {
  public:
    /// `name` as the setting `autocast` has it: "none" leaves everything as it is.
    autocast_guard(const std::string& name, torch::DeviceType device);
    ~autocast_guard();
    autocast_guard(const autocast_guard&) = delete;
    autocast_guard& operator=(const autocast_guard&) = delete;

  private:
    bool is_on_;
    torch::DeviceType device_;
    bool was_enabled_ = false;
    torch::ScalarType type_before_ = torch::kFloat32;
};

} // namespace speaker_verification

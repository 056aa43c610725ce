#include "speaker_verification/training/loop/autocast.hpp"

#include <ATen/autocast_mode.h>
#include <torch/version.h>

namespace speaker_verification {

namespace {

namespace autocast = at::autocast;

#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)
bool is_enabled(torch::DeviceType device) { return autocast::is_autocast_enabled(device); }
void set_enabled(torch::DeviceType device, bool enabled) { autocast::set_autocast_enabled(device, enabled); }
torch::ScalarType type_of(torch::DeviceType device) { return autocast::get_autocast_dtype(device); }
void set_type(torch::DeviceType device, torch::ScalarType type) { autocast::set_autocast_dtype(device, type); }
#else // a function for each device
bool is_enabled(torch::DeviceType device) {
    return device == torch::kCPU ? autocast::is_cpu_enabled() : autocast::is_enabled();
}
void set_enabled(torch::DeviceType device, bool enabled) {
    device == torch::kCPU ? autocast::set_cpu_enabled(enabled) : autocast::set_enabled(enabled);
}
torch::ScalarType type_of(torch::DeviceType device) {
    return device == torch::kCPU ? autocast::get_autocast_cpu_dtype() : autocast::get_autocast_gpu_dtype();
}
void set_type(torch::DeviceType device, torch::ScalarType type) {
    device == torch::kCPU ? autocast::set_autocast_cpu_dtype(type) : autocast::set_autocast_gpu_dtype(type);
}
#endif

} // namespace

autocast_guard::autocast_guard(const std::string& name, torch::DeviceType device)
    : is_on_(name == "bfloat16"), device_(device) {
    if (!is_on_) return;
    was_enabled_ = is_enabled(device_);
    type_before_ = type_of(device_);
    set_type(device_, torch::kBFloat16);
    set_enabled(device_, true);
    autocast::increment_nesting();
}

autocast_guard::~autocast_guard() {
    if (!is_on_) return;
    if (autocast::decrement_nesting() == 0) autocast::clear_cache();
    set_enabled(device_, was_enabled_);
    set_type(device_, type_before_);
}

} // namespace speaker_verification

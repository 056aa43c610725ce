#pragma once

#include <stdexcept>
#include <string>

#include <bregman/tensors/tensor.hpp>

namespace bregman {

/// A call of the device failed: out of memory, a wrong pointer, a lost device. The message names the pass, the call
/// and the tensors that it was for, and what the device said.
///
/// An error before the first kernel of a step (memory, tables) has changed nothing: theta, v, moments, lambda and the
/// number of steps are what they were. An error of a kernel may have left some tensors updated and others not, and
/// CUDA gives memory back no more after most of them: lambda and the number of steps have not moved, and the optimizer
/// refuses further steps with the same error, so that no run goes on from a state that is half new.
class device_error : public std::runtime_error {
  public:
    device_error(const std::string& pass, const std::string& call, const std::string& reason)
        : std::runtime_error("bregman: " + pass + " failed on the device at " + call + ": " + reason) {}
};

namespace device {

/// Where a pass is, for the message of an error: a call and the tensors it is for.
struct progress_of_pass {
    const char* call = "its start";
    index_t first_tensor = -1, last_tensor = -1;
    bool in_kernels = false; ///< after its first kernel
    bool writes = true;      ///< then some tensors may be updated and others not

    void at(const char* what, index_t first = -1, index_t last = -1) {
        call = what;
        first_tensor = first;
        last_tensor = last;
    }
    std::string text() const {
        std::string result = call;
        if (first_tensor < 0) return result;
        result += first_tensor == last_tensor ? " of tensor " : " of tensors ";
        result += std::to_string(first_tensor);
        if (first_tensor != last_tensor) result += " to " + std::to_string(last_tensor);
        return result;
    }
};

} // namespace device

} // namespace bregman

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include <torch/types.h>

#include <bregman/base/error.hpp>
#include <bregman/tensors/tensor.hpp>

/// \file
/// What an optimizer looks at in a LibTorch parameter before each step: anything of it may have been changed since.

namespace bregman::libtorch {

/// The scalar type that a backend's optimizer takes.
template <class T>
inline constexpr torch::ScalarType scalar_type_of = sizeof(T) == 4 ? torch::kFloat32 : torch::kFloat64;

/// Where a backend's tensors are: on the CPU unless it says `static constexpr bool is_on_cuda = true`.
template <class Backend>
constexpr torch::DeviceType device_type_of() {
    if constexpr (requires { Backend::is_on_cuda; })
        return Backend::is_on_cuda ? torch::kCUDA : torch::kCPU;
    else
        return torch::kCPU;
}

inline std::string sizes_in_words(const torch::Tensor& tensor) {
    std::string words = "(";
    for (const std::int64_t size : tensor.sizes()) words += (words.size() > 1 ? ", " : "") + std::to_string(size);
    return words + ")";
}

inline tensor_shape shape_of(const torch::Tensor& tensor) {
    return {tensor_extents(tensor.sizes().begin(), tensor.sizes().end())};
}

/// Where a parameter lies, and its gradient: in its own memory when that is in the order of its indices, else in a copy.
/// channels_last weights and transposed ones are of the second kind; write_back() takes theta home.
template <class T>
class viewed_parameter {
  public:
    T* theta = nullptr;
    const T* gradient = nullptr; ///< nullptr for a parameter that takes no part in the step

    /// `where` names the parameter in messages; `takes_part` = false leaves its gradient alone.
    viewed_parameter(const torch::Tensor& parameter, bool takes_part) : parameter_(parameter) {
        in_order_ = parameter.is_contiguous() ? parameter : parameter.detach().contiguous();
        theta = in_order_.template data_ptr<T>();
        if (!takes_part) return;
        gradient_in_order_ = parameter.grad().contiguous();
        gradient = gradient_in_order_.template data_ptr<T>();
    }

    /// After a step that was made: theta in the order that the parameter has, and autograd's notice of the change.
    void write_back() const {
        if (!in_order_.is_same(parameter_)) parameter_.detach().copy_(in_order_); // a copy notices by itself
        parameter_.unsafeGetTensorImpl()->bump_version();
    }

  private:
    torch::Tensor parameter_, in_order_, gradient_in_order_;
};

} // namespace bregman::libtorch

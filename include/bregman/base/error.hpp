#pragma once

#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>

#include <bregman/base/finite.hpp>
#include <bregman/base/portability.hpp>

#if !defined(__cpp_exceptions) && !defined(__CUDACC__)
#error "bregman: misuse is reported by exceptions; compile without -fno-exceptions"
#endif

namespace bregman {

/// Reports misuse: throws std::invalid_argument "name = value; allowed: range; remedy".
/// Every check of the library on what a user passed in goes through here, so that all messages read alike.
template <class Value>
[[noreturn]] void refuse(std::string_view name, const Value& value, std::string_view allowed, std::string_view remedy) {
    std::ostringstream message;
    message.precision(12);
    message << name << " = " << value << "; allowed: " << allowed << "; " << remedy;
    throw std::invalid_argument(message.str());
}

/// Throws like refuse() unless `holds`. Write conditions so that NaN fails: `x > 0`, not `!(x <= 0)`. Under -ffast-math a
/// comparison with NaN may hold: a value that is none is refused whatever the condition says.
template <class Value>
void require(bool holds, std::string_view name, const Value& value, std::string_view allowed, std::string_view remedy) {
    if constexpr (std::is_same_v<Value, float> || std::is_same_v<Value, double>) holds = !is_nan(value) && holds;
    if (!holds) refuse(name, value, allowed, remedy);
}

/// require() for functions that run on a device too. Nothing can be thrown there: what is passed in has been checked
/// on the host.
template <class Value>
BREGMAN_HOST_DEVICE void require_on_host([[maybe_unused]] bool holds, [[maybe_unused]] const char* name,
                                         [[maybe_unused]] const Value& value, [[maybe_unused]] const char* allowed,
                                         [[maybe_unused]] const char* remedy) {
#if !defined(__CUDA_ARCH__)
    require(holds, name, value, allowed, remedy);
#endif
}

} // namespace bregman

#pragma once

#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace bregman {

/// Reports misuse: throws std::invalid_argument "name = value; allowed: range; remedy".
/// Every check of the library on what a user passed in goes through here, so that all messages read alike.
template <class Value>
[[noreturn]] void refuse(std::string_view name, const Value& value, std::string_view allowed,
                         std::string_view remedy) {
    std::ostringstream message;
    message.precision(12);
    message << name << " = " << value << "; allowed: " << allowed << "; " << remedy;
    throw std::invalid_argument(message.str());
}

/// Throws like refuse() unless `holds`. Write conditions so that NaN fails: `x > 0`, not `!(x <= 0)`.
template <class Value>
void require(bool holds, std::string_view name, const Value& value, std::string_view allowed,
             std::string_view remedy) {
    if (!holds) refuse(name, value, allowed, remedy);
}

} // namespace bregman

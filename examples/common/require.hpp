#pragma once

#include <sstream>
#include <stdexcept>
#include <string_view>

namespace examples {

/// Throws std::invalid_argument("<name> = <value>: <remedy>") unless `holds`. `remedy` says the allowed range
/// and, where it is not the same, what to do.
template <class Value>
void require(bool holds, std::string_view name, const Value& value, std::string_view remedy) {
    if (holds) return;
    std::ostringstream sentence;
    sentence << name << " = " << value << ": " << remedy;
    throw std::invalid_argument(sentence.str());
}

} // namespace examples

#pragma once
#include "speaker_verification/experiment/intervals.hpp"

#include <cstdio>
#include <optional>
#include <string>

namespace speaker_verification {

/// printf into a string; for numbers and short texts.
template <class... Values>
std::string formatted(const char* format, Values... values) {
    const int size = std::snprintf(nullptr, 0, format, values...);
    std::string text(std::size_t(size) + 1, '\0');
    std::snprintf(text.data(), text.size(), format, values...);
    text.pop_back();
    return text;
}

/// "12.3 [10.1, 14.5]", or the mean alone; the numbers times `factor`.
inline std::string text_of(const measured_mean& value, double factor = 1, int decimals = 1) {
    auto text = formatted("%.*f", decimals, factor * value.mean);
    if (value.range) {
        text += formatted(" [%.*f, %.*f]", decimals, factor * value.range->low, decimals, factor * value.range->high);
    }
    return text;
}
inline std::string text_of(const std::optional<measured_mean>& value, double factor = 1, int decimals = 1) {
    return value ? text_of(*value, factor, decimals) : "-";
}

/// "1 run", "3 runs".
inline std::string counted(std::size_t count, const std::string& thing) {
    return std::to_string(count) + " " + thing + (count == 1 ? "" : "s");
}

} // namespace speaker_verification

#include "speaker_verification/data/store/store_names.hpp"

#include <algorithm>
#include <filesystem>
#include <string_view>

#include "common/plain_name.hpp"

namespace speaker_verification {
namespace {

bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }

bool is_small(char letter) { return (letter >= 'a' && letter <= 'z') || is_digit(letter); }

bool is_any_letter(char letter) { return is_small(letter) || (letter >= 'A' && letter <= 'Z'); }

template <class Plain>
bool consists_of(const std::string& text, Plain plain, std::string_view others) {
    return std::all_of(text.begin(), text.end(),
                       [&](char each) { return plain(each) || others.find(each) != std::string_view::npos; });
}

} // namespace

bool is_package_name(const std::string& text) {
    return !text.empty() && text.size() <= 100 && is_small(text.front()) && consists_of(text, is_small, "+.-");
}

bool is_package_version(const std::string& text) {
    return !text.empty() && text.size() <= 100 && is_digit(text.front()) && consists_of(text, is_any_letter, ".+~:-");
}

bool is_path_below(const std::string& text) {
    const std::filesystem::path path(text);
    return !text.empty() && path.is_relative() &&
           std::none_of(path.begin(), path.end(), [](const auto& part) { return part == ".."; }) &&
           examples::is_utf8(text);
}

} // namespace speaker_verification

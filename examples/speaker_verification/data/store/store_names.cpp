#include "speaker_verification/data/store/store_names.hpp"

#include <algorithm>
#include <stdexcept>
#include <string_view>

#include "common/json_file.hpp"

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

bool is_file_name(const std::string& text) {
    const auto control = [](char each) { return each == '/' || (each >= 0 && each < ' '); };
    return !text.empty() && text.size() <= longest_file_name && text != "." && text != ".." &&
           std::none_of(text.begin(), text.end(), control) && examples::is_utf8(text);
}

bool is_path_below(const std::string& text) {
    const std::filesystem::path path(text);
    return !text.empty() && path.is_relative() &&
           std::none_of(path.begin(), path.end(), [](const auto& part) { return part == ".."; }) &&
           examples::is_utf8(text);
}

void require_utf8(const std::filesystem::path& path, const std::string& option) {
    if (!examples::is_utf8(path.string()))
        throw std::invalid_argument(option + " '" + path.string() + "' is not UTF-8: rename it or choose another one");
}

} // namespace speaker_verification

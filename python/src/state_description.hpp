#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include <bregman/io/state_file.hpp>
#include <bregman/policy/state_visit.hpp>
#include <bregman/torch/parameter_group.hpp>

#include "group_regularizer.hpp"

/// \file
/// State files begin with the list of regularizers that the groups could have had. Python's is longer than that of
/// bregman::libtorch::any_regularizer, and nothing else in the file depends on it: files of groups that have no others
/// carry the shorter list, so that C++ and Python read each other's.

namespace bregman::python {

/// `file`, as save_state writes it, with `from` in its description replaced by `to`. What is no such file stays as it is.
inline std::string with_other_description(const std::string& file, const std::string& from, const std::string& to) {
    using namespace state_format;
    constexpr std::size_t word = sizeof(std::uint64_t), body_at = magic.size() + word;
    const auto number_at = [&](std::size_t at) {
        std::uint64_t number;
        std::memcpy(&number, file.data() + at, word);
        return number;
    };
    if (file.size() < body_at + 2 * word || file.compare(0, magic.size(), magic) != 0) return file;
    if (number_at(magic.size()) != file.size() - body_at - word) return file;
    const std::string_view body = std::string_view(file).substr(body_at, file.size() - body_at - word);
    const std::uint64_t length = number_at(body_at);
    if (checksum(body) != number_at(file.size() - word) || length > body.size() - word) return file;
    std::string description(body.substr(word, length));
    const auto found = description.find(from);
    if (found == std::string::npos) return file;
    description.replace(found, from.size(), to);

    std::string changed, result(magic);
    put(changed, description);
    changed += body.substr(word + length);
    put(result, std::uint64_t(changed.size()));
    result += changed;
    put(result, checksum(changed));
    return result;
}

inline const std::string& list_of_python() {
    static const std::string list = "regularizer " + policy_name(group_regularizer{}) + ", ";
    return list;
}
inline const std::string& list_of_cpp() {
    static const std::string list = "regularizer " + policy_name(libtorch::any_regularizer{}) + ", ";
    return list;
}

} // namespace bregman::python

#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

namespace speaker_verification {

/// What a list or an index calls something becomes part of paths and arguments: it must be a name and nothing more.

/// Letters, digits, '+', '-' and '.', as Debian calls packages: [a-z0-9][a-z0-9+.-]*, at most 100.
bool is_package_name(const std::string& text);

/// What may stand behind '=' in the arguments of apt-get: letters, digits and any of ".+~:-", beginning with a digit.
bool is_package_version(const std::string& text);

/// A file in a folder that is given: no separator of folders, no control character, not "." or "..", UTF-8, 1 to
/// longest_file_name bytes.
bool is_file_name(const std::string& text);

/// A file system takes 255, of which what is put before and behind a name needs some.
inline constexpr std::size_t longest_file_name = 200;

/// A path that leads no higher than the folder it starts from: relative, without "..", UTF-8.
bool is_path_below(const std::string& text);

/// Throws std::invalid_argument unless the path is UTF-8: index, lists and settings of what is trained on a store name
/// it. `option` is what it was given by.
void require_utf8(const std::filesystem::path& path, const std::string& option);

} // namespace speaker_verification

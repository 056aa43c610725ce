#pragma once

#include <string>

namespace speaker_verification {

/// What a list or an index calls something becomes part of paths and arguments: it must be a name and nothing more.

/// Letters, digits, '+', '-' and '.', as Debian calls packages: [a-z0-9][a-z0-9+.-]*, at most 100.
bool is_package_name(const std::string& text);

/// What may stand behind '=' in the arguments of apt-get: letters, digits and any of ".+~:-", beginning with a digit.
bool is_package_version(const std::string& text);

/// A path that leads no higher than the folder it starts from: relative, without "..", UTF-8.
bool is_path_below(const std::string& text);

} // namespace speaker_verification

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace examples {

/// Names that become files or folders, and texts that become JSON or TOML, which are UTF-8.
bool is_utf8(std::string_view text);

/// Throws std::invalid_argument, one sentence that `what` starts, such as "setting 'results'", unless the text is UTF-8.
void require_utf8(const std::string& what, const std::string& text);

/// A file system takes 255 bytes, of which what is put before and behind a name needs some.
inline constexpr std::size_t longest_name = 200;

/// Whether `name` can be that of a file or folder in the one it is meant for: UTF-8 of 1 to longest_name bytes, without
/// '/' and control characters, and neither "." nor "..".
bool is_plain_name(std::string_view name);

/// Throws as require_utf8 unless it is.
void require_plain_name(const std::string& what, const std::string& name);

} // namespace examples

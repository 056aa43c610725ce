#pragma once

#include <string>
#include <string_view>

namespace speaker_verification {

/// Names that become files or folders, and texts that become JSON or TOML, which are UTF-8.
bool is_utf8(std::string_view text);

/// Throws std::invalid_argument, one sentence that `what` starts, such as "setting 'results'", unless the text is UTF-8.
void require_utf8(const std::string& what, const std::string& text);

/// The same unless `name` can be that of a file or folder in the one it is meant for: UTF-8 of 1 to 200 bytes, without
/// '/' and control characters, and neither "." nor "..".
void require_plain_name(const std::string& what, const std::string& name);

} // namespace speaker_verification

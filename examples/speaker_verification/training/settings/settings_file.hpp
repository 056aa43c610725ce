#pragma once
/// Settings to and from TOML text, with `--key value` pairs on top.
#include "speaker_verification/training/settings/settings.hpp"

#include <filesystem>
#include <map>
#include <string>

namespace speaker_verification {

/// Overwrites the settings that the TOML text names. `where` starts an error's sentence, such as a file's
/// name.
///
/// Throws std::invalid_argument for a syntax error, a value of another type, and a key or section that does
/// not exist; the last names the nearest one that does.
void read_settings(const std::string& toml_text, const std::string& where, settings& all);

/// The same, from a file. Throws std::runtime_error when it cannot be read.
void read_settings_file(const std::filesystem::path& path, settings& all);

/// Sets one setting from the text of a command line; lists are separated by commas, booleans are true or
/// false. Throws std::invalid_argument as `read_settings` does.
void set_setting(const std::string& name, const std::string& value, settings& all);

/// TOML text with every setting and its meaning, which `read_settings` reads back to the same values.
std::string settings_text(const settings& all);

/// The candidate, of at least one, with the fewest single-letter changes from `word`.
std::string nearest_word(const std::string& word, const std::vector<std::string>& candidates);

/// Names of all settings, in the order of the file.
std::vector<std::string> setting_names();

} // namespace speaker_verification

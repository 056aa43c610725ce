#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace speaker_verification {

/// What lies in a folder, by name, sorted: scans see a corpus in the same order on every machine.
std::vector<std::string> sorted_names(const std::filesystem::path& folder, bool folders);

/// True for "id" and five digits, which VoxCeleb and CN-Celeb call a speaker by.
bool is_speaker_name(const std::string& name);

/// Number of such a name.
int speaker_number(const std::string& name);

/// The words of each line that has any, and a place for messages, "list 'x', line 12". Throws
/// std::runtime_error when the file cannot be opened.
void read_words(const std::filesystem::path& file,
                const std::function<void(const std::vector<std::string>& words, const std::string& place)>& line);

/// Throws std::runtime_error unless `root` is a folder.
void require_folder(const std::filesystem::path& root);

} // namespace speaker_verification

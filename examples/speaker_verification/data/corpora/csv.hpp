#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace speaker_verification {

/// Reads a CSV file without quoting (the lists need none): a header line with exactly these columns in this
/// order, then rows of as many fields. `row` gets the fields and a place for messages, "file, line 12".
///
/// Throws std::runtime_error (file, line, value, remedy) when the file is missing, the header differs or a
/// row has another number of fields.
void read_csv(const std::filesystem::path& file, const std::vector<std::string>& columns,
              const std::function<void(const std::vector<std::string>& fields, const std::string& place)>& row);

/// A field as a number, all of it. Throws std::runtime_error that names the place, the column and the text.
double to_number(const std::string& field, const std::string& column, const std::string& place);

/// The parts of a text between separators; at least one.
std::vector<std::string> split(const std::string& text, char separator);

} // namespace speaker_verification

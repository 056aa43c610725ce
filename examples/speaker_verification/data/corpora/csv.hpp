#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

namespace speaker_verification {

/// Windows begins a UTF-8 text with three bytes that are no part of it. Call this before the first line is read.
void skip_byte_order_mark(std::istream& stream);

/// Reads a CSV file without quoting (the lists need none): a header line with exactly these columns in this
/// order, then rows of as many fields. `row` gets the fields and a place for messages, "file, line 12".
///
/// Throws std::runtime_error (file, line, value, remedy) when the file is missing, the header differs or a
/// row has another number of fields.
void read_csv(const std::filesystem::path& file, const std::vector<std::string>& columns,
              const std::function<void(const std::vector<std::string>& fields, const std::string& place)>& row);

/// A field as a number, all of it. Throws std::runtime_error that names the place, the column and the text.
double to_number(const std::string& field, const std::string& column, const std::string& place);

/// A field as a whole number of at least 0. Throws as to_number does.
std::int64_t to_count(const std::string& field, const std::string& column, const std::string& place);

/// The parts of a text between separators; at least one.
std::vector<std::string> split(const std::string& text, char separator);

} // namespace speaker_verification

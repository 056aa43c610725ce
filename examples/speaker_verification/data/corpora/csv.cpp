#include "speaker_verification/data/corpora/csv.hpp"

#include <charconv>
#include <cmath>
#include <fstream>
#include <stdexcept>
#include <string_view>

namespace speaker_verification {
namespace {

constexpr const char* remedy = "restore the list from the repository";

std::string join(const std::vector<std::string>& parts) {
    std::string text;
    for (const std::string& part : parts) {
        if (!text.empty()) text += ',';
        text += part;
    }
    return text;
}

/// Lines may end as on Windows.
bool read_line(std::istream& stream, std::string& line) {
    if (!std::getline(stream, line)) return false;
    if (!line.empty() && line.back() == '\r') line.pop_back();
    return true;
}

} // namespace

void skip_byte_order_mark(std::istream& stream) {
    constexpr std::string_view mark = "\xef\xbb\xbf";
    std::string begin(mark.size(), '\0');
    stream.read(begin.data(), static_cast<std::streamsize>(begin.size()));
    if (stream && begin == mark) return;
    stream.clear();
    stream.seekg(0);
}

std::vector<std::string> split(const std::string& text, char separator) {
    std::vector<std::string> parts;
    std::size_t begin = 0;
    for (std::size_t end; (end = text.find(separator, begin)) != std::string::npos; begin = end + 1)
        parts.push_back(text.substr(begin, end - begin));
    parts.push_back(text.substr(begin));
    return parts;
}

void read_csv(const std::filesystem::path& file, const std::vector<std::string>& columns,
              const std::function<void(const std::vector<std::string>&, const std::string&)>& row) {
    std::ifstream stream(file);
    if (!stream) throw std::runtime_error("list '" + file.string() + "' cannot be opened: " + remedy);
    skip_byte_order_mark(stream);
    std::string line;
    if (!read_line(stream, line) || split(line, ',') != columns)
        throw std::runtime_error("list '" + file.string() + "' has the columns '" + line + "' instead of '" +
                                 join(columns) + "': " + remedy);
    for (int number = 2; read_line(stream, line); ++number) {
        if (line.empty()) continue;
        const std::string place = "list '" + file.string() + "', line " + std::to_string(number);
        const auto fields = split(line, ',');
        if (fields.size() != columns.size())
            throw std::runtime_error(place + " has " + std::to_string(fields.size()) + " fields instead of " +
                                     std::to_string(columns.size()) + ": " + remedy);
        row(fields, place);
    }
}

std::int64_t to_count(const std::string& field, const std::string& column, const std::string& place) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
    if (error != std::errc() || end != field.data() + field.size() || value < 0)
        throw std::runtime_error(place + ": " + column + " = '" + field +
                                 "' is not a whole number of at least 0: " + remedy);
    return value;
}

double to_number(const std::string& field, const std::string& column, const std::string& place) {
    double value = 0;
    const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
    if (error != std::errc() || end != field.data() + field.size() || !std::isfinite(value))
        throw std::runtime_error(place + ": " + column + " = '" + field + "' is not a number: " + remedy);
    return value;
}

} // namespace speaker_verification

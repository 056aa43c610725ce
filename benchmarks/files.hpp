#pragma once

#include <cmath>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

#include <nlohmann/json.hpp>

/// \file
/// What the programs that compare solvers write: numbers for the solvers of others, and reports.

namespace bench {

using json = nlohmann::ordered_json;

/// Writes to a temporary name and renames: who reads it finds all of it or nothing.
inline void write_file(const std::filesystem::path& path, const char* data, std::size_t bytes) {
    const std::filesystem::path temporary = path.string() + ".part";
    {
        std::ofstream out(temporary, std::ios::binary);
        out.write(data, std::streamsize(bytes));
        if (!out) throw std::runtime_error("bench: cannot write " + temporary.string() + "; free some space");
    }
    std::filesystem::rename(temporary, path);
}

inline void write_numbers(const std::filesystem::path& path, const double* numbers, std::ptrdiff_t count) {
    write_file(path, reinterpret_cast<const char*>(numbers), std::size_t(count) * sizeof(double));
}

inline void write_json(const std::filesystem::path& path, const json& value) {
    const std::string text = value.dump(2) + "\n";
    write_file(path, text.data(), text.size());
}

/// NaN has no place in JSON.
inline json number(double value) { return std::isfinite(value) ? json(value) : json(nullptr); }

} // namespace bench

#include "common/json_file.hpp"

#include "common/atomic_file.hpp"

#include <fstream>
#include <ostream>
#include <stdexcept>
#include <string>

namespace examples {

nlohmann::json read_json_file(const std::filesystem::path& path) {
    std::ifstream stream(path);
    if (!stream) {
        throw std::runtime_error("cannot read '" + path.string() + "': check that it exists and is readable");
    }
    try {
        return nlohmann::json::parse(stream);
    } catch (const nlohmann::json::parse_error& error) {
        throw std::runtime_error("'" + path.string() + "' is not JSON (syntax error at byte " +
                                 std::to_string(error.byte) + "): repair it, or delete it and write it anew");
    }
}

void write_json_file(const std::filesystem::path& path, const nlohmann::json& value) {
    write_file_atomically(path, [&](std::ostream& stream) { stream << value.dump(2) << '\n'; });
}

} // namespace examples

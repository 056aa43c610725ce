#include "common/json_file.hpp"

#include "common/atomic_file.hpp"
#include "common/nested_json.hpp"

#include <fstream>
#include <iterator>
#include <ostream>
#include <stdexcept>
#include <string>

namespace examples {

nlohmann::json read_json_file(const std::filesystem::path& path) {
    std::ifstream stream(path);
    if (!stream) {
        throw std::runtime_error("cannot read '" + path.string() + "': check that it exists and is readable");
    }
    const std::string text(std::istreambuf_iterator<char>(stream), {});
    if (nests_too_deep(text)) {
        throw std::runtime_error("'" + path.string() +
                                 "' has brackets in each other to more than 100 levels: repair it, or delete it and "
                                 "write it anew");
    }
    try {
        return nlohmann::json::parse(text);
    } catch (const nlohmann::json::parse_error& error) {
        throw std::runtime_error("'" + path.string() + "' is not JSON (syntax error at byte " +
                                 std::to_string(error.byte) + "): repair it, or delete it and write it anew");
    } catch (const nlohmann::json::out_of_range&) {
        throw std::runtime_error("'" + path.string() +
                                 "' is not JSON (a number is too large): repair it, or delete it and write it anew");
    }
}

void write_json_file(const std::filesystem::path& path, const nlohmann::json& value) {
    std::string text;
    try {
        text = value.dump(2);
    } catch (const nlohmann::json::type_error&) {
        throw std::runtime_error("cannot write '" + path.string() +
                                 "': a name or path in it is not UTF-8, rename that file or folder");
    }
    write_file_atomically(path, [&](std::ostream& stream) { stream << text << '\n'; });
}

} // namespace examples

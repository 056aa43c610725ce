#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <istream>
#include <iterator>
#include <map>
#include <ostream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <bregman/base/error.hpp>
#include <bregman/io/replace_file.hpp>

/// \file
/// Saves and loads the state of an optimizer, of any backend, through its `visit`.
///
/// The file: "BREGMAN1", length of the body (u64), body, FNV-1a checksum of the body (u64), little-endian.
/// The body: the optimizer's description, then per field its name, type, count and values. Continuing from a
/// file is bit-equal on the CPU.

namespace bregman {

static_assert(std::endian::native == std::endian::little, "bregman: state files are little-endian");

namespace state_format {

inline constexpr std::string_view magic = "BREGMAN1";

inline std::uint64_t checksum(std::string_view bytes) {
    std::uint64_t hash = 14695981039346656037u;
    for (const char byte : bytes) hash = (hash ^ static_cast<unsigned char>(byte)) * 1099511628211u;
    return hash;
}

/// One letter per type that a field may have; the name is what messages print.
template <class V>
struct type_of {
    static constexpr char code = '?';
};
template <>
struct type_of<bool> {
    static constexpr char code = 'b';
};
template <>
struct type_of<int> {
    static constexpr char code = 'i';
};
template <>
struct type_of<std::int64_t> {
    static constexpr char code = 'l';
};
template <>
struct type_of<float> {
    static constexpr char code = 'f';
};
template <>
struct type_of<double> {
    static constexpr char code = 'd';
};
template <>
struct type_of<std::string> {
    static constexpr char code = 's';
    using element = char;
};
template <>
struct type_of<std::vector<std::int64_t>> {
    static constexpr char code = 'L';
    using element = std::int64_t;
};
template <>
struct type_of<std::vector<float>> {
    static constexpr char code = 'F';
    using element = float;
};
template <>
struct type_of<std::vector<double>> {
    static constexpr char code = 'D';
    using element = double;
};

template <class V>
constexpr char code_of() {
    static_assert(type_of<V>::code != '?',
                  "bregman: a state field is bool, int, std::int64_t, float, double, std::string or a "
                  "std::vector of std::int64_t, float or double");
    return type_of<V>::code;
}

template <class V>
inline constexpr bool is_sequence = requires { typename type_of<V>::element; };

inline void put(std::string& body, std::uint64_t n) { body.append(reinterpret_cast<const char*>(&n), sizeof n); }
inline void put(std::string& body, std::string_view text) {
    put(body, std::uint64_t(text.size()));
    body.append(text);
}

/// The field visitor that writes.
struct writer {
    std::string body;

    template <class V>
    void operator()(std::string_view name, const V& value) {
        put(body, name);
        body.push_back(code_of<V>());
        if constexpr (is_sequence<V>) {
            put(body, std::uint64_t(value.size()));
            body.append(reinterpret_cast<const char*>(value.data()), value.size() * sizeof(value[0]));
        } else {
            put(body, std::uint64_t(1));
            body.append(reinterpret_cast<const char*>(&value), sizeof value);
        }
    }
};

struct stored_field {
    char code;
    std::uint64_t count;
    std::string_view bytes;
};

/// The fields of a body by name; views into it.
class reader {
  public:
    explicit reader(std::string_view body) : rest_(body) {
        description = text();
        while (!rest_.empty()) {
            const std::string name(text());
            stored_field field{take(1)[0], number(), {}};
            field.bytes = take_values(field.count, width(field.code));
            if (!fields_.emplace(name, field).second)
                throw std::runtime_error("state file: field \"" + name + "\" is there twice; the file is damaged");
        }
    }

    /// A visitor that assigns the fields to what it is shown.
    auto assigning() const;

    std::string_view description;

    const stored_field& at(std::string_view name, char code) const {
        const auto found = fields_.find(name);
        if (found == fields_.end())
            throw std::invalid_argument("state file: it has no field \"" + std::string(name) +
                                        "\"; load it with the version of the policies that wrote it");
        if (found->second.code != code)
            throw std::invalid_argument("state file: field \"" + std::string(name) + "\" has type '" +
                                        found->second.code + "', not '" + code +
                                        "'; load it with the version of the policies that wrote it");
        return found->second;
    }

    /// A field by its name, read into memory of its own.
    template <class V>
    V value(std::string_view name) const {
        const stored_field& field = at(name, code_of<V>());
        V result{};
        if constexpr (is_sequence<V>) {
            result.resize(field.count);
            if (field.count > 0) std::memcpy(result.data(), field.bytes.data(), field.bytes.size());
        } else {
            if (field.count != 1)
                throw std::runtime_error("state file: field \"" + std::string(name) +
                                         "\" is not one value; the file is damaged");
            if (std::is_same_v<V, bool> && (field.bytes[0] & ~1))
                throw std::runtime_error("state file: field \"" + std::string(name) +
                                         "\" is neither true nor false; the file is damaged");
            std::memcpy(&result, field.bytes.data(), sizeof result);
        }
        return result;
    }

  private:
    static std::size_t width(char code) {
        switch (code) {
        case 'b':
        case 's':
            return 1;
        case 'i':
        case 'f':
        case 'F':
            return 4;
        case 'l':
        case 'd':
        case 'L':
        case 'D':
            return 8;
        default:
            throw std::runtime_error("state file: unknown field type; the file is damaged");
        }
    }
    std::string_view take_values(std::uint64_t count, std::size_t width) {
        return take(count <= rest_.size() ? count * width : count); // a product must not become small by overflow
    }
    std::string_view take(std::uint64_t n) {
        if (n > rest_.size()) throw std::runtime_error("state file: it ends inside a field; the file is damaged");
        const std::string_view taken = rest_.substr(0, n);
        rest_.remove_prefix(n);
        return taken;
    }
    std::uint64_t number() {
        std::uint64_t n;
        std::memcpy(&n, take(sizeof n).data(), sizeof n);
        return n;
    }
    std::string_view text() { return take(number()); }

    std::string_view rest_;
    std::map<std::string, stored_field, std::less<>> fields_;
};

/// The field visitor that only checks that every field is there, with the right type and one value of it.
struct checker {
    const reader& from;
    template <class V>
    void operator()(std::string_view name, V&) {
        if constexpr (is_sequence<V>)
            from.at(name, code_of<V>());
        else
            from.value<V>(name);
    }
};

/// The field visitor that assigns.
struct loader {
    static constexpr bool loads = true;
    const reader& from;

    template <class V>
    void operator()(std::string_view name, V& value) {
        value = from.value<V>(name);
    }
};

inline auto reader::assigning() const { return loader{*this}; }

/// The field visitor behind print_state: long vectors are shown by their first elements.
struct printer {
    std::ostream& out;

    template <class V>
    void operator()(std::string_view name, const V& value) {
        out << name << " = ";
        if constexpr (std::is_same_v<V, std::string> || !is_sequence<V>) {
            out << value;
        } else {
            out << '[' << value.size() << "]";
            for (std::size_t i = 0; i < value.size() && i < 8; ++i) out << ' ' << value[i];
            if (value.size() > 8) out << " ...";
        }
        out << '\n';
    }
};

} // namespace state_format

/// Everything that save_state writes, in memory. Equal strings mean equal states.
template <class Optimizer>
std::string state_bytes(Optimizer&& optimizer) {
    state_format::writer writer;
    state_format::put(writer.body, optimizer.description());
    optimizer.visit(writer);
    return std::move(writer.body);
}

/// Writes name = value lines, for people.
template <class Optimizer>
void print_state(std::ostream& out, Optimizer&& optimizer) {
    out << optimizer.description() << '\n';
    optimizer.visit(state_format::printer{out});
}

namespace state_format {

/// The body of a file and what stands around it.
struct framed_state {
    std::string head, body, tail;

    template <class Optimizer>
    explicit framed_state(Optimizer& optimizer) : head(magic) {
        if constexpr (requires { optimizer.check_can_be_saved(); }) optimizer.check_can_be_saved();
        body = state_bytes(optimizer);
        put(head, std::uint64_t(body.size()));
        put(tail, checksum(body));
    }
};

} // namespace state_format

/// Writes the state to a binary stream. Throws std::runtime_error when the stream fails, std::invalid_argument for a
/// control law that has a state and does not say what it is.
template <class Optimizer>
void save_state(std::ostream& out, Optimizer&& optimizer) {
    const state_format::framed_state file(optimizer);
    out << file.head << file.body << file.tail;
    if (!out.flush()) throw std::runtime_error("state file: writing failed; is the disk full?");
}

/// Reads a state from a binary stream. Throws std::invalid_argument for a foreign file, another scalar type,
/// other policies or other tensors, std::runtime_error for a damaged one; the optimizer is
/// then unchanged.
template <class Optimizer>
void load_state(std::istream& in, Optimizer& optimizer) {
    std::string magic(state_format::magic.size(), '\0');
    in.read(magic.data(), std::streamsize(magic.size()));
    if (!in || magic != state_format::magic)
        throw std::invalid_argument("state file: it does not begin with BREGMAN1; give a file written by save_state");
    std::uint64_t length = 0, sum = 0;
    in.read(reinterpret_cast<char*>(&length), sizeof length);
    std::string body;
    // Read in blocks: a damaged length must not become an allocation of that size.
    for (std::uint64_t left = length; in && left > 0;) {
        const std::uint64_t block = left < (1u << 24) ? left : (1u << 24);
        const std::size_t begin = body.size();
        body.resize(begin + block);
        in.read(body.data() + begin, std::streamsize(block));
        left -= block;
    }
    in.read(reinterpret_cast<char*>(&sum), sizeof sum);
    if (!in) throw std::runtime_error("state file: it is shorter than it says; use an earlier checkpoint");
    if (sum != state_format::checksum(body))
        throw std::runtime_error("state file: its checksum does not match; use an earlier checkpoint");

    const state_format::reader reader(body);
    require(reader.description == optimizer.description(), "state file", reader.description, optimizer.description(),
            "make the optimizer with the policies that the file was written with");
    if constexpr (requires { optimizer.check_can_load(reader); }) optimizer.check_can_load(reader);
    optimizer.visit(state_format::checker{reader});
    optimizer.visit(state_format::loader{reader});
}

/// save_state to a file, whole or not at all (replace_file.hpp).
template <class Optimizer>
void save_state(const std::string& path, Optimizer&& optimizer) {
    const state_format::framed_state file(optimizer);
    replace_file(path, {file.head, file.body, file.tail});
}

/// load_state from a file.
template <class Optimizer>
void load_state(const std::string& path, Optimizer& optimizer) {
    std::ifstream in(path, std::ios::binary);
    if (!in) throw std::invalid_argument("state file: cannot read " + path + "; does it exist?");
    load_state(in, optimizer);
}

} // namespace bregman

#include "speaker_verification/training/checkpoints/safetensors_file.hpp"

#include "common/atomic_file.hpp"
#include "common/nested_json.hpp"
#include "common/strict_json.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <fstream>
#include <limits>
#include <optional>
#include <ostream>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string_view>

namespace speaker_verification {

namespace {

static_assert(std::endian::native == std::endian::little, "safetensors files are little-endian: swap bytes here");

constexpr std::size_t length_size = 8;
constexpr const char* metadata_name = "__metadata__";

struct element_type {
    const char* name; ///< stored_tensor's
    const char* dtype;
    std::uint64_t size;
};
constexpr element_type types[] = {{"int64", "I64", 8}, {"float32", "F32", 4}};

[[noreturn]] void refuse(const std::filesystem::path& path, const std::string& what) {
    throw std::runtime_error("safetensors file '" + path.string() + "' " + what);
}

/// nullopt for a negative extent and for more bytes than an integer holds.
std::optional<std::uint64_t> bytes_of(const std::vector<std::int64_t>& shape, std::uint64_t element) {
    std::uint64_t bytes = element;
    for (const auto extent : shape) {
        if (extent < 0) return std::nullopt;
        if (extent > 0 && bytes > std::numeric_limits<std::uint64_t>::max() / std::uint64_t(extent))
            return std::nullopt;
        bytes *= std::uint64_t(extent);
    }
    return bytes;
}

/// The text's object; no name occurs twice in it, which the JSON library would not tell.
nlohmann::json parsed_header(const std::filesystem::path& path, std::string_view text) {
    if (examples::nests_too_deep(text)) refuse(path, "has brackets in each other to more than 100 levels");
    std::set<std::string> names;
    bool twice = false;
    const auto look = [&](int depth, nlohmann::json::parse_event_t event, const nlohmann::json& parsed) {
        const bool named = event == nlohmann::json::parse_event_t::key;
        if (named && depth == 1) twice = !names.insert(parsed.get<std::string>()).second || twice;
        return true;
    };
    auto header = nlohmann::json::parse(text, look, /*allow_exceptions=*/false);
    if (!header.is_object()) refuse(path, "has a header that is no JSON object: save or download it again");
    if (twice) refuse(path, "names a tensor twice: save it again");
    return header;
}

struct placed_tensor {
    stored_tensor tensor;
    std::uint64_t begin = 0, end = 0;
};

placed_tensor described_tensor(const std::filesystem::path& path, const std::string& name, const nlohmann::json& row) {
    placed_tensor placed;
    auto& tensor = placed.tensor;
    tensor.name = name;
    std::string dtype;
    std::vector<std::uint64_t> offsets;
    const bool whole = examples::take_json_field(row, "dtype", dtype) &&
                       examples::take_json_field(row, "shape", tensor.shape) &&
                       examples::take_json_field(row, "data_offsets", offsets) && offsets.size() == 2;
    if (!whole) refuse(path, "does not describe the tensor '" + name + "': save it again");
    const auto* type =
        std::find_if(std::begin(types), std::end(types), [&](const element_type& each) { return dtype == each.dtype; });
    if (type == std::end(types)) {
        refuse(path, "holds the tensor '" + name + "' as " + dtype + ", but F32 and I64 are read here: convert it");
    }
    tensor.type = type->name;
    placed.begin = offsets[0];
    placed.end = offsets[1];
    const auto bytes = bytes_of(tensor.shape, type->size);
    if (!bytes || placed.end < placed.begin || placed.end - placed.begin != *bytes) {
        refuse(path, "has other bytes for the tensor '" + name + "' than its shape takes: save it again");
    }
    return placed;
}

void read_metadata(const std::filesystem::path& path, const nlohmann::json& header,
                   std::map<std::string, std::string>& metadata) {
    const auto found = header.find(metadata_name);
    if (found == header.end()) return;
    bool texts = found->is_object();
    for (const auto& [name, value] : found->items()) texts = texts && examples::take_json(value, metadata[name]);
    if (!texts) refuse(path, "has metadata that are no texts by name: save it again");
}

std::string bytes_of_file(const std::filesystem::path& path) {
    std::ifstream stream(path, std::ios::binary);
    std::ostringstream bytes;
    if (!stream || !(bytes << stream.rdbuf())) refuse(path, "cannot be read or is empty: give the path of one");
    return std::move(bytes).str();
}

nlohmann::json header_of(const safetensors_contents& contents, const std::vector<const stored_tensor*>& order) {
    nlohmann::json header = nlohmann::json::object();
    if (!contents.metadata.empty()) header[metadata_name] = contents.metadata;
    std::uint64_t begin = 0;
    for (const auto* tensor : order) {
        const auto* type = std::find_if(std::begin(types), std::end(types),
                                        [&](const element_type& each) { return tensor->type == each.name; });
        if (type == std::end(types)) throw std::invalid_argument("tensor '" + tensor->name + "' is of another type");
        if (bytes_of(tensor->shape, type->size) != tensor->bytes.size()) {
            throw std::invalid_argument("tensor '" + tensor->name + "' has other bytes than its shape takes");
        }
        if (tensor->name == metadata_name || header.contains(tensor->name)) {
            throw std::invalid_argument("tensor '" + tensor->name + "' occurs twice, or is called as metadata are");
        }
        const auto end = begin + tensor->bytes.size();
        header[tensor->name] = {{"dtype", type->dtype}, {"shape", tensor->shape}, {"data_offsets", {begin, end}}};
        begin = end;
    }
    return header;
}

} // namespace

bool is_safetensors_path(const std::filesystem::path& path) { return path.extension() == ".safetensors"; }

void write_safetensors_file(const std::filesystem::path& path, const safetensors_contents& contents) {
    std::vector<const stored_tensor*> order;
    for (const auto& type : types) {
        for (const auto& tensor : contents.tensors) {
            if (tensor.type == type.name) order.push_back(&tensor);
        }
    }
    if (order.size() != contents.tensors.size()) throw std::invalid_argument("a tensor is neither float32 nor int64");
    std::string header = header_of(contents, order).dump();
    header.resize((header.size() + 7) / 8 * 8, ' '); // what follows is aligned
    const std::uint64_t length = header.size();
    examples::write_file_atomically(path, [&](std::ostream& stream) {
        stream.write(reinterpret_cast<const char*>(&length), length_size);
        stream.write(header.data(), std::streamsize(header.size()));
        for (const auto* tensor : order) stream.write(tensor->bytes.data(), std::streamsize(tensor->bytes.size()));
    });
}

safetensors_contents read_safetensors_file(const std::filesystem::path& path) {
    const std::string bytes = bytes_of_file(path);
    std::uint64_t length = 0;
    if (bytes.size() >= length_size) std::memcpy(&length, bytes.data(), length_size);
    if (bytes.size() < length_size || length > bytes.size() - length_size) {
        refuse(path, "is truncated or of another kind: its header does not end within it");
    }
    const auto header = parsed_header(path, std::string_view(bytes).substr(length_size, length));
    safetensors_contents contents;
    read_metadata(path, header, contents.metadata);
    std::vector<placed_tensor> placed;
    for (const auto& [name, row] : header.items()) {
        if (name != metadata_name) placed.push_back(described_tensor(path, name, row));
    }
    // An empty tensor lies before the next one.
    std::stable_sort(placed.begin(), placed.end(), [](const placed_tensor& a, const placed_tensor& b) {
        return a.begin != b.begin ? a.begin < b.begin : a.end < b.end;
    });
    const std::string_view data = std::string_view(bytes).substr(length_size + length);
    std::uint64_t covered = 0;
    for (auto& [tensor, begin, end] : placed) {
        if (begin != covered || end > data.size()) {
            refuse(path, "is truncated, or its tensors do not follow one another: save or download it again");
        }
        tensor.bytes = data.substr(begin, end - begin);
        covered = end;
        contents.tensors.push_back(std::move(tensor));
    }
    if (covered != data.size()) refuse(path, "holds more bytes than its tensors take: save or download it again");
    return contents;
}

} // namespace speaker_verification

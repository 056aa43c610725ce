#include "speaker_verification/training/checkpoints/checkpoint_file.hpp"

#include "common/sealed_file.hpp"
#include "common/strict_json.hpp"

namespace speaker_verification {

namespace {

constexpr examples::sealed_file_kind checkpoint_kind{
    "BRGMSPKV", 1, "checkpoint", "a checkpoint of speaker verification", "train", "train anew"};

nlohmann::json table_of(const checkpoint_contents& contents) {
    nlohmann::json table{
        {"meta", contents.meta}, {"tensors", nlohmann::json::array()}, {"blocks", nlohmann::json::array()}};
    for (const auto& tensor : contents.tensors) {
        table["tensors"].push_back(
            {{"name", tensor.name}, {"type", tensor.type}, {"shape", tensor.shape}, {"size", tensor.bytes.size()}});
    }
    for (const auto& [name, bytes] : contents.blocks) {
        table["blocks"].push_back({{"name", name}, {"size", bytes.size()}});
    }
    return table;
}

[[noreturn]] void refuse_table(const std::filesystem::path& path) {
    examples::refuse_sealed_file(path, checkpoint_kind,
                                 "has a table that this program cannot read: use the program that wrote it");
}

} // namespace

void write_checkpoint_file(const std::filesystem::path& path, const checkpoint_contents& contents) {
    examples::sealed_contents sealed{table_of(contents), {}};
    for (const auto& tensor : contents.tensors) sealed.payload += tensor.bytes;
    for (const auto& [name, block] : contents.blocks) sealed.payload += block;
    examples::write_sealed_file(path, checkpoint_kind, sealed);
}

checkpoint_contents read_checkpoint_file(const std::filesystem::path& path) {
    const auto sealed = examples::read_sealed_file(path, checkpoint_kind);
    examples::payload_reader reader(path, checkpoint_kind, sealed.payload);
    checkpoint_contents contents;
    const auto& table = sealed.table;
    const auto rows = [&](const char* name) {
        const auto found = table.is_object() ? table.find(name) : table.end();
        if (found == table.end() || !found->is_array()) refuse_table(path);
        return *found;
    };
    const auto take = [&](const nlohmann::json& row, const char* name, auto& value) {
        if (!examples::take_json_field(row, name, value)) refuse_table(path);
    };
    for (const auto& row : rows("tensors")) {
        stored_tensor tensor;
        take(row, "name", tensor.name);
        take(row, "type", tensor.type);
        take(row, "shape", tensor.shape);
        std::size_t size = 0;
        take(row, "size", size);
        tensor.bytes = reader.next(size);
        contents.tensors.push_back(std::move(tensor));
    }
    for (const auto& row : rows("blocks")) {
        std::string name;
        take(row, "name", name);
        std::size_t size = 0;
        take(row, "size", size);
        contents.blocks[name] = reader.next(size);
    }
    if (!table.contains("meta")) refuse_table(path);
    contents.meta = table["meta"];
    reader.require_end();
    return contents;
}

} // namespace speaker_verification

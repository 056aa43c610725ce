#include "speaker_verification/training/checkpoints/checkpoint_file.hpp"

#include "common/sealed_file.hpp"

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
    const auto next = [&](const nlohmann::json& entry) { return std::string(reader.next(entry.at("size"))); };
    try {
        checkpoint_contents contents;
        contents.meta = sealed.table.at("meta");
        for (const auto& entry : sealed.table.at("tensors")) {
            contents.tensors.push_back({entry.at("name"), entry.at("type"), entry.at("shape"), next(entry)});
        }
        for (const auto& entry : sealed.table.at("blocks")) contents.blocks[entry.at("name")] = next(entry);
        return contents;
    } catch (const nlohmann::json::exception&) {
        examples::refuse_sealed_file(path, checkpoint_kind,
                                     "has a table that this program cannot read: use the program that wrote it");
    }
}

} // namespace speaker_verification

#include "speaker_verification/training/loop/shared_checkpoint.hpp"

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace speaker_verification {

namespace {

nlohmann::json binary(const std::string& bytes) {
    return nlohmann::json::binary(std::vector<std::uint8_t>(bytes.begin(), bytes.end()));
}
std::string bytes_in(const nlohmann::json& binary) {
    const auto& bytes = binary.get_binary();
    return {bytes.begin(), bytes.end()};
}

std::string message_of(const checkpoint_history::found& found) {
    nlohmann::json message{{"path", found.path.string()},
                           {"notice", found.notice},
                           {"meta", found.contents.meta},
                           {"tensors", nlohmann::json::array()},
                           {"blocks", nlohmann::json::object()}};
    for (const auto& each : found.contents.tensors) {
        message["tensors"].push_back({each.name, each.type, each.shape, binary(each.bytes)});
    }
    for (const auto& [name, block] : found.contents.blocks) message["blocks"][name] = binary(block);
    std::string bytes;
    nlohmann::json::to_cbor(message, bytes);
    return bytes;
}

checkpoint_history::found found_in(const std::string& bytes) {
    const auto message = nlohmann::json::from_cbor(bytes);
    checkpoint_history::found found{message["path"].get<std::string>(), {}, message["notice"]};
    found.contents.meta = message["meta"];
    for (const auto& each : message["tensors"])
        found.contents.tensors.push_back({each[0], each[1], each[2], bytes_in(each[3])});
    for (const auto& [name, block] : message["blocks"].items()) found.contents.blocks[name] = bytes_in(block);
    return found;
}

} // namespace

checkpoint_history::found read_for_all(checkpoint_history& history, const training_processes& processes) {
    if (processes.is_alone()) return history.read();
    std::optional<checkpoint_history::found> read;
    const auto bytes = processes.told_by_first([&] {
        read = history.read();
        return message_of(*read);
    });
    return read ? std::move(*read) : found_in(bytes);
}

} // namespace speaker_verification

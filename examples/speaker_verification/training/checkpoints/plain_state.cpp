#include "speaker_verification/training/checkpoints/plain_state.hpp"

#include "speaker_verification/model/state_dict.hpp"
#include "speaker_verification/training/checkpoints/safetensors_file.hpp"

#include <algorithm>
#include <stdexcept>

namespace speaker_verification {

namespace {

constexpr const char* head_weight = "projection.weight";
constexpr const char* head_bias = "projection.bias"; // of training alone: such files have none

} // namespace

std::map<std::string, std::string> network_metadata(const run_description& run) {
    nlohmann::json model = nlohmann::json::object();
    visit(run.all, [&](const setting_key& key, const auto& value) {
        if (key.section == "model") model[std::string(key.name)] = value;
    });
    return {{"network", model.dump()}, {"features", nlohmann::json(run.features).dump()}};
}

void write_plain_state(const std::filesystem::path& path, const trained_network& trained, bool with_head) {
    safetensors_contents contents;
    contents.metadata = network_metadata(trained.run);
    contents.metadata["format"] = "pt";
    for (const auto& entry : state_dict(*trained.network.embedder)) {
        if (entry.name == head_bias || (!with_head && entry.name == head_weight)) continue;
        contents.tensors.push_back(store(entry));
    }
    write_safetensors_file(path, contents);
}

std::string restore_plain_state(const std::filesystem::path& path, const run_description& run,
                                const speaker_network& network) {
    auto state = read_safetensors_file(path);
    const auto features = state.metadata.find("features");
    if (features != state.metadata.end() && features->second != nlohmann::json(run.features).dump()) {
        throw std::runtime_error("safetensors file '" + path.string() + "' is of a network for other features (" +
                                 features->second + "): give --bands, --low_hz and --high_hz as there");
    }
    std::string notice;
    checkpoint_contents contents;
    contents.tensors = std::move(state.tensors);
    auto& tensors = contents.tensors;
    const auto find = [&](const std::string& name) {
        return std::find_if(tensors.begin(), tensors.end(), [&](const auto& tensor) { return tensor.name == name; });
    };
    const auto head = find(head_weight);
    if (head != tensors.end() && head->shape.size() == 2 && head->shape[0] != network.head->weight.size(0) &&
        head->shape[1] == network.head->weight.size(1)) {
        notice = "'" + path.string() + "' has a classifier of " + std::to_string(head->shape[0]) +
                 " classes where this run has " + std::to_string(network.head->weight.size(0)) +
                 ": a new one is trained";
        tensors.erase(head);
    }
    for (const auto& entry : state_dict(*network.embedder)) {
        const bool may_lack =
            entry.name == head_weight || entry.name == head_bias || entry.tensor.scalar_type() == torch::kInt64;
        if (may_lack && find(entry.name) == tensors.end()) tensors.push_back(store(entry));
    }
    restore_tensors(contents, network, path.string());
    return notice;
}

} // namespace speaker_verification

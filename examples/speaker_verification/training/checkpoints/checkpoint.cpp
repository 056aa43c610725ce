#include "speaker_verification/training/checkpoints/checkpoint.hpp"

#include "speaker_verification/model/state_dict.hpp"
#include "speaker_verification/training/checkpoints/network_fingerprint.hpp"
#include "speaker_verification/training/settings/settings_file.hpp"

#include <algorithm>
#include <cstring>
#include <sstream>
#include <stdexcept>

namespace speaker_verification {

namespace {

constexpr const char* optimizer_block = "optimizer";

[[noreturn]] void refuse(const std::string& where, const std::string& what) {
    throw std::runtime_error("checkpoint '" + where + "' " + what);
}

std::string type_name(const torch::Tensor& tensor, const std::string& name) {
    if (tensor.scalar_type() == torch::kFloat32) return "float32";
    if (tensor.scalar_type() == torch::kInt64) return "int64";
    throw std::invalid_argument("tensor '" + name + "' is neither float32 nor int64: a checkpoint cannot hold it");
}

stored_tensor store(const named_tensor& entry) {
    const auto flat = entry.tensor.detach().cpu().contiguous();
    stored_tensor stored{entry.name, type_name(flat, entry.name), flat.sizes().vec(), {}};
    stored.bytes.assign(static_cast<const char*>(flat.data_ptr()), flat.nbytes());
    return stored;
}

/// nullptr when the file has no such tensor.
const stored_tensor* find(const checkpoint_contents& contents, const std::string& name) {
    const auto found = std::find_if(contents.tensors.begin(), contents.tensors.end(),
                                    [&](const stored_tensor& tensor) { return tensor.name == name; });
    return found == contents.tensors.end() ? nullptr : &*found;
}

void check_fits(const stored_tensor* stored, const named_tensor& entry, const std::string& where) {
    if (!stored) refuse(where, "lacks the tensor '" + entry.name + "': it is of another network");
    if (stored->type != type_name(entry.tensor, entry.name) || stored->shape != entry.tensor.sizes().vec() ||
        stored->bytes.size() != entry.tensor.nbytes()) {
        refuse(where, "holds the tensor '" + entry.name + "' in another type or shape: it is of another network");
    }
}

} // namespace

checkpoint_contents make_checkpoint(const run_description& run, const speaker_network& network,
                                    training_optimizer& optimizer, const nlohmann::json& progress) {
    checkpoint_contents contents;
    contents.meta = {{"settings", settings_text(run.all)},
                     {"features", run.features},
                     {"normalization", run.normalization},
                     {"speakers", run.speakers},
                     {"progress", progress}};
    for (const auto& entry : state_dict(*network.embedder)) contents.tensors.push_back(store(entry));
    std::ostringstream state(std::ios::binary);
    optimizer.save(state);
    contents.blocks[optimizer_block] = std::move(state).str();
    return contents;
}

run_description read_description(const checkpoint_contents& contents, const std::string& where) {
    try {
        run_description run;
        read_settings(contents.meta.at("settings").get<std::string>(), where, run.all);
        run.features = contents.meta.at("features").get<filter_bank_settings>();
        run.normalization = contents.meta.at("normalization").get<level_normalization>();
        run.speakers = contents.meta.at("speakers").get<std::vector<std::string>>();
        return run;
    } catch (const std::exception& error) {
        refuse(where, "does not describe its run as this program does (" + std::string(error.what()) +
                          "): use the program that wrote it");
    }
}

void restore_tensors(const checkpoint_contents& contents, const speaker_network& network, const std::string& where) {
    const auto entries = state_dict(*network.embedder);
    for (const auto& entry : entries) check_fits(find(contents, entry.name), entry, where);
    if (entries.size() != contents.tensors.size()) {
        refuse(where, "holds " + std::to_string(contents.tensors.size()) + " tensors but the network has " +
                          std::to_string(entries.size()) + ": it is of another network");
    }
    const torch::NoGradGuard no_gradient;
    for (const auto& entry : entries) {
        auto values = torch::empty_like(entry.tensor, torch::TensorOptions().device(torch::kCPU),
                                        torch::MemoryFormat::Contiguous);
        const auto& bytes = find(contents, entry.name)->bytes;
        std::memcpy(values.data_ptr(), bytes.data(), bytes.size());
        torch::Tensor target = entry.tensor;
        target.copy_(values);
    }
}

void restore_start(checkpoint_contents contents, const speaker_network& network, const std::string& where) {
    const auto& head = network.head->weight;
    for (auto& tensor : contents.tensors) {
        if (tensor.name != "projection.weight" || tensor.shape.size() != 2) continue;
        if (tensor.shape[0] <= head.size(0) || tensor.shape[1] != head.size(1)) continue;
        tensor.shape[0] = head.size(0);
        tensor.bytes.resize(head.nbytes());
    }
    restore_tensors(contents, network, where);
}

void restore_optimizer(const checkpoint_contents& contents, training_optimizer& optimizer, const std::string& where) {
    const auto found = contents.blocks.find(optimizer_block);
    if (found == contents.blocks.end()) refuse(where, "holds no optimizer state: it cannot be resumed");
    try {
        std::istringstream state(found->second, std::ios::binary);
        optimizer.load(state);
    } catch (const std::exception& error) {
        // LibTorch's messages go on with a stack trace: its first line says what is wrong.
        const std::string message = error.what();
        refuse(where, "holds a state that does not fit the optimizer (" + message.substr(0, message.find('\n')) +
                          "): resume with the settings it was written with");
    }
}

settings settings_to_start_from(const std::filesystem::path& path) {
    const auto contents = read_checkpoint_file(path);
    settings all = read_description(contents, path.string()).all;
    all.run.start_from = path.string();
    all.sparsity.density = 1;
    const auto progress = contents.meta.value("progress", nlohmann::json::object());
    if (is_sparse(all)) all.sparsity.lambda = progress.value("lambda", all.sparsity.lambda);
    return all;
}

trained_network load_trained_network(const std::filesystem::path& path) {
    const auto contents = read_checkpoint_file(path);
    trained_network trained;
    trained.run = read_description(contents, path.string());
    trained.network = make_network(trained.run);
    restore_tensors(contents, trained.network, path.string());
    trained.network.embedder->eval();
    trained.fingerprint = network_fingerprint(contents);
    trained.progress = contents.meta.value("progress", nlohmann::json::object());
    return trained;
}

} // namespace speaker_verification

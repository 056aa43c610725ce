#include "speaker_verification/training/checkpoints/checkpoint.hpp"

#include "common/strict_json.hpp"
#include "speaker_verification/model/state_dict.hpp"
#include "speaker_verification/training/checkpoints/network_fingerprint.hpp"
#include "speaker_verification/training/checkpoints/safetensors_file.hpp"
#include "speaker_verification/training/settings/settings_file.hpp"

#include <algorithm>
#include <set>
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

std::string reason_of(const std::exception& error) {
    const std::string reason = examples::without_json_marks(error.what());
    // LibTorch's messages go on with a stack trace: the first line says what is wrong.
    return reason.substr(0, reason.find('\n'));
}

const nlohmann::json& field_of(const nlohmann::json& meta, const char* name) {
    const auto found = meta.is_object() ? meta.find(name) : meta.end();
    if (found == meta.end()) throw std::invalid_argument(std::string("it lacks '") + name + "'");
    return *found;
}

/// What was read is written as it stands in the file: no type was bent and no digit cut.
template <class Value>
Value read_exactly(const nlohmann::json& meta, const char* name) {
    const auto& stored = field_of(meta, name);
    const auto value = stored.get<Value>();
    if (nlohmann::json(value) != stored) {
        throw std::invalid_argument(std::string("'") + name + "' has a value of another type or beyond its range");
    }
    return value;
}

void check_speakers(const std::vector<std::string>& speakers) {
    if (speakers.size() < 2) throw std::invalid_argument("it knows fewer than two speakers");
    const std::set<std::string> different(speakers.begin(), speakers.end());
    if (different.size() < speakers.size() || different.contains("")) {
        throw std::invalid_argument("its speakers have no names of their own");
    }
}

run_description described_run(const nlohmann::json& meta) {
    run_description run;
    read_settings(read_exactly<std::string>(meta, "settings"), "its settings", run.all);
    check(run.all);
    run.features = read_exactly<filter_bank_settings>(meta, "features");
    if (!(run.features == filter_bank_of(run.all.features))) {
        throw std::invalid_argument("its features are not those of its settings");
    }
    run.normalization = read_exactly<level_normalization>(meta, "normalization");
    if (std::int64_t(run.normalization.statistics().mean.size()) != run.all.features.bands) {
        throw std::invalid_argument("its levels are not of its " + std::to_string(run.all.features.bands) + " bands");
    }
    run.speakers = read_exactly<std::vector<std::string>>(meta, "speakers");
    check_speakers(run.speakers);
    return run;
}

/// nullptr when the file has no such tensor.
const stored_tensor* find(const checkpoint_contents& contents, const std::string& name) {
    const auto found = std::find_if(contents.tensors.begin(), contents.tensors.end(),
                                    [&](const stored_tensor& tensor) { return tensor.name == name; });
    return found == contents.tensors.end() ? nullptr : &*found;
}

/// On the CPU; its bytes stay the file's.
torch::Tensor tensor_in(const stored_tensor& stored) {
    const auto type = stored.type == "float32" ? torch::kFloat32 : torch::kInt64;
    return torch::from_blob(const_cast<char*>(stored.bytes.data()), stored.shape, type);
}

void check_fits(const stored_tensor* stored, const named_tensor& entry, const std::string& where) {
    if (!stored) refuse(where, "lacks the tensor '" + entry.name + "': it is of another network");
    if (stored->type != type_name(entry.tensor, entry.name) || stored->shape != entry.tensor.sizes().vec() ||
        stored->bytes.size() != entry.tensor.nbytes()) {
        refuse(where, "holds the tensor '" + entry.name + "' in another type or shape: it is of another network");
    }
    if (!is_possible(tensor_in(*stored), entry.name)) {
        refuse(where, "holds values in the tensor '" + entry.name + "' that no training makes: use another one");
    }
}

} // namespace

stored_tensor store(const named_tensor& entry) {
    const auto flat = entry.tensor.detach().cpu().contiguous();
    stored_tensor stored{entry.name, type_name(flat, entry.name), flat.sizes().vec(), {}};
    stored.bytes.assign(static_cast<const char*>(flat.data_ptr()), flat.nbytes());
    return stored;
}

checkpoint_contents make_checkpoint(const run_description& run, const speaker_network& network,
                                    std::string optimizer_state, const nlohmann::json& progress) {
    checkpoint_contents contents;
    contents.meta = {{"settings", settings_text(run.all)},
                     {"features", run.features},
                     {"normalization", run.normalization},
                     {"speakers", run.speakers},
                     {"progress", progress}};
    for (const auto& entry : state_dict(*network.embedder)) contents.tensors.push_back(store(entry));
    contents.blocks[optimizer_block] = std::move(optimizer_state);
    return contents;
}

run_description read_description(const checkpoint_contents& contents, const std::string& where) {
    try {
        return described_run(contents.meta);
    } catch (const std::exception& error) {
        refuse(where, "does not describe its run as this program does (" + reason_of(error) +
                          "): use the program that wrote it");
    }
}

training_progress read_progress(const checkpoint_contents& contents, const settings& all, const std::string& where,
                                const reduce_on_plateau& plateau, rate_guard& guard) {
    try {
        return read_training_progress(field_of(contents.meta, "progress"), all, plateau, guard);
    } catch (const std::invalid_argument& error) {
        refuse(where, std::string("does not tell where its training stood (") + error.what() +
                          "): use an older one, or train anew");
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
        torch::Tensor target = entry.tensor;
        target.copy_(tensor_in(*find(contents, entry.name)));
    }
}

namespace {

[[noreturn]] void refuse_start(const std::string& setting, const std::string& where, const std::string& trained_with,
                               const std::string& remedy) {
    throw std::invalid_argument("setting " + setting + " but checkpoint '" + where + "' was trained with " +
                                trained_with + ": " + remedy + ", or leave 'start_from' out");
}

void require_head_to_start_from(const run_description& saved, const run_description& asked, const std::string& where) {
    const auto& before = saved.all.loss;
    const auto& now = asked.all.loss;
    if (now.head_bias != before.head_bias) {
        const std::string had = before.head_bias ? "true" : "false";
        refuse_start(std::string("'head_bias' is ") + (now.head_bias ? "true" : "false"), where, had,
                     "set it to " + had);
    }
    if (now.phantom_speakers > before.phantom_speakers) {
        const auto had = std::to_string(before.phantom_speakers);
        refuse_start("'phantom_speakers' is " + std::to_string(now.phantom_speakers), where, had,
                     "set it to " + had + (before.phantom_speakers > 0 ? " or less" : ""));
    }
    const auto warps_before = saved.all.batches.warps.size(), warps_now = asked.all.batches.warps.size();
    if (warps_now > warps_before) {
        const auto had = std::to_string(warps_before);
        refuse_start("'warps' has " + std::to_string(warps_now) + (warps_now == 1 ? " value" : " values"), where, had,
                     "give " + (warps_before > 0 ? had + " or fewer" : std::string("none")));
    }
}

/// Rows of the head's weight, or numbers of its bias: of the speakers who occur, then of the phantoms.
void keep_classes(stored_tensor& head, const run_description& saved, const run_description& asked) {
    const auto row_bytes = head.bytes.size() / std::size_t(saved.classes());
    const auto rows = [&](std::int64_t first, std::int64_t count) {
        return head.bytes.substr(std::size_t(first) * row_bytes, std::size_t(count) * row_bytes);
    };
    head.bytes = rows(0, asked.present_classes()) + rows(saved.present_classes(), asked.all.loss.phantom_speakers);
    head.shape.front() = asked.classes();
}

} // namespace

void restore_start(checkpoint_contents contents, const run_description& saved, const run_description& asked,
                   const speaker_network& network, const std::string& where) {
    require_head_to_start_from(saved, asked, where);
    for (auto& tensor : contents.tensors) {
        if (tensor.name != "projection.weight" && tensor.name != "projection.bias") continue;
        if (tensor.shape.empty() || tensor.shape.front() != saved.classes() ||
            tensor.bytes.size() % std::size_t(saved.classes()) != 0) {
            refuse(where, "has another number of classes in the tensor '" + tensor.name +
                              "' than its settings: it is of another network");
        }
        keep_classes(tensor, saved, asked);
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
        refuse(where, "holds a state that does not fit the optimizer (" + reason_of(error) +
                          "): resume with the settings it was written with");
    }
}

namespace {

training_progress reported_progress(const checkpoint_contents& contents, const settings& all,
                                    const std::string& where) {
    guarded_rate rate;
    rate_guard guard(rate);
    reduce_on_plateau plateau;
    plateau.patience = int(all.schedule.plateau_patience);
    return read_progress(contents, all, where, plateau, guard);
}

/// Before a network is made that the file cannot hold: its settings may ask for gigabytes.
void require_room(const checkpoint_contents& contents, const run_description& run, const std::string& where) {
    std::uint64_t bytes = 0;
    for (const auto& tensor : contents.tensors) bytes += tensor.bytes.size();
    if (double(bytes) < sizeof(float) * fewest_parameters(run.all.model, run.all.features.bands, run.classes())) {
        refuse(where, "is too small for the network it describes: it is of another network");
    }
}

} // namespace

settings settings_to_start_from(const std::filesystem::path& path) {
    if (is_safetensors_path(path)) {
        settings all;
        all.run.start_from = path.string();
        all.sparsity.density = 1;
        return all;
    }
    const auto contents = read_checkpoint_file(path);
    settings all = read_description(contents, path.string()).all;
    all.run.start_from = path.string();
    all.sparsity.density = 1;
    if (is_sparse(all)) all.sparsity.lambda = reported_progress(contents, all, path.string()).outcome.lambda;
    return all;
}

trained_network load_trained_network(const std::filesystem::path& path) {
    const auto contents = read_checkpoint_file(path);
    trained_network trained;
    trained.run = read_description(contents, path.string());
    require_room(contents, trained.run, path.string());
    trained.network = make_network(trained.run);
    restore_tensors(contents, trained.network, path.string());
    trained.network.embedder->eval();
    trained.fingerprint = network_fingerprint(contents);
    trained.progress = reported_progress(contents, trained.run.all, path.string());
    return trained;
}

} // namespace speaker_verification

#include "speaker_verification/deployment/sparse_model.hpp"

#include "common/sealed_file.hpp"
#include "speaker_verification/model/state_dict.hpp"
#include "speaker_verification/model/tensor_encoding.hpp"

#include <algorithm>
#include <span>
#include <stdexcept>

namespace speaker_verification {

namespace {

/// The settings of one section, by their names.
nlohmann::json section_json(const settings& all, std::string_view section) {
    nlohmann::json object;
    visit(all, [&](const setting_key& key, const auto& value) {
        if (key.section == section) object[std::string(key.name)] = value;
    });
    return object;
}

nlohmann::json training_of(const trained_network& trained) {
    const auto& all = trained.run.all;
    nlohmann::json training{
        {"name", all.run.name}, {"optimizer", all.optimizer.optimizer}, {"speakers", trained.run.speakers.size()}};
    if (has_target(all)) training["target"] = all.sparsity.target;
    return training;
}

nlohmann::json table_of(const speaker_model& model) {
    const auto& run = model.trained.run;
    nlohmann::json table{
        {"network", section_json(run.all, "model")}, {"features", run.features},  {"levels", run.normalization},
        {"trained", training_of(model.trained)},     {"mean", model.mean.size()}, {"tensors", nlohmann::json::array()}};
    if (model.threshold) {
        const auto& threshold = *model.threshold;
        table["threshold"] = {{"cosine", threshold.cosine}, {"eer", threshold.eer}, {"trials", threshold.trials}};
    }
    return table;
}

bool is_exported(const named_tensor& entry, bool with_head) {
    return entry.tensor.is_floating_point() && entry.name != head_bias_name && (with_head || entry.name != head_name);
}

void append_tensor(const named_tensor& entry, examples::sealed_contents& contents, sparse_model_size& weight) {
    const auto flat = entry.tensor.detach().to(torch::kCPU, torch::kFloat32).contiguous();
    const std::span<const float> values(flat.data_ptr<float>(), std::size_t(flat.numel()));
    const auto size = matrix_of(flat.sizes());
    const auto nonzeros = std::count_if(values.begin(), values.end(), [](float value) { return value != 0; });
    const auto encoding = smallest_encoding(size, nonzeros);
    const auto bytes = encode(values, size, encoding);
    contents.table["tensors"].push_back({entry.name, flat.sizes().vec(), name_of(encoding), bytes.size()});
    contents.payload += bytes;
    weight.parameters += size.values();
    weight.nonzeros += nonzeros;
    weight.dense_bytes += std::int64_t(flat.nbytes());
    ++weight.tensors_by_encoding[std::string(name_of(encoding))];
}

void fill(const named_tensor& target, const model_tensor& entry) {
    if (entry.name != target.name || entry.shape != target.tensor.sizes().vec()) {
        throw std::invalid_argument("it has '" + entry.name + "' where its network has '" + target.name +
                                    "', or another shape of it");
    }
    auto values = entry.values();
    require_possible(target.name, values);
    torch::Tensor tensor = target.tensor;
    tensor.copy_(torch::from_blob(values.data(), tensor.sizes()));
}

/// A head of the size that the file's has, if it has one.
void add_head(const std::vector<model_tensor>& tensors, std::int64_t embedding, speaker_network& network) {
    if (tensors.empty() || tensors.back().name != head_name) return;
    const auto& last = tensors.back();
    const bool fits = last.shape.size() == 2 && last.shape[0] >= 1 && last.shape[1] == embedding;
    // However it is encoded, a row takes a byte.
    if (!fits || last.shape[0] > std::int64_t(last.bytes.size())) {
        throw std::invalid_argument("its classifier does not fit the network, or has fewer bytes than rows");
    }
    aam_softmax_options options;
    options.classes = last.shape[0];
    options.embedding_size = last.shape[1];
    network.head = aam_softmax(options);
    network.embedder->register_module("projection", network.head.ptr());
}

speaker_model model_of(sparse_model_file& file) {
    const torch::NoGradGuard no_gradient;
    speaker_model model;
    model.trained.run = std::move(file.run);
    model.mean = std::move(file.mean);
    model.threshold = std::move(file.threshold);
    const auto& all = model.trained.run.all;
    model.trained.network.embedder = make_embedder(all.model, all.features.bands);
    add_head(file.tensors, all.model.embedding, model.trained.network);
    std::size_t next = 0;
    for (const auto& target : state_dict(*model.trained.network.embedder)) {
        if (!is_exported(target, true)) continue;
        if (next == file.tensors.size()) throw std::invalid_argument("it lacks '" + target.name + "'");
        fill(target, file.tensors[next++]);
    }
    if (next != file.tensors.size()) throw std::invalid_argument("it has tensors that its network has not");
    model.trained.network.embedder->eval();
    return model;
}

} // namespace

sparse_model_size write_sparse_model(const std::filesystem::path& path, const speaker_model& model, bool with_head) {
    sparse_model_size weight;
    examples::sealed_contents contents{table_of(model), {}};
    contents.payload.assign(reinterpret_cast<const char*>(model.mean.data()),
                            sizeof(float) * std::size_t(model.mean.size()));
    for (const auto& entry : state_dict(*model.trained.network.embedder)) {
        if (is_exported(entry, with_head)) append_tensor(entry, contents, weight);
    }
    examples::write_sealed_file(path, sparse_model_kind, contents);
    weight.file_bytes = std::int64_t(std::filesystem::file_size(path));
    return weight;
}

speaker_model read_sparse_model(const std::filesystem::path& path) {
    speaker_model model;
    with_sparse_model_file(path, [&](sparse_model_file& file) { model = model_of(file); });
    return model;
}

} // namespace speaker_verification

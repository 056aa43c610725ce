#include "speaker_verification/deployment/sparse_model.hpp"

#include "common/sealed_file.hpp"
#include "speaker_verification/model/state_dict.hpp"
#include "speaker_verification/model/tensor_encoding.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <span>
#include <stdexcept>

namespace speaker_verification {

namespace {

constexpr examples::sealed_file_kind model_kind{
    "BRGMSPRS", 1, "sparse model", "a sparse model of speaker verification", "export", "export it anew"};

constexpr std::string_view head_name = "projection.weight";

/// The settings of one section, by their names.
nlohmann::json section_json(const settings& all, std::string_view section) {
    nlohmann::json object;
    visit(all, [&](const setting_key& key, const auto& value) {
        if (key.section == section) object[std::string(key.name)] = value;
    });
    return object;
}

void read_section(const nlohmann::json& object, std::string_view section, settings& all) {
    visit(all, [&](const setting_key& key, auto& value) {
        if (key.section == section) object.at(std::string(key.name)).get_to(value);
    });
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
    return entry.tensor.is_floating_point() && (with_head || entry.name != head_name);
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

/// What the table says of the network, checked; weights are still random.
speaker_model described_model(const nlohmann::json& table) {
    speaker_model model;
    auto& run = model.trained.run;
    read_section(table.at("network"), "model", run.all);
    run.features = table.at("features").get<filter_bank_settings>();
    run.all.features.bands = run.features.mel_bins;
    check(run.all);
    run.normalization = table.at("levels").get<level_normalization>();
    if (run.normalization.statistics().mean.size() != std::size_t(run.features.mel_bins) ||
        table.at("mean") != run.all.model.embedding) {
        throw std::invalid_argument("levels, mean and network have different sizes");
    }
    if (const auto found = table.find("threshold"); found != table.end()) {
        model.threshold = {found->at("cosine"), found->at("eer"), found->at("trials")};
    }
    model.trained.network.embedder = make_embedder(run.all.model, run.all.features.bands);
    return model;
}

struct tensor_entry {
    std::string name;
    std::vector<std::int64_t> shape;
    tensor_encoding encoding;
    std::size_t bytes;
};

tensor_entry entry_of(const nlohmann::json& row) {
    return {row.at(0), row.at(1), encoding_named(row.at(2).get<std::string>()), row.at(3)};
}

void fill(const named_tensor& target, const tensor_entry& entry, std::string_view bytes) {
    if (entry.name != target.name || entry.shape != target.tensor.sizes().vec()) {
        throw std::invalid_argument("it has '" + entry.name + "' where its network has '" + target.name +
                                    "', or another shape of it");
    }
    auto values = decode(bytes, matrix_of(entry.shape), entry.encoding);
    torch::Tensor tensor = target.tensor;
    tensor.copy_(torch::from_blob(values.data(), tensor.sizes()));
}

/// A head of the size that the file's has, if it has one.
void add_head(const nlohmann::json& tensors, speaker_network& network) {
    if (tensors.empty()) return;
    const auto last = entry_of(tensors.back());
    if (last.name != head_name) return;
    aam_softmax_options options;
    options.classes = last.shape.at(0);
    options.embedding_size = last.shape.at(1);
    if (options.classes > std::int64_t(last.bytes)) {
        throw std::invalid_argument("its classifier has fewer bytes than rows");
    }
    network.head = aam_softmax(options);
    network.embedder->register_module("projection", network.head.ptr());
}

speaker_model model_in(const examples::sealed_contents& contents, examples::payload_reader& reader) {
    const torch::NoGradGuard no_gradient;
    auto model = described_model(contents.table);
    const auto& tensors = contents.table.at("tensors");
    add_head(tensors, model.trained.network);
    const auto mean = reader.next(sizeof(float) * std::size_t(model.trained.run.all.model.embedding));
    model.mean.resize(Eigen::Index(mean.size() / sizeof(float)));
    std::memcpy(model.mean.data(), mean.data(), mean.size());

    std::size_t next = 0;
    for (const auto& target : state_dict(*model.trained.network.embedder)) {
        if (!is_exported(target, true)) continue;
        const auto entry = entry_of(tensors.at(next++));
        fill(target, entry, reader.next(entry.bytes));
    }
    if (next != tensors.size()) throw std::invalid_argument("it has tensors that its network has not");
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
    examples::write_sealed_file(path, model_kind, contents);
    weight.file_bytes = std::int64_t(std::filesystem::file_size(path));
    return weight;
}

speaker_model read_sparse_model(const std::filesystem::path& path) {
    const auto contents = examples::read_sealed_file(path, model_kind);
    examples::payload_reader reader(path, model_kind, contents.payload);
    try {
        return model_in(contents, reader);
    } catch (const nlohmann::json::exception&) {
        examples::refuse_sealed_file(path, model_kind,
                                     "has a table that this program cannot read: use the program that wrote it");
    } catch (const std::logic_error& error) { // std::invalid_argument, or std::out_of_range of a short shape
        examples::refuse_sealed_file(path, model_kind,
                                     "does not hold the network it describes (" + std::string(error.what()) +
                                         "): export it anew");
    }
}

} // namespace speaker_verification

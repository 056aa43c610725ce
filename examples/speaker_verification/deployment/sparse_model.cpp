#include "speaker_verification/deployment/sparse_model.hpp"

#include "common/sealed_file.hpp"
#include "common/strict_json.hpp"
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

[[noreturn]] void refuse_field(const std::string& name) {
    throw std::invalid_argument("'" + name + "' is missing, of another type or beyond its range");
}

template <class Value>
void take(const nlohmann::json& object, const char* name, Value& value) {
    if (!examples::take_json_field(object, name, value)) refuse_field(name);
}

/// What was read is written as it stands in the file: no type was bent and no digit cut.
template <class Value>
Value read_exactly(const nlohmann::json& table, const char* name) {
    const auto value = table.at(name).get<Value>();
    if (nlohmann::json(value) != table.at(name)) refuse_field(name);
    return value;
}

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
        if (key.section == section) take(object, std::string(key.name).c_str(), value);
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

decision_threshold threshold_in(const nlohmann::json& table) {
    decision_threshold threshold;
    take(table, "cosine", threshold.cosine);
    take(table, "eer", threshold.eer);
    take(table, "trials", threshold.trials);
    // A cosine may be rounded beyond 1.
    if (std::abs(threshold.cosine) > 1 + 1e-6) refuse_field("cosine");
    if (threshold.eer < 0 || threshold.eer > 1) refuse_field("eer");
    return threshold;
}

/// The filter bank as settings of `train` have it, which are all that `export` ever saw.
filter_bank_settings features_in(const nlohmann::json& table, feature_settings& features) {
    const auto read = read_exactly<filter_bank_settings>(table, "features");
    features.bands = read.mel_bins;
    features.low_hz = read.low_frequency;
    features.high_hz = read.high_frequency;
    if (!(read == filter_bank_of(features))) refuse_field("features");
    return read;
}

/// What the table says of the network, checked; there is no network yet.
speaker_model described_model(const nlohmann::json& table) {
    speaker_model model;
    auto& run = model.trained.run;
    read_section(table.at("network"), "model", run.all);
    run.features = features_in(table, run.all.features);
    check(run.all);
    run.normalization = read_exactly<level_normalization>(table, "levels");
    std::int64_t mean = 0;
    take(table, "mean", mean);
    if (run.normalization.statistics().mean.size() != std::size_t(run.features.mel_bins) ||
        mean != run.all.model.embedding) {
        throw std::invalid_argument("levels, mean and network have different sizes");
    }
    if (const auto found = table.find("threshold"); found != table.end()) model.threshold = threshold_in(*found);
    return model;
}

struct tensor_entry {
    std::string name;
    std::vector<std::int64_t> shape;
    tensor_encoding encoding = tensor_encoding::dense;
    std::size_t bytes = 0;
};

tensor_entry entry_of(const nlohmann::json& row) {
    tensor_entry entry;
    std::string encoding;
    const bool whole = row.is_array() && row.size() == 4 && examples::take_json(row[0], entry.name) &&
                       examples::take_json(row[1], entry.shape) && examples::take_json(row[2], encoding) &&
                       examples::take_json(row[3], entry.bytes);
    if (!whole) refuse_field("tensors");
    entry.encoding = encoding_named(encoding);
    return entry;
}

/// How many values the shape has, at least 0; in double, as it may be more than an integer holds.
double values_of(const std::vector<std::int64_t>& shape) {
    double values = 1;
    for (const auto extent : shape) values *= extent > 0 ? double(extent) : 0;
    return values;
}

/// Before a network is made that the file does not hold: its settings may ask for gigabytes.
void require_room(const nlohmann::json& tensors, const run_description& run) {
    double values = 0;
    for (const auto& row : tensors) values += values_of(entry_of(row).shape);
    if (values < fewest_parameters(run.all.model, run.all.features.bands, 0)) {
        throw std::invalid_argument("its tensors are fewer than its network has");
    }
}

void fill(const named_tensor& target, const tensor_entry& entry, std::string_view bytes) {
    if (entry.name != target.name || entry.shape != target.tensor.sizes().vec()) {
        throw std::invalid_argument("it has '" + entry.name + "' where its network has '" + target.name +
                                    "', or another shape of it");
    }
    auto values = decode(bytes, matrix_of(entry.shape), entry.encoding);
    torch::Tensor tensor = target.tensor;
    const auto stored = torch::from_blob(values.data(), tensor.sizes());
    if (!is_possible(stored, target.name)) {
        throw std::invalid_argument("'" + target.name + "' has values that no training makes");
    }
    tensor.copy_(stored);
}

/// A head of the size that the file's has, if it has one.
void add_head(const nlohmann::json& tensors, std::int64_t embedding, speaker_network& network) {
    if (tensors.empty()) return;
    const auto last = entry_of(tensors.back());
    if (last.name != head_name) return;
    const bool fits = last.shape.size() == 2 && last.shape[0] >= 1 && last.shape[1] == embedding;
    // However it is encoded, a row takes a byte.
    if (!fits || last.shape[0] > std::int64_t(last.bytes)) {
        throw std::invalid_argument("its classifier does not fit the network, or has fewer bytes than rows");
    }
    aam_softmax_options options;
    options.classes = last.shape[0];
    options.embedding_size = last.shape[1];
    network.head = aam_softmax(options);
    network.embedder->register_module("projection", network.head.ptr());
}

speaker_model model_in(const examples::sealed_contents& contents, examples::payload_reader& reader) {
    const torch::NoGradGuard no_gradient;
    auto model = described_model(contents.table);
    const auto& all = model.trained.run.all;
    const auto& tensors = contents.table.at("tensors");
    require_room(tensors, model.trained.run);
    model.trained.network.embedder = make_embedder(all.model, all.features.bands);
    add_head(tensors, all.model.embedding, model.trained.network);
    const auto mean = reader.next(sizeof(float) * std::size_t(model.trained.run.all.model.embedding));
    model.mean.resize(Eigen::Index(mean.size() / sizeof(float)));
    std::memcpy(model.mean.data(), mean.data(), mean.size());
    if (!model.mean.allFinite()) throw std::invalid_argument("its mean is not finite");

    std::size_t next = 0;
    for (const auto& target : state_dict(*model.trained.network.embedder)) {
        if (!is_exported(target, true)) continue;
        const auto entry = entry_of(tensors.at(next++));
        fill(target, entry, reader.next(entry.bytes));
    }
    if (next != tensors.size()) throw std::invalid_argument("it has tensors that its network has not");
    reader.require_end();
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
    } catch (const std::logic_error& error) { // such as std::invalid_argument
        examples::refuse_sealed_file(path, model_kind,
                                     "does not hold the network it describes (" +
                                         examples::without_json_marks(error.what()) + "): export it anew");
    }
}

} // namespace speaker_verification

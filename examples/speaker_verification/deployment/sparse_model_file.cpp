#include "speaker_verification/deployment/sparse_model_file.hpp"

#include "common/strict_json.hpp"

#include <cmath>
#include <cstring>
#include <stdexcept>

namespace speaker_verification {

namespace {

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

void read_section(const nlohmann::json& object, std::string_view section, settings& all) {
    visit(all, [&](const setting_key& key, auto& value) {
        if (key.section == section) take(object, std::string(key.name).c_str(), value);
    });
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
sparse_model_file described(const nlohmann::json& table) {
    sparse_model_file file;
    auto& run = file.run;
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
    if (const auto found = table.find("threshold"); found != table.end()) file.threshold = threshold_in(*found);
    return file;
}

/// Without its bytes, of which there are `size`.
model_tensor tensor_in(const nlohmann::json& row, std::size_t& size) {
    model_tensor tensor;
    std::string encoding;
    const bool whole = row.is_array() && row.size() == 4 && examples::take_json(row[0], tensor.name) &&
                       examples::take_json(row[1], tensor.shape) && examples::take_json(row[2], encoding) &&
                       examples::take_json(row[3], size);
    if (!whole) refuse_field("tensors");
    tensor.encoding = encoding_named(encoding);
    return tensor;
}

/// How many values the shape has, at least 0; in double, as it may be more than an integer holds.
double values_of(const std::vector<std::int64_t>& shape) {
    double values = 1;
    for (const auto extent : shape) values *= extent > 0 ? double(extent) : 0;
    return values;
}

sparse_model_file file_in(const examples::sealed_contents& contents, examples::payload_reader& reader) {
    auto file = described(contents.table);
    std::vector<std::size_t> sizes;
    double values = 0;
    for (const auto& row : contents.table.at("tensors")) {
        file.tensors.push_back(tensor_in(row, sizes.emplace_back()));
        values += values_of(file.tensors.back().shape);
    }
    // Before a network is made that the file does not hold: its settings may ask for gigabytes.
    if (values < fewest_parameters(file.run.all.model, file.run.all.features.bands, 0)) {
        throw std::invalid_argument("its tensors are fewer than its network has");
    }
    const auto mean = reader.next(sizeof(float) * std::size_t(file.run.all.model.embedding));
    file.mean.resize(Eigen::Index(mean.size() / sizeof(float)));
    std::memcpy(file.mean.data(), mean.data(), mean.size());
    if (!file.mean.allFinite()) throw std::invalid_argument("its mean is not finite");
    for (std::size_t i = 0; i < sizes.size(); ++i) file.tensors[i].bytes = reader.next(sizes[i]);
    return file;
}

} // namespace

void require_possible(const std::string& name, const std::vector<float>& values) {
    bool possible = true;
    for (const float value : values) {
        possible = possible && std::isfinite(value) && !(name.ends_with("running_var") && value < 0);
    }
    if (!possible) throw std::invalid_argument("'" + name + "' has values that no training makes");
}

void with_sparse_model_file(const std::filesystem::path& path, const std::function<void(sparse_model_file&)>& use) {
    const auto contents = examples::read_sealed_file(path, sparse_model_kind);
    examples::payload_reader reader(path, sparse_model_kind, contents.payload);
    try {
        auto file = file_in(contents, reader);
        use(file);
        reader.require_end();
    } catch (const nlohmann::json::exception&) {
        examples::refuse_sealed_file(path, sparse_model_kind,
                                     "has a table that this program cannot read: use the program that wrote it");
    } catch (const std::logic_error& error) { // such as std::invalid_argument
        examples::refuse_sealed_file(path, sparse_model_kind,
                                     "does not hold the network it describes (" +
                                         examples::without_json_marks(error.what()) + "): export it anew");
    }
}

} // namespace speaker_verification

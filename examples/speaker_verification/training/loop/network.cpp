#include "speaker_verification/training/loop/network.hpp"

#include "speaker_verification/model/ecapa_tdnn.hpp"
#include "speaker_verification/model/resnet34.hpp"

#include <stdexcept>

namespace speaker_verification {

namespace {

ecapa_tdnn_options ecapa_tdnn_of(const model_settings& model, std::int64_t bands) {
    ecapa_tdnn_options options;
    options.feature_bins = bands;
    options.channels = model.channels;
    options.embedding_size = model.embedding;
    options.attention_channels = model.attention;
    options.se_channels = model.squeeze;
    options.aggregation_channels = model.pooled_channels;
    options.res2_splits = model.scales;
    return options;
}

margin_continuation continuation_of(const std::string& name) {
    if (name == "margin_sine") return margin_continuation::shifted_by_margin_sine;
    if (name == "easy") return margin_continuation::easy;
    return margin_continuation::shifted_by_one_plus_cosine;
}

} // namespace

std::shared_ptr<speaker_embedder> make_embedder(const model_settings& model, std::int64_t bands) {
    if (model.network == "resnet34") {
        return resnet34(resnet34_options{bands, model.stage_channels, model.embedding}).ptr();
    }
    return ecapa_tdnn(ecapa_tdnn_of(model, bands)).ptr();
}

bool is_possible(const torch::Tensor& values, const std::string& name) {
    if (!values.isfinite().all().item<bool>()) return false;
    const bool counts = name.ends_with("running_var") || name.ends_with("num_batches_tracked");
    return !counts || values.ge(0).all().item<bool>();
}

speaker_network make_network(const run_description& run) {
    torch::manual_seed(std::uint64_t(run.all.run.seed));
    aam_softmax_options head;
    head.classes = run.classes();
    head.embedding_size = run.all.model.embedding;
    head.scale = run.all.loss.scale;
    head.continuation = continuation_of(run.all.loss.margin_continuation);
    head.gate = run.all.loss.head_gate;
    head.bias = run.all.loss.head_bias;

    speaker_network network;
    network.embedder = make_embedder(run.all.model, run.all.features.bands);
    network.head = aam_softmax(head);
    network.embedder->register_module("projection", network.head.ptr());
    return network;
}

torch::Device device_of(const run_settings& run) {
    if (run.device == "cuda" && !torch::cuda::is_available()) {
        throw std::invalid_argument(
            "setting 'device' is cuda but LibTorch finds none here: set it to cpu, or "
            "use a LibTorch that is built with CUDA on a machine that has it (and for adabreg and linbreg "
            "configure with -DBREGMAN_WITH_CUDA=ON)");
    }
    return torch::Device(run.device);
}

torch::Tensor tensor_of(const batch& batch) {
    auto tensor = torch::empty({batch.size, batch.frames, batch.bands}, torch::kFloat32);
    std::copy(batch.values.begin(), batch.values.end(), tensor.data_ptr<float>());
    return tensor;
}

torch::Tensor classes_of(const batch& batch) {
    auto tensor = torch::empty({batch.size}, torch::kInt64);
    std::copy(batch.classes.begin(), batch.classes.end(), tensor.data_ptr<std::int64_t>());
    return tensor;
}

} // namespace speaker_verification

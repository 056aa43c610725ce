#include "speaker_verification/training/network.hpp"

namespace speaker_verification {

speaker_network make_network(const run_description& run) {
    torch::manual_seed(std::uint64_t(run.all.run.seed));
    const model_settings& widths = run.all.model;
    ecapa_tdnn_options options;
    options.feature_bins = run.all.features.bands;
    options.channels = widths.channels;
    options.embedding_size = widths.embedding;
    options.attention_channels = widths.attention;
    options.se_channels = widths.squeeze;
    options.aggregation_channels = widths.pooled_channels;
    options.res2_splits = widths.scales;

    aam_softmax_options head;
    head.classes = run.classes();
    head.embedding_size = widths.embedding;
    head.scale = run.all.loss.scale;

    speaker_network network;
    network.embedder = ecapa_tdnn(options);
    network.head = aam_softmax(head);
    network.embedder->register_module("projection", network.head.ptr());
    return network;
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

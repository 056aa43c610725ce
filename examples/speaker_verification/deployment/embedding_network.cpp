#include "speaker_verification/deployment/embedding_network.hpp"

#include "speaker_verification/deployment/ecapa_network.hpp"
#include "speaker_verification/deployment/network_tensors.hpp"
#include "speaker_verification/deployment/resnet_network.hpp"

#include <stdexcept>
#include <string>
#include <utility>

namespace speaker_verification {

namespace {

template <class Network, class Weights>
std::unique_ptr<embedding_network> made_of(Weights weights, dead_channels dead) {
    embedding_network::row_count rows{weights.neurons(), weights.neurons()};
    if (dead == dead_channels::removed) {
        shrink(weights);
        rows.left = weights.neurons();
    }
    auto network = std::make_unique<Network>(std::move(weights));
    network->rows = rows;
    return network;
}

} // namespace

std::unique_ptr<embedding_network> make_embedding_network(const sparse_model_file& file, dead_channels dead) {
    const auto& all = file.run.all;
    network_tensors tensors(file.tensors);
    std::unique_ptr<embedding_network> network;
    if (all.model.network == "resnet34") {
        network = made_of<resnet_network>(resnet_weights(all.model, all.features.bands, tensors), dead);
    } else {
        network = made_of<ecapa_network>(ecapa_weights(all.model, all.features.bands, tensors), dead);
    }
    tensors.require_end(all.model.embedding);
    return network;
}

Eigen::RowVectorXf embedding_model::embed(feature_view features) const {
    constexpr std::size_t fewest_frames = 9; // what every architecture can take
    if (features.frames < fewest_frames) {
        throw std::invalid_argument("speech of " + std::to_string(features.frames) + " frames of 10 ms is too short: " +
                                    "give " + std::to_string(fewest_frames) + " or more");
    }
    return network->embed(run.normalization.apply(features));
}

embedding_model read_embedding_model(const std::filesystem::path& path, dead_channels dead) {
    std::optional<embedding_model> model;
    with_sparse_model_file(path, [&](sparse_model_file& file) {
        auto network = make_embedding_network(file, dead);
        filter_bank bank(file.run.features);
        model.emplace(embedding_model{std::move(file.run), std::move(file.mean), std::move(file.threshold),
                                      std::move(network), std::move(bank)});
    });
    return std::move(*model);
}

} // namespace speaker_verification

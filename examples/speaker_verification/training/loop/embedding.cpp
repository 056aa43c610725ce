#include "speaker_verification/training/loop/embedding.hpp"

#include "speaker_verification/scoring/cosine.hpp"

#include <map>
#include <stdexcept>
#include <string>

namespace speaker_verification {

namespace {

constexpr std::size_t fewest_frames = 9; // what every architecture can take

/// Crops of whole frames from a run of utterances; what is left at the end is dropped.
class crop_joiner {
  public:
    crop_joiner(std::int64_t crops, std::int64_t frames) : crops_(std::size_t(crops)), frames_(std::size_t(frames)) {}

    void add(feature_view utterance) {
        for (std::size_t t = 0; t < utterance.frames && done_.size() < crops_; ++t) {
            const auto frame = utterance.row(t);
            open_.values.insert(open_.values.end(), frame.begin(), frame.end());
            open_.bins = utterance.bins;
            if (++open_.frames == frames_) done_.push_back(std::exchange(open_, {}));
        }
    }

    /// All whole crops, or the unfinished one of a speaker who has no whole one.
    std::vector<feature_matrix> take() {
        if (done_.empty() && open_.frames >= fewest_frames) done_.push_back(std::move(open_));
        return std::move(done_);
    }

  private:
    std::size_t crops_, frames_;
    feature_matrix open_;
    std::vector<feature_matrix> done_;
};

using row_major = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// The classifier's own, so that its gate and its bias count as in training's validation; without margin, over the scale.
Eigen::MatrixXd logits_of(const trained_network& trained, const row_major& embeddings,
                          std::vector<std::int64_t> labels) {
    const torch::NoGradGuard no_gradient;
    const auto rows = torch::from_blob(const_cast<double*>(embeddings.data()), {embeddings.rows(), embeddings.cols()},
                                       torch::kFloat64);
    auto head = trained.network.head; // forward is not const: the head itself is not changed
    const auto classes = torch::from_blob(labels.data(), {std::int64_t(labels.size())}, torch::kInt64);
    const auto logits = head->forward(rows.to(torch::kFloat32), classes, 0).cosines.to(torch::kFloat64).contiguous();
    return Eigen::Map<const row_major>(logits.data_ptr<double>(), logits.size(0), logits.size(1));
}

} // namespace

Eigen::RowVectorXd embed(const trained_network& trained, feature_view features) {
    if (features.frames < fewest_frames) {
        throw std::invalid_argument("speech of " + std::to_string(features.frames) + " frames of 10 ms is too short: " +
                                    "give " + std::to_string(fewest_frames) + " or more");
    }
    const torch::NoGradGuard no_gradient;
    const feature_matrix levelled = trained.run.normalization.apply(features);
    const auto input = torch::from_blob(const_cast<float*>(levelled.values.data()),
                                        {1, std::int64_t(levelled.frames), std::int64_t(levelled.bins)});
    // Sequential containers do not forward through a const holder: the network itself is not changed.
    auto embedder = trained.network.embedder;
    const auto output = embedder->forward(input).to(torch::kFloat64).contiguous();
    return Eigen::Map<const Eigen::RowVectorXd>(output.data_ptr<double>(), output.numel());
}

Eigen::MatrixXd embed_all(const trained_network& trained, const std::vector<feature_view>& features,
                          const std::function<void(std::int64_t)>& done) {
    Eigen::MatrixXd rows(Eigen::Index(features.size()), trained.run.all.model.embedding);
    for (std::size_t i = 0; i < features.size(); ++i) {
        rows.row(Eigen::Index(i)) = embed(trained, features[i]);
        if (done) done(std::int64_t(i + 1));
    }
    return rows;
}

Eigen::MatrixXd embed_crops(const trained_network& trained, const std::vector<std::vector<feature_view>>& crops,
                            const std::function<void(std::int64_t)>& done) {
    Eigen::MatrixXd rows(Eigen::Index(crops.size()), trained.run.all.model.embedding);
    for (std::size_t i = 0; i < crops.size(); ++i) {
        rows.row(Eigen::Index(i)) = embed_all(trained, crops[i]).colwise().mean();
        if (done) done(std::int64_t(i + 1));
    }
    return rows;
}

Eigen::MatrixXd speaker_mean_embeddings(const trained_network& trained,
                                        const std::vector<labelled_features>& utterances, std::int64_t crops,
                                        std::int64_t frames) {
    std::map<std::int64_t, crop_joiner> speakers;
    for (const auto& each : utterances) {
        speakers.try_emplace(each.speaker, crops, frames).first->second.add(each.features);
    }
    Eigen::MatrixXd means(Eigen::Index(speakers.size()), trained.run.all.model.embedding);
    Eigen::Index counted = 0;
    for (auto& [speaker, joiner] : speakers) {
        const auto joined = joiner.take();
        if (joined.empty()) continue;
        means.row(counted++) = embed_all(trained, {joined.begin(), joined.end()}).colwise().mean();
    }
    return means.topRows(counted);
}

Eigen::RowVectorXd mean_training_embedding(const trained_network& trained,
                                           const std::vector<labelled_features>& utterances, std::int64_t crops,
                                           std::int64_t frames) {
    return mean_of_speakers(speaker_mean_embeddings(trained, utterances, crops, frames));
}

std::vector<recognised_utterances> identify_held_out(const trained_network& trained,
                                                     const std::vector<labelled_features>& held_out,
                                                     const std::function<void(std::int64_t)>& done) {
    std::vector<feature_view> features;
    std::vector<std::int64_t> labels;
    for (const auto& each : held_out) {
        if (each.features.frames < fewest_frames) continue;
        features.push_back(each.features);
        labels.push_back(each.speaker);
    }
    const auto logits = logits_of(trained, embed_all(trained, features, done), labels);
    return identify(logits, labels, std::int64_t(trained.run.speakers.size()));
}

} // namespace speaker_verification

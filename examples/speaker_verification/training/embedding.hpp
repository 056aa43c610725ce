#pragma once
#include "speaker_verification/data/filter_bank.hpp"
#include "speaker_verification/training/batches.hpp"
#include "speaker_verification/training/checkpoint.hpp"

#include <Eigen/Core>
#include <functional>
#include <vector>

namespace speaker_verification {

/// Embedding of features of any length, 9 frames or more: levelled as in training, without augmentation,
/// whole. Throws std::invalid_argument when they have another number of bands or are shorter.
Eigen::RowVectorXd embed(const trained_network& trained, feature_view features);

/// One row for each; `done` is called with the number of finished ones.
Eigen::MatrixXd embed_all(const trained_network& trained, const std::vector<feature_view>& features,
                          const std::function<void(std::int64_t done)>& done = {});

/// One row for each crop: the mean of its parts' embeddings (feature_store::crop_parts).
Eigen::MatrixXd embed_crops(const trained_network& trained,
                            const std::vector<std::vector<feature_view>>& crops,
                            const std::function<void(std::int64_t done)>& done = {});

/// Mean embedding of the training speech: of every speaker up to `crops` crops of `frames` frames, joined
/// from its utterances in their order, each speaker with the same weight.
Eigen::RowVectorXd mean_training_embedding(const trained_network& trained,
                                           const std::vector<labelled_features>& utterances,
                                           std::int64_t crops = 20, std::int64_t frames = 400);

} // namespace speaker_verification

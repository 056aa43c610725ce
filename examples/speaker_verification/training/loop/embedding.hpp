#pragma once
#include "speaker_verification/data/features/filter_bank.hpp"
#include "speaker_verification/scoring/closed_set.hpp"
#include "speaker_verification/training/checkpoints/checkpoint.hpp"
#include "speaker_verification/training/loop/batches.hpp"

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
Eigen::MatrixXd embed_crops(const trained_network& trained, const std::vector<std::vector<feature_view>>& crops,
                            const std::function<void(std::int64_t done)>& done = {});

/// Mean embeddings of the training speakers, a row each in their order: of up to `crops` crops of `frames`
/// frames, joined from the speaker's utterances in their order. A speaker with less than a frame has none.
Eigen::MatrixXd speaker_mean_embeddings(const trained_network& trained,
                                        const std::vector<labelled_features>& utterances, std::int64_t crops = 20,
                                        std::int64_t frames = 400);

/// The mean of these: each speaker has the same weight. Zero without a speaker.
Eigen::RowVectorXd mean_training_embedding(const trained_network& trained,
                                           const std::vector<labelled_features>& utterances, std::int64_t crops = 20,
                                           std::int64_t frames = 400);

/// How many held-out utterances of the training speakers are recognised among all classes by the head, with its gate and bias,
/// one count for each speaker (see scoring/closed_set.hpp). Utterances too short to be embedded are left out.
std::vector<recognised_utterances> identify_held_out(const trained_network& trained,
                                                     const std::vector<labelled_features>& held_out,
                                                     const std::function<void(std::int64_t)>& done = {});

} // namespace speaker_verification

#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <vector>

namespace speaker_verification {

/// How many of a speaker's utterances were taken for its own.
struct recognised_utterances {
    std::int64_t correct = 0, utterances = 0;
};

/// Closed-set identification: the class of an embedding x is argmax_c cos(x, W_c) over the rows of the
/// classifier, without margin; the first of equal ones. An utterance is recognised when that is its speaker's
/// own row. Rows beyond `speakers`, of warped voices, compete and are never right.
///
/// `embeddings` (utterances, E) as the network gives them, without centering, since the classifier saw them
/// so; `labels` in [0, speakers), one for each; `classes` (at least `speakers`, E). Returns one count a
/// speaker. Throws std::invalid_argument for other shapes and labels.
std::vector<recognised_utterances> identify(const Eigen::Ref<const Eigen::MatrixXd>& embeddings,
                                            const std::vector<std::int64_t>& labels,
                                            const Eigen::Ref<const Eigen::MatrixXd>& classes, std::int64_t speakers);

} // namespace speaker_verification

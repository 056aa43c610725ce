#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <vector>

namespace speaker_verification {

/// How many of a speaker's utterances were taken for its own.
struct recognised_utterances {
    std::int64_t correct = 0, utterances = 0;
};

/// Closed-set identification: an utterance is taken for the class whose logit is the largest, the first of equal ones, and
/// recognised when that is its speaker's own. Classes beyond `speakers`, of warped voices and of phantom speakers, compete and
/// are never right.
///
/// `logits` (utterances, at least `speakers` classes) as the classifier gives them, without margin; `labels` in [0, speakers),
/// one for each utterance. Returns one count a speaker. Throws std::invalid_argument for other shapes and labels.
std::vector<recognised_utterances> identify(const Eigen::Ref<const Eigen::MatrixXd>& logits,
                                            const std::vector<std::int64_t>& labels, std::int64_t speakers);

} // namespace speaker_verification

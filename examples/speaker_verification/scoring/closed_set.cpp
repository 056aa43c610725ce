#include "speaker_verification/scoring/closed_set.hpp"

#include "common/require.hpp"

#include <string>

namespace speaker_verification {

std::vector<recognised_utterances> identify(const Eigen::Ref<const Eigen::MatrixXd>& logits,
                                            const std::vector<std::int64_t>& labels, std::int64_t speakers) {
    examples::require(std::size_t(logits.rows()) == labels.size(), "labels", labels.size(),
                      "must be one for each of the " + std::to_string(logits.rows()) + " rows of logits");
    examples::require(speakers >= 1 && speakers <= logits.cols(), "speakers", speakers,
                      "must be in [1, " + std::to_string(logits.cols()) + "], the classes of the classifier");
    std::vector<recognised_utterances> counts(static_cast<std::size_t>(speakers));
    for (Eigen::Index i = 0; i < logits.rows(); ++i) {
        const auto label = labels[std::size_t(i)];
        examples::require(label >= 0 && label < speakers, "label", label,
                          "must be in [0, " + std::to_string(speakers - 1) + "]");
        Eigen::Index taken_for = 0;
        logits.row(i).maxCoeff(&taken_for);
        auto& count = counts[std::size_t(label)];
        ++count.utterances;
        if (taken_for == label) ++count.correct;
    }
    return counts;
}

} // namespace speaker_verification

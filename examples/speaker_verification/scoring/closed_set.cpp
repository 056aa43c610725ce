#include "speaker_verification/scoring/closed_set.hpp"

#include "common/require.hpp"
#include "speaker_verification/scoring/cosine.hpp"

#include <string>

namespace speaker_verification {

std::vector<recognised_utterances> identify(const Eigen::Ref<const Eigen::MatrixXd>& embeddings,
                                            const std::vector<std::int64_t>& labels,
                                            const Eigen::Ref<const Eigen::MatrixXd>& classes, std::int64_t speakers) {
    examples::require(std::size_t(embeddings.rows()) == labels.size(), "labels", labels.size(),
                      "must be one for each of the " + std::to_string(embeddings.rows()) + " embeddings");
    examples::require(speakers >= 1 && speakers <= classes.rows(), "speakers", speakers,
                      "must be in [1, " + std::to_string(classes.rows()) + "], the rows of the classifier");
    // The length of an embedding changes no order among its cosines.
    const Eigen::MatrixXd rows = center_and_normalize(classes, Eigen::RowVectorXd::Zero(embeddings.cols()));
    std::vector<recognised_utterances> counts(static_cast<std::size_t>(speakers));
    for (Eigen::Index i = 0; i < embeddings.rows(); ++i) {
        const auto label = labels[std::size_t(i)];
        examples::require(label >= 0 && label < speakers, "label", label,
                          "must be in [0, " + std::to_string(speakers - 1) + "]");
        Eigen::Index nearest = 0;
        (rows * embeddings.row(i).transpose()).maxCoeff(&nearest);
        auto& count = counts[std::size_t(label)];
        ++count.utterances;
        if (nearest == label) ++count.correct;
    }
    return counts;
}

} // namespace speaker_verification

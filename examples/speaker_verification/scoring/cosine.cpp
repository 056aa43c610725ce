#include "speaker_verification/scoring/cosine.hpp"

#include "common/require.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <unordered_map>
#include <utility>

namespace speaker_verification {

Eigen::MatrixXd center_and_normalize(const Eigen::Ref<const Eigen::MatrixXd>& embeddings,
                                     const Eigen::Ref<const Eigen::RowVectorXd>& mean) {
    examples::require(embeddings.cols() == mean.cols(), "size of the mean", mean.cols(),
                      "must be the embeddings' " + std::to_string(embeddings.cols()));
    Eigen::MatrixXd result = embeddings.rowwise() - mean;
    // A row's own normalize() leaves a zero row as it is; rowwise().normalize() would divide it by zero.
    for (Eigen::Index row = 0; row < result.rows(); ++row) result.row(row).normalize();
    return result;
}

Eigen::MatrixXd speaker_means(const Eigen::Ref<const Eigen::MatrixXd>& embeddings,
                              const std::vector<std::string>& speakers) {
    examples::require(std::size_t(embeddings.rows()) == speakers.size(), "speakers", speakers.size(),
                      "must be one for each of the " + std::to_string(embeddings.rows()) + " embeddings");
    std::unordered_map<std::string, Eigen::Index> numbers;
    for (const auto& speaker : speakers) numbers.try_emplace(speaker, Eigen::Index(numbers.size()));

    Eigen::MatrixXd sums = Eigen::MatrixXd::Zero(Eigen::Index(numbers.size()), embeddings.cols());
    Eigen::VectorXd counts = Eigen::VectorXd::Zero(sums.rows());
    for (Eigen::Index row = 0; row < embeddings.rows(); ++row) {
        const auto speaker = numbers.at(speakers[std::size_t(row)]);
        sums.row(speaker) += embeddings.row(row);
        counts(speaker) += 1;
    }
    return sums.array().colwise() / counts.array();
}

Eigen::RowVectorXd mean_of_speakers(const Eigen::Ref<const Eigen::MatrixXd>& means) {
    Eigen::RowVectorXd sum = Eigen::RowVectorXd::Zero(means.cols());
    for (Eigen::Index row = 0; row < means.rows(); ++row) sum += means.row(row);
    return means.rows() == 0 ? sum : Eigen::RowVectorXd(sum / double(means.rows()));
}

adaptive_score_norm::adaptive_score_norm(Eigen::MatrixXd cohort, int top, int ddof)
    : cohort_(std::move(cohort)), top_(top), ddof_(ddof) {
    examples::require(top >= 2 && top <= cohort_.rows(), "top", top,
                      "must be in [2, " + std::to_string(cohort_.rows()) + "], the size of the cohort");
    examples::require(ddof == 0 || ddof == 1, "ddof", ddof, "must be 0 or 1");
}

adaptive_score_norm::statistics adaptive_score_norm::of(const Eigen::Ref<const Eigen::RowVectorXd>& embedding) const {
    examples::require(embedding.cols() == cohort_.cols(), "size of the embedding", embedding.cols(),
                      "must be the cohort's " + std::to_string(cohort_.cols()));
    Eigen::VectorXd scores = cohort_ * embedding.transpose();
    std::nth_element(scores.begin(), scores.begin() + (top_ - 1), scores.end(), std::greater<>());
    const auto nearest = scores.head(top_).array();
    const double mean = nearest.mean();
    const double deviation = std::sqrt((nearest - mean).square().sum() / (top_ - ddof_));
    return {mean, deviation > 0 ? deviation : 1};
}

} // namespace speaker_verification

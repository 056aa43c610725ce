#pragma once

#include <Eigen/Core>
#include <string>
#include <vector>

namespace speaker_verification {

/// Embeddings, one a row, minus `mean`, each divided by its length: then a dot product is a cosine. A row
/// equal to the mean stays zero. Throws std::invalid_argument when the widths differ.
Eigen::MatrixXd center_and_normalize(const Eigen::Ref<const Eigen::MatrixXd>& embeddings,
                                     const Eigen::Ref<const Eigen::RowVectorXd>& mean);

/// The mean embedding of every speaker, in the order of the speakers' first rows: a cohort for AS-norm.
/// Throws std::invalid_argument when there is not one speaker a row.
Eigen::MatrixXd speaker_means(const Eigen::Ref<const Eigen::MatrixXd>& embeddings,
                              const std::vector<std::string>& speakers);

/// The mean of the speakers' means: each speaker has the same weight. Zero without a speaker.
Eigen::RowVectorXd mean_of_speakers(const Eigen::Ref<const Eigen::MatrixXd>& means);

/// Adaptive score normalisation: s' = ((s - mu_a)/sigma_a + (s - mu_b)/sigma_b) / 2, where mu_a and sigma_a
/// are mean and standard deviation of the `top` highest scores of side a against a cohort.
class adaptive_score_norm {
  public:
    /// `cohort` has unit rows (see center_and_normalize). `top` in [2, rows of the cohort]: 300 in WeSpeaker,
    /// 600 in the paper's code. `ddof` is 0, or 1 for the variance's N - 1.
    /// Throws std::invalid_argument otherwise.
    adaptive_score_norm(Eigen::MatrixXd cohort, int top, int ddof = 0);

    struct statistics {
        double mean;
        double deviation;
    };
    /// Of one embedding of unit length against the cohort: compute it once for each utterance. An embedding
    /// that scores alike against all of them, such as one of zeros, gets the deviation 1: its scores stay
    /// finite and in their order.
    statistics of(const Eigen::Ref<const Eigen::RowVectorXd>& embedding) const;

    static double normalize(double score, const statistics& enrolled, const statistics& test) {
        return ((score - enrolled.mean) / enrolled.deviation + (score - test.mean) / test.deviation) / 2;
    }

  private:
    Eigen::MatrixXd cohort_;
    int top_, ddof_;
};

} // namespace speaker_verification

#pragma once

#include "speaker_verification/scoring/speaker_bootstrap.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace speaker_verification {

/// Speakers by number, in the order in which they are first asked for. The same names in the same order mean
/// the same draws, so that two systems are compared on equal resamples.
class speaker_numbers {
  public:
    /// The number of a speaker; a new one gets the next.
    std::size_t of(const std::string& name) { return numbers_.try_emplace(name, numbers_.size()).first->second; }
    std::size_t size() const { return numbers_.size(); }

  private:
    std::map<std::string, std::size_t> numbers_;
};

/// How often each speaker counts, by its number. All ones: the data as it is.
using speaker_weights = std::vector<double>;

/// A figure of one trained network as a function of the weights; empty where they leave nothing to compute.
using weighted_figure = std::function<std::optional<double>(const speaker_weights&)>;

/// The equal error rate, where a non-target trial counts with the product of its speakers' weights and a
/// target trial with its speaker's weight. Enters the trials' speakers into `numbers`.
/// Throws std::invalid_argument for trials without target or non-target and for scores that are not finite.
weighted_figure equal_error_figure(std::span<const speaker_trial> trials, speaker_numbers& numbers);

/// What one speaker adds to a share, such as its utterances that were recognised.
struct counted_share {
    double counted = 0, total = 0;
};

/// sum_s w_s counted_s / sum_s w_s total_s. Enters the speakers into `numbers`.
weighted_figure share_figure(const std::map<std::string, counted_share>& speakers, speaker_numbers& numbers);

/// A network's figure on the speakers that it has never heard: one fold of a rotation.
struct fold_figure {
    weighted_figure figure;
    std::vector<std::size_t> held_out; ///< numbers of these speakers; empty: the fold counts as one speaker
};

/// sum_f W_f figure_f(w) / sum_f W_f with W_f = sum of the weights of the speakers held out in fold f. Each
/// fold's network keeps its own scale of scores and so its own threshold; folds that no speaker is drawn of
/// drop out.
weighted_figure mean_over_folds(std::vector<fold_figure> folds);

struct estimate {
    double value; ///< with all weights one, averaged over the seeds
    double low, high;
};

/// What a configuration reaches, from networks that differ in their seed alone. A resample draws speakers
/// and, apart from them, seeds, each with replacement and as many as there are, and averages the figure over
/// the drawn seeds. [low, high] are the percentiles (1 -+ confidence)/2 over the resamples; those that leave
/// nothing to compute are drawn again. One seed: the interval is that of bootstrap_equal_error_rate.
///
/// Of n seeds a bootstrap sees (n - 1)/n of their variance: with 3 its share of the interval is too narrow
/// by a factor of 0.82.
/// Throws std::invalid_argument without a seed, and for options out of range.
estimate bootstrap_seeds(std::span<const weighted_figure> seeds, std::size_t speakers,
                         const bootstrap_options& options = {});

struct difference_estimate {
    double value;         ///< first minus second
    double low, high;     ///< percentiles as above
    double at_most_zero;  ///< share of the resamples with a difference <= 0
    double at_least_zero; ///< share of the resamples with a difference >= 0
};

/// The first configuration minus the second: every resample draws the speakers once for both, and the seeds
/// of each on their own, since the same seed means nothing in common between two configurations. Throws as
/// bootstrap_seeds does.
difference_estimate bootstrap_difference(std::span<const weighted_figure> first,
                                         std::span<const weighted_figure> second, std::size_t speakers,
                                         const bootstrap_options& options = {});

} // namespace speaker_verification

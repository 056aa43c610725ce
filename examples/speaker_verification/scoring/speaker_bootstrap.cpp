#include "speaker_verification/scoring/speaker_bootstrap.hpp"

#include "speaker_verification/scoring/seed_bootstrap.hpp"

namespace speaker_verification {

interval bootstrap_equal_error_rate(std::span<const speaker_trial> trials, const bootstrap_options& options) {
    speaker_numbers numbers;
    const std::vector<weighted_figure> one_network{equal_error_figure(trials, numbers)};
    const auto sure = bootstrap_seeds(one_network, numbers.size(), options);
    return {sure.low, sure.high};
}

} // namespace speaker_verification

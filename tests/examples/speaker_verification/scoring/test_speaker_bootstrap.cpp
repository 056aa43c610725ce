#include "speaker_verification/scoring/speaker_bootstrap.hpp"

#include "speaker_verification/scoring/error_rates.hpp"

#include <boost/test/unit_test.hpp>
#include <limits>
#include <random>

using namespace speaker_verification;

namespace {

/// Every pair of `utterances` utterances of each of `speakers` speakers; scores of targets are higher.
std::vector<speaker_trial> all_pairs(int speakers, int utterances) {
    std::mt19937 random(11);
    std::vector<speaker_trial> trials;
    const int count = speakers * utterances;
    for (int a = 0; a < count; ++a) {
        for (int b = a + 1; b < count; ++b) {
            const int first = a / utterances, second = b / utterances;
            const double score = double(random() % 1000) / 1000 + (first == second ? .45 : 0);
            trials.push_back({"speaker" + std::to_string(first), "speaker" + std::to_string(second), score});
        }
    }
    return trials;
}

double plain_rate(const std::vector<speaker_trial>& trials) {
    std::vector<scored_trial> scored;
    for (const auto& trial : trials) scored.push_back({trial.score, trial.target()});
    return equal_error_rate(make_error_curve(scored));
}

} // namespace

BOOST_AUTO_TEST_SUITE(speaker_bootstrap_suite)

BOOST_AUTO_TEST_CASE(interval_holds_the_rate_and_repeats) {
    const auto trials = all_pairs(12, 5);
    const auto first = bootstrap_equal_error_rate(trials);
    const auto second = bootstrap_equal_error_rate(trials);
    const double rate = plain_rate(trials);
    BOOST_TEST(first.low < rate);
    BOOST_TEST(first.high > rate);
    BOOST_TEST(first.low == second.low);
    BOOST_TEST(first.high == second.high);
}

BOOST_AUTO_TEST_CASE(higher_confidence_is_wider) {
    const auto trials = all_pairs(12, 5);
    const auto narrow = bootstrap_equal_error_rate(trials, {.confidence = .5});
    const auto wide = bootstrap_equal_error_rate(trials, {.confidence = .95});
    BOOST_TEST(wide.low < narrow.low);
    BOOST_TEST(wide.high > narrow.high);
}

BOOST_AUTO_TEST_CASE(multiplicities_weigh_the_trials) {
    // Two speakers: a resample without both has no non-target, so only {A, B} remains, which is the list.
    const auto trials = all_pairs(2, 6);
    const auto interval = bootstrap_equal_error_rate(trials, {.resamples = 20});
    BOOST_TEST(interval.low == plain_rate(trials));
    BOOST_TEST(interval.high == plain_rate(trials));
}

BOOST_AUTO_TEST_CASE(target_trials_count_with_the_multiplicity_itself) {
    // Three speakers; A's targets all fail, those of B and C all pass. EER lies on the horizontal line
    // false_reject = m_A / (m_A + m_B + m_C) = m_A / 3, whether A is drawn 0, 1 or 2 times (with squares it
    // would be 4/5 for two). Non-targets score between.
    std::vector<speaker_trial> trials;
    for (int i = 0; i < 20; ++i) {
        trials.push_back({"A", "A", -1.0});
        trials.push_back({"B", "B", 1.0});
        trials.push_back({"C", "C", 1.0});
    }
    const char* pairs[][2] = {{"A", "B"}, {"A", "C"}, {"B", "C"}};
    for (const auto& pair : pairs) {
        for (int i = 0; i < 200; ++i) trials.push_back({pair[0], pair[1], i / 200.0});
    }
    const auto interval = bootstrap_equal_error_rate(trials, {.resamples = 2000, .confidence = .99});
    BOOST_TEST(interval.low == 0);
    BOOST_TEST(interval.high == 2.0 / 3, boost::test_tools::tolerance(1e-9));
}

BOOST_AUTO_TEST_CASE(settings_and_lists_are_checked) {
    const auto trials = all_pairs(3, 3);
    BOOST_CHECK_THROW(bootstrap_equal_error_rate(trials, {.resamples = 0}), std::invalid_argument);
    BOOST_CHECK_THROW(bootstrap_equal_error_rate(trials, {.confidence = 1}), std::invalid_argument);
    BOOST_CHECK_THROW(bootstrap_equal_error_rate({}), std::invalid_argument);
    auto broken = trials;
    broken[1].score = std::numeric_limits<double>::quiet_NaN();
    BOOST_CHECK_THROW(bootstrap_equal_error_rate(broken), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()

#include "speaker_verification/scoring/error_rates.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>
#include <random>

using namespace speaker_verification;

namespace {

std::vector<scored_trial> trials_of(const std::vector<double>& targets, const std::vector<double>& others) {
    std::vector<scored_trial> trials;
    for (const double score : targets) trials.push_back({score, true});
    for (const double score : others) trials.push_back({score, false});
    return trials;
}

std::vector<scored_trial> overlapping_trials(int count) {
    std::mt19937 random(3);
    std::vector<scored_trial> trials;
    for (int i = 0; i < count; ++i) {
        const bool target = i % 5 == 0;
        // Few distinct values, so that ties are common.
        trials.push_back({double(random() % 40) + (target ? 15 : 0), target});
    }
    return trials;
}

} // namespace

BOOST_AUTO_TEST_SUITE(error_rates_suite)

BOOST_AUTO_TEST_CASE(worked_example_without_ties) {
    const auto curve = make_error_curve(trials_of({.9, .8, .7, .6, .55, .4}, {.75, .5, .45, .35, .3, .2, .1, .05}));
    BOOST_TEST(equal_error_rate(curve) == 1.0 / 6, boost::test_tools::tolerance(1e-12));
    BOOST_TEST(minimum_detection_cost(curve, .01) == 2.0 / 3, boost::test_tools::tolerance(1e-12));
    BOOST_TEST(minimum_detection_cost(curve, .05) == 2.0 / 3, boost::test_tools::tolerance(1e-12));
}

BOOST_AUTO_TEST_CASE(worked_example_with_ties) {
    const auto curve = make_error_curve(trials_of({.9, .8, .5, .5, .3}, {.5, .5, .4, .2, .1, .1, 0}));
    BOOST_TEST(equal_error_rate(curve) == .25, boost::test_tools::tolerance(1e-12));
    BOOST_TEST(minimum_detection_cost(curve, .01) == .6, boost::test_tools::tolerance(1e-12));
    BOOST_TEST(minimum_detection_cost(curve, .05) == .6, boost::test_tools::tolerance(1e-12));
}

BOOST_AUTO_TEST_CASE(the_equal_error_threshold_balances_both_errors) {
    const auto worked = trials_of({.9, .8, .7, .6, .55, .4}, {.75, .5, .45, .35, .3, .2, .1, .05});
    BOOST_TEST(equal_error_threshold(worked) == .55);
    BOOST_TEST(equal_error_threshold(trials_of({.9, .8, .5, .5, .3}, {.5, .5, .4, .2, .1, .1, 0})) == .5);
    BOOST_TEST(equal_error_threshold(trials_of({2, 3}, {0, 1})) == 2);
    // Accepting what reaches it errs on both sides as no other score of the list does more evenly.
    const auto trials = overlapping_trials(400);
    const auto gap = [&](double threshold) {
        double accepted = 0, rejected = 0, targets = 0;
        for (const auto& trial : trials) {
            targets += trial.target;
            accepted += !trial.target && trial.score >= threshold;
            rejected += trial.target && trial.score < threshold;
        }
        return std::abs(accepted / (double(trials.size()) - targets) - rejected / targets);
    };
    const double chosen = gap(equal_error_threshold(trials));
    for (const auto& trial : trials) BOOST_TEST(chosen <= gap(trial.score));
}

BOOST_AUTO_TEST_CASE(order_of_tied_trials_changes_nothing) {
    auto trials = overlapping_trials(500);
    const auto expected = make_error_curve(trials);
    std::mt19937 random(4);
    for (int round = 0; round < 5; ++round) {
        std::shuffle(trials.begin(), trials.end(), random);
        const auto curve = make_error_curve(trials);
        BOOST_TEST(curve.false_accept == expected.false_accept);
        BOOST_TEST(curve.false_reject == expected.false_reject);
    }
}

BOOST_AUTO_TEST_CASE(increasing_map_of_scores_changes_nothing) {
    auto trials = overlapping_trials(500);
    const double before = equal_error_rate(make_error_curve(trials));
    for (auto& trial : trials) trial.score = std::exp(trial.score / 10);
    BOOST_TEST(equal_error_rate(make_error_curve(trials)) == before);
}

BOOST_AUTO_TEST_CASE(curve_is_monotone_and_reaches_both_ends) {
    const auto curve = make_error_curve(overlapping_trials(500));
    BOOST_TEST(std::is_sorted(curve.false_accept.begin(), curve.false_accept.end()));
    BOOST_TEST(std::is_sorted(curve.false_reject.rbegin(), curve.false_reject.rend()));
    BOOST_TEST(curve.false_accept.front() == 0);
    BOOST_TEST(curve.false_reject.front() == 1);
    BOOST_TEST(curve.false_accept.back() == 1);
    BOOST_TEST(curve.false_reject.back() == 0);
}

BOOST_AUTO_TEST_CASE(extreme_lists) {
    const auto perfect = make_error_curve(trials_of({2, 3}, {0, 1}));
    BOOST_TEST(equal_error_rate(perfect) == 0);
    BOOST_TEST(minimum_detection_cost(perfect, .01) == 0);
    const auto reversed = make_error_curve(trials_of({0, 1}, {2, 3}));
    BOOST_TEST(equal_error_rate(reversed) == 1);
    BOOST_TEST(minimum_detection_cost(reversed, .01) == 1);
    const auto constant = make_error_curve(trials_of({1, 1}, {1, 1, 1}));
    BOOST_TEST(equal_error_rate(constant) == .5);
}

BOOST_AUTO_TEST_CASE(weight_of_two_equals_a_second_copy) {
    auto weighted = overlapping_trials(100);
    auto copied = weighted;
    for (std::size_t i = 0; i < weighted.size(); i += 3) {
        weighted[i].weight = 2;
        copied.push_back(copied[i]);
    }
    BOOST_TEST(equal_error_rate(make_error_curve(weighted)) == equal_error_rate(make_error_curve(copied)),
               boost::test_tools::tolerance(1e-12));
}

BOOST_AUTO_TEST_CASE(lists_without_an_error_rate_are_refused) {
    BOOST_CHECK_THROW(make_error_curve(trials_of({1}, {})), std::invalid_argument);
    BOOST_CHECK_THROW(make_error_curve(trials_of({}, {1})), std::invalid_argument);
    BOOST_CHECK_THROW(make_error_curve({}), std::invalid_argument);
    const double nan = std::numeric_limits<double>::quiet_NaN();
    BOOST_CHECK_THROW(make_error_curve(trials_of({1, nan}, {0})), std::invalid_argument);
    const auto curve = make_error_curve(trials_of({1}, {0}));
    BOOST_CHECK_THROW(minimum_detection_cost(curve, 0), std::invalid_argument);
    BOOST_CHECK_THROW(minimum_detection_cost(curve, 1), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()

#include "speaker_verification/scoring/seed_bootstrap.hpp"

#include "speaker_verification/scoring/closed_set.hpp"

#include <boost/test/unit_test.hpp>
#include <random>

using namespace speaker_verification;

namespace {

/// Every pair of four utterances of each of `speakers` speakers; scores of targets are higher by `gap`.
std::vector<speaker_trial> all_pairs(int speakers, unsigned seed, double gap = .45) {
    std::mt19937 random(seed);
    std::vector<speaker_trial> trials;
    for (int a = 0; a < 4 * speakers; ++a) {
        for (int b = a + 1; b < 4 * speakers; ++b) {
            const double score = double(random() % 1000) / 1000 + (a / 4 == b / 4 ? gap : 0);
            trials.push_back({"speaker" + std::to_string(a / 4), "speaker" + std::to_string(b / 4), score});
        }
    }
    return trials;
}

weighted_figure constant(double value) {
    return [value](const speaker_weights&) { return std::optional<double>(value); };
}

const weighted_figure none = [](const speaker_weights&) { return std::optional<double>(); };

constexpr double exact = 1e-14;

} // namespace

BOOST_AUTO_TEST_SUITE(seed_bootstrap_suite)

BOOST_AUTO_TEST_CASE(one_seed_and_copies_of_it_have_the_interval_over_speakers) {
    const auto trials = all_pairs(9, 3);
    const auto expected = bootstrap_equal_error_rate(trials, {.resamples = 200});
    speaker_numbers numbers;
    const auto figure = equal_error_figure(trials, numbers);
    BOOST_TEST(numbers.size() == 9u);
    for (const std::size_t seeds : {1, 3}) {
        const auto sure =
            bootstrap_seeds(std::vector<weighted_figure>(seeds, figure), numbers.size(), {.resamples = 200});
        BOOST_TEST(std::abs(sure.low - expected.low) < exact);
        BOOST_TEST(std::abs(sure.high - expected.high) < exact);
        BOOST_TEST(sure.low < sure.value);
        BOOST_TEST(sure.value < sure.high);
    }
}

BOOST_AUTO_TEST_CASE(seeds_are_drawn_with_replacement) {
    // Two seeds of 0 and 1: their means over draws are 0, .5 and 1 with probabilities 1/4, 1/2, 1/4.
    const std::vector<weighted_figure> seeds{constant(0), constant(1)};
    const auto wide = bootstrap_seeds(seeds, 5, {.confidence = .9});
    BOOST_TEST(wide.value == .5);
    BOOST_TEST(wide.low == 0);
    BOOST_TEST(wide.high == 1);
    const auto narrow = bootstrap_seeds(seeds, 5, {.confidence = .3});
    BOOST_TEST(narrow.low == .5);
    BOOST_TEST(narrow.high == .5);
}

BOOST_AUTO_TEST_CASE(a_difference_pairs_the_speakers) {
    speaker_numbers numbers;
    const std::vector<weighted_figure> one{equal_error_figure(all_pairs(9, 3), numbers)};
    const std::vector<weighted_figure> other{equal_error_figure(all_pairs(9, 4, .6), numbers)};
    const auto itself = bootstrap_difference(one, one, numbers.size());
    BOOST_TEST(itself.low == 0);
    BOOST_TEST(itself.high == 0);
    BOOST_TEST(itself.at_most_zero == 1);
    BOOST_TEST(itself.at_least_zero == 1);
    const auto forth = bootstrap_difference(one, other, numbers.size());
    const auto back = bootstrap_difference(other, one, numbers.size());
    BOOST_TEST(forth.value > 0);
    BOOST_TEST(forth.value == -back.value);
    BOOST_TEST(std::abs(forth.low + back.high) < exact);
    BOOST_TEST(std::abs(forth.high + back.low) < exact);
    BOOST_TEST(forth.at_most_zero == back.at_least_zero);
}

BOOST_AUTO_TEST_CASE(seeds_of_two_configurations_are_drawn_apart) {
    const std::vector<weighted_figure> seeds{constant(0), constant(1)};
    const auto itself = bootstrap_difference(seeds, seeds, 3, {.confidence = .98});
    BOOST_TEST(itself.value == 0);
    BOOST_TEST(itself.low == -1); // 0, 0 against 1, 1: one draw of sixteen
    BOOST_TEST(itself.high == 1);
}

BOOST_AUTO_TEST_CASE(folds_weigh_by_the_speakers_they_hold_out) {
    const auto pooled = mean_over_folds({{constant(.1), {0}}, {constant(.5), {1, 2, 3}}});
    BOOST_TEST(*pooled({1, 1, 1, 1}) == .4, boost::test_tools::tolerance(exact));
    BOOST_TEST(*pooled({4, 0, 0, 0}) == .1, boost::test_tools::tolerance(exact));
    BOOST_TEST(*pooled({3, 1, 0, 0}) == .2, boost::test_tools::tolerance(exact));
    const auto alike = mean_over_folds({{constant(.1), {}}, {constant(.5), {}}});
    BOOST_TEST(*alike({0, 2}) == .3, boost::test_tools::tolerance(exact));
    const auto gap = mean_over_folds({{constant(.1), {0}}, {none, {1}}});
    BOOST_TEST(!gap({1, 1}).has_value());
    BOOST_TEST(*gap({2, 0}) == .1);
}

BOOST_AUTO_TEST_CASE(a_share_counts_its_speakers_by_weight) {
    speaker_numbers numbers;
    const auto share = share_figure({{"a", {1, 2}}, {"b", {6, 6}}}, numbers);
    BOOST_TEST(*share({1, 1}) == 7. / 8);
    BOOST_TEST(*share({2, 0}) == .5);
    BOOST_TEST(!share({0, 0}).has_value());
}

BOOST_AUTO_TEST_CASE(settings_are_checked) {
    BOOST_CHECK_THROW(bootstrap_seeds({}, 3), std::invalid_argument);
    const std::vector<weighted_figure> one{constant(1)}, nothing{none};
    BOOST_CHECK_THROW(bootstrap_seeds(one, 3, {.resamples = 0}), std::invalid_argument);
    BOOST_CHECK_THROW(bootstrap_seeds(one, 3, {.confidence = 1}), std::invalid_argument);
    BOOST_CHECK_THROW(bootstrap_seeds(nothing, 3), std::invalid_argument);
    BOOST_CHECK_THROW(bootstrap_difference(one, {}, 3), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(an_utterance_is_recognised_by_the_largest_logit) {
    Eigen::MatrixXd logits(4, 3);
    logits << 2, 1, -3, // its speaker's own
        5, 6, 0,        // another's
        1, 1.5, -2,     // its own
        -1, 3, 4;       // a warped voice's
    const auto counts = identify(logits, {0, 0, 1, 1}, 2);
    BOOST_REQUIRE_EQUAL(counts.size(), 2u);
    for (const auto& speaker : counts) {
        BOOST_TEST(speaker.utterances == 2);
        BOOST_TEST(speaker.correct == 1);
    }
    BOOST_CHECK_THROW(identify(logits, {0, 0, 1}, 2), std::invalid_argument);
    BOOST_CHECK_THROW(identify(logits, {0, 0, 1, 2}, 2), std::invalid_argument);
    BOOST_CHECK_THROW(identify(logits, {0, 0, 1, 1}, 4), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()

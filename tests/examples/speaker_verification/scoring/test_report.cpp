#include "speaker_verification/scoring/report.hpp"

#include "common/visited_json.hpp"

#include <boost/test/unit_test.hpp>

using namespace speaker_verification;

namespace {

/// The worked example with speakers: every target trial is of A or B, every other of both.
std::vector<speaker_trial> worked_example() {
    std::vector<speaker_trial> trials;
    int turn = 0;
    for (const double score : {.9, .8, .7, .6, .55, .4}) {
        const auto speaker = turn++ % 2 ? "A" : "B";
        trials.push_back({speaker, speaker, score});
    }
    for (const double score : {.75, .5, .45, .35, .3, .2, .1, .05}) trials.push_back({"A", "B", score});
    return trials;
}

} // namespace

BOOST_AUTO_TEST_SUITE(report_suite)

BOOST_AUTO_TEST_CASE(report_has_rates_and_counts) {
    const auto report = make_report(worked_example(), {.resamples = 10});
    BOOST_TEST(report.eer == 1.0 / 6, boost::test_tools::tolerance(1e-12));
    BOOST_TEST(report.min_dcf_001 == 2.0 / 3, boost::test_tools::tolerance(1e-12));
    BOOST_TEST(report.min_dcf_005 == 2.0 / 3, boost::test_tools::tolerance(1e-12));
    BOOST_TEST(report.targets == 6);
    BOOST_TEST(report.nontargets == 8);
    BOOST_TEST(report.eer_low <= report.eer);
    BOOST_TEST(report.eer_high >= report.eer);
    BOOST_TEST(describe(report) == "EER 16.667 % (16.7 to 16.7), minDCF 0.667 (p .01) 0.667 (p .05), "
                                   "6 target and 8 non-target trials");
}

BOOST_AUTO_TEST_CASE(json_holds_every_field) {
    const auto report = make_report(worked_example(), {.resamples = 10});
    verification_report read;
    examples::read_json(json_of_report(report), read, "report");
    BOOST_TEST(json_of_report(read) == json_of_report(report));
    BOOST_TEST(json_of_report(report).at("targets") == 6);
}

BOOST_AUTO_TEST_CASE(a_list_of_one_kind_is_refused) {
    const std::vector<speaker_trial> targets = {{"A", "A", 1}};
    BOOST_CHECK_THROW(make_report(targets), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()

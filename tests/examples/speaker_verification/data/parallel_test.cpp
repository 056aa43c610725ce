#include <atomic>
#include <stdexcept>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "speaker_verification/data/archives/subprocess.hpp"
#include "speaker_verification/data/store/parallel.hpp"

using namespace speaker_verification;

BOOST_AUTO_TEST_SUITE(parallel_test)

BOOST_AUTO_TEST_CASE(every_index_is_visited_once) {
    for (const int threads : {1, 2, 5}) {
        std::vector<std::atomic<int>> visits(1000);
        std::size_t reported = 0;
        parallel_for(
            visits.size(), threads, [&](std::size_t i) { ++visits[i]; }, [&](std::size_t done) { reported = done; });
        for (const auto& count : visits) BOOST_REQUIRE(count == 1);
        BOOST_TEST(reported == visits.size());
    }
    parallel_for(0, 2, [](std::size_t) { BOOST_ERROR("nothing is to do"); });
}

BOOST_AUTO_TEST_CASE(an_exception_arrives_and_stops_the_rest) {
    std::atomic<int> visits = 0;
    const auto work = [&](std::size_t i) {
        ++visits;
        if (i == 3) throw std::runtime_error("three");
    };
    BOOST_CHECK_EXCEPTION(parallel_for(1000000, 1, work), std::runtime_error,
                          [](const auto& error) { return error.what() == std::string("three"); });
    BOOST_TEST(visits == 4);
}

BOOST_AUTO_TEST_CASE(programs_report_status_and_output) {
    BOOST_TEST(run_program({"sh", "-c", "echo out; echo err >&2; exit 3"}, "/").status == 3);
    BOOST_TEST(run_program({"sh", "-c", "echo out; echo err >&2"}, "/").output == "out\nerr\n");
    BOOST_TEST(run_program({"pwd"}, "/usr").output == "/usr\n");
    BOOST_TEST(run_program({"no-such-program-anywhere"}, "/").status == 127);
    BOOST_TEST(run_program({"sh", "-c", "kill -9 $$"}, "/").status == 137);
}

BOOST_AUTO_TEST_SUITE_END()

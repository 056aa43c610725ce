#include "speaker_verification/scoring/score_file.hpp"

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <limits>
#include <stdexcept>

using namespace speaker_verification;

namespace {

/// A folder of its own for each test, removed at the end.
struct scratch_folder {
    scratch_folder() { std::filesystem::remove_all(path); }
    ~scratch_folder() { std::filesystem::remove_all(path); }
    const std::filesystem::path path =
        std::filesystem::temp_directory_path() /
        ("bregman-score-file-" + boost::unit_test::framework::current_test_case().p_name.get());
    const std::filesystem::path file = path / "deep" / "scores.txt";
};

std::string what_reading_says(const std::filesystem::path& path) {
    try {
        read_score_file(path);
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return "";
}

} // namespace

BOOST_AUTO_TEST_SUITE(score_file_suite)

BOOST_AUTO_TEST_CASE(lines_come_back) {
    const scratch_folder scratch;
    const std::vector<score_line> lines = {{true, "a/b/1.wav", "a/c/2.wav", .123456789}, {false, "a", "b", -1}};
    write_score_file(scratch.file, lines);
    const auto read = read_score_file(scratch.file);
    BOOST_TEST_REQUIRE(read.size() == 2u);
    for (std::size_t i = 0; i < 2; ++i) {
        BOOST_TEST(read[i].target == lines[i].target);
        BOOST_TEST(read[i].enrolled == lines[i].enrolled);
        BOOST_TEST(read[i].test == lines[i].test);
        BOOST_TEST(read[i].score == lines[i].score);
    }
}

BOOST_AUTO_TEST_CASE(a_refused_list_leaves_the_old_file) {
    const scratch_folder scratch;
    write_score_file(scratch.file, {{true, "a", "b", 1}});
    const double nan = std::numeric_limits<double>::quiet_NaN();
    BOOST_CHECK_THROW(write_score_file(scratch.file, {{true, "a", "b", nan}}), std::invalid_argument);
    BOOST_CHECK_THROW(write_score_file(scratch.file, {{true, "a b", "c", 1}}), std::invalid_argument);
    BOOST_CHECK_THROW(write_score_file(scratch.file, {{true, "", "c", 1}}), std::invalid_argument);
    BOOST_TEST(read_score_file(scratch.file).size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_broken_line_is_named_by_its_number) {
    const scratch_folder scratch;
    for (const auto* line : {"2 a b .5", "1 a b", "1 a b c", "1 a b .5 more", ""}) {
        write_score_file(scratch.file, {{true, "a", "b", 1}});
        std::ofstream(scratch.file, std::ios::app) << line << '\n';
        BOOST_TEST(what_reading_says(scratch.file).find("scores.txt:2 is") != std::string::npos);
    }
    BOOST_TEST(what_reading_says(scratch.path / "none").find("cannot read") == 0u);
}

BOOST_AUTO_TEST_SUITE_END()

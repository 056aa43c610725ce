#include "common/progress.hpp"
#include "scratch_folder.hpp"

using namespace examples;

namespace {

/// What a progress line wrote to a file that is no terminal.
template <class Use>
std::string printed(double seconds_between_lines, Use use) {
    std::FILE* file = std::tmpfile();
    {
        progress_line progress("train", 100, seconds_between_lines, file);
        use(progress);
    }
    std::rewind(file);
    std::string text;
    for (int letter = 0; (letter = std::fgetc(file)) != EOF;) text += char(letter);
    std::fclose(file);
    return text;
}

} // namespace

BOOST_AUTO_TEST_SUITE(progress_suite)

BOOST_AUTO_TEST_CASE(durations_are_spelled) {
    BOOST_TEST(spell_duration(-1) == "0 s");
    BOOST_TEST(spell_duration(59.4) == "59 s");
    BOOST_TEST(spell_duration(59.6) == "1 min 00 s");
    BOOST_TEST(spell_duration(185) == "3 min 05 s");
    BOOST_TEST(spell_duration(7620) == "2 h 07 min");
}

BOOST_AUTO_TEST_CASE(every_update_is_a_line_when_no_time_must_pass) {
    const auto text = printed(0, [](progress_line& progress) {
        progress.update(50, "loss 1.5");
        progress.finish();
    });
    BOOST_TEST(text == "train  50/100  loss 1.5  left 0 s\ntrain  50/100  loss 1.5  took 0 s\n");
}

BOOST_AUTO_TEST_CASE(nothing_is_printed_before_it_is_due) {
    const auto text = printed(3600, [](progress_line& progress) {
        for (int step = 0; step < 10; ++step) progress.update(step);
        BOOST_TEST(!progress.due());
    });
    BOOST_TEST(text.empty());
}

BOOST_AUTO_TEST_SUITE_END()

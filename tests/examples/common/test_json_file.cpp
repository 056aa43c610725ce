#include "common/atomic_file.hpp"
#include "common/json_file.hpp"
#include "scratch_folder.hpp"

#include <stdexcept>

using namespace examples;

BOOST_AUTO_TEST_SUITE(json_file_suite)

BOOST_AUTO_TEST_CASE(a_value_comes_back) {
    const scratch_folder scratch;
    const nlohmann::json value = {{"target", .9}, {"eer", {{"fotaq", .188}}}, {"steps", 3654}};
    write_json_file(scratch.path / "deep" / "summary.json", value);
    BOOST_TEST(read_json_file(scratch.path / "deep" / "summary.json") == value);
    BOOST_TEST(files_in(scratch.path / "deep") == 1u);
}

BOOST_AUTO_TEST_CASE(errors_name_the_file) {
    const scratch_folder scratch;
    const auto path = scratch.path / "broken.json";
    const auto what = [&] {
        try {
            read_json_file(path);
        } catch (const std::runtime_error& error) {
            return std::string(error.what());
        }
        return std::string();
    };
    BOOST_TEST(what().find("broken.json': check that it exists") != std::string::npos);
    write_file_atomically(path, [](std::ostream& stream) { stream << "{\"a\": 1,,}"; });
    BOOST_TEST(what().find("broken.json' is not JSON (syntax error at byte 9)") != std::string::npos);
    write_file_atomically(path, [](std::ostream& stream) { stream << "{\"a\": 1e999}"; });
    BOOST_TEST(what().find("broken.json' is not JSON (a number is too large)") != std::string::npos);
    BOOST_CHECK_EXCEPTION(write_json_file(path, {{"path", "a\xff"}}), std::runtime_error, [](const auto& error) {
        return std::string(error.what()).find("broken.json': a name or path in it is not UTF-8") != std::string::npos;
    });
    BOOST_TEST(is_utf8("\xc3\xa4"));
    BOOST_TEST(!is_utf8("\xe4"));
}

BOOST_AUTO_TEST_CASE(a_writer_that_fails_leaves_the_old_file) {
    const scratch_folder scratch;
    const auto path = scratch.path / "file.txt";
    write_file_atomically(path, [](std::ostream& stream) { stream << "old"; });
    const auto fail = [](std::ostream& stream) {
        stream << "half";
        throw std::runtime_error("interrupted");
    };
    BOOST_CHECK_THROW(write_file_atomically(path, fail), std::runtime_error);
    BOOST_TEST(contents(path) == "old");
    BOOST_TEST(files_in(scratch.path) == 1u);
}

BOOST_AUTO_TEST_CASE(a_folder_that_is_a_file_is_refused) {
    const scratch_folder scratch;
    write_json_file(scratch.path / "file", 1);
    BOOST_CHECK_THROW(write_json_file(scratch.path / "file" / "inside.json", 1), std::runtime_error);
}

BOOST_AUTO_TEST_SUITE_END()

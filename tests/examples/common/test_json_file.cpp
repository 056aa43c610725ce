#include "common/atomic_file.hpp"
#include "common/json_file.hpp"
#include "common/nested_json.hpp"
#include "common/plain_name.hpp"
#include "common/sealed_file.hpp"
#include "scratch_folder.hpp"

#include <fcntl.h>
#include <fstream>
#include <stdexcept>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

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

BOOST_AUTO_TEST_CASE(brackets_of_many_levels_are_refused) {
    const std::string deep = std::string(101, '[') + std::string(101, ']');
    BOOST_TEST(nests_too_deep(deep));
    BOOST_TEST(!nests_too_deep(deep.substr(1, 200)));
    BOOST_TEST(!nests_too_deep("[\"" + deep + "\\\"" + deep + "\"]")); // in a text they are letters
    BOOST_TEST(!nests_too_deep("[{}," + std::string(300, ']')));

    const scratch_folder scratch;
    const auto refused = [](const auto& error) {
        const std::string sentence = error.what();
        return sentence.find("file'") != std::string::npos && sentence.find("100 levels") != std::string::npos;
    };
    write_file_atomically(scratch.path / "file", [&](std::ostream& stream) { stream << deep; });
    BOOST_CHECK_EXCEPTION(read_json_file(scratch.path / "file"), std::runtime_error, refused);

    constexpr sealed_file_kind kind{"BRGMTEST", 1, "test", "a test", "test", "test anew"};
    write_sealed_file(scratch.path / "file", kind, {{{"a", nlohmann::json::parse(deep)}}, "payload"});
    BOOST_CHECK_EXCEPTION(read_sealed_file(scratch.path / "file", kind), std::runtime_error, refused);
    write_sealed_file(scratch.path / "file", kind, {nlohmann::json::parse(deep.substr(1, 200)), "payload"});
    BOOST_TEST(read_sealed_file(scratch.path / "file", kind).payload == "payload");
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

BOOST_AUTO_TEST_CASE(what_killed_writers_left_is_removed) {
    const scratch_folder scratch;
    std::filesystem::create_directories(scratch.path);
    const pid_t ended = fork();
    if (ended == 0) _exit(0);
    waitpid(ended, nullptr, 0);
    const auto leave = [&](const std::string& name) { std::ofstream(scratch.path / name) << "half"; };
    const std::string of_ended = ".partial-" + std::to_string(ended), of_us = ".partial-" + std::to_string(getpid());
    for (const std::string& name :
         {"a" + of_ended + ".json", "b" + of_ended, "c" + of_us + ".json", std::string("d.partial-.json"),
          "e.partial-" + std::to_string(ended) + "x.json", std::string("f.partial"), "g" + of_ended + ".json"})
        leave(name);
    // Another container may have a process of that number which is not to be seen from here: it holds a lock.
    const int writing = ::open((scratch.path / ("g" + of_ended + ".json")).c_str(), O_RDWR);
    BOOST_REQUIRE(flock(writing, LOCK_EX | LOCK_NB) == 0);
    write_file_atomically(scratch.path / "new.json", [](std::ostream& stream) { stream << "whole"; });
    close(writing);
    BOOST_TEST(!std::filesystem::exists(scratch.path / ("a" + of_ended + ".json")));
    BOOST_TEST(!std::filesystem::exists(scratch.path / ("b" + of_ended)));
    BOOST_TEST(files_in(scratch.path) == 6u); // c to g and the new one
}

BOOST_AUTO_TEST_CASE(a_writer_holds_a_lock_on_what_it_writes) {
    const scratch_folder scratch;
    int others = 0;
    write_file_atomically(scratch.path / "new.json", [&](std::ostream& stream) {
        stream << "whole";
        for (const auto& each : std::filesystem::directory_iterator(scratch.path)) {
            const int file = ::open(each.path().c_str(), O_RDWR);
            others += flock(file, LOCK_EX | LOCK_NB) == 0 ? 0 : 1;
            close(file);
        }
    });
    BOOST_TEST(others == 1);
}

BOOST_AUTO_TEST_CASE(a_folder_that_is_a_file_is_refused) {
    const scratch_folder scratch;
    write_json_file(scratch.path / "file", 1);
    BOOST_CHECK_THROW(write_json_file(scratch.path / "file" / "inside.json", 1), std::runtime_error);
}

BOOST_AUTO_TEST_SUITE_END()

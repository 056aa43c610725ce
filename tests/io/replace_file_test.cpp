// A file is what it was or what was to be written, and nothing else is touched.
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <sys/resource.h>

#include <bregman/bregman.hpp>
#include <bregman/io/replace_file.hpp>

#include "io/continued_run.hpp"
#include "support/checks.hpp"
#include "support/scratch_folder.hpp"
#include "support/values.hpp"

namespace bregman::testing {

BOOST_AUTO_TEST_SUITE(replaced_files)

using namespace continued_run;

namespace {

/// The files of a folder, by name.
std::vector<std::string> names_in(const std::string& folder) {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
        names.push_back(entry.path().filename().string());
    std::ranges::sort(names);
    return names;
}
using names = std::vector<std::string>;

} // namespace

BOOST_AUTO_TEST_CASE(files_are_replaced_whole_or_not_at_all) {
    const scratch_folder folder;
    const std::string path = folder / "state";
    auto method = stepped();
    save_state(path, method);
    const std::string first = read_file(path);
    BOOST_TEST((first == saved(method)));
    BOOST_TEST((names_in(folder / "") == names{"state"}));

    auto theta = normal_values<float>(size, 1);
    method.step(theta, normal_values<float>(size, 2));
    save_state(path, method);
    BOOST_TEST((read_file(path) == saved(method)));
    BOOST_TEST((read_file(path) != first));

    std::filesystem::create_directory(folder / "taken");
    BOOST_CHECK_EXCEPTION(save_state(folder / "taken", method), std::runtime_error,
                          says("cannot write " + (folder / "taken") + ": something is there that is no regular file"));
    BOOST_CHECK_EXCEPTION(save_state(folder / "no/such/folder", method), std::runtime_error,
                          says("cannot write " + (folder / "no/such/folder")));
    CHECK_REFUSES(load_state(folder / "missing", method), "cannot read " + (folder / "missing"));
    BOOST_TEST((names_in(folder / "") == names{"state", "taken"}));
}

// The new name cannot be foretold, a device is no file, and a link stays a link.
BOOST_AUTO_TEST_CASE(nothing_but_the_file_is_written_to) {
    namespace fs = std::filesystem;
    const scratch_folder folder;
    auto method = stepped();
    const std::string path = folder / "state", other = folder / "other";
    std::ofstream(other) << "somebody else's";
    fs::create_symlink(other, path + ".partial");
    save_state(path, method);
    BOOST_TEST(read_file(other) == "somebody else's");
    BOOST_TEST((read_file(path) == saved(method)));

    BOOST_CHECK_EXCEPTION(save_state("/dev/null", method), std::runtime_error, says("no regular file"));
    BOOST_TEST(fs::is_character_file("/dev/null"));
    fs::create_symlink(folder / "nowhere", folder / "dangling");
    BOOST_CHECK_EXCEPTION(save_state(folder / "dangling", method), std::runtime_error,
                          says("a link to what does not exist"));

    fs::create_directory(folder / "elsewhere");
    std::ofstream(folder / "elsewhere/state") << "old";
    fs::create_symlink("elsewhere/state", folder / "link");
    save_state(folder / "link", method);
    BOOST_TEST(fs::is_symlink(folder / "link"));
    BOOST_TEST((read_file(folder / "elsewhere/state") == saved(method)));
    BOOST_TEST((names_in(folder / "elsewhere") == names{"state"}));
}

BOOST_AUTO_TEST_CASE(a_full_disk_leaves_what_was_there) {
    const scratch_folder scratch;
    const std::string path = scratch / "state";
    auto method = stepped();
    save_state(path, method);
    const std::string before = read_file(path);
    rlimit unlimited{}; // files of this process may have 1000 bytes for a while: writing fails in the middle
    ::getrlimit(RLIMIT_FSIZE, &unlimited);
    const rlimit small{.rlim_cur = 1000, .rlim_max = unlimited.rlim_max};
    const auto previous = std::signal(SIGXFSZ, SIG_IGN);
    ::setrlimit(RLIMIT_FSIZE, &small);
    BOOST_CHECK_EXCEPTION(save_state(path, method), std::runtime_error, says("cannot write " + path));
    ::setrlimit(RLIMIT_FSIZE, &unlimited);
    std::signal(SIGXFSZ, previous);
    BOOST_TEST((read_file(path) == before));
    BOOST_TEST((names_in(scratch / "") == names{"state"}));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing

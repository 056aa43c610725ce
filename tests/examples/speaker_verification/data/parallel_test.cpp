#include <array>
#include <atomic>
#include <csignal>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <vector>

#include <poll.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "scratch_folder.hpp"
#include "speaker_verification/data/archives/subprocess.hpp"
#include "speaker_verification/data/store/parallel.hpp"
#include "speaker_verification/data/store/store_lock.hpp"
#include "speaker_verification/training/loop/prefetcher.hpp"

using namespace speaker_verification;

namespace {

/// A process that runs a shell script by run_program. The script has a pipe to the test, open as long as one of its
/// processes lives; `$pipe` is a name of it.
class parent_of_a_script {
  public:
    template <class Prepare>
    parent_of_a_script(const std::string& script, Prepare prepare) {
        std::array<int, 2> ends;
        BOOST_REQUIRE(pipe(ends.data()) == 0);
        process_ = fork();
        if (process_ == 0) {
            prepare();
            run_program({"sh", "-c", "pipe=/dev/fd/" + std::to_string(ends[1]) + "; " + script}, "/");
            _exit(0);
        }
        close(ends[1]);
        pipe_ = ends[0];
    }
    ~parent_of_a_script() {
        close(pipe_);
        if (process_ > 0) end();
    }

    /// A number that the script writes, a line of its own.
    pid_t read_number() const {
        std::string line;
        for (char letter = 0; read(pipe_, &letter, 1) == 1 && letter != '\n';) line += letter;
        return std::stoi(line);
    }

    /// As kill -9 does.
    void end() {
        kill(process_, SIGKILL);
        waitpid(process_, nullptr, 0);
        process_ = 0;
    }

    /// Whether all that the script started is over, which it is given time for.
    bool is_over() const {
        pollfd asked{pipe_, POLLIN, 0};
        char letter = 0;
        return poll(&asked, 1, 20000) == 1 && read(pipe_, &letter, 1) == 0;
    }

  private:
    pid_t process_ = 0;
    int pipe_ = -1;
};

/// No thread can be made while this lives: each would want a stack larger than the address space.
class no_more_threads {
  public:
    no_more_threads() {
        BOOST_REQUIRE(pthread_getattr_default_np(&before_) == 0);
        pthread_attr_t enormous;
        pthread_attr_init(&enormous);
        pthread_attr_setstacksize(&enormous, std::size_t{1} << 46);
        BOOST_REQUIRE(pthread_setattr_default_np(&enormous) == 0);
        pthread_attr_destroy(&enormous);
    }
    ~no_more_threads() {
        pthread_setattr_default_np(&before_);
        pthread_attr_destroy(&before_);
    }
    no_more_threads(const no_more_threads&) = delete;
    no_more_threads& operator=(const no_more_threads&) = delete;

  private:
    pthread_attr_t before_;
};

} // namespace

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

BOOST_AUTO_TEST_CASE(threads_that_cannot_be_made_are_done_without) {
    const no_more_threads limit;
    BOOST_CHECK_THROW(std::thread([] {}), std::system_error);
    std::vector<int> visits(100);
    std::size_t reported = 0;
    parallel_for(
        visits.size(), 4, [&](std::size_t i) { ++visits[i]; }, [&](std::size_t done) { reported = done; });
    for (const int count : visits) BOOST_REQUIRE(count == 1);
    BOOST_TEST(reported == visits.size());
    const auto fail = [](std::size_t i) {
        if (i == 3) throw std::runtime_error("three");
    };
    BOOST_CHECK_THROW(parallel_for(10, 4, fail), std::runtime_error);

    prefetcher<std::uint64_t> squares([](std::uint64_t i) { return i * i; }, 5, 2, 4);
    for (std::uint64_t i = 5; i < 20; ++i) BOOST_TEST(squares.take() == i * i);
    prefetcher<int> broken([](std::uint64_t) -> int { throw std::runtime_error("no item"); }, 0, 2, 4);
    BOOST_CHECK_THROW(broken.take(), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(programs_report_status_and_output) {
    BOOST_TEST(run_program({"sh", "-c", "echo out; echo err >&2; exit 3"}, "/").status == 3);
    BOOST_TEST(run_program({"sh", "-c", "echo out; echo err >&2"}, "/").output == "out\nerr\n");
    BOOST_TEST(run_program({"pwd"}, "/usr").output == "/usr\n");
    BOOST_TEST(run_program({"no-such-program-anywhere"}, "/").status == 127);
    BOOST_TEST(run_program({"sh", "-c", "kill -9 $$"}, "/").status == 137);
}

BOOST_AUTO_TEST_CASE(a_program_ends_with_the_process_that_started_it) {
    parent_of_a_script parent("echo $$ > $pipe; exec tail -f /dev/null > /dev/null", [] {});
    const pid_t program = parent.read_number();
    parent.end();
    const bool over = parent.is_over();
    BOOST_TEST(over);
    if (!over) kill(program, SIGKILL);
}

BOOST_AUTO_TEST_CASE(a_store_is_locked_as_long_as_anything_works_on_it) {
    const scratch_folder store;
    std::optional<store_lock> held;
    parent_of_a_script parent("tail -f /dev/null > /dev/null & echo $! > $pipe; wait",
                              [&] { held.emplace(store.path, [] { _exit(1); }); });
    const pid_t left_behind = parent.read_number();
    parent.end();
    bool waited = false;
    const store_lock mine(store.path, [&] {
        waited = true;
        kill(left_behind, SIGKILL);
    });
    BOOST_TEST(waited);
    if (!waited) kill(left_behind, SIGKILL);
}

BOOST_AUTO_TEST_SUITE_END()

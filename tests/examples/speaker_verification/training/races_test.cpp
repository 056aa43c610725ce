// For ThreadSanitizer (the preset "thread"): what of the training runs on several threads and needs no LibTorch.
#include <atomic>
#include <csignal>
#include <stdexcept>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <pthread.h>

#include "speaker_verification/training/loop/interruption.hpp"
#include "speaker_verification/training/loop/prefetcher.hpp"

using namespace speaker_verification;

BOOST_AUTO_TEST_SUITE(training_races)

BOOST_AUTO_TEST_CASE(items_are_made_ahead_and_come_in_order) {
    prefetcher<std::vector<int>> source([](std::uint64_t number) { return std::vector<int>(50, int(number)); }, 3, 4,
                                        6);
    for (int number = 3; number < 300; ++number) {
        const std::vector<int> item = source.take();
        BOOST_REQUIRE((item.front() == number && item.back() == number));
    }
}

BOOST_AUTO_TEST_CASE(what_making_an_item_throws_is_thrown_where_it_is_taken) {
    prefetcher<int> source(
        [](std::uint64_t number) { return number == 9 ? throw std::runtime_error("nine") : int(number); }, 0, 3, 5);
    BOOST_CHECK_THROW(for (;;) source.take(), std::runtime_error);
}

// A signal that is sent to a process reaches any of its threads, here one that makes items.
BOOST_AUTO_TEST_CASE(a_signal_that_another_thread_gets_is_noted) {
    const interruption_guard guard;
    std::atomic<bool> looks = false, over = false;
    std::thread worker([&] {
        while (!looks) std::this_thread::yield();
        pthread_kill(pthread_self(), SIGINT);
        while (!over) std::this_thread::yield();
    });
    looks = true;
    while (!interruption_guard::requested()) std::this_thread::yield();
    over = true;
    worker.join();
    BOOST_TEST(interruption_guard::requested());
}

// scripts/launch ends the others as soon as a process has ended: they have still to say what they have lost.
BOOST_AUTO_TEST_CASE(a_signal_does_not_end_who_leaves_by_an_exception) {
    try {
        const interruption_guard guard;
        throw std::runtime_error("lost the others");
    } catch (const std::runtime_error&) {
        BOOST_TEST(std::raise(SIGTERM) == 0); // would end this program
    }
    BOOST_TEST(interruption_guard::requested());
    { const interruption_guard guard; }
    BOOST_TEST((std::signal(SIGTERM, SIG_DFL) == SIG_DFL)); // and the next one does
}

BOOST_AUTO_TEST_SUITE_END()

// Processes that differ are refused by all with the same sentence, and a place that is no place is refused.
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

#include <bregman/bregman.hpp>
#include <bregman/distributed/agreement.hpp>
#include <bregman/distributed/place.hpp>

#include "support/checks.hpp"
#include "support/thread_communicator.hpp"

namespace bregman::testing {

namespace {

static_assert(communicator<one_process> && communicator<thread_communicator>);

/// What each of the processes throws.
template <class Work>
std::vector<std::string> refusals(int processes, Work work) {
    return on_processes(processes, [&](thread_communicator& all) -> std::string {
        try {
            work(all);
        } catch (const std::invalid_argument& error) {
            return error.what();
        }
        return "";
    });
}

/// The variables that torchrun sets, for as long as this lives.
struct variables {
    variables(std::vector<std::pair<const char*, const char*>> given) {
        clear();
        for (const auto& [name, value] : given) setenv(name, value, 1);
    }
    ~variables() { clear(); }

  private:
    static void clear() {
        for (const char* name : {"RANK", "WORLD_SIZE", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT"}) unsetenv(name);
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(agreement)

BOOST_AUTO_TEST_CASE(the_first_difference_is_named_by_all) {
    const auto compare = [](int other, const std::string& name, const std::string& value) {
        return refusals(3, [=](thread_communicator& all) {
            named_values values{{"a", "1"}, {"b", "2"}, {"c", "3"}};
            if (all.rank() == other) values[1] = {name, value};
            if (all.rank() == 2 && other == 1) values[2].second = "9"; // differs later, so it is not the one
            check_same(all, values, "start again");
        });
    };
    for (const std::string& text : compare(1, "b", "7"))
        BOOST_TEST(text == "b of process 1 = 7; allowed: that of process 0, 2; start again");
    for (const std::string& text : compare(2, "d", "2"))
        BOOST_TEST(text == "what is compared of process 2 = d; allowed: that of process 0, b; start again");
    for (const std::string& text : compare(-1, "", "")) BOOST_TEST(text == "");
    for (const std::string& text : refusals(2, [](thread_communicator& all) {
             check_same(all, named_values(std::size_t(2 - all.rank()), {"a", "1"}), "start again");
         }))
        BOOST_TEST(text == "what is compared of process 1 = nothing more; allowed: that of process 0, a; start again");
}

BOOST_AUTO_TEST_CASE(every_byte_counts_in_a_hash) {
    std::string bytes = "nineteen bytes long";
    const auto before = hash_of(bytes.data(), bytes.size());
    for (char& byte : bytes)
        for (int bit = 0; bit < 8; ++bit) {
            byte = char(byte ^ (1 << bit));
            BOOST_TEST(hash_of(bytes.data(), bytes.size()) != before);
            byte = char(byte ^ (1 << bit));
        }
    for (const std::size_t second : {15u, 18u}) { // the signs of two numbers: nothing that cancels
        std::string both = bytes;
        for (const std::size_t place : {std::size_t(7), second}) both[place] = char(both[place] ^ 0x80);
        BOOST_TEST(hash_of(both.data(), both.size()) != before);
    }
    BOOST_TEST(hash_of("\0\0", 1) != hash_of("\0\0", 2));
    BOOST_TEST(hash_of(bytes.data(), bytes.size()) == before);
}

BOOST_AUTO_TEST_CASE(a_state_that_went_apart_names_the_tensor) {
    // Of process 1 a bit of v, of theta, or lambda is another one.
    const auto compare = [](const std::string& what) {
        return refusals(2, [&what](thread_communicator& all) {
            std::vector<float> a(7, 0.5f), b(4, 0.25f), gradient(7, 0.1f);
            parameter_list<float, l1> parameters;
            parameters.add_group({.name = "w"});
            parameters.add(a, gradient);
            parameters.add_view(b.data(), gradient.data(), {{4}});
            linbreg<float, l1, fixed_law> optimizer({.lambda = 0.01f});
            optimizer.step(parameters);
            if (all.rank() == 1 && what == "v") optimizer.method().state.dual[9] += 1e-6f;
            if (all.rank() == 1 && what == "theta") a[3] = -a[3];
            if (all.rank() == 1 && what == "lambda") optimizer.set_lambda(parameters, 0.02f);
            if (all.rank() == 1 && what == "step") optimizer.step(parameters);
            check_same_state(optimizer, parameters, all);
        });
    };
    const auto begins = [&](const std::string& what, const std::string& sentence) {
        const auto texts = compare(what);
        BOOST_TEST(texts[0] == texts[1]);
        BOOST_TEST(texts[0].substr(0, sentence.size()) == sentence);
    };
    begins("v", "v of tensor 1 (group \"w\"), a hash, of process 1 = ");
    begins("theta", "theta of tensor 0 (group \"w\"), a hash, of process 1 = ");
    begins("lambda", "lambda of process 1 = 0.0199");
    begins("step", "number of steps of process 1 = 2; allowed: that of process 0, 1; ");
    BOOST_TEST(compare("")[0] == "");
}

BOOST_AUTO_TEST_CASE(the_place_is_what_the_environment_says) {
    {
        const variables none({});
        BOOST_TEST(process_place::from_environment().size == 1);
    }
    {
        const variables of_torchrun({{"RANK", "5"},
                                     {"WORLD_SIZE", "8"},
                                     {"LOCAL_RANK", "1"},
                                     {"MASTER_ADDR", "10.0.0.7"},
                                     {"MASTER_PORT", "29401"}});
        const auto place = process_place::from_environment();
        BOOST_TEST((place.rank == 5 && place.size == 8 && place.local_rank == 1 && place.address == "10.0.0.7" &&
                    place.port == 29401));
        BOOST_TEST(place.local_size == 8); // as long as nothing else is said
        BOOST_TEST(place.meeting_file.empty());
        BOOST_TEST(!place.is_loopback());
    }
    {
        const variables of_launch({{"RANK", "1"},
                                   {"WORLD_SIZE", "3"},
                                   {"LOCAL_WORLD_SIZE", "2"},
                                   {"MASTER_ADDR", "127.0.0.1"},
                                   {"MASTER_PORT", "29401"},
                                   {"BREGMAN_MEETING_FILE", "/tmp/here"}});
        const auto place = process_place::from_environment();
        BOOST_TEST((place.local_rank == 1 && place.local_size == 2 && place.meeting_file == "/tmp/here"));
        BOOST_TEST(place.is_loopback());
    }
    const auto refused = [](std::vector<std::pair<const char*, const char*>> given, const char* sentence) {
        const variables set(std::move(given));
        CHECK_REFUSES(process_place::from_environment(), sentence);
    };
    refused({{"RANK", "0"}}, "WORLD_SIZE = not set; allowed: set in the environment of each process; start");
    refused({{"RANK", "2"}, {"WORLD_SIZE", "2"}}, "RANK = \"2\"; allowed: [0, 1]");
    refused({{"RANK", "-1"}, {"WORLD_SIZE", "2"}}, "RANK = \"-1\"; allowed: [0, 1]");
    refused({{"RANK", "1x"}, {"WORLD_SIZE", "2"}}, "RANK = \"1x\"; allowed: [0, 1]");
    refused({{"RANK", "1"}, {"WORLD_SIZE", "2"}}, "MASTER_ADDR = not set");
    refused({{"RANK", "1"}, {"WORLD_SIZE", "2"}, {"MASTER_ADDR", "a"}, {"MASTER_PORT", "70000"}},
            "MASTER_PORT = \"70000\"; allowed: [1, 65535]");
    refused({{"RANK", "1"}, {"WORLD_SIZE", "2"}, {"LOCAL_WORLD_SIZE", "3"}},
            "LOCAL_WORLD_SIZE = \"3\"; allowed: [1, 2]");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing

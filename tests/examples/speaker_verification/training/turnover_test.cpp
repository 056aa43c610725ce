#include "small_training.hpp"
#include "tiny_network.hpp"

#include "speaker_verification/training/optimizers/regularised_weights.hpp"
#include "speaker_verification/training/optimizers/support_turnover.hpp"

#include <boost/test/unit_test.hpp>

using namespace speaker_verification;
using namespace speaker_verification::testing;

BOOST_AUTO_TEST_SUITE(turnover_of_the_support)

BOOST_AUTO_TEST_CASE(each_step_counts_births_and_deaths_of_the_weights_that_may_become_zero) {
    for (const char* optimizer : {"adabreg", "adabreg_mini", "linbreg"}) {
        for (const bool prune_head : {true, false}) {
            settings all = plain_settings(optimizer);
            all.sparsity.lambda = all.optimizer.optimizer == "linbreg" ? 0.1 : 0.02;
            all.sparsity.count_head = false; // counted or not
            all.sparsity.prune_head = prune_head;
            all.sparsity.target = 0.3;
            random_descent descent(all), resumed(all);
            support_watch watch(regularised_weights(*descent.network.module, all.sparsity));
            const auto first = descent.step();
            BOOST_TEST((first.births == -1 && first.deaths == -1)); // nothing to compare with
            watch.look();
            std::int64_t births = 0, deaths = 0;
            for (int k = 0; k < 30; ++k) {
                const auto seen = descent.step();
                const auto looked = watch.look();
                BOOST_TEST(seen.births == looked.births, optimizer << ", step " << k);
                BOOST_TEST(seen.deaths == looked.deaths, optimizer << ", step " << k);
                births += seen.births, deaths += seen.deaths;
            }
            BOOST_TEST((births > 0 && deaths > 0), births << " births, " << deaths << " deaths");
            resumed.continue_from(descent);
            const auto one = descent.step(), other = resumed.step();
            BOOST_TEST((one.births == other.births && one.deaths == other.deaths));
        }
    }
    for (const char* optimizer : {"proxsgd", "adamw"}) { // nobody counts
        random_descent descent(plain_settings(optimizer));
        BOOST_TEST(descent.steps(3).births == -1, optimizer);
    }
}

BOOST_AUTO_TEST_CASE(the_log_adds_up_births_and_deaths_of_steps_and_a_pause_between_lines_loses_none) {
    small_training training;
    training.train("whole");
    training.train("parts", 13);
    const auto lines = [&](const char* name) {
        std::vector<std::pair<std::int64_t, std::int64_t>> all;
        for (const auto& line : read_step_log(training.folder(name) / "log.jsonl")) {
            if (!line.contains("births")) continue;
            // Nobody has compared the first step with one before.
            BOOST_TEST(line.contains("births_in_steps") == (line["step"] > 5));
            BOOST_TEST(line.contains("deaths_in_steps") == (line["step"] > 5));
            if (!line.contains("births_in_steps")) continue;
            all.emplace_back(line["births_in_steps"], line["deaths_in_steps"]);
            // Who has come and gone between two lines is in no difference.
            if (std::string_view(name) == "parts" && line["step"] == 15) continue; // a look that began anew
            const auto net = line["births"].get<std::int64_t>() - line["deaths"].get<std::int64_t>();
            BOOST_TEST(all.back().first - all.back().second == net);
            BOOST_TEST(all.back().first >= line["births"].get<std::int64_t>());
        }
        return all;
    };
    const auto whole = lines("whole"), parts = lines("parts");
    BOOST_TEST(whole.size() == 7);
    BOOST_TEST((whole == parts));
}

BOOST_AUTO_TEST_CASE(births_and_deaths_are_counted_between_looks) {
    tiny_network network;
    const torch::NoGradGuard no_gradient;
    auto weight = network.weight("linear.weight"); // 160 numbers
    weight.fill_(1);
    weight.slice(0, 0, 3).zero_();
    support_watch watch(regularised_weights(*network.module, {}));
    const auto others = 256 - 160;
    weight.slice(0, 0, 1).fill_(2);   // 16 are born
    weight.slice(0, 5, 9).zero_();    // 64 die
    weight.slice(0, 9, 10).fill_(-7); // alive as before
    auto seen = watch.look();
    BOOST_TEST(seen.births == 16);
    BOOST_TEST(seen.deaths == 64);
    BOOST_TEST(seen.survivors == others + 160 - 48 - 64);
    seen = watch.look();
    BOOST_TEST(seen.births + seen.deaths == 0);
    BOOST_TEST(seen.survivors == others + 160 - 48 - 64 + 16);
}

BOOST_AUTO_TEST_SUITE_END()

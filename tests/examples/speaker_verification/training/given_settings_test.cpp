#include "small_store.hpp"
#include "speaker_verification/training/checkpoints/checkpoint_file.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace speaker_verification;
using namespace speaker_verification::testing;

namespace {

/// Runs of six steps, and the settings that a finished one has written down.
struct short_runs : program_folder {
    short_runs() {
        all.schedule.max_steps = 6;
        all.monitoring.validate_every = 0;
    }

    settings settings_of(const std::string& name) const {
        settings read;
        read_settings_file(*this / name / "config.toml", read);
        return read;
    }
    /// Without a file of settings: they are those of the checkpoint, and what is given.
    std::vector<std::string> start(const std::string& name, const std::string& from,
                                   std::vector<std::string> given) const {
        std::vector<std::string> command{TRAIN, "--name", name, "--start_from",
                                         (*this / from / "last.checkpoint").string()};
        command.insert(command.end(), given.begin(), given.end());
        return command;
    }
    std::vector<std::string> go_on(const std::string& name, std::vector<std::string> given) const {
        std::vector<std::string> command{TRAIN, "--resume", "--results", scratch.path.string(), "--name", name};
        command.insert(command.end(), given.begin(), given.end());
        return command;
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(given_settings)

BOOST_AUTO_TEST_CASE(what_the_optimizer_lacks_is_refused_where_it_is_given_and_let_be_in_a_file_that_runs_may_share) {
    short_runs runs;
    const auto refusal = [&](const std::vector<std::string>& given) {
        return runs.refusal(runs.train("refused", given));
    };
    BOOST_TEST(
        refusal({"--optimizer", "adabreg", "--weight_decay", ".5"}) ==
        "train: setting 'weight_decay' is 0.5 but does nothing with the optimizer adabreg, it is for adamw and sgd: "
        "leave it out or change 'optimizer'\n");
    BOOST_TEST(
        refusal({"--law", "settling", "--lambda_max", "5"}) ==
        "train: setting 'lambda_max' is 5 but does nothing with the law settling, it is for paper, additive, pid, nupi "
        "and band: leave it out or change 'law'\n");
    BOOST_TEST(!std::filesystem::exists(runs / "refused"));
    runs.all.optimizer.weight_decay = 0.5;
    runs.all.sparsity.nu = 0.5;
    runs.succeed(runs.train("shared"));
    runs.succeed(runs.train("shared", {"--resume", "--weight_decay", ".5"})); // as it was begun
    BOOST_TEST(contains(runs.refusal(runs.go_on("shared", {"--weight_decay", ".6"})), "not with weight_decay = 0.6"));
    runs.succeed(runs.start("started", "shared", {"--max_steps", "2"}));
}

BOOST_AUTO_TEST_CASE(a_start_with_another_optimizer_takes_its_rate_momentum_and_lambda_unless_they_are_given) {
    short_runs runs;
    runs.all.optimizer.optimizer = "sgd";
    runs.succeed(runs.train("sgd"));
    BOOST_TEST(runs.settings_of("sgd").optimizer.momentum == 0.9);
    runs.succeed(runs.start("linbreg", "sgd", {"--optimizer", "linbreg"}));
    const auto changed = runs.settings_of("linbreg");
    BOOST_TEST(changed.optimizer.learning_rate == 0.1);
    BOOST_TEST(changed.optimizer.momentum == 0);
    BOOST_TEST(changed.sparsity.lambda == 0.01);
    runs.succeed(runs.start("given", "sgd", {"--optimizer", "adabreg", "--learning_rate", ".002", "--lambda", ".005"}));
    const auto given = runs.settings_of("given");
    BOOST_TEST(given.optimizer.learning_rate == 0.002);
    BOOST_TEST(given.sparsity.lambda == 0.005);
    runs.succeed(runs.start(
        "tuned", "sgd", {"--optimizer", "adabreg", "--large-margin", "--shortest_crop", "20", "--longest_crop", "30"}));
    BOOST_TEST(runs.settings_of("tuned").optimizer.learning_rate == 1e-5, boost::test_tools::tolerance(1e-12));
    runs.succeed(runs.start("same", "given", {"--max_steps", "2"}));
    BOOST_TEST(runs.settings_of("same").optimizer.learning_rate == 0.002);
}

BOOST_AUTO_TEST_CASE(a_start_from_a_frozen_run_needs_a_lambda) {
    short_runs runs;
    runs.all.sparsity.freeze_from = 0.5;
    runs.succeed(runs.train("frozen"));
    BOOST_TEST(
        runs.refusal(runs.start("started", "frozen", {})) ==
        "train: checkpoint '" + (runs / "frozen" / "last.checkpoint").string() +
            "' ends at a lambda of 0, as frozen runs do, from which no run starts: give --lambda above 0, or 0 for the "
            "optimizer's own default\n");
    BOOST_TEST(!std::filesystem::exists(runs / "started"));
    runs.succeed(runs.start("given", "frozen", {"--lambda", ".003"}));
    BOOST_TEST(runs.settings_of("given").sparsity.lambda == 0.003);
    runs.succeed(runs.start("default", "frozen", {"--lambda", "0"}));
    BOOST_TEST(runs.settings_of("default").sparsity.lambda == 1);
    runs.succeed(runs.start("other", "frozen", {"--optimizer", "linbreg"}));
    BOOST_TEST(runs.settings_of("other").sparsity.lambda == 0.01);
}

BOOST_AUTO_TEST_CASE(a_length_or_a_pause_that_lies_behind_a_run_is_refused_and_writes_nothing) {
    const short_runs runs;
    runs.succeed(runs.train("run", {"--pause-after", "4"}));
    const auto config = bytes_of(runs / "run" / "config.toml"), log = bytes_of(runs / "run" / "log.jsonl");
    const auto checkpoint = (runs / "run" / "last.checkpoint").string();
    const auto refusal = [&](const std::vector<std::string>& given) { return runs.refusal(runs.go_on("run", given)); };
    BOOST_TEST(refusal({"--max_steps", "3"}) ==
               "train: setting 'max_steps' is 3 but the run stands at step 4 in checkpoint '" + checkpoint +
                   "': give at least 4, or start a new run\n");
    for (const std::string pause : {"3", "4"})
        BOOST_TEST(refusal({"--pause-after", pause}) ==
                   "train: --pause-after is " + pause + " but the run stands at step 4: give more, or leave it out\n");
    BOOST_TEST(refusal({"--pause-after", "-1"}) ==
               "train: --pause-after is -1 but must be at least 0, and 0 is never: give a number of steps\n");
    BOOST_TEST(contains(runs.refusal(runs.train("new", {"--pause-after", "-1"})), "--pause-after is -1"));
    BOOST_TEST(!std::filesystem::exists(runs / "new"));
    BOOST_TEST((bytes_of(runs / "run" / "config.toml") == config));
    BOOST_TEST((bytes_of(runs / "run" / "log.jsonl") == log));
    runs.succeed(runs.go_on("run", {"--pause-after", "5", "--max_steps", "5"}));
    runs.succeed(runs.go_on("run", {"--max_steps", "5"})); // which is done
}

BOOST_AUTO_TEST_CASE(what_was_given_is_what_a_resumed_run_is_refused_for) {
    const short_runs runs;
    runs.succeed(runs.train("run"));
    BOOST_TEST(contains(runs.refusal(runs.go_on("run", {"--optimizer", "linbreg"})),
                        "was trained with optimizer = 'adabreg', not with optimizer = 'linbreg'"));
    BOOST_TEST(contains(runs.refusal(runs.train("run", {"--resume", "--optimizer", "linbreg"})),
                        "was trained with optimizer = 'adabreg', not with optimizer = 'linbreg'"));
}

BOOST_AUTO_TEST_SUITE_END()

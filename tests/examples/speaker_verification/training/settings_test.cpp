#include "speaker_verification/training/checkpoints/run_folder.hpp"
#include "speaker_verification/training/checkpoints/run_lock.hpp"
#include "speaker_verification/training/settings/command_line.hpp"
#include "speaker_verification/training/settings/settings_file.hpp"
#include "speaker_verification/training/settings/used_settings.hpp"
#include "support.hpp"

#include <boost/test/unit_test.hpp>

#include <iostream>
#include <set>
#include <sstream>
#include <sys/wait.h>

using namespace speaker_verification;
using namespace speaker_verification::testing;

namespace {

/// What std::cerr, which writes after each of its operands, would have written at each time.
class written_pieces : public std::stringbuf {
  public:
    written_pieces() : before_(std::cerr.rdbuf(this)) {}
    ~written_pieces() override { std::cerr.rdbuf(before_); }
    std::vector<std::string> pieces;

  private:
    int sync() override {
        pieces.push_back(str());
        str({});
        return 0;
    }
    std::streambuf* before_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(settings_of_a_run)

BOOST_AUTO_TEST_CASE(a_program_says_its_sentence_in_one_piece_for_others_may_say_theirs_meanwhile) {
    const auto pieces_of = [](const auto& error) {
        const written_pieces written;
        BOOST_TEST(run_program("train", [&]() -> int { throw error; }) == 1);
        return written.pieces;
    };
    const std::vector<std::string> one = {"train: it is full\n"};
    BOOST_TEST(pieces_of(std::runtime_error("it is full\nException raised from f at g.cpp:1")) == one);
    const auto missing = std::make_error_code(std::errc::no_such_file_or_directory);
    BOOST_TEST(pieces_of(std::filesystem::filesystem_error("open", "a/b", missing)).size() == 1);
    BOOST_TEST(pieces_of(nlohmann::json::other_error::create(501, "of another kind", nullptr)).size() == 1);
}

BOOST_AUTO_TEST_CASE(written_settings_read_back_to_the_same) {
    settings all;
    all.sparsity.target = 0.1 + 0.2; // no short decimal
    all.run.name = "a \"quoted\" name";
    all.batches.warps = {0.9, 1, 1.1};
    all.sparsity.rescale_variance = true;
    all.schedule.max_steps = 123456789;
    all.sparsity.lambda_min = 1e-12;
    settings read;
    read_settings(settings_text(all), "text", read);
    BOOST_TEST(settings_text(read) == settings_text(all));
    BOOST_TEST(read.sparsity.target == all.sparsity.target);
}

BOOST_AUTO_TEST_CASE(each_setting_has_a_name_of_its_own_and_a_meaning) {
    const auto names = setting_names();
    BOOST_TEST(std::set<std::string>(names.begin(), names.end()).size() == names.size());
    const settings all;
    visit(all, [](const setting_key& key, const auto&) { BOOST_TEST(!key.meaning.empty(), std::string(key.name)); });
}

BOOST_AUTO_TEST_CASE(unknown_keys_are_refused_with_the_nearest_name) {
    settings all;
    const auto in_file = message_of([&] { read_settings("[sparsity]\ntargett = 0.5", "run.toml", all); });
    BOOST_TEST(in_file == "run.toml: there is no setting 'targett' in [sparsity]; did you mean 'target'?");
    const auto section = message_of([&] { read_settings("[sparsty]\ntarget = 0.5", "run.toml", all); });
    BOOST_TEST(section == "run.toml: there is no section [sparsty]; did you mean [sparsity]?");
    const auto elsewhere = message_of([&] { read_settings("[model]\ntarget = 0.5", "run.toml", all); });
    BOOST_TEST(elsewhere == "run.toml: setting 'target' belongs to [sparsity], not to [model]: move it");
    const auto given = message_of([&] { set_setting("lamda", "1", all); });
    BOOST_TEST(given == "there is no setting '--lamda'; did you mean '--lambda'?");
    BOOST_TEST(all.sparsity.target == 0.9);
}

BOOST_AUTO_TEST_CASE(values_of_another_type_are_refused) {
    settings all;
    const auto text = [&](const char* toml) { return message_of([&] { read_settings(toml, "run.toml", all); }); };
    BOOST_TEST(text("[schedule]\nmax_steps = 1.5") == "run.toml: setting 'max_steps' must be a whole number");
    BOOST_TEST(text("[sparsity]\ntarget = \"high\"") == "run.toml: setting 'target' must be a number");
    BOOST_TEST(text("[sparsity]\nlaw = 3") == "run.toml: setting 'law' must be a text in quotes");
    BOOST_TEST(contains(text("[sparsity]\ntarget = = 1"), "run.toml: line 2 is not TOML"));
    BOOST_TEST(message_of([&] { set_setting("max_steps", "ten", all); }) ==
               "--max_steps is 'ten' but must be a whole number");
    read_settings("[sparsity]\ntarget = 1", "run.toml", all); // an integer is a number
    BOOST_TEST(all.sparsity.target == 1);
}

BOOST_AUTO_TEST_CASE(command_line_values_of_every_type_are_set) {
    settings all;
    set_setting("target", ".95", all);
    set_setting("optimizer", "linbreg", all);
    set_setting("max_steps", "7", all);
    set_setting("rescale_variance", "true", all);
    set_setting("warps", "0.8,1.25", all);
    BOOST_TEST(all.sparsity.target == 0.95);
    BOOST_TEST(all.optimizer.optimizer == "linbreg");
    BOOST_TEST(all.schedule.max_steps == 7);
    BOOST_TEST(all.sparsity.rescale_variance);
    BOOST_TEST(all.batches.warps == (std::vector<double>{0.8, 1.25}), boost::test_tools::per_element());
    set_setting("warps", "", all);
    BOOST_TEST(all.batches.warps.empty());
}

BOOST_AUTO_TEST_CASE(values_out_of_range_are_refused_by_name) {
    settings all;
    all.sparsity.target = 1.5;
    BOOST_TEST(message_of([&] { check(all); }) ==
               "setting 'target' is 1.5 but must be in [0, 1]: correct [sparsity] target");
    all = {};
    all.optimizer.optimizer = "adam";
    BOOST_TEST(message_of([&] { check(all); }) ==
               "setting 'optimizer' is 'adam' but must be one of adabreg|adabreg_mini|linbreg|adamw|sgd|proxsgd");
    all = {};
    all.model.network = "resnet50";
    BOOST_TEST(message_of([&] { check(all); }) ==
               "setting 'network' is 'resnet50' but must be one of ecapa_tdnn|resnet34");
    all.model.network = "resnet34";
    all.model.channels = 97; // ECAPA-TDNN's, which is not asked for
    BOOST_CHECK_NO_THROW(check(all));
    all.batches.shortest_crop = 8;
    BOOST_TEST(contains(message_of([&] { check(all); }), "at least 9 with the network resnet34"));
    all = {};
    all.batches.shortest_crop = 300;
    BOOST_TEST(contains(message_of([&] { check(all); }), "'shortest_crop' must not exceed 'longest_crop'"));

    settings split;
    split.run.shard_state = true;
    BOOST_TEST(message_of([&] { check(split); }) == "nothing was thrown");
    split.optimizer.optimizer = "adabreg_mini";
    BOOST_TEST(
        contains(message_of([&] { check(split); }), "setting 'shard_state' is for adabreg and linbreg on the CPU"));
    split.optimizer.optimizer = "linbreg";
    split.run.device = "cuda";
    BOOST_TEST(
        contains(message_of([&] { check(split); }), "setting 'shard_state' is for adabreg and linbreg on the CPU"));
    BOOST_CHECK_NO_THROW(check(settings{}));
}

BOOST_AUTO_TEST_CASE(a_name_is_that_of_one_folder_and_every_text_is_utf8) {
    const auto refusal = [](const std::string& name) {
        settings all;
        all.run.name = name;
        return message_of([&] { check(all); });
    };
    for (const std::string plain : {"a", "demo-tiny.2", "a b", "...", "gr\u00fc\u00df \u20ac \U0001f600", "a\"b\\'c"}) {
        BOOST_TEST(refusal(plain) == "nothing was thrown", plain);
    }
    BOOST_TEST(refusal(std::string(200, 'n')) == "nothing was thrown");
    for (const std::string bad : {"", ".", "..", "../../x", "/tmp/x", "a/b", "a/", "a\nb"}) {
        BOOST_TEST(contains(refusal(bad), "setting 'name' is '"), bad);
        BOOST_TEST(contains(refusal(bad), "but must be the name of one file or folder"), bad);
    }
    BOOST_TEST(refusal(std::string(300, 'n')) ==
               "setting 'name' is '" + std::string(60, 'n') +
                   "...' but must be the name of one file or folder, 1 to 200 bytes without '/': change it");
    // A lone byte of Latin-1, one that goes on with nothing, one cut short, a longer form of '/', half of a pair, and
    // beyond the last character.
    for (const std::string bytes : {"caf\xe9", "\x80", "\xe2\x82", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80"}) {
        BOOST_TEST(contains(refusal(bytes), "which is not UTF-8"), bytes);
        settings all;
        all.run.results = "/data/" + bytes + "/results";
        BOOST_TEST(contains(message_of([&] { check(all); }), "setting 'results' is '/data/"), bytes);
        all = {};
        all.run.start_from = bytes;
        BOOST_TEST(contains(message_of([&] { check(all); }), "setting 'start_from' is '"), bytes);
    }
    // What is accepted loses no byte in a file of settings.
    for (const std::string path : {"gr\u00fc\u00df/\U0001f600", "a\nb\tc", "'\"\\", "\x7f\x01", "# no comment"}) {
        settings all, read;
        all.run.results = path;
        check(all);
        read_settings(settings_text(all), "text", read);
        BOOST_TEST(read.run.results == path);
    }
}

BOOST_AUTO_TEST_CASE(settings_that_contradict_each_other_are_refused_in_one_sentence) {
    const auto refusal = [](const char* optimizer, const std::function<void(settings&)>& change) {
        settings all;
        all.optimizer.optimizer = optimizer;
        change(all);
        return message_of([&] { check(all); });
    };
    const std::string accepted = "nothing was thrown";
    const auto gradual = [](settings& all) { all.pruning.pruning = "gradual"; };
    BOOST_TEST(contains(refusal("adabreg", gradual), "'pruning' is for adamw and sgd"));
    BOOST_TEST(contains(refusal("proxsgd", gradual), "'pruning' is for adamw and sgd"));
    BOOST_TEST(refusal("sgd", gradual) == accepted);
    const auto ratio = [](settings& all) { all.sparsity.dual_rule = "ratio"; };
    BOOST_TEST(contains(refusal("proxsgd", ratio), "'dual_rule' is for adabreg, adabreg_mini and linbreg"));
    BOOST_TEST(contains(refusal("adamw", ratio), "'dual_rule' is for adabreg, adabreg_mini and linbreg"));
    BOOST_TEST(refusal("linbreg", ratio) == accepted);
    for (const char* law : {"quantile", "settling"})
        BOOST_TEST(contains(refusal("linbreg",
                                    [&](settings& all) {
                                        all.sparsity.dual_rule = "reset";
                                        all.sparsity.law = law;
                                    }),
                            "'dual_rule' must be keep with the laws quantile and settling"));
    const auto guard = [](settings& all) { all.sparsity.oscillation_guard = true; };
    BOOST_TEST(contains(refusal("sgd", guard), "'oscillation_guard' watches the optimizers with a lambda"));
    BOOST_TEST(refusal("proxsgd", guard) == accepted);
    BOOST_TEST(contains(refusal("adamw", [](settings& all) { all.pruning.pruning_start = 0.8; }),
                        "'pruning_start' must not exceed 'pruning_end'"));
    const auto of_channels = [](settings& all) { all.sparsity.granularity = "channels"; };
    BOOST_TEST(contains(refusal("adamw", of_channels), "'granularity' is for the optimizers with a lambda"));
    for (const char* optimizer : {"adabreg", "adabreg_mini", "linbreg", "proxsgd"})
        BOOST_TEST(refusal(optimizer, of_channels) == accepted);
    const auto each_layer = [](settings& all) { all.sparsity.layer_density = 0.05; };
    for (const char* optimizer : {"proxsgd", "adamw"})
        BOOST_TEST(
            contains(refusal(optimizer, each_layer), "'layer_density' are for adabreg, adabreg_mini and linbreg"));
    BOOST_TEST(refusal("linbreg", each_layer) == accepted);
    // The head, which a layer_density leaves out, may make up for it: whether a target is reachable is the network's to say.
    BOOST_TEST(refusal("adabreg", [](settings& all) { all.sparsity.layer_density = 0.2; }) == accepted);
    const auto moved = [](double momentum) {
        return [momentum](settings& all) {
            all.optimizer.momentum = momentum;
            resolve_defaults(all);
        };
    };
    BOOST_TEST(refusal("linbreg", moved(-0.5)) ==
               "setting 'momentum' is -0.5 but must be in [0, 0.9999], or -1 for the optimizer's own default: correct "
               "[optimizer] momentum");
    BOOST_TEST(refusal("linbreg", moved(-1)) == accepted);
    const auto by_evidence = [](settings& all) { all.optimizer.birth_leak = 1e-3; };
    for (const char* optimizer : {"adabreg_mini", "linbreg", "proxsgd", "adamw"})
        BOOST_TEST(contains(refusal(optimizer, by_evidence), "'birth_leak' is for adabreg without 'shard_state'"));
    BOOST_TEST(refusal("adabreg", by_evidence) == accepted);
    BOOST_TEST(contains(refusal("adabreg",
                                [&](settings& all) {
                                    by_evidence(all);
                                    all.run.shard_state = true;
                                }),
                        "'birth_leak' is for adabreg without 'shard_state'"));
    const auto on_cuda = [](settings& all) { all.run.device = "cuda"; };
    for (const char* optimizer : {"adabreg", "linbreg", "proxsgd", "adamw"})
        BOOST_TEST(refusal(optimizer, on_cuda) == accepted); // whether there is one is LibTorch's to say
    BOOST_TEST(contains(refusal("adabreg", [](settings& all) { all.run.autocast = "float16"; }),
                        "'autocast' is 'float16' but must be one of none|bfloat16"));
    const auto without_target = [&](const char* optimizer, const char* pruning, double target) {
        return refusal(optimizer, [&](settings& all) {
            all.pruning.pruning = pruning;
            all.sparsity.target = target;
        });
    };
    BOOST_TEST(contains(without_target("adamw", "rigl", 0), "'target' is 0"));
    BOOST_TEST(contains(without_target("proxsgd", "none", 0), "'target' is 0"));
    BOOST_TEST(contains(without_target("adamw", "gradual", 1), "'target' is 1"));
    BOOST_TEST(without_target("adamw", "none", 0) == accepted);
}

BOOST_AUTO_TEST_CASE(what_is_given_must_do_something_with_the_optimizer_its_law_and_its_pruning) {
    using words = std::vector<std::pair<std::string, std::string>>;
    const auto refusal = [](const words& given) {
        settings all;
        std::set<std::string> names;
        for (const auto& [name, value] : given) {
            set_setting(name, value, all);
            names.insert(name);
        }
        check(all);
        return message_of([&] { require_used(all, names); });
    };
    const auto refused_for = [&](const std::string& setting, const words& given) {
        const auto message = refusal(given);
        BOOST_TEST(contains(message, "setting '" + setting + "' is "), message);
        BOOST_TEST(contains(message, " but does nothing with the "), message);
    };
    const std::string accepted = "nothing was thrown";
    refused_for("weight_decay", {{"optimizer", "adabreg"}, {"weight_decay", "0.5"}});
    refused_for("momentum", {{"optimizer", "adabreg"}, {"momentum", "0.9"}});
    refused_for("epsilon", {{"optimizer", "linbreg"}, {"epsilon", "1e-2"}});
    refused_for("density", {{"optimizer", "adamw"}, {"density", "0.1"}});
    refused_for("law", {{"optimizer", "adamw"}, {"law", "settling"}});
    refused_for("momentum", {{"optimizer", "adamw"}, {"momentum", "0.9"}});
    refused_for("delta", {{"optimizer", "adamw"}, {"delta", "5"}});
    refused_for("delta", {{"optimizer", "proxsgd"}, {"delta", "5"}});
    refused_for("rescale_variance", {{"optimizer", "sgd"}, {"rescale_variance", "true"}});
    refused_for("rigl_fraction", {{"optimizer", "adabreg"}, {"rigl_fraction", "0.9"}});
    refused_for("rigl_fraction", {{"optimizer", "adamw"}, {"pruning", "set"}, {"rigl_fraction", "0.9"}});
    refused_for("target", {{"optimizer", "adamw"}, {"target", "0.8"}});
    for (const std::string law : {"fixed", "quantile", "settling"}) {
        refused_for("lambda_min", {{"law", law}, {"lambda_min", "1e-3"}});
        refused_for("lambda_max", {{"law", law}, {"lambda_max", "5"}});
        refused_for("alpha", {{"law", law}, {"alpha", "0.5"}});
    }
    refused_for("nu", {{"law", "pid"}, {"nu", "0.5"}});
    BOOST_TEST(
        refusal({{"optimizer", "adamw"}, {"law", "settling"}}) ==
        "setting 'law' is settling but does nothing with the optimizer adamw, it is for adabreg, adabreg_mini, linbreg "
        "and proxsgd: leave it out or change 'optimizer'");
    BOOST_TEST(
        refusal({{"optimizer", "sgd"}, {"target", "0.8"}}) ==
        "setting 'target' is 0.8 but does nothing with the optimizer sgd without pruning: leave it out, or change "
        "'optimizer' or 'pruning'");
    BOOST_TEST(refusal({{"optimizer", "adamw"}, {"density", "0.01"}, {"momentum", "-1"}}) ==
               accepted); // their defaults
    BOOST_TEST(refusal({{"optimizer", "adamw"}, {"every", "2"}, {"count_rest", "false"}}) == accepted);
    BOOST_TEST(refusal({{"optimizer", "adamw"}, {"pruning", "rigl"}, {"rigl_fraction", "0.5"}, {"target", "0.8"}}) ==
               accepted);
    BOOST_TEST(refusal({{"optimizer", "linbreg"}, {"momentum", "0.9"}, {"law", "band"}, {"lambda_max", "5"}}) ==
               accepted);
    settings shared; // what a file says and nobody typed
    shared.optimizer.weight_decay = 0.5;
    BOOST_CHECK_NO_THROW(require_used(shared, {"optimizer", "delta"}));
}

BOOST_AUTO_TEST_CASE(each_optimizer_has_its_own_defaults) {
    settings all;
    all.optimizer.optimizer = "linbreg";
    resolve_defaults(all);
    BOOST_TEST(all.optimizer.learning_rate == 0.1);
    BOOST_TEST(all.sparsity.lambda == 0.01);
    BOOST_TEST(all.optimizer.momentum == 0);
    all.optimizer.learning_rate = 0.5;
    resolve_defaults(all);
    BOOST_TEST(all.optimizer.learning_rate == 0.5);
    settings dense;
    dense.optimizer.optimizer = "sgd";
    resolve_defaults(dense);
    BOOST_TEST(dense.optimizer.momentum == 0.9);
    change_optimizer(dense, "adabreg");
    BOOST_TEST(dense.optimizer.learning_rate == 0.01);
    BOOST_TEST(dense.optimizer.momentum == 0);
    BOOST_TEST(dense.sparsity.lambda == 1);
}

BOOST_AUTO_TEST_CASE(unknown_options_are_refused_with_the_nearest_one) {
    const auto parse = [](std::vector<std::string> words) {
        CLI::App app;
        setting_options options;
        options.add_to(app);
        words.insert(words.begin(), "train");
        std::vector<char*> arguments;
        for (auto& word : words) arguments.push_back(word.data());
        parse_command_line(app, int(arguments.size()), arguments.data());
        settings all;
        options.apply(all);
        return all;
    };
    BOOST_TEST(parse({"--target", ".7", "--momentum", "-1"}).sparsity.target == 0.7);
    BOOST_TEST(message_of([&] {
                   parse({"--targit", ".7"});
               }) == "there is no option '--targit'; did you mean '--target'?");
}

BOOST_AUTO_TEST_CASE(a_run_folder_is_neither_overwritten_nor_resumed_unasked) {
    const scratch_folder scratch;
    settings all;
    all.run.results = scratch.path.string();
    all.run.name = "run";
    BOOST_TEST(contains(message_of([&] { check_run_folder(all, when_run_exists::resume); }), "no last.checkpoint"));
    const auto folder = check_run_folder(all, when_run_exists::refuse).path;
    prepare_run_folder(folder, all, when_run_exists::refuse);
    write_bytes(folder / "last.checkpoint", "x");
    write_bytes(folder / "notes.txt", "mine");
    BOOST_TEST(contains(message_of([&] { check_run_folder(all, when_run_exists::refuse); }), "--overwrite"));
    settings read;
    read_settings_file(folder / "config.toml", read);
    BOOST_TEST(read.run.name == "run");
    prepare_run_folder(folder, all, when_run_exists::overwrite);
    BOOST_TEST(!std::filesystem::exists(folder / "last.checkpoint"));
    BOOST_TEST(bytes_of(folder / "notes.txt") == "mine");
}

BOOST_AUTO_TEST_CASE(what_killed_programs_were_writing_is_removed_by_the_next) {
    const scratch_folder scratch;
    const pid_t child = ::fork();
    if (child == 0) ::_exit(0);
    ::waitpid(child, nullptr, 0);
    const std::string gone = std::to_string(child), alive = std::to_string(::getppid());
    std::filesystem::create_directories(scratch.path / "scores");
    const std::vector<std::string> unfinished = {"next.partial-" + gone + ".checkpoint",
                                                 "lambda.partial-" + gone + ".svg",
                                                 "scores/list.partial-" + gone + ".txt", "notes.partial-" + gone,
                                                 "log.partial-" + std::to_string(::getpid()) + ".jsonl"};
    const std::vector<std::string> others = {"next.partial-" + alive + ".checkpoint", "a.partial-old.txt",
                                             "b.partial-" + gone + "x.txt", "c.partial-", "notes.txt"};
    for (const auto& name : unfinished) write_bytes(scratch.path / name, "killed");
    for (const auto& name : others) write_bytes(scratch.path / name, "mine");
    const run_lock lock(scratch.path, "test", "wait");
    for (const auto& name : unfinished) BOOST_TEST(!std::filesystem::exists(scratch.path / name), name);
    for (const auto& name : others) BOOST_TEST(bytes_of(scratch.path / name) == "mine", name);
}

BOOST_AUTO_TEST_CASE(a_run_killed_before_its_first_checkpoint_starts_anew_however_it_is_started) {
    const scratch_folder scratch;
    settings all;
    all.run.results = scratch.path.string();
    all.run.name = "run";
    prepare_run_folder(scratch.path / "run", all, when_run_exists::refuse);
    for (const auto choice : {when_run_exists::refuse, when_run_exists::resume, when_run_exists::overwrite}) {
        BOOST_TEST(!check_run_folder(all, choice).has_checkpoint);
    }
    settings others = all;
    others.sparsity.target = 0.5;
    BOOST_TEST(contains(message_of([&] { check_run_folder(others, when_run_exists::resume); }),
                        "was trained with target = 0.9, not with target = 0.5"));
    // A validated network is there before the first checkpoint of a run that validates more often.
    const auto folder = scratch.path / "run";
    write_bytes(folder / "best.checkpoint", "x");
    BOOST_TEST(contains(message_of([&] { check_run_folder(all, when_run_exists::refuse); }), "go on with --resume"));
    BOOST_TEST(!check_run_folder(all, when_run_exists::resume).has_checkpoint);
    write_bytes(folder / "previous.checkpoint", "x");
    BOOST_TEST(check_run_folder(all, when_run_exists::resume).has_checkpoint);
    // What an interrupted --overwrite leaves is still a run.
    std::filesystem::remove(folder / "config.toml");
    BOOST_TEST(contains(message_of([&] { check_run_folder(all, when_run_exists::refuse); }), "--overwrite"));
    BOOST_TEST(check_run_folder(all, when_run_exists::resume).has_checkpoint);
}

BOOST_AUTO_TEST_SUITE_END()

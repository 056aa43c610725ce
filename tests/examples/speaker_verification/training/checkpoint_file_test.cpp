#include "common/sealed_file.hpp"
#include "every_field.hpp"
#include "speaker_verification/training/checkpoints/checkpoint_history.hpp"
#include "support.hpp"

#include <boost/test/unit_test.hpp>

using namespace speaker_verification;
using namespace speaker_verification::testing;

namespace {

checkpoint_contents example() {
    checkpoint_contents contents;
    contents.meta = {{"step", 17}, {"name", "demo"}, {"share", 0.1}};
    contents.tensors = {{"layer1.conv.weight", "float32", {2, 1}, std::string("\1\2\3\4\5\6\7\0", 8)},
                        {"layer1.bn.num_batches_tracked", "int64", {}, std::string(8, '\0')}};
    contents.blocks = {{"optimizer", "state"}, {"empty", ""}};
    return contents;
}

} // namespace

BOOST_AUTO_TEST_SUITE(checkpoint_file)

BOOST_AUTO_TEST_CASE(what_is_written_is_read) {
    const scratch_folder scratch;
    const auto path = scratch.path / "a.checkpoint";
    write_checkpoint_file(path, example());
    const auto read = read_checkpoint_file(path);
    const auto expected = example();
    BOOST_TEST((read.meta == expected.meta));
    BOOST_REQUIRE_EQUAL(read.tensors.size(), 2u);
    for (std::size_t i = 0; i < 2; ++i) {
        BOOST_TEST(read.tensors[i].name == expected.tensors[i].name);
        BOOST_TEST(read.tensors[i].type == expected.tensors[i].type);
        BOOST_TEST((read.tensors[i].shape == expected.tensors[i].shape));
        BOOST_TEST((read.tensors[i].bytes == expected.tensors[i].bytes));
    }
    BOOST_TEST((read.blocks == expected.blocks));
}

BOOST_AUTO_TEST_CASE(every_truncation_and_every_changed_byte_is_refused) {
    const scratch_folder scratch;
    const auto path = scratch.path / "a.checkpoint";
    write_checkpoint_file(path, example());
    const std::string whole = bytes_of(path);
    for (std::size_t size = 0; size < whole.size(); ++size) {
        write_bytes(path, whole.substr(0, size));
        const auto message = message_of([&] { read_checkpoint_file(path); });
        BOOST_REQUIRE(contains(message, "checkpoint '" + path.string() + "'"));
        BOOST_REQUIRE(!contains(message, "\n"));
    }
    for (std::size_t place = 0; place < whole.size(); ++place) {
        std::string changed = whole;
        changed[place] = char(changed[place] ^ 0x20);
        write_bytes(path, changed);
        // Bytes 12 to 15 are reserved, but covered by the checksum as all others.
        BOOST_REQUIRE(message_of([&] { read_checkpoint_file(path); }) != "nothing was thrown");
    }
}

BOOST_AUTO_TEST_CASE(errors_say_what_is_wrong) {
    const scratch_folder scratch;
    const auto path = scratch.path / "a.checkpoint";
    BOOST_TEST(contains(message_of([&] { read_checkpoint_file(path); }), "cannot be read"));
    write_bytes(path, std::string(100, 'x'));
    BOOST_TEST(contains(message_of([&] { read_checkpoint_file(path); }), "is not a checkpoint"));
    write_checkpoint_file(path, example());
    std::string bytes = bytes_of(path);
    bytes[8] = 9;
    write_bytes(path, bytes);
    BOOST_TEST(contains(message_of([&] { read_checkpoint_file(path); }), "has version 9"));
    bytes[8] = 1;
    write_bytes(path, bytes.substr(0, bytes.size() - 1));
    BOOST_TEST(contains(message_of([&] { read_checkpoint_file(path); }), "truncated or corrupt"));
}

BOOST_AUTO_TEST_CASE(a_right_checksum_does_not_make_a_right_table) {
    const scratch_folder scratch;
    const auto path = scratch.path / "a.checkpoint";
    const examples::sealed_file_kind kind{"BRGMSPKV", 1, "checkpoint", "a checkpoint", "test", "try again"};
    write_checkpoint_file(path, example());
    const auto whole = examples::read_sealed_file(path, kind);
    std::int64_t refused = 0;
    for_each_change(whole.table, [&](const std::string& where, const nlohmann::json& table) {
        examples::write_sealed_file(path, kind, {table, whole.payload});
        const auto message = message_of([&] { read_checkpoint_file(path); });
        if (message == "nothing was thrown") return; // a name, a shape or the opaque part is another
        ++refused;
        const bool right = message.starts_with("checkpoint '" + path.string() + "' ") && !contains(message, "\n") &&
                           !contains(message, "json.exception");
        BOOST_TEST(right, where << ": " << message);
    });
    BOOST_TEST(refused > 100);
    examples::write_sealed_file(path, kind, {whole.table, whole.payload + "x"});
    BOOST_TEST(contains(message_of([&] { read_checkpoint_file(path); }), "holds more data than it names"));
}

namespace {

checkpoint_contents of_step(int step) {
    auto contents = example();
    contents.meta["step"] = step;
    return contents;
}

/// A folder with the checkpoints of steps 1, 2, ..., the last two of which are kept.
struct run_of_steps : scratch_folder {
    explicit run_of_steps(int steps) {
        checkpoint_history history(path);
        for (int step = 1; step <= steps; ++step) history.write(of_step(step));
    }
    checkpoint_history history{path};
};

} // namespace

BOOST_AUTO_TEST_CASE(the_last_two_checkpoints_are_kept) {
    run_of_steps run(1);
    BOOST_TEST(!std::filesystem::exists(run.history.previous()));
    for (int step = 2; step <= 4; ++step) {
        run.history.write(of_step(step));
        BOOST_TEST(read_checkpoint_file(run.history.last()).meta["step"] == step);
        BOOST_TEST(read_checkpoint_file(run.history.previous()).meta["step"] == step - 1);
    }
    const auto found = run.history.read();
    BOOST_TEST(found.contents.meta["step"] == 4);
    BOOST_TEST(found.notice.empty());
    BOOST_TEST(std::distance(std::filesystem::directory_iterator(run.path), {}) == 2);
}

BOOST_AUTO_TEST_CASE(the_one_before_is_used_for_every_truncation_and_every_flipped_bit) {
    run_of_steps run(2);
    const std::string whole = bytes_of(run.history.last());
    const auto check_falls_back = [&](const std::string& damaged) {
        // A file of its own: the two must not be names of the same one.
        std::filesystem::remove(run.history.last());
        write_bytes(run.history.last(), damaged);
        const auto found = run.history.read();
        BOOST_REQUIRE(found.contents.meta["step"] == 1);
        BOOST_REQUIRE(found.path == run.history.previous());
        BOOST_REQUIRE(contains(found.notice, "checkpoint '" + run.history.last().string() + "'"));
        BOOST_REQUIRE(contains(found.notice, "; going on from the one before, '"));
        BOOST_REQUIRE(!contains(found.notice, "\n"));
    };
    for (std::size_t size = 0; size < whole.size(); ++size) check_falls_back(whole.substr(0, size));
    for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
        std::string changed = whole;
        changed[bit / 8] = char(changed[bit / 8] ^ (1 << bit % 8));
        check_falls_back(changed);
    }
    std::filesystem::remove(run.history.last());
    BOOST_TEST(run.history.read().contents.meta["step"] == 1);
}

BOOST_AUTO_TEST_CASE(a_damaged_checkpoint_never_becomes_the_one_before) {
    run_of_steps run(2);
    write_bytes(run.history.last(), "damaged");
    BOOST_TEST(run.history.read().contents.meta["step"] == 1);
    run.history.write(of_step(2));
    BOOST_TEST(read_checkpoint_file(run.history.last()).meta["step"] == 2);
    BOOST_TEST(read_checkpoint_file(run.history.previous()).meta["step"] == 1);
    run.history.write(of_step(3));
    BOOST_TEST(read_checkpoint_file(run.history.previous()).meta["step"] == 2);
}

BOOST_AUTO_TEST_CASE(without_a_readable_checkpoint_one_sentence_says_so) {
    run_of_steps run(2);
    write_bytes(run.history.last(), "damaged");
    write_bytes(run.history.previous(), bytes_of(run.history.previous()).substr(0, 50));
    const auto message = message_of([&] { run.history.read(); });
    BOOST_TEST(contains(message, "last.checkpoint' is not a checkpoint"));
    BOOST_TEST(contains(message, "previous.checkpoint' is truncated or corrupt"));
    BOOST_TEST(contains(message, "train anew"));
    BOOST_TEST(!contains(message, "\n"));
    std::filesystem::remove(run.history.previous());
    BOOST_TEST(contains(message_of([&] { run.history.read(); }), "is not a checkpoint"));
}

BOOST_AUTO_TEST_SUITE_END()

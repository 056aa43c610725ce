#include "speaker_verification/training/checkpoint_file.hpp"
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

BOOST_AUTO_TEST_SUITE_END()

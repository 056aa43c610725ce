#include "speaker_verification/training/checkpoints/safetensors_file.hpp"
#include "support.hpp"

#include <boost/test/unit_test.hpp>

using namespace speaker_verification;
using namespace speaker_verification::testing;

namespace {

safetensors_contents some_state() {
    safetensors_contents contents;
    contents.metadata = {{"format", "pt"}, {"note", "a \"quoted\" one"}};
    contents.tensors = {{"layer1.conv.weight", "float32", {2, 1}, std::string("\1\2\3\4\5\6\7\0", 8)},
                        {"layer1.conv.empty", "float32", {0, 3}, ""},
                        {"layer1.bn.num_batches_tracked", "int64", {}, std::string("\7\0\0\0\0\0\0\0", 8)}};
    return contents;
}

/// A file of this header, whatever it says.
std::string file_of(const std::string& header, const std::string& data) {
    std::string bytes;
    for (std::size_t place = 0; place < 8; ++place) bytes += char(header.size() >> (8 * place) & 0xff);
    return bytes + header + data;
}

} // namespace

BOOST_AUTO_TEST_SUITE(safetensors_file)

BOOST_AUTO_TEST_CASE(what_is_written_is_read) {
    const scratch_folder scratch;
    const auto path = scratch.path / "a.safetensors";
    const auto written = some_state();
    write_safetensors_file(path, written);
    const auto read = read_safetensors_file(path);
    BOOST_TEST((read.metadata == written.metadata));
    BOOST_TEST_REQUIRE(read.tensors.size() == 3u);
    for (const auto& expected : written.tensors) {
        const auto found = std::find_if(read.tensors.begin(), read.tensors.end(),
                                        [&](const stored_tensor& each) { return each.name == expected.name; });
        BOOST_TEST_REQUIRE((found != read.tensors.end()));
        BOOST_TEST(found->type == expected.type);
        BOOST_TEST((found->shape == expected.shape));
        BOOST_TEST((found->bytes == expected.bytes));
    }
    BOOST_TEST(read.tensors.front().type == "int64"); // so that each is aligned
    const auto whole = bytes_of(path);
    BOOST_TEST(whole.size() % 8 == 0);
    write_safetensors_file(path, read);
    BOOST_TEST(bytes_of(path) == whole);
    write_safetensors_file(path, {}); // found by fuzzing: its header was "null", which no reader takes
    BOOST_TEST(read_safetensors_file(path).tensors.empty());
}

BOOST_AUTO_TEST_CASE(a_file_of_another_program_is_read) {
    const scratch_folder scratch;
    const auto path = scratch.path / "a.safetensors";
    // As the format's page writes it: any order of names, spaces behind the header.
    write_bytes(path, file_of(R"({"z":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
                              R"("a":{"shape":[],"dtype":"I64","data_offsets":[4,12]}}   )",
                              std::string("\0\0\200\77\3\0\0\0\0\0\0\0", 12)));
    const auto read = read_safetensors_file(path);
    BOOST_TEST_REQUIRE(read.tensors.size() == 2u);
    BOOST_TEST(read.metadata.empty());
    BOOST_TEST(read.tensors[0].name == "z");
    BOOST_TEST(read.tensors[0].bytes == std::string("\0\0\200\77", 4)); // 1.f
    BOOST_TEST(read.tensors[1].shape.empty());
    BOOST_TEST(read.tensors[1].bytes == std::string("\3\0\0\0\0\0\0\0", 8));
}

BOOST_AUTO_TEST_CASE(every_truncation_is_refused) {
    const scratch_folder scratch;
    const auto path = scratch.path / "a.safetensors";
    write_safetensors_file(path, some_state());
    const auto whole = bytes_of(path);
    for (std::size_t size = 0; size < whole.size(); ++size) {
        write_bytes(path, whole.substr(0, size));
        const auto message = message_of([&] { read_safetensors_file(path); });
        BOOST_REQUIRE(message.starts_with("safetensors file '" + path.string() + "' "));
        BOOST_REQUIRE(!contains(message, "\n"));
    }
    write_bytes(path, whole + '\0');
    BOOST_TEST(contains(message_of([&] { read_safetensors_file(path); }), "more bytes than its tensors take"));
    BOOST_TEST(
        contains(message_of([&] { read_safetensors_file(scratch.path / "none.safetensors"); }), "cannot be read"));
}

BOOST_AUTO_TEST_CASE(wrong_headers_are_refused) {
    const scratch_folder scratch;
    const auto path = scratch.path / "a.safetensors";
    const auto refusal = [&](const std::string& header) {
        write_bytes(path, file_of(header, std::string(8, '\0')));
        return message_of([&] { read_safetensors_file(path); });
    };
    const std::string right = R"("a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]})";
    BOOST_TEST(refusal("{" + right + "}") == "nothing was thrown");
    const std::string shape = "has other bytes for the tensor 'a' than its shape takes";
    const std::string fields = "does not describe the tensor 'a'", order = "do not follow one another";
    const std::vector<std::pair<std::string, std::string>> wrong = {
        {"", "no JSON object"},
        {"[]", "no JSON object"},
        {"{" + right, "no JSON object"},
        {"{" + right + "," + right + "}", "names a tensor twice"},
        {std::string(200, '['), "more than 100 levels"},
        {R"({"a":{"dtype":"F16","shape":[4],"data_offsets":[0,8]}})", "as F16, but F32 and I64"},
        {R"({"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}})", shape},
        {R"({"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}})", shape},
        {R"({"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}})", shape},
        {R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}})", shape},
        {R"({"a":{"dtype":"F32","shape":[2.5],"data_offsets":[0,8]}})", fields},
        {R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}})", fields},
        {R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,-1]}})", fields},
        {R"({"a":{"dtype":32,"shape":[2],"data_offsets":[0,8]}})", fields},
        {R"({"a":[]})", fields},
        {R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}})", order},
        {R"({"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}})", order},
        {"{" + right + R"(,"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", order},
        {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", "more bytes than its tensors take"},
        {R"({"__metadata__":{"format":1},)" + right + "}", "no texts by name"},
        {R"({"__metadata__":["pt"],)" + right + "}", "no texts by name"}};
    for (const auto& [header, expected] : wrong) {
        const auto message = refusal(header);
        BOOST_TEST(contains(message, expected), header << ": " << message);
        BOOST_TEST(!contains(message, "\n"));
    }
}

BOOST_AUTO_TEST_CASE(what_cannot_be_written_leaves_the_file_as_it_was) {
    const scratch_folder scratch;
    const auto path = scratch.path / "a.safetensors";
    write_safetensors_file(path, some_state());
    const auto before = bytes_of(path);
    const auto refusal = [&](const std::function<void(stored_tensor&)>& change) {
        auto contents = some_state();
        change(contents.tensors.front());
        const auto message = message_of([&] { write_safetensors_file(path, contents); });
        BOOST_TEST(bytes_of(path) == before);
        return message;
    };
    BOOST_TEST(contains(refusal([](auto& tensor) { tensor.name = "layer1.conv.empty"; }), "occurs twice"));
    BOOST_TEST(contains(refusal([](auto& tensor) { tensor.name = "__metadata__"; }), "occurs twice"));
    BOOST_TEST(contains(refusal([](auto& tensor) { tensor.type = "float16"; }), "neither float32 nor int64"));
    BOOST_TEST(contains(refusal([](auto& tensor) { tensor.bytes.pop_back(); }), "other bytes than its shape takes"));
}

BOOST_AUTO_TEST_SUITE_END()

// States of networks from anywhere, in safetensors files. The length of the header is made right in half of the inputs, or hardly
// anything behind it is reached.
#include "fuzz_input.hpp"

#include "speaker_verification/training/checkpoints/safetensors_file.hpp"

#include <algorithm>

using namespace speaker_verification;

namespace {

/// Writing what was read gives a file that reads the same; to be refused then is a find.
void write_and_read(const safetensors_contents& contents) {
    const auto again = fuzzing::scratch().path() / "again.safetensors";
    write_safetensors_file(again, contents);
    const auto read = read_safetensors_file(again);
    fuzzing::require(read.metadata == contents.metadata && read.tensors.size() == contents.tensors.size());
    for (const auto& tensor : contents.tensors) {
        fuzzing::require(std::any_of(read.tensors.begin(), read.tensors.end(), [&](const stored_tensor& each) {
            return each.name == tensor.name && each.type == tensor.type && each.shape == tensor.shape &&
                   each.bytes == tensor.bytes;
        }));
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    auto input = fuzzing::text_of(data, size);
    std::string bytes;
    if (fuzzing::take_byte(input) == 'f') {
        bytes = input;
    } else { // a header and, behind a line "====", the tensors
        const auto header = fuzzing::take_part(input);
        fuzzing::append(bytes, header.size());
        bytes += header;
        bytes += input;
    }
    const auto file = fuzzing::scratch().write("a.safetensors", bytes);
    safetensors_contents contents;
    if (fuzzing::refuses_or_reads([&] { contents = read_safetensors_file(file); })) write_and_read(contents);
    return 0;
}

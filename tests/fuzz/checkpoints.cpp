// Sealed files: checkpoints, and what a sparse model holds. The checksum is made right, or nothing behind it is reached.
#include "fuzz_input.hpp"

#include "common/sealed_file.hpp"
#include "speaker_verification/data/features/filter_bank.hpp"
#include "speaker_verification/data/features/levels.hpp"
#include "speaker_verification/model/tensor_encoding.hpp"
#include "speaker_verification/training/checkpoints/checkpoint_file.hpp"
#include "speaker_verification/training/settings/settings_file.hpp"

#include <algorithm>
#include <bit>

#include <nlohmann/json.hpp>

using namespace speaker_verification;

namespace {

void read_checkpoint(const std::filesystem::path& file) {
    const auto contents = read_checkpoint_file(file);
    for (const auto& [key, value] : contents.meta.items()) { // as whoever describes a run by it
        const auto& text = value;
        try {
            settings all;
            if (key == "settings") read_settings(text.get<std::string>(), "checkpoint", all);
            if (key == "features") text.get<filter_bank_settings>();
            if (key == "normalization") text.get<level_normalization>();
        } catch (const nlohmann::json::exception&) { // which read_description turns into its sentence
        }
    }
    // Writing what was read gives a file that reads the same.
    const auto again = fuzzing::scratch().path() / "again.checkpoint";
    write_checkpoint_file(again, contents);
    fuzzing::require(read_checkpoint_file(again).blocks == contents.blocks);
}

/// Rows, columns and encoding, then the bytes of a matrix: what the rows of a sparse model's table lead to.
void decode_tensor(std::string_view input) {
    const std::int64_t rows = fuzzing::take_byte(input), columns = 3 * fuzzing::take_byte(input);
    const auto encoding = static_cast<tensor_encoding>(fuzzing::take_byte(input) % 3);
    const auto values = decode(input, {rows, columns}, encoding);
    fuzzing::require(std::int64_t(values.size()) == rows * columns);
    const auto decoded = decode(encode(values, {rows, columns}, encoding), {rows, columns}, encoding);
    fuzzing::require(std::equal(values.begin(), values.end(), decoded.begin(), decoded.end(), [](float a, float b) {
        return a == b || std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b);
    }));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    auto input = fuzzing::text_of(data, size);
    const auto which = fuzzing::take_byte(input);
    const auto& folder = fuzzing::scratch();
    fuzzing::refuses_or_reads([&] {
        if (which == 't') {
            decode_tensor(input);
        } else if (which == 'f') { // the whole file, its checksum right where there is room for one
            std::string bytes(input.substr(0, input.size() - std::min<std::size_t>(input.size(), 8)));
            fuzzing::append(bytes, fuzzing::checksum(bytes));
            read_checkpoint(folder.write("a.checkpoint", bytes));
        } else { // a table and, behind a line "====", the payload
            const auto table = fuzzing::take_part(input);
            read_checkpoint(folder.write("a.checkpoint", fuzzing::sealed("BRGMSPKV", table, input)));
        }
    });
    return 0;
}

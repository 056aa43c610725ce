// Settings of a run and grids of runs, both TOML.
#include "fuzz_input.hpp"

#include "speaker_verification/experiment/grid.hpp"
#include "speaker_verification/training/settings/settings_file.hpp"

using namespace speaker_verification;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    auto input = fuzzing::text_of(data, size);
    if (input.starts_with("#grid")) {
        fuzzing::refuses_or_reads([&] { read_grid(std::string(input), "grid.toml"); });
        return 0;
    }
    settings all;
    const bool read = fuzzing::refuses_or_reads([&] { read_settings(std::string(input), "settings.toml", all); });
    // A text that is refused changes nothing, and what is accepted is written so that it reads back the same.
    const std::string written = settings_text(all);
    if (!read) fuzzing::require(written == settings_text(settings{}));
    settings again;
    read_settings(written, "settings_text", again);
    fuzzing::require(settings_text(again) == written);
    fuzzing::refuses_or_reads([&] { check(all); });
    return 0;
}

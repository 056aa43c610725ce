// A Kaldi data folder: utt2spk and, behind a line "====", wav.scp.
#include "fuzz_input.hpp"

#include "speaker_verification/data/corpora/corpus.hpp"

using namespace speaker_verification;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    auto input = fuzzing::text_of(data, size);
    const auto& folder = fuzzing::scratch();
    folder.write("utt2spk", fuzzing::take_part(input));
    folder.write("wav.scp", input);
    fuzzing::refuses_or_reads([&] {
        for (const auto& each : scan_kaldi(folder.path()).recordings) {
            fuzzing::require(!each.path.empty() && !each.speaker.empty());
            fuzzing::require(!each.source.starts_with('|') && !each.source.ends_with('|')); // nothing runs
        }
    });
    return 0;
}

// Tar archives of recordings and their speakers, and the sounds in them.
#include "fuzz_input.hpp"

#include "speaker_verification/data/audio/outside_audio.hpp"
#include "speaker_verification/data/corpora/corpus.hpp"

using namespace speaker_verification;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto shard = fuzzing::scratch().write("shard.tar", fuzzing::text_of(data, size));
    fuzzing::refuses_or_reads([&] {
        const corpus found = scan_shards(shard);
        for (const auto& each : found.recordings) {
            fuzzing::require(!each.speaker.empty());
            fuzzing::refuses_or_reads([&] { measure_outside_audio(found.root, each.where()); });
            fuzzing::refuses_or_reads([&] { read_outside_audio(found.root, each.where()); });
        }
    });
    // As for a list that was made from an archive which is another one now.
    fuzzing::refuses_or_reads([&] { read_outside_audio(fuzzing::scratch().path(), "shard.tar@512"); });
    return 0;
}

// Sound files: wav, and whatever else libsndfile makes of the bytes.
#include "fuzz_input.hpp"

#include "speaker_verification/data/audio/read_audio.hpp"
#include "speaker_verification/data/audio/sound_file.hpp"

#include <cmath>
#include <span>

using namespace speaker_verification;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto file = fuzzing::scratch().write("a.wav", fuzzing::text_of(data, size));
    const std::span bytes(data, size);
    fuzzing::refuses_or_reads([&] { inspect_file(file); });
    fuzzing::refuses_or_reads([&] { inspect_bytes(bytes); });
    fuzzing::refuses_or_reads([&] { decode_part(file, 3, 1000); });
    fuzzing::refuses_or_reads([&] { read_audio(file, {.shortest_seconds = 0}); });
    fuzzing::refuses_or_reads([&] { // as the audio of an archive of games, at any rate and with any channels
        sound decoded = decode_bytes(bytes);
        fuzzing::require(decoded.channels >= 1 && decoded.samples.size() % std::size_t(decoded.channels) == 0);
        first_channel(decoded);
        to_int16(resample(mix_to_mono(std::move(decoded)), 16000).samples);
    });
    return 0;
}

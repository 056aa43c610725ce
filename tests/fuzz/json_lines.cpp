// JSON: lists of recordings, logs of steps, the index of a speech store.
#include "fuzz_input.hpp"

#include "speaker_verification/data/corpora/corpus.hpp"
#include "speaker_verification/data/store/store_index.hpp"
#include "speaker_verification/training/reports/step_log.hpp"

using namespace speaker_verification;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    auto input = fuzzing::text_of(data, size);
    const auto which = fuzzing::take_byte(input);
    const auto& folder = fuzzing::scratch();
    fuzzing::refuses_or_reads([&] {
        if (which == 'i') {
            folder.write("corpus.recordings.csv", "path,samples,source\na,16000,a.wav\n");
            folder.write("index.json", input);
            read_store_index(folder.path());
        } else if (which == 'd') {
            read_decoded_package(folder.write("package.json", input));
        } else if (which == 'l') {
            step_log(folder.write("steps.jsonl", input), 3); // goes on with the log of a run that is resumed
        } else {
            scan_json_lines(folder.write("list.jsonl", input));
        }
    });
    return 0;
}

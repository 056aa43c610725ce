// The archives of games: the first byte says which, what follows is the file or, for sky, two of them.
#include "fuzz_input.hpp"

#include "speaker_verification/data/archives/package_reader.hpp"
#include "speaker_verification/data/audio/sound_file.hpp"

#include <algorithm>

using namespace speaker_verification;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    auto input = fuzzing::text_of(data, size);
    const auto which = fuzzing::take_byte(input);
    const auto& folder = fuzzing::scratch();
    const auto decode = [&](const std::string& path) {
        fuzzing::refuses_or_reads([&] {
            const sound decoded = package_reader(folder.path()).decode(path);
            fuzzing::require(decoded.channels == 1 && !decoded.samples.empty());
        });
    };
    if (which == 'q') {
        folder.write("queen.1c", input);
        decode("queen.1c:A.SB");
        decode("queen.1c:");
    } else if (which == 's') { // the number of entries, from which the table's length follows
        const std::size_t entries = fuzzing::take_byte(input);
        const std::size_t table = std::min(input.size(), 4 + 8 * entries);
        folder.write("sky.dnr", input.substr(0, table));
        folder.write("sky.dsk", input.substr(table));
        for (const char* id : {"50000", "50001", "50002"}) decode(std::string("sky.dsk:") + id);
    } else if (which == 'd') {
        folder.write("a.ALS", input);
        decode("a.ALS");
    } else {
        folder.write("a.gsm", input);
        decode("a.gsm");
    }
    return 0;
}

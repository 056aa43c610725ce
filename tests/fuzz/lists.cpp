// The lists of a speech store, CSV; trial lists of corpora, words; packages and sets of them.
#include "fuzz_input.hpp"

#include "speaker_verification/data/corpora/corpus_lists.hpp"
#include "speaker_verification/data/corpora/trial_layout.hpp"

#include <algorithm>

using namespace speaker_verification;

namespace {

void read(std::uint8_t which, std::string_view input) {
    const auto& folder = fuzzing::scratch();
    switch (which) {
    case 't':
        read_training_list(folder.write("train.csv", input));
        break;
    case 'c': { // crops and the trials of them
        const auto crops = read_crop_list(folder.write("crops_x.csv", fuzzing::take_part(input)));
        for (const auto& trial : read_trial_list(folder.write("trials_x.csv", input), crops))
            fuzzing::require(trial.crop_a < crops.size() && trial.crop_b < crops.size());
        break;
    }
    case 'p':
        read_package_list(folder.write("packages.txt", input));
        break;
    case 's': // a selection, and the sets
        folder.write("sets.json", input.substr(std::min(input.size(), input.find('\n'))));
        read_package_set(folder.path(), std::string(input.substr(0, input.find('\n'))));
        break;
    default: {
        const auto trials = read_named_trials(folder.write("trials.txt", input));
        for (const auto& trial : trials.trials)
            fuzzing::require(trial.a < trials.names.size() && trial.b < trials.names.size());
    }
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    auto input = fuzzing::text_of(data, size);
    const auto which = fuzzing::take_byte(input);
    fuzzing::refuses_or_reads([&] { read(which, input); });
    return 0;
}

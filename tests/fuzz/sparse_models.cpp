// Sparse model files as `embed` and `verify` read them, without LibTorch: the file, the network that it describes, and an
// embedding by that network, so that no place is read that the file made up.
#include "fuzz_input.hpp"

#include "speaker_verification/deployment/embedding_network.hpp"

#include <algorithm>

using namespace speaker_verification;

namespace {

void embed_with(const std::filesystem::path& file) {
    const auto model = read_embedding_model(file);
    const auto bins = std::size_t(model.run.features.mel_bins);
    for (const std::size_t frames : {std::size_t(9), std::size_t(40)}) {
        feature_matrix features{frames, bins, std::vector<float>(frames * bins)};
        for (std::size_t i = 0; i < features.values.size(); ++i) features.values[i] = float(i % 7) - 3.f;
        fuzzing::require(model.embed(features).size() == model.mean.size());
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    auto input = fuzzing::text_of(data, size);
    const auto which = fuzzing::take_byte(input);
    fuzzing::refuses_or_reads([&] {
        if (which == 'f') { // the whole file, its checksum right where there is room for one
            std::string bytes(input.substr(0, input.size() - std::min<std::size_t>(input.size(), 8)));
            fuzzing::append(bytes, fuzzing::checksum(bytes));
            embed_with(fuzzing::scratch().write("a.sparse", bytes));
        } else { // a table and, behind a line "====", the payload
            const auto table = fuzzing::take_part(input);
            embed_with(fuzzing::scratch().write("a.sparse", fuzzing::sealed("BRGMSPRS", table, input)));
        }
    });
    return 0;
}

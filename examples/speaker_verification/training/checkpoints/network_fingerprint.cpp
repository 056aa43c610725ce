#include "speaker_verification/training/checkpoints/network_fingerprint.hpp"

#include "speaker_verification/data/store/fingerprint.hpp"

namespace speaker_verification {

std::string network_fingerprint(const checkpoint_contents& contents) {
    fingerprint all;
    for (const char* part : {"features", "normalization"}) {
        const auto found = contents.meta.find(part);
        all.add(found == contents.meta.end() ? "" : found->dump());
    }
    for (const auto& tensor : contents.tensors) {
        all.add(tensor.name);
        all.add(tensor.bytes);
    }
    return all.hexadecimal();
}

} // namespace speaker_verification

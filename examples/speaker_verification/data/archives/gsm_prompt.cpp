#include "speaker_verification/data/archives/gsm_prompt.hpp"

#include <sndfile.h>

namespace speaker_verification {

sound decode_gsm_prompt(const std::filesystem::path& file) {
    return decode_headerless_file(file, SF_FORMAT_RAW | SF_FORMAT_GSM610, 8000);
}

} // namespace speaker_verification

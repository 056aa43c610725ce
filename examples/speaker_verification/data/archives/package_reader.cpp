#include "speaker_verification/data/archives/package_reader.hpp"

#include <charconv>
#include <stdexcept>

#include "speaker_verification/data/archives/drascula_speech.hpp"
#include "speaker_verification/data/archives/gsm_prompt.hpp"

namespace speaker_verification {
namespace {

int to_id(const std::string& member) {
    int id = 0;
    const auto [end, error] = std::from_chars(member.data(), member.data() + member.size(), id);
    if (error != std::errc() || end != member.data() + member.size())
        throw std::runtime_error("member '" + member + "' is not a number");
    return id;
}

} // namespace

package_reader::package_reader(std::filesystem::path root) : root_(std::move(root)) {}

sound package_reader::decode(const std::string& path) const {
    const std::size_t colon = path.find(':');
    const std::filesystem::path file = root_ / path.substr(0, colon);
    const std::string member = colon == std::string::npos ? "" : path.substr(colon + 1);
    const std::string ending = file.extension().string();
    const auto decode = [&]() -> sound {
        if (ending == ".1c") return queen(file).decode(member);
        if (ending == ".dsk") return sky(file).decode(to_id(member));
        if (ending == ".ALS") return decode_drascula_speech(file);
        if (ending == ".gsm") return decode_gsm_prompt(file);
        return decode_file(file);
    };
    sound result = mix_to_mono(decode());
    if (result.samples.empty()) throw std::runtime_error("'" + path + "' holds no sample");
    return result;
}

const queen_archive& package_reader::queen(const std::filesystem::path& container) const {
    const std::lock_guard lock(mutex_);
    return queens_.try_emplace(container, container).first->second;
}

const sky_archive& package_reader::sky(const std::filesystem::path& container) const {
    const std::lock_guard lock(mutex_);
    return skies_.try_emplace(container, container).first->second;
}

} // namespace speaker_verification

#include "program_use.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>

#include <bregman/base/random.hpp>

#include "files.hpp"

namespace bench {

namespace {

/// What follows `words` in the text. Throws std::runtime_error where they do not stand.
double number_after(const std::string& text, const std::string& words) {
    const auto at = text.find(words);
    if (at == std::string::npos) throw std::runtime_error("bench: embed failed: " + text);
    return std::strtod(text.c_str() + at + words.size(), nullptr);
}

} // namespace

program_use use_of_embed(const std::filesystem::path& model, const std::filesystem::path& recording) {
    const std::string command = std::string("'") + BENCH_EMBED + "' '" + recording.string() + "' --model '" +
                                model.string() + "' --threads 1 2>&1 >/dev/null";
    program_use best{0, 1e30, 1e30};
    for (int i = 0; i < 5; ++i) {
        const auto begin = std::chrono::steady_clock::now();
        std::FILE* pipe = popen(command.c_str(), "r");
        std::string said;
        for (char text[256]; pipe && std::fgets(text, sizeof text, pipe);) said += text;
        if (!pipe || pclose(pipe) != 0) throw std::runtime_error("bench: embed failed: " + said);
        const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
        best.whole_ms = std::min(best.whole_ms, took.count());
        best.load_ms = std::min(best.load_ms, number_after(said, "model loaded in "));
        best.peak_bytes = std::int64_t(number_after(said, "peak memory ") * 1048576);
    }
    return best;
}

void write_noise_recording(const std::filesystem::path& file, double seconds) {
    const auto samples = std::uint32_t(16000 * seconds), bytes = 2 * samples;
    std::string wav;
    const auto append = [&](auto number) { wav.append(reinterpret_cast<const char*>(&number), sizeof number); };
    wav += "RIFF";
    append(36 + bytes);
    wav += "WAVEfmt ";
    append(std::uint32_t(16));
    append(std::uint16_t(1));
    append(std::uint16_t(1));
    append(std::uint32_t(16000));
    append(std::uint32_t(32000));
    append(std::uint16_t(2));
    append(std::uint16_t(16));
    wav += "data";
    append(bytes);
    const bregman::counter_random random(5);
    for (std::uint32_t i = 0; i < samples; ++i) append(std::int16_t(8000 * (random.uniform(i) - .5)));
    write_file(file, wav.data(), wav.size());
}

} // namespace bench

#include "speaker_verification/data/feature_store.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <optional>
#include <ostream>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "common/atomic_file.hpp"
#include "common/progress.hpp"
#include "speaker_verification/data/mapped_file.hpp"
#include "speaker_verification/data/parallel.hpp"

namespace speaker_verification {
namespace {

constexpr const char* format = "bregman features 1";

/// Utterances computed at a time: memory for one block, order on disk kept.
constexpr std::size_t block_length = 512;

/// The header is padded to a multiple of this, so that the floats behind it are aligned.
constexpr std::size_t alignment = 64;

/// FNV-1a, 64 bits: names files and notices a changed store; not meant to withstand an adversary.
class fingerprint {
  public:
    void add(const std::string& text) {
        for (const char c : text) value_ = (value_ ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
        value_ = (value_ ^ 0xffu) * 0x100000001b3u;
    }
    std::string hexadecimal() const {
        char text[17];
        std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(value_));
        return text;
    }

  private:
    std::uint64_t value_ = 0xcbf29ce484222325u;
};

std::string fingerprint_of(const speech_store& speech) {
    fingerprint print;
    for (const utterance& each : speech.utterances()) {
        print.add(each.key);
        print.add(std::to_string(each.first_sample) + "+" + std::to_string(each.sample_count));
    }
    return print.hexadecimal();
}

/// Padded with blanks and ended by a newline: `head -1` of the file shows it.
std::string header_of(const speech_store& speech, const filter_bank_settings& settings) {
    std::string text = nlohmann::json{{"format", format},
                                      {"settings", settings},
                                      {"speech", fingerprint_of(speech)},
                                      {"utterances", speech.utterances().size()}}
                           .dump();
    text.resize((text.size() / alignment + 1) * alignment, ' ');
    text.back() = '\n';
    return text;
}

/// Per utterance, the index of its first float behind the header; then the number of floats.
std::vector<std::size_t> layout_of(const speech_store& speech, const filter_bank_settings& settings) {
    std::vector<std::size_t> first{0};
    for (const utterance& each : speech.utterances())
        first.push_back(first.back() + frame_count(settings, static_cast<std::size_t>(each.sample_count)) *
                                           settings.mel_bins);
    return first;
}

bool is_whole(const std::filesystem::path& file, const std::string& header, std::size_t floats) {
    std::error_code error;
    const auto size = std::filesystem::file_size(file, error);
    if (error || size != header.size() + floats * sizeof(float)) return false;
    const mapped_file mapping(file);
    return std::memcmp(mapping.data(), header.data(), header.size()) == 0;
}

void compute_features(const speech_store& speech, const filter_bank& bank,
                      const feature_store_options& options, std::ostream& stream) {
    const auto utterances = speech.utterances();
    for (std::size_t first = 0; first < utterances.size(); first += block_length) {
        std::vector<feature_matrix> block(std::min(block_length, utterances.size() - first));
        parallel_for(
            block.size(), options.threads,
            // The index seeds the dither: no two utterances share noise, and threads change nothing.
            [&](std::size_t i) { block[i] = bank.compute(speech.samples(utterances[first + i]), first + i); },
            [&](std::size_t done) {
                if (options.progress) options.progress(first + done, utterances.size());
            });
        for (const feature_matrix& features : block)
            stream.write(reinterpret_cast<const char*>(features.values.data()),
                         static_cast<std::streamsize>(features.values.size() * sizeof(float)));
    }
}

} // namespace

feature_store::feature_store(const speech_store& speech, filter_bank_settings settings,
                             feature_store_options options)
    : settings_(settings) {
    if (options.threads < 1)
        throw std::invalid_argument("feature store: threads = " + std::to_string(options.threads) +
                                    " is out of range: choose 1 or more");
    const filter_bank bank(settings_);
    const std::string header = header_of(speech, settings_);
    const auto layout = layout_of(speech, settings_);
    fingerprint name;
    name.add(header);
    file_ = (options.folder.empty() ? speech.folder() : options.folder) /
            ("features_" + name.hexadecimal() + ".f32");

    if (!is_whole(file_, header, layout.back())) {
        examples::write_file_atomically(file_, [&](std::ostream& stream) {
            stream << header;
            compute_features(speech, bank, options, stream);
        });
        computed_ = true;
    }
    mapping_ = std::make_unique<mapped_file>(file_);
    const auto* floats = reinterpret_cast<const float*>(mapping_->data() + header.size());
    const auto bins = static_cast<std::size_t>(settings_.mel_bins);
    training_count_ = speech.training().size();
    for (std::size_t i = 0; i < speech.utterances().size(); ++i)
        utterances_.push_back({floats + layout[i], (layout[i + 1] - layout[i]) / bins, bins});
    for (const trial_list& list : speech.trial_lists()) {
        auto& views = crops_.emplace_back();
        for (const speaker_verification::crop& each : list.crops) {
            // The members of a crop follow each other in the store, and so do their features.
            const std::size_t begin = layout[each.utterances.front()],
                              end = layout[each.utterances.back() + 1];
            views.push_back({floats + begin, (end - begin) / bins, bins});
        }
    }
}

feature_store::~feature_store() = default;
feature_store::feature_store(feature_store&&) noexcept = default;
feature_store& feature_store::operator=(feature_store&&) noexcept = default;

feature_view feature_store::training(std::size_t index) const {
    if (index >= training_count_) throw std::out_of_range("there is no such training utterance");
    return utterances_[index];
}

feature_view feature_store::utterance(std::size_t index) const { return utterances_.at(index); }

feature_view feature_store::crop(std::size_t list, std::size_t crop) const {
    return crops_.at(list).at(crop);
}

std::size_t feature_store::bytes() const { return mapping_->size(); }

std::function<void(std::size_t, std::size_t)> print_feature_progress() {
    auto line = std::make_shared<std::optional<examples::progress_line>>();
    return [line](std::size_t done, std::size_t total) {
        if (!*line) line->emplace("features", static_cast<std::int64_t>(total));
        (*line)->update(static_cast<std::int64_t>(done));
        if (done == total) (*line)->finish();
    };
}

} // namespace speaker_verification

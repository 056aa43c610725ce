#include "speaker_verification/data/feature_file.hpp"

#include <algorithm>
#include <cstring>
#include <ostream>
#include <stdexcept>

#include "common/atomic_file.hpp"
#include "common/json_file.hpp"
#include "speaker_verification/data/fingerprint.hpp"
#include "speaker_verification/data/mapped_file.hpp"
#include "speaker_verification/data/outside_audio.hpp"
#include "speaker_verification/data/parallel.hpp"

namespace speaker_verification {
namespace {

/// Utterances computed at a time: memory for one block, order on disk kept.
constexpr std::size_t block_length = 512;

/// The header is padded to a multiple of this, so that the floats behind it are aligned.
constexpr std::size_t alignment = 64;

/// Padded with blanks and ended by a newline: `head -1` of the file shows it.
std::string header_of(const feature_file_plan& plan) {
    std::string text = plan.description.dump();
    text.resize((text.size() / alignment + 1) * alignment, ' ');
    text.back() = '\n';
    return text;
}

bool is_whole(const std::filesystem::path& file, const std::string& header, std::size_t floats) {
    std::error_code error;
    const auto size = std::filesystem::file_size(file, error);
    if (error || size != header.size() + floats * sizeof(float)) return false;
    const mapped_file mapping(file);
    return std::memcmp(mapping.data(), header.data(), header.size()) == 0;
}

std::filesystem::path skip_list_beside(std::filesystem::path file) {
    return file.replace_extension(".skipped.json");
}

std::vector<skipped_recording> read_skip_list(const std::filesystem::path& file) {
    std::vector<skipped_recording> skipped;
    if (!std::filesystem::exists(file)) return skipped;
    for (const auto& each : examples::read_json_file(file))
        skipped.push_back({each.at("index").get<std::size_t>(), each.at("recording").get<std::string>(),
                           each.at("reason").get<std::string>()});
    return skipped;
}

void write_skip_list(const std::filesystem::path& file, const std::vector<skipped_recording>& skipped) {
    std::filesystem::remove(file);
    if (skipped.empty()) return;
    nlohmann::json list = nlohmann::json::array();
    for (const skipped_recording& each : skipped)
        list.push_back({{"index", each.index}, {"recording", each.key}, {"reason", each.reason}});
    examples::write_json_file(file, list);
}

/// Computes utterance after utterance into a stream, and remembers which of them could not be used.
class feature_writer {
  public:
    feature_writer(const feature_file_plan& plan, int threads,
                   const std::function<void(std::size_t, std::size_t)>& progress)
        : plan_(plan), threads_(threads), progress_(progress) {}

    void write(std::ostream& stream) {
        for (std::size_t first = 0; first < plan_.frames.size(); first += block_length) {
            std::vector<feature_matrix> block(std::min(block_length, plan_.frames.size() - first));
            std::vector<std::string> problems(block.size());
            parallel_for(
                block.size(), threads_, [&](std::size_t i) { block[i] = compute(first + i, problems[i]); },
                [&](std::size_t done) {
                    if (progress_) progress_(first + done, plan_.frames.size());
                });
            for (std::size_t i = 0; i < block.size(); ++i)
                if (!problems[i].empty()) skip(first + i, problems[i]);
            for (const feature_matrix& features : block)
                stream.write(reinterpret_cast<const char*>(features.values.data()),
                             static_cast<std::streamsize>(features.values.size() * sizeof(float)));
        }
    }

    const std::vector<skipped_recording>& skipped() const { return skipped_; }

  private:
    feature_matrix compute(std::size_t index, std::string& problem) const {
        try {
            return plan_.compute(index);
        } catch (const unusable_audio& error) {
            problem = error.what();
            // Its place in the file stays, so that the others' places are known without the file.
            return {plan_.frames[index], plan_.bins,
                    std::vector<float>(plan_.frames[index] * plan_.bins, 0.f)};
        }
    }

    void skip(std::size_t index, const std::string& reason) {
        if (index >= plan_.skippable)
            throw std::runtime_error("'" + plan_.key(index) + "' of a trial list cannot be used (" + reason +
                                     "): repair it, or leave its trials out by import_speech --rescan");
        skipped_.push_back({index, plan_.key(index), reason});
        refuse_many(skipped_, plan_.frames.size());
    }

    const feature_file_plan& plan_;
    int threads_;
    const std::function<void(std::size_t, std::size_t)>& progress_;
    std::vector<skipped_recording> skipped_;
};

} // namespace

feature_file::feature_file(const feature_file_plan& plan, int threads,
                           const std::function<void(std::size_t, std::size_t)>& progress)
    : bins_(plan.bins), first_frame_{0} {
    for (const std::size_t frames : plan.frames) first_frame_.push_back(first_frame_.back() + frames);
    const std::string header = header_of(plan);
    fingerprint name;
    name.add(header);
    path_ = plan.folder / ("features_" + name.hexadecimal() + ".f32");
    const auto skip_list = skip_list_beside(path_);
    if (is_whole(path_, header, first_frame_.back() * bins_)) {
        skipped_ = read_skip_list(skip_list);
    } else {
        feature_writer writer(plan, threads, progress);
        examples::write_file_atomically(path_, [&](std::ostream& stream) {
            stream << header;
            writer.write(stream);
            // Before the rename: a whole file never lacks its list.
            write_skip_list(skip_list, writer.skipped());
        });
        skipped_ = writer.skipped();
        computed_ = true;
    }
    mapping_ = std::make_unique<mapped_file>(path_);
    values_ = reinterpret_cast<const float*>(mapping_->data() + header.size());
}

feature_file::~feature_file() = default;
feature_file::feature_file(feature_file&&) noexcept = default;
feature_file& feature_file::operator=(feature_file&&) noexcept = default;

feature_view feature_file::utterance(std::size_t index) const {
    const auto found = std::lower_bound(
        skipped_.begin(), skipped_.end(), index,
        [](const skipped_recording& each, std::size_t wanted) { return each.index < wanted; });
    if (found != skipped_.end() && found->index == index) return {values_, 0, bins_};
    return utterances(index, index);
}

feature_view feature_file::utterances(std::size_t first, std::size_t last) const {
    const std::size_t begin = first_frame_.at(first), end = first_frame_.at(last + 1);
    return {values_ + begin * bins_, end - begin, bins_};
}

std::size_t feature_file::bytes() const { return mapping_->size(); }

} // namespace speaker_verification

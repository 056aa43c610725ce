#include "speaker_verification/data/features/feature_file.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "common/json_file.hpp"
#include "speaker_verification/data/audio/outside_audio.hpp"
#include "speaker_verification/data/store/file_seal.hpp"
#include "speaker_verification/data/store/fingerprint.hpp"
#include "speaker_verification/data/store/mapped_file.hpp"
#include "speaker_verification/data/store/parallel.hpp"
#include "speaker_verification/data/store/partial_file.hpp"

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

std::filesystem::path skip_list_beside(std::filesystem::path file) { return file.replace_extension(".skipped.json"); }

/// The list belongs to the features: without it, the places of what was skipped would be taken for silence.
bool is_listed_as_sealed(const std::filesystem::path& skip_list) {
    const std::string checksum = sealed_checksum(skip_list);
    return checksum.empty() ? !std::filesystem::exists(skip_list) : has_checksum(skip_list, checksum);
}

bool is_whole(const std::filesystem::path& file, const std::string& header, std::size_t floats) {
    std::error_code error;
    const auto size = std::filesystem::file_size(file, error);
    if (error || size != header.size() + floats * sizeof(float)) return false;
    const mapped_file mapping(file);
    if (std::memcmp(mapping.data(), header.data(), header.size()) != 0) return false;
    const std::string checksum = sealed_checksum(file);
    return !checksum.empty() && has_checksum(file, checksum) && is_listed_as_sealed(skip_list_beside(file));
}

std::vector<skipped_recording> read_skip_list(const std::filesystem::path& file) {
    std::vector<skipped_recording> skipped;
    if (!std::filesystem::exists(file)) return skipped;
    try {
        for (const auto& each : examples::read_json_file(file))
            skipped.push_back({each.at("index").get<std::size_t>(), each.at("recording").get<std::string>(),
                               each.at("reason").get<std::string>()});
        return skipped;
    } catch (const nlohmann::json::exception&) {
        throw std::runtime_error("'" + file.string() + "' is not as it was written: delete it and run again");
    }
}

void write_skip_list(const std::filesystem::path& file, const std::vector<skipped_recording>& skipped) {
    nlohmann::json list = nlohmann::json::array();
    for (const skipped_recording& each : skipped)
        list.push_back({{"index", each.index}, {"recording", each.key}, {"reason", each.reason}});
    examples::write_json_file(file, list);
}

/// Computes block after block into a partial file, behind those that an earlier run finished, and remembers
/// which utterances could not be used.
class feature_writer {
  public:
    feature_writer(const feature_file_plan& plan, const std::string& header,
                   const std::vector<std::size_t>& first_frame, const std::filesystem::path& skip_list, int threads,
                   const std::function<void(std::size_t, std::size_t)>& progress)
        : plan_(plan), header_(header), first_frame_(first_frame), skip_list_(skip_list), threads_(threads),
          progress_(progress) {}

    void write(partial_file& file) {
        const std::size_t done = resume(file);
        for (std::size_t first = done; first < plan_.frames.size(); first += block_length)
            write_block(first, std::min(first + block_length, plan_.frames.size()), file);
        // An earlier run's list may name what has been repaired since.
        std::filesystem::remove(skip_list_);
        remove_seal(skip_list_);
        if (skipped_.empty()) return;
        write_skip_list(skip_list_, skipped_);
        seal_file(skip_list_, content_checksum(skip_list_));
    }

  private:
    std::uint64_t bytes_before(std::size_t utterance) const {
        return header_.size() + first_frame_[utterance] * plan_.bins * sizeof(float);
    }

    /// The number of utterances in whole blocks of an earlier run; behind them the file is cut.
    std::size_t resume(partial_file& file) {
        std::size_t done = 0;
        if (file.beginning(header_.size()) == header_) {
            const std::uint64_t size = file.size();
            for (std::size_t next = block_length; next < plan_.frames.size() && bytes_before(next) <= size;
                 next += block_length)
                done = next;
            try {
                skipped_ = read_skip_list(skip_list_);
            } catch (const std::runtime_error&) {
                done = 0; // nobody knows what was skipped before
            }
            std::erase_if(skipped_, [&](const skipped_recording& each) { return each.index >= done; });
        } else {
            file.cut(0);
            file.append(header_.data(), header_.size());
        }
        file.cut(bytes_before(done));
        return done;
    }

    void write_block(std::size_t first, std::size_t last, partial_file& file) {
        std::vector<feature_matrix> block(last - first);
        std::vector<std::string> problems(block.size());
        parallel_for(
            block.size(), threads_, [&](std::size_t i) { block[i] = compute(first + i, problems[i]); },
            [&](std::size_t done) {
                if (progress_) progress_(first + done, plan_.frames.size());
            });
        note_problems(first, problems, file);
        for (const feature_matrix& features : block)
            file.append(features.values.data(), features.values.size() * sizeof(float));
    }

    /// Too many problems are the user's to solve, after which nothing of this run may be left.
    void note_problems(std::size_t first, const std::vector<std::string>& problems, partial_file& file) {
        const std::size_t skipped_before = skipped_.size();
        try {
            for (std::size_t i = 0; i < problems.size(); ++i)
                if (!problems[i].empty()) skip(first + i, problems[i]);
        } catch (...) {
            std::filesystem::remove(skip_list_);
            file.discard();
            throw;
        }
        // Before the block: no block in the file lacks its list.
        if (skipped_.size() > skipped_before) write_skip_list(skip_list_, skipped_);
    }

    feature_matrix compute(std::size_t index, std::string& problem) const {
        try {
            return plan_.compute(index);
        } catch (const unusable_audio& error) {
            problem = error.what();
            // Its place in the file stays, so that the others' places are known without the file.
            return {plan_.frames[index], plan_.bins, std::vector<float>(plan_.frames[index] * plan_.bins, 0.f)};
        }
    }

    void skip(std::size_t index, const std::string& reason) {
        if (index >= plan_.skippable)
            throw std::runtime_error("'" + plan_.key(index) + "' of a trial list cannot be used (" + reason +
                                     "): repair it, or run import_speech again, which leaves its trials out");
        skipped_.push_back({index, plan_.key(index), reason});
        refuse_many(skipped_, plan_.frames.size());
    }

    const feature_file_plan& plan_;
    const std::string& header_;
    const std::vector<std::size_t>& first_frame_;
    const std::filesystem::path& skip_list_;
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
    const std::size_t floats = first_frame_.back() * bins_;
    if (!is_whole(path_, header, floats)) {
        partial_file partial(path_);
        // Another process may have finished it meanwhile.
        if (!is_whole(path_, header, floats)) {
            feature_writer writer(plan, header, first_frame_, skip_list, threads, progress);
            writer.write(partial);
            // Sealed before and after it has its name: whoever is killed between leaves a seal that holds.
            const std::string checksum = content_checksum(partial.path());
            seal_file(path_, checksum);
            partial.finish();
            seal_file(path_, checksum);
            computed_ = true;
        } else {
            partial.discard();
        }
    }
    skipped_ = read_skip_list(skip_list);
    mapping_ = std::make_unique<mapped_file>(path_);
    values_ = reinterpret_cast<const float*>(mapping_->data() + header.size());
}

feature_file::~feature_file() = default;
feature_file::feature_file(feature_file&&) noexcept = default;
feature_file& feature_file::operator=(feature_file&&) noexcept = default;

feature_view feature_file::utterance(std::size_t index) const {
    const auto found =
        std::lower_bound(skipped_.begin(), skipped_.end(), index,
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

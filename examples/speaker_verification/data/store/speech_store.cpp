#include <algorithm>
#include <set>
#include <stdexcept>
#include <unordered_map>

#include "speaker_verification/data/archives/binary_file.hpp"
#include "speaker_verification/data/audio/outside_audio.hpp"
#include "speaker_verification/data/corpora/corpus_lists.hpp"
#include "speaker_verification/data/corpora/known_names.hpp"
#include "speaker_verification/data/store/file_seal.hpp"
#include "speaker_verification/data/store/speech_index.hpp"
#include "speaker_verification/data/store/store_index.hpp"

namespace speaker_verification {
namespace {

/// The utterance at a place of the store. Its speaker and times are the list's to fill in.
utterance locate(const store_index& index, const std::filesystem::path& list, const std::string& package,
                 const std::string& path) {
    const auto& members = index.packages.at(package).members;
    const auto found = members.find(path);
    if (found == members.end())
        throw std::runtime_error("list '" + list.string() + "' names '" + package + "/" + path +
                                 "', which is not in the store; known are " + three_keys_of(members) +
                                 ": run fetch_speech again or correct the list");
    utterance result;
    result.key = package + "/" + path;
    result.package = package;
    result.path = path;
    result.first_sample = found->second.first;
    result.sample_count = found->second.count;
    result.source = found->second.source;
    return result;
}

bool needs_absent_package(const store_index& index, const std::vector<listed_crop>& crops) {
    return std::any_of(crops.begin(), crops.end(), [&](const listed_crop& crop) {
        return std::any_of(crop.members.begin(), crop.members.end(),
                           [&](const std::string& key) { return !index.packages.contains(package_of(key)); });
    });
}

const std::string& source_of(const utterance& which) { return which.source.empty() ? which.path : which.source; }

void require_whole_files(const std::filesystem::path& store, const store_index& index) {
    for (const auto& [name, package] : index.packages) {
        std::error_code error;
        if (!package.root.empty()) {
            if (!std::filesystem::exists(package.root, error))
                throw std::runtime_error("the corpus '" + package.root.string() + "' of the store '" + store.string() +
                                         "' is not there: mount it, or run import_speech with its new place");
            continue;
        }
        const auto file = raw_file(store, name);
        const auto bytes = std::filesystem::file_size(file, error);
        if (error || bytes != static_cast<std::uintmax_t>(package.samples) * sizeof(std::int16_t))
            throw std::runtime_error("'" + file.string() + "' is missing or not of the " +
                                     std::to_string(package.samples * 2) +
                                     " bytes that the index says: run fetch_speech again");
        if (!package.checksum.empty() && !has_checksum(file, package.checksum))
            throw std::runtime_error("'" + file.string() +
                                     "' has changed since it was written: run fetch_speech again");
    }
}

} // namespace

speech_store::speech_store(std::filesystem::path folder, std::filesystem::path lists) : folder_(std::move(folder)) {
    const store_index index = read_store_index(folder_);
    require_whole_files(folder_, index);
    for (const auto& [name, package] : index.packages) {
        if (!package.root.empty())
            roots_[name] = package.root;
        else
            stamps_[name] = package.sha256 + "+" + package.checksum;
    }
    if (lists.empty()) lists = folder_ / "lists";

    const auto training_file = lists / index.training;
    std::set<std::string> speakers;
    for (const listed_utterance& listed : read_training_list(training_file)) {
        if (!index.packages.contains(listed.package)) {
            ++training_left_out_;
            continue;
        }
        utterance each = locate(index, training_file, listed.package, listed.path);
        each.speaker = listed.speaker;
        each.character = listed.character;
        each.speech_seconds = listed.speech_seconds;
        speakers.insert(each.speaker);
        utterances_.push_back(std::move(each));
    }
    training_count_ = utterances_.size();
    speakers_.assign(speakers.begin(), speakers.end());

    // Lists of one corpus share recordings; those that are a whole crop are kept once.
    std::unordered_map<std::string, std::size_t> single;
    for (const std::string& name : index.trials) {
        const auto crop_file = lists / ("crops_" + name + ".csv");
        const auto crops = read_crop_list(crop_file);
        if (needs_absent_package(index, crops)) {
            trial_lists_left_out_.push_back(name);
            continue;
        }
        trial_list list{name, {}, {}};
        for (const listed_crop& listed : crops) {
            crop each{listed.name, listed.speaker, listed.character, {}, listed.speech_seconds, listed.average};
            for (const std::string& key : listed.members) {
                if (listed.members.size() == 1) {
                    const auto [known, added] = single.try_emplace(key, utterances_.size());
                    each.utterances.push_back(known->second);
                    if (!added) continue;
                } else {
                    each.utterances.push_back(utterances_.size());
                }
                utterance member = locate(index, crop_file, package_of(key), path_of(key));
                member.speaker = listed.speaker;
                member.character = listed.character;
                utterances_.push_back(std::move(member));
            }
            list.crops.push_back(std::move(each));
        }
        for (const listed_trial& listed : read_trial_list(lists / ("trials_" + name + ".csv"), crops))
            list.trials.push_back({listed.target, listed.crop_a, listed.crop_b, listed.type});
        trial_lists_.push_back(std::move(list));
    }
}

std::vector<float> speech_store::samples(const utterance& which) const {
    if (const auto corpus = roots_.find(which.package); corpus != roots_.end()) {
        auto result = read_outside_audio(corpus->second, source_of(which));
        if (static_cast<std::int64_t>(result.size()) != which.sample_count)
            throw unusable_audio("decodes to " + std::to_string(result.size()) + " samples instead of the " +
                                 std::to_string(which.sample_count) + " that its header promised");
        return result;
    }
    const auto bytes = read_bytes(raw_file(folder_, which.package), which.first_sample * sizeof(std::int16_t),
                                  which.sample_count * sizeof(std::int16_t));
    std::vector<float> result(which.sample_count);
    for (std::size_t i = 0; i < result.size(); ++i)
        result[i] = static_cast<std::int16_t>(little_endian(std::span(bytes).subspan(2 * i, 2)));
    return result;
}

std::string speech_store::stamp(const utterance& which) const {
    const auto corpus = roots_.find(which.package);
    return corpus == roots_.end() ? stamps_.at(which.package) : outside_stamp(corpus->second, source_of(which));
}

} // namespace speaker_verification

#include "speaker_verification/data/corpora/import_store.hpp"

#include <algorithm>
#include <ostream>
#include <set>
#include <stdexcept>

#include "common/atomic_file.hpp"
#include "common/json_file.hpp"
#include "common/plain_name.hpp"
#include "common/progress.hpp"
#include "speaker_verification/data/audio/skipped_recordings.hpp"
#include "speaker_verification/data/corpora/corpus_counts.hpp"
#include "speaker_verification/data/corpora/imported_lists.hpp"
#include "speaker_verification/data/corpora/measure_corpus.hpp"
#include "speaker_verification/data/corpora/trial_crops.hpp"
#include "speaker_verification/data/store/speech_index.hpp"
#include "speaker_verification/data/store/store_index.hpp"

namespace speaker_verification {
namespace {

namespace fs = std::filesystem;

/// Fewest samples of a trial's recording: 9 frames, what every network can take.
constexpr std::int64_t shortest_trial = 400 + 8 * 160;

void refuse_foreign_store(const fs::path& store) {
    if (!fs::exists(store / "index.json")) return;
    const std::string set = read_store_index(store).set;
    if (set != imported_set)
        throw std::runtime_error("'" + store.string() + "' holds speech of fetch_speech ('" + set +
                                 "'): choose another folder with --store");
}

void refuse_twice(const std::vector<corpus_request>& corpora) {
    std::set<std::pair<std::string, fs::path>> seen;
    for (const corpus_request& each : corpora)
        if (!seen.insert({each.kind, each.place}).second)
            throw std::runtime_error("the corpus '" + each.place.string() + "' is given twice: name it once");
}

/// What the lists, which have no quoting, cannot hold.
void require_plain(const corpus& from) {
    for (const recording& each : from.recordings)
        for (const std::string* text : {&each.path, &each.speaker, &each.genre, &each.source})
            if (text->find_first_of(",|\n\r") != std::string::npos || !examples::is_utf8(*text))
                throw std::runtime_error("'" + *text + "' in '" + from.root.string() +
                                         "' contains a comma, a bar or a line break, or is not UTF-8: rename it");
}

void measure(corpus& from, const std::vector<std::size_t>& which, bool decode, int threads) {
    examples::progress_line progress((decode ? "decode trials of " : "measure ") + from.root.string(),
                                     static_cast<std::int64_t>(which.size()));
    measure_recordings(from, which, decode, threads,
                       [&](std::size_t done) { progress.update(static_cast<std::int64_t>(done)); });
    progress.finish();
}

/// What an earlier import measured is used where it still holds; what could not be used then is tried again, as it may
/// have been repaired.
void measure_what_changed(corpus& found, const corpus_request& request, const import_settings& settings) {
    const fs::path cache = scan_cache_file(settings.store, request);
    const auto unknown = recall_measurements(settings.rescan ? fs::path() : cache, found);
    if (unknown.empty()) return;
    measure(found, unknown, false, settings.threads);
    write_scan_cache(cache, found);
}

std::vector<trial_source> sources_of(const import_settings& settings) {
    std::vector<trial_source> sources;
    for (const fs::path& file : settings.trials) sources.push_back({file.stem().string(), file, {}});
    for (const corpus_request& request : settings.corpora)
        if (request.kind == "cnceleb")
            for (trial_source& each : cnceleb_trials(request.place, settings.how)) sources.push_back(std::move(each));
    std::set<std::string> names;
    for (const trial_source& each : sources) {
        if (each.name.size() > examples::longest_name)
            throw std::runtime_error("trial list '" + each.file.string() + "' has a name of " +
                                     std::to_string(each.name.size()) + " characters, more than " +
                                     std::to_string(examples::longest_name) + ": rename the file");
        if (!examples::is_plain_name(each.name))
            throw std::runtime_error("trial list '" + each.file.string() +
                                     "' has a name that is not UTF-8 or not printed: "
                                     "rename the file");
        if (!names.insert(each.name).second || each.name.find_first_of(",|/") != std::string::npos)
            throw std::runtime_error("trial list '" + each.file.string() + "' would be called '" + each.name +
                                     "', which another list is called or which has a comma, bar or slash: "
                                     "rename the file");
    }
    return sources;
}

/// Decodes the trials' recordings of one corpus that never were.
void decode_trials(corpus& from, std::uint32_t number, const std::vector<resolved_trials>& lists,
                   const corpus_request& request, const import_settings& settings) {
    std::set<std::size_t> wanted;
    for (const resolved_trials& list : lists)
        for (const trial_crop& crop : list.crops)
            for (const recording_place& at : crop.recordings)
                if (at.corpus == number && !from.recordings[at.index].decoded &&
                    from.recordings[at.index].problem.empty())
                    wanted.insert(at.index);
    if (wanted.empty()) return;
    measure(from, {wanted.begin(), wanted.end()}, true, settings.threads);
    for (const std::size_t i : wanted)
        if (recording& each = from.recordings[i]; each.problem.empty() && each.samples < shortest_trial)
            each.problem = "is shorter than .105 s";
    write_scan_cache(scan_cache_file(settings.store, request), from);
}

std::vector<skipped_recording> skipped_of(const std::vector<corpus>& corpora) {
    std::vector<skipped_recording> skipped;
    std::size_t index = 0;
    for (const corpus& from : corpora)
        for (const recording& each : from.recordings) {
            if (!each.problem.empty()) skipped.push_back({index, (from.root / each.path).string(), each.problem});
            ++index;
        }
    return skipped;
}

void write_skipped(const fs::path& store, const std::vector<skipped_recording>& skipped) {
    examples::write_file_atomically(store / "skipped.txt", [&](std::ostream& stream) {
        for (const skipped_recording& each : skipped) stream << each.key << ": " << each.reason << '\n';
    });
}

std::size_t recordings_of(const std::vector<corpus>& corpora) {
    std::size_t count = 0;
    for (const corpus& from : corpora) count += from.recordings.size();
    return count;
}

} // namespace

import_report import_store(const import_settings& given) {
    import_settings settings = given;
    if (settings.corpora.empty())
        throw std::runtime_error("no corpus is given: name at least one with --voxceleb, --cnceleb, --kaldi, "
                                 "--json-lines or --shards");
    examples::require_utf8("--store", settings.store.string());
    for (corpus_request& each : settings.corpora) {
        examples::require_utf8("the corpus", each.place.string());
        each.place = fs::weakly_canonical(fs::absolute(each.place)); // the store is used from anywhere
    }
    refuse_twice(settings.corpora);
    refuse_foreign_store(settings.store);

    // All that can be refused without opening a recording is refused first.
    const auto sources = sources_of(settings);
    std::vector<corpus> corpora;
    for (const corpus_request& each : settings.corpora) {
        corpora.push_back(scan(each));
        require_plain(corpora.back());
    }
    for (std::size_t c = 0; c < corpora.size(); ++c) measure_what_changed(corpora[c], settings.corpora[c], settings);
    import_report report;
    std::vector<resolved_trials> lists;
    if (!sources.empty()) {
        const recording_finder finder(corpora);
        for (const trial_source& source : sources) {
            lists.push_back(resolve_trials(source, finder, corpora));
            const auto& list = lists.back();
            const auto warning = check_trial_count(source, list.named.trials.size(), list.models, list.tests);
            if (!warning.empty()) report.warnings.push_back(warning);
        }
    }
    for (std::uint32_t c = 0; c < corpora.size(); ++c)
        decode_trials(corpora[c], c, lists, settings.corpora[c], settings);

    const auto skipped = skipped_of(corpora);
    refuse_many(skipped, recordings_of(corpora));
    report.skipped = skipped.size();
    for (const set_count& each : count_sets(corpora))
        (each.as_published() ? report.counts : report.warnings).push_back(each.describe());
    write_imported_lists(settings, corpora, lists, report);
    write_skipped(settings.store, skipped);
    return report;
}

} // namespace speaker_verification

#include "speaker_verification/data/corpora/imported_lists.hpp"

#include <algorithm>
#include <ostream>
#include <set>
#include <stdexcept>

#include "common/atomic_file.hpp"
#include "speaker_verification/data/corpora/measure_corpus.hpp"
#include "speaker_verification/data/store/speech_index.hpp"
#include "speaker_verification/data/store/store_index.hpp"

namespace speaker_verification {
namespace {

double seconds_of(std::int64_t samples) { return static_cast<double>(samples) / store_sample_rate; }

/// Names of corpora and speakers in the store. VoxCeleb2 and CN-Celeb both have a speaker id00012.
class store_names {
  public:
    explicit store_names(const std::vector<corpus>& corpora) {
        std::set<std::string> kinds;
        for (const corpus& each : corpora) {
            kinds.insert(each.kind);
            packages_.push_back(each.kind + "-" + std::to_string(packages_.size() + 1));
        }
        kinds_differ_ = kinds.size() > 1;
    }

    const std::string& package(std::size_t corpus) const { return packages_[corpus]; }

    std::string speaker(const corpus& from, const std::string& name) const {
        return kinds_differ_ ? from.kind + "/" + name : name;
    }

  private:
    std::vector<std::string> packages_;
    bool kinds_differ_ = false;
};

/// Writes one imported store.
class list_writer {
  public:
    list_writer(const import_settings& settings, const std::vector<corpus>& corpora,
                const std::vector<resolved_trials>& lists, import_report& report)
        : settings_(settings), corpora_(corpora), lists_(lists), report_(report), names_(corpora) {
        for (std::size_t c = 0; c < corpora.size(); ++c) {
            decoded_package& package = index_.packages[names_.package(c)];
            package.version = corpora[c].kind;
            package.root = corpora[c].root;
        }
        index_.set = imported_set;
        index_.training = "train.csv";
    }

    void write() {
        // Before anything is written: a store that is there stays as it is when this import is refused.
        for (const resolved_trials& list : lists_) require_usable(list);
        write_training();
        for (const resolved_trials& list : lists_) write_trials(list);
        if (report_.training == 0 && report_.trials == 0)
            throw std::runtime_error("no recording is left to train on and no trial to try: " +
                                     std::to_string(report_.too_short) + " are shorter than " +
                                     std::to_string(settings_.shortest_seconds) + " s, check --shortest and the lists");
        write_store_index(settings_.store, index_);
    }

  private:
    std::set<std::string> trial_speakers() const {
        std::set<std::string> speakers;
        for (const resolved_trials& list : lists_)
            for (const trial_crop& crop : list.crops) speakers.insert(speaker_of(crop));
        return speakers;
    }

    const recording& at(const recording_place& place) const { return corpora_[place.corpus].recordings[place.index]; }

    std::string speaker_of(const trial_crop& crop) const {
        const recording_place& first = crop.recordings.front();
        return names_.speaker(corpora_[first.corpus], at(first).speaker);
    }

    void place_in_index(std::size_t corpus, const recording& each) {
        index_.packages[names_.package(corpus)].members[each.path] = {0, each.samples, each.source};
    }

    void write_training() {
        const auto tried = trial_speakers();
        std::set<std::string> speakers;
        const auto shortest = static_cast<std::int64_t>(settings_.shortest_seconds * store_sample_rate);
        const auto joined = static_cast<std::int64_t>(settings_.joined_seconds * store_sample_rate);
        examples::write_file_atomically(settings_.store / "lists/train.csv", [&](std::ostream& stream) {
            stream << "speaker,character,package,path,speech_s\n";
            for (std::size_t c = 0; c < corpora_.size(); ++c)
                for (const recording& each : join_short(corpora_[c].recordings, joined)) {
                    if (!each.may_train || !each.problem.empty()) continue;
                    const std::string speaker = names_.speaker(corpora_[c], each.speaker);
                    if (tried.contains(speaker)) {
                        ++report_.of_trial_speakers;
                        continue;
                    }
                    if (each.samples < shortest) {
                        ++report_.too_short;
                        continue;
                    }
                    stream << speaker << ',' << (each.genre.empty() ? each.speaker : each.genre) << ','
                           << names_.package(c) << ',' << each.path << ',' << seconds_of(each.samples) << '\n';
                    place_in_index(c, each);
                    speakers.insert(speaker);
                    ++report_.training;
                    report_.training_hours += seconds_of(each.samples) / 3600;
                }
        });
        report_.speakers = speakers.size();
    }

    /// Keys of what is usable of a crop, separated by bars; empty when nothing is.
    std::string members_of(const trial_crop& crop) {
        std::string members;
        for (const recording_place& place : crop.recordings) {
            if (!at(place).problem.empty()) continue;
            members += (members.empty() ? "" : "|") + names_.package(place.corpus) + "/" + at(place).path;
            place_in_index(place.corpus, at(place));
        }
        return members;
    }

    void write_trials(const resolved_trials& list) {
        std::vector<bool> usable;
        examples::write_file_atomically(
            settings_.store / "lists" / ("crops_" + list.name + ".csv"), [&](std::ostream& stream) {
                stream << "crop,speaker,character,speech_s,members\n";
                for (const trial_crop& crop : list.crops) {
                    const std::string members = members_of(crop);
                    usable.push_back(!members.empty());
                    if (members.empty()) continue;
                    double seconds = 0;
                    for (const recording_place& place : crop.recordings)
                        if (at(place).problem.empty()) seconds += seconds_of(at(place).samples);
                    const std::string speaker = speaker_of(crop);
                    stream << crop.name << ',' << speaker << ',' << speaker << ',' << seconds << ','
                           << (crop.recordings.size() > 1 ? "average:" : "") << members << '\n';
                }
            });
        std::size_t written = 0;
        examples::write_file_atomically(settings_.store / "lists" / ("trials_" + list.name + ".csv"),
                                        [&](std::ostream& stream) {
                                            stream << "label,crop_a,crop_b,type\n";
                                            for (const named_trials::trial& each : list.named.trials) {
                                                if (!usable[each.a] || !usable[each.b]) {
                                                    ++report_.trials_left_out;
                                                    continue;
                                                }
                                                stream << each.target << ',' << list.named.names[each.a] << ','
                                                       << list.named.names[each.b] << ",any\n";
                                                ++written;
                                            }
                                        });
        report_.trials += written;
        index_.trials.push_back(list.name);
    }

    bool is_usable(const trial_crop& crop) const {
        return std::any_of(crop.recordings.begin(), crop.recordings.end(),
                           [&](const recording_place& place) { return at(place).problem.empty(); });
    }

    void require_usable(const resolved_trials& list) const {
        bool any = false;
        for (const named_trials::trial& each : list.named.trials) {
            require_true_label(list, each);
            any = any || (is_usable(list.crops[each.a]) && is_usable(list.crops[each.b]));
        }
        if (!any)
            throw std::runtime_error("trial list '" + list.name +
                                     "' has no trial whose recordings can be used: see the corpus");
    }

    void require_true_label(const resolved_trials& list, const named_trials::trial& each) const {
        const std::string a = speaker_of(list.crops[each.a]), b = speaker_of(list.crops[each.b]);
        if (each.target == (a == b)) return;
        throw std::runtime_error("trial list '" + list.name + "' calls '" + list.named.names[each.a] + "' and '" +
                                 list.named.names[each.b] + "' " + (each.target ? "one speaker" : "two speakers") +
                                 ", but they are of '" + a + "' and '" + b + "': correct the list or the speakers");
    }

    const import_settings& settings_;
    const std::vector<corpus>& corpora_;
    const std::vector<resolved_trials>& lists_;
    import_report& report_;
    store_names names_;
    store_index index_;
};

} // namespace

void write_imported_lists(const import_settings& settings, const std::vector<corpus>& corpora,
                          const std::vector<resolved_trials>& lists, import_report& report) {
    list_writer(settings, corpora, lists, report).write();
}

} // namespace speaker_verification

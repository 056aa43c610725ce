#include "speaker_verification/data/corpora/actor_rotation.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <random>
#include <set>
#include <stdexcept>
#include <utility>

#include "speaker_verification/data/corpora/csv.hpp"

namespace speaker_verification {
namespace {

constexpr double crop_seconds = 3;
constexpr std::size_t crops_of_an_actor = 60;
constexpr std::size_t pairs_of_a_character = 240;
constexpr std::size_t pairs_across_characters = 200;
constexpr std::size_t pairs_of_two_actors = 160;

/// By the game's credits.
constexpr std::array<std::string_view, 5> women = {"qa_debbie_arnold", "qa_jessica_martin", "qa_lisa_valdez",
                                                   "qa_penelope_keith", "qa_regina_reagan"};

bool is_woman(const std::string& actor) { return std::find(women.begin(), women.end(), actor) != women.end(); }

bool contains(const std::vector<std::string>& sorted, const std::string& name) {
    return std::binary_search(sorted.begin(), sorted.end(), name);
}

/// nullptr where the store has none.
const trial_list* standard_trials(const speech_store& speech) {
    for (const trial_list& list : speech.trial_lists())
        if (list.name == standard_list) return &list;
    return nullptr;
}

std::vector<std::string> actors_tried(const speech_store& speech) {
    std::set<std::string> names;
    if (const trial_list* list = standard_trials(speech))
        for (const crop& each : list->crops) names.insert(each.speaker);
    return {names.begin(), names.end()};
}

std::vector<std::string> actors_trained(const speech_store& speech) {
    std::set<std::string> names;
    for (const utterance& each : speech.training())
        if (each.package == rotation_package) names.insert(each.speaker);
    return {names.begin(), names.end()};
}

std::string joined(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
    return text;
}

bool two_of_a_gender(const std::vector<std::string>& actors) {
    const auto count = std::count_if(actors.begin(), actors.end(), is_woman);
    return count >= 2 || std::ssize(actors) - count >= 2;
}

/// A random order that depends on `what` alone: std::shuffle and the distributions differ between libraries.
template <class Item>
void shuffle(std::vector<Item>& items, const std::string& what) {
    std::uint64_t seed = 0xcbf29ce484222325u; // FNV-1a
    for (const char c : what) seed = (seed ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
    std::mt19937_64 random(seed);
    for (std::size_t left = items.size(); left > 1; --left) std::swap(items[left - 1], items[random() % left]);
}

std::vector<crop> make_crops(const speech_store& speech, const std::string& actor) {
    const auto training = speech.training();
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < training.size(); ++i)
        if (training[i].package == rotation_package && training[i].speaker == actor) order.push_back(i);
    shuffle(order, "crops of " + actor);

    std::map<std::string, crop> open; // by character
    std::vector<crop> crops;
    for (const std::size_t i : order) {
        crop& joining = open[training[i].character];
        joining.utterances.push_back(i);
        joining.speech_seconds += training[i].speech_seconds;
        if (joining.speech_seconds < crop_seconds) continue;
        joining.name = actor + "_" + std::to_string(crops.size());
        joining.speaker = actor;
        joining.character = training[i].character;
        crops.push_back(std::exchange(joining, {}));
        if (crops.size() == crops_of_an_actor) break;
    }
    return crops;
}

std::vector<crop> crops_of(const speech_store& speech, const std::string& actor) {
    std::vector<crop> given;
    if (const trial_list* list = standard_trials(speech))
        for (const crop& each : list->crops)
            if (each.speaker == actor) given.push_back(each);
    return given.empty() ? make_crops(speech, actor) : given;
}

using crop_pair = std::pair<std::size_t, std::size_t>;

/// Adds at most `count` of the pairs, drawn at random.
void add_trials(trial_list& list, std::vector<crop_pair> pairs, std::size_t count, const std::string& type,
                const std::string& what) {
    shuffle(pairs, type + " of " + what);
    pairs.resize(std::min(pairs.size(), count));
    for (const auto& [a, b] : pairs)
        list.trials.push_back({list.crops[a].speaker == list.crops[b].speaker, a, b, type});
}

/// Crops first to last - 1 are one actor's.
struct actor_crops {
    std::string actor;
    std::size_t first, last;
};

void add_target_trials(trial_list& list, const actor_crops& own) {
    std::map<std::string, std::vector<crop_pair>> same;
    std::vector<crop_pair> across;
    for (std::size_t a = own.first; a < own.last; ++a)
        for (std::size_t b = a + 1; b < own.last; ++b) {
            const std::string& character = list.crops[a].character;
            (list.crops[b].character == character ? same[character] : across).emplace_back(a, b);
        }
    for (auto& [character, pairs] : same)
        add_trials(list, std::move(pairs), pairs_of_a_character, "same_character", own.actor + " as " + character);
    add_trials(list, std::move(across), pairs_across_characters, "cross_character", own.actor);
}

void add_nontarget_trials(trial_list& list, const actor_crops& one, const actor_crops& other) {
    std::vector<crop_pair> pairs;
    for (std::size_t a = one.first; a < one.last; ++a)
        for (std::size_t b = other.first; b < other.last; ++b) pairs.emplace_back(a, b);
    const bool same = is_woman(one.actor) == is_woman(other.actor);
    add_trials(list, std::move(pairs), pairs_of_two_actors, same ? "same_gender" : "diff_gender",
               one.actor + " and " + other.actor);
}

} // namespace

std::vector<std::string> rotating_actors(const speech_store& speech) {
    std::vector<std::string> actors = actors_tried(speech);
    for (const std::string& name : actors_trained(speech)) actors.push_back(name);
    std::sort(actors.begin(), actors.end());
    actors.erase(std::unique(actors.begin(), actors.end()), actors.end());
    return actors;
}

std::vector<std::vector<std::string>> rotation_folds(const speech_store& speech) {
    return {actors_tried(speech), actors_trained(speech)};
}

std::vector<std::string> held_out_actors(const speech_store& speech, const std::string& names) {
    if (names.empty()) return {};
    const auto known = rotating_actors(speech);
    if (known.empty())
        throw std::invalid_argument("setting 'held_out_actors' is '" + names + "' but the speech store '" +
                                    speech.folder().string() + "' has no actors of " + std::string(rotation_package) +
                                    ": run fetch_speech --packages demo, or leave it empty");
    std::set<std::string> chosen;
    for (const std::string& name : split(names, ',')) {
        if (!contains(known, name))
            throw std::invalid_argument("setting 'held_out_actors' names '" + name + "', who is none of the actors " +
                                        joined(known) + ": separate their names by commas alone");
        chosen.insert(name);
    }
    const std::vector<std::string> held_out(chosen.begin(), chosen.end());
    if (!two_of_a_gender(held_out))
        throw std::invalid_argument("setting 'held_out_actors' is '" + names +
                                    "' but needs two actors of the same gender, who are told apart in the "
                                    "trials: name more of " +
                                    joined(known));
    return held_out;
}

std::vector<std::size_t> utterances_to_train(const speech_store& speech, const std::vector<std::string>& held_out) {
    std::vector<std::size_t> chosen;
    const auto training = speech.training();
    for (std::size_t i = 0; i < training.size(); ++i)
        if (training[i].package != rotation_package || !contains(held_out, training[i].speaker)) chosen.push_back(i);
    const trial_list* list = standard_trials(speech);
    if (held_out.empty() || !list) return chosen;
    for (const crop& each : list->crops)
        if (!contains(held_out, each.speaker))
            chosen.insert(chosen.end(), each.utterances.begin(), each.utterances.end());
    return chosen;
}

trial_list rotated_trials(const speech_store& speech, const std::vector<std::string>& held_out) {
    const trial_list* given = standard_trials(speech);
    if (given && (held_out.empty() || held_out == actors_tried(speech))) return *given;
    trial_list list{std::string(rotation_list), {}, {}};
    std::vector<actor_crops> actors;
    for (const std::string& actor : held_out) {
        const auto crops = crops_of(speech, actor);
        actors.push_back({actor, list.crops.size(), list.crops.size() + crops.size()});
        list.crops.insert(list.crops.end(), crops.begin(), crops.end());
    }
    for (const actor_crops& own : actors) add_target_trials(list, own);
    for (std::size_t one = 0; one < actors.size(); ++one)
        for (std::size_t other = one + 1; other < actors.size(); ++other)
            add_nontarget_trials(list, actors[one], actors[other]);
    return list;
}

} // namespace speaker_verification

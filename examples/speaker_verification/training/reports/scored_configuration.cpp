#include "speaker_verification/training/reports/scored_configuration.hpp"

#include "common/json_file.hpp"
#include "common/strict_json.hpp"
#include "speaker_verification/data/corpora/actor_rotation.hpp"

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <set>
#include <stdexcept>

namespace speaker_verification {

namespace {

constexpr const char* closed_set = "closed_set";
constexpr const char* rotation = "rotation";

[[noreturn]] void refuse(const std::string& sentence) { throw std::invalid_argument(sentence); }

std::string quoted(const std::filesystem::path& path) { return std::string("'").append(path.string()).append("'"); }

scored_network read_network(const std::filesystem::path& folder) {
    scored_network network{folder, examples::read_json_file(folder / "score.json"), {}};
    for (const char* field : {"seed", "configuration", "held_out_actors", "lists", "closed_set"}) {
        if (!network.score.is_object() || !network.score.contains(field)) {
            refuse(quoted(folder / "score.json") + " has no '" + field +
                   "': score the network anew with this version of `score`");
        }
    }
    std::int64_t seed = 0;
    const auto is_object = [&](const char* field) { return network.score[field].is_object(); };
    if (!examples::take_json(network.score["held_out_actors"], network.held_out) ||
        !examples::take_json(network.score["seed"], seed) || !is_object("configuration") || !is_object("lists") ||
        !is_object("closed_set")) {
        refuse(quoted(folder / "score.json") + " is not as `score` writes it: score the network anew");
    }
    return network;
}

void require_same_configuration(const scored_network& one, const scored_network& other) {
    const auto& settings = one.score["configuration"];
    for (const auto& [name, value] : settings.items()) {
        const auto& others = other.score["configuration"];
        if (others.contains(name) && others[name] == value) continue;
        refuse(quoted(one.folder) + " was trained with " + name + " = " + value.dump() + " but " +
               quoted(other.folder) + " with " + (others.contains(name) ? others[name].dump() : "none") +
               ": combine networks that differ in their seed or held-out actors alone");
    }
}

/// Folds of one seed.
void require_disjoint(const std::vector<scored_network>& folds) {
    std::map<std::string, std::filesystem::path> seen;
    for (const auto& fold : folds) {
        if (fold.held_out.empty() && folds.size() > 1) {
            refuse(quoted(fold.folder) + " and " + quoted(folds[&fold == &folds[0] ? 1 : 0].folder) +
                   " have the same seed and hold out no actors: give each network once");
        }
        for (const auto& actor : fold.held_out) {
            const auto [place, is_new] = seen.try_emplace(actor, fold.folder);
            if (!is_new) {
                refuse(quoted(place->second) + " and " + quoted(fold.folder) +
                       " have the same seed and both hold out " + actor +
                       ": give each network once, and folds that share no actor");
            }
        }
    }
}

std::set<std::vector<std::string>> folds_of(const std::vector<scored_network>& networks) {
    std::set<std::vector<std::string>> folds;
    for (const auto& each : networks) folds.insert(each.held_out);
    return folds;
}

bool rotates(const scored_configuration& configuration) { return configuration.begin()->second.size() > 1; }

/// The list of trials among a network's own held-out actors.
std::string own_list(const scored_network& network) {
    for (const auto name : {rotation_list, standard_list}) {
        if (network.score["lists"].contains(std::string(name))) return std::string(name);
    }
    return {};
}

std::string list_of(const std::string& condition) { return condition.substr(0, condition.find('/')); }

/// Figures that one network has, those of its own list named for the rotation when it is part of one.
std::set<std::string> figures_of(const scored_network& network, bool in_rotation) {
    std::set<std::string> names;
    for (const auto& [name, unused] : network.score["lists"].items()) {
        const bool own = in_rotation && list_of(name) == own_list(network);
        names.insert(own ? rotation + name.substr(list_of(name).size()) : name);
    }
    if (network.score["closed_set"].contains("accuracy")) names.insert(closed_set);
    return names;
}

std::set<std::string> common_to(const std::set<std::string>& one, const std::set<std::string>& other) {
    std::set<std::string> both;
    std::set_intersection(one.begin(), one.end(), other.begin(), other.end(), std::inserter(both, both.end()));
    return both;
}

weighted_figure figure_of(const scored_network& network, const std::string& name, double trial_score::*score,
                          speaker_numbers& numbers) {
    if (name == closed_set) {
        std::map<std::string, counted_share> shares;
        for (const auto& [speaker, counts] : network.score["closed_set"]["by_speaker"].items()) {
            shares[speaker] = {counts.at(0).get<double>(), counts.at(1).get<double>()};
        }
        return share_figure(shares, numbers);
    }
    const bool own = list_of(name) == rotation;
    const std::string list = own ? own_list(network) : list_of(name);
    const auto scores = read_trial_scores(network.folder / "scores" / (list + ".csv"));
    return equal_error_figure(trials_of_condition(scores, list, list + name.substr(list_of(name).size()), score),
                              numbers);
}

nlohmann::json json_of(const std::vector<weighted_figure>& seeds, std::size_t speakers,
                       const bootstrap_options& options) {
    const auto all = bootstrap_seeds(seeds, speakers, options);
    nlohmann::json by_seed = nlohmann::json::array();
    for (const auto& seed : seeds) by_seed.push_back(*seed(speaker_weights(speakers, 1)));
    return {{"value", all.value}, {"low", all.low}, {"high", all.high}, {"by_seed", by_seed}};
}

nlohmann::json json_of(const difference_estimate& difference, bool lower_is_better) {
    const double better_end = lower_is_better ? difference.low : -difference.high;
    const double worse_end = lower_is_better ? difference.high : -difference.low;
    return {{"value", difference.value},
            {"low", difference.low},
            {"high", difference.high},
            {"better_or_equal", lower_is_better ? difference.at_most_zero : difference.at_least_zero},
            {"verdict", worse_end < 0    ? "better"
                        : better_end > 0 ? "worse"
                                         : "not told apart"},
            {"at_most_worse_by", std::max(0., worse_end)}};
}

nlohmann::json seeds_in(const scored_configuration& configuration) {
    nlohmann::json seeds = nlohmann::json::array();
    for (const auto& [seed, unused] : configuration) seeds.push_back(seed);
    return seeds;
}

std::string text_of(const char* what, const nlohmann::json& estimate) {
    char text[256];
    std::snprintf(text, sizeof text, "%s %.3f %% [%.1f, %.1f], by seed", what, 100 * estimate["value"].get<double>(),
                  100 * estimate["low"].get<double>(), 100 * estimate["high"].get<double>());
    std::string line = text;
    for (const auto& value : estimate["by_seed"]) {
        std::snprintf(text, sizeof text, " %.3f", 100 * value.get<double>());
        line += text;
    }
    return line;
}

std::string text_of_difference(const nlohmann::json& difference) {
    char text[256];
    std::snprintf(text, sizeof text,
                  "difference %+.3f points [%+.1f, %+.1f]: %s; equal or better in %.0f %% of the resamples, "
                  "worse by at most %.1f points",
                  100 * difference["value"].get<double>(), 100 * difference["low"].get<double>(),
                  100 * difference["high"].get<double>(), difference["verdict"].get<std::string>().c_str(),
                  100 * difference["better_or_equal"].get<double>(),
                  100 * difference["at_most_worse_by"].get<double>());
    return text;
}

} // namespace

scored_configuration read_scored_configuration(const std::vector<std::filesystem::path>& folders) {
    if (folders.empty()) refuse("there is no scored network to combine: give the folders of one or more");
    scored_configuration configuration;
    std::vector<scored_network> networks;
    for (const auto& folder : folders) networks.push_back(read_network(folder));
    for (const auto& network : networks) {
        require_same_configuration(networks.front(), network);
        configuration[network.score["seed"].get<std::int64_t>()].push_back(network);
    }
    const auto& first = *configuration.begin();
    for (const auto& [seed, folds] : configuration) {
        require_disjoint(folds);
        if (folds_of(folds) != folds_of(first.second)) {
            refuse("seeds " + std::to_string(first.first) + " and " + std::to_string(seed) +
                   " do not hold out the same actors: give every fold of each seed");
        }
    }
    return configuration;
}

std::vector<std::string> figures_of(const scored_configuration& configuration) {
    const bool in_rotation = rotates(configuration);
    std::set<std::string> names = figures_of(configuration.begin()->second.front(), in_rotation);
    for (const auto& [seed, folds] : configuration) {
        for (const auto& fold : folds) names = common_to(names, figures_of(fold, in_rotation));
    }
    return {names.begin(), names.end()};
}

std::vector<weighted_figure> seeds_of(const scored_configuration& configuration, const std::string& figure,
                                      double trial_score::*score, speaker_numbers& numbers) {
    std::vector<weighted_figure> seeds;
    for (const auto& [seed, networks] : configuration) {
        std::vector<fold_figure> folds;
        for (const auto& network : networks) {
            fold_figure fold{figure_of(network, figure, score, numbers), {}};
            if (list_of(figure) == rotation) {
                for (const auto& actor : network.held_out) fold.held_out.push_back(numbers.of(actor));
            }
            folds.push_back(std::move(fold));
        }
        seeds.push_back(folds.size() == 1 ? folds.front().figure : mean_over_folds(std::move(folds)));
    }
    return seeds;
}

nlohmann::json compare_configurations(const scored_configuration& one, const scored_configuration& against,
                                      double trial_score::*score, const bootstrap_options& options) {
    nlohmann::json result{{"seeds", seeds_in(one)}, {"figures", nlohmann::json::object()}};
    auto names = figures_of(one);
    if (!against.empty()) {
        result["seeds_against"] = seeds_in(against);
        const auto others = figures_of(against);
        const auto both = common_to({names.begin(), names.end()}, {others.begin(), others.end()});
        names.assign(both.begin(), both.end());
    }
    for (const auto& name : names) {
        speaker_numbers numbers;
        const auto seeds = seeds_of(one, name, score, numbers);
        const auto speakers = numbers.size();
        nlohmann::json figure = json_of(seeds, speakers, options);
        figure["speakers"] = speakers;
        if (!against.empty()) {
            const auto others = seeds_of(against, name, score, numbers);
            speaker_numbers theirs;
            seeds_of(against, name, score, theirs);
            if (numbers.size() != speakers || theirs.size() != speakers) {
                refuse("the networks to compare were scored on different speakers in '" + name +
                       "': score them on the same lists");
            }
            figure["against"] = json_of(others, speakers, options);
            figure["difference"] = json_of(bootstrap_difference(seeds, others, speakers, options), name != closed_set);
        }
        result["figures"][name] = std::move(figure);
    }
    return result;
}

std::string comparison_table(const nlohmann::json& comparison) {
    std::string text;
    for (const auto& [name, figure] : comparison["figures"].items()) {
        text += name + ", " + std::to_string(figure["speakers"].get<std::size_t>()) + " speakers\n";
        const char* what = name == closed_set ? "recognised" : "EER";
        text += "  " + text_of(what, figure) + '\n';
        if (!figure.contains("against")) continue;
        text += "  against: " + text_of(what, figure["against"]) + '\n';
        text += "  " + text_of_difference(figure["difference"]) + '\n';
    }
    return text;
}

} // namespace speaker_verification

#include "speaker_verification/training/settings/used_settings.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace speaker_verification {

namespace {

/// A setting does something only where the one that chooses has one of these values.
struct use {
    std::string_view setting;
    std::string_view chooser;
    std::string_view values; ///< separated by '|'
};

constexpr std::string_view with_lambda = "adabreg|adabreg_mini|linbreg|proxsgd",
                           with_moments = "adabreg|adabreg_mini|adamw";
constexpr std::string_view bounded_laws = "paper|additive|pid|nupi|band", any_pruning = "gradual|rigl|set|hypersparse";

// All rows of a setting must fit. Not here: what `check` refuses wherever it stands, and `every`, which is how often something is
// done and belongs to a run's length as log_every does, so that one command line gives it to sparse and dense runs alike.
constexpr std::array uses = {
    use{"momentum", "optimizer", "linbreg|proxsgd|sgd"},
    use{"beta1", "optimizer", with_moments},
    use{"beta2", "optimizer", with_moments},
    use{"epsilon", "optimizer", with_moments},
    use{"weight_decay", "optimizer", "adamw|sgd"},
    use{"delta", "optimizer", "adabreg|adabreg_mini|linbreg"},
    use{"law", "optimizer", with_lambda},
    use{"lambda", "optimizer", with_lambda},
    use{"density", "optimizer", with_lambda},
    use{"rescale_variance", "optimizer", with_lambda},
    use{"alpha", "optimizer", with_lambda},
    use{"alpha", "law", bounded_laws},
    use{"zone", "optimizer", with_lambda},
    use{"zone", "law", "paper"},
    use{"zone_alpha_divisor", "optimizer", with_lambda},
    use{"zone_alpha_divisor", "law", "paper"},
    use{"zone_every_factor", "optimizer", with_lambda},
    use{"zone_every_factor", "law", "paper"},
    use{"proportional", "optimizer", with_lambda},
    use{"proportional", "law", "pid|nupi"},
    use{"derivative", "optimizer", with_lambda},
    use{"derivative", "law", "pid"},
    use{"nu", "optimizer", with_lambda},
    use{"nu", "law", "nupi"},
    use{"dead_band", "optimizer", with_lambda},
    use{"dead_band", "law", "band"},
    use{"lambda_min", "optimizer", with_lambda},
    use{"lambda_min", "law", bounded_laws},
    use{"lambda_max", "optimizer", with_lambda},
    use{"lambda_max", "law", bounded_laws},
    use{"pruning_curve", "pruning", "gradual"},
    use{"pruning_start", "pruning", any_pruning},
    use{"pruning_end", "pruning", any_pruning},
    use{"pruning_every", "pruning", any_pruning},
    use{"rigl_fraction", "pruning", "rigl"},
    use{"rigl_distribution", "pruning", "rigl|set"},
    use{"set_fraction", "pruning", "set"},
    use{"hypersparse_weight", "pruning", "hypersparse"},
    use{"hypersparse_growth", "pruning", "hypersparse"},
};

std::string text_of(const std::string& value) { return value; }
std::string text_of(bool value) { return value ? "true" : "false"; }
std::string text_of(std::int64_t value) { return std::to_string(value); }
std::string text_of(double value) {
    char buffer[64]; // the shortest text of each number is its own
    return std::string(buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr);
}
std::string text_of(const std::vector<double>& values) {
    std::string text;
    for (const double value : values) text += text_of(value) + ' ';
    return text;
}

std::map<std::string_view, std::string> texts_of(const settings& all) {
    std::map<std::string_view, std::string> texts;
    visit(all, [&](const setting_key& key, const auto& value) { texts[key.name] = text_of(value); });
    return texts;
}

std::vector<std::string> words_in(std::string_view values) {
    std::vector<std::string> words;
    std::istringstream text{std::string(values)};
    for (std::string word; std::getline(text, word, '|');) words.push_back(word);
    return words;
}

/// "a, b and c"
std::string sentence_of(const std::vector<std::string>& words) {
    std::string sentence = words.front();
    for (std::size_t i = 1; i < words.size(); ++i) sentence += (i + 1 < words.size() ? ", " : " and ") + words[i];
    return sentence;
}

[[noreturn]] void refuse(std::string_view setting, const std::string& value, const std::string& why) {
    throw std::invalid_argument("setting '" + std::string(setting) + "' is " + value + " but does nothing with the " +
                                why);
}

} // namespace

void require_used(const settings& all, const std::set<std::string>& given) {
    const auto values = texts_of(all), defaults = texts_of(settings{});
    const auto matters = [&](std::string_view setting) {
        return given.contains(std::string(setting)) && values.at(setting) != defaults.at(setting);
    };
    for (const auto& [setting, chooser, fitting] : uses) {
        const auto words = words_in(fitting);
        const std::string &value = values.at(setting), &chosen = values.at(chooser);
        if (!matters(setting) || std::find(words.begin(), words.end(), chosen) != words.end()) continue;
        refuse(setting, value,
               std::string(chooser) + ' ' + chosen + ", it is for " + sentence_of(words) +
                   ": leave it out or change '" + std::string(chooser) + "'");
    }
    if (matters("target") && !has_target(all)) {
        refuse("target", values.at("target"),
               "optimizer " + all.optimizer.optimizer +
                   " without pruning: leave it out, or change 'optimizer' or 'pruning'");
    }
}

} // namespace speaker_verification

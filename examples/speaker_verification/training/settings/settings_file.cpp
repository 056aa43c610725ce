#include "speaker_verification/training/settings/settings_file.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <numeric>
#include <sstream>
#include <stdexcept>
#include <type_traits>

namespace speaker_verification {

namespace {

[[noreturn]] void refuse(const std::string& where, const std::string& sentence) {
    throw std::invalid_argument(where + ": " + sentence);
}

std::size_t edit_distance(const std::string& from, const std::string& to) {
    std::vector<std::size_t> row(to.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < from.size(); ++i) {
        std::size_t diagonal = row[0]++;
        for (std::size_t j = 0; j < to.size(); ++j) {
            const std::size_t substituted = diagonal + (from[i] != to[j]);
            diagonal = row[j + 1];
            row[j + 1] = std::min({row[j] + 1, row[j + 1] + 1, substituted});
        }
    }
    return row.back();
}

std::vector<std::string> section_names() {
    std::vector<std::string> names;
    const settings defaults;
    visit(defaults, [&](const setting_key& key, const auto&) {
        if (names.empty() || names.back() != key.section) names.emplace_back(key.section);
    });
    return names;
}

/// Name of a setting of `section`, or an error with the nearest name; a setting of another section is named
/// with it.
void check_name(const std::string& where, const std::string& section, const std::string& name) {
    std::vector<std::string> names;
    std::string elsewhere;
    const settings defaults;
    visit(defaults, [&](const setting_key& key, const auto&) {
        names.emplace_back(key.name);
        if (name == key.name) elsewhere = key.section;
    });
    if (elsewhere == section) return;
    if (!elsewhere.empty()) {
        refuse(where, "setting '" + name + "' belongs to [" + elsewhere + "], not to [" + section + "]: move it");
    }
    refuse(where, "there is no setting '" + name + "' in [" + section + "]; did you mean '" +
                      nearest_word(name, names) + "'?");
}

/// Shortest text that reads back to the same number.
std::string exact_text(double value) {
    char buffer[64];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
    return std::string(buffer, end);
}

/// A TOML float has a point or an exponent; whole numbers are integers, which `read_number` takes as well.
void take(const toml::node& node, const std::string& where, const setting_key& key, double& value) {
    const auto number = node.value<double>();
    if (!number || !node.is_number()) refuse(where, "setting '" + std::string(key.name) + "' must be a number");
    value = *number;
}

void take(const toml::node& node, const std::string& where, const setting_key& key, std::int64_t& value) {
    const auto number = node.value_exact<std::int64_t>();
    if (!number) refuse(where, "setting '" + std::string(key.name) + "' must be a whole number");
    value = *number;
}

void take(const toml::node& node, const std::string& where, const setting_key& key, bool& value) {
    const auto truth = node.value_exact<bool>();
    if (!truth) refuse(where, "setting '" + std::string(key.name) + "' must be true or false");
    value = *truth;
}

void take(const toml::node& node, const std::string& where, const setting_key& key, std::string& value) {
    const auto text = node.value_exact<std::string>();
    if (!text) refuse(where, "setting '" + std::string(key.name) + "' must be a text in quotes");
    value = *text;
}

void take(const toml::node& node, const std::string& where, const setting_key& key, std::vector<double>& value) {
    const auto* list = node.as_array();
    if (!list) refuse(where, "setting '" + std::string(key.name) + "' must be a list of numbers, such as [0.9, 1.1]");
    std::vector<double> numbers(list->size());
    for (std::size_t i = 0; i < numbers.size(); ++i) take((*list)[i], where, key, numbers[i]);
    value = numbers;
}

template <class Number>
Number parse_number(const std::string& text, const std::string& name) {
    Number value{};
    // std::from_chars takes no sign '+' and, unlike TOML, does take ".9": people write it.
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure != std::errc{} || end != text.data() + text.size()) {
        throw std::invalid_argument("--" + name + " is '" + text + "' but must be a " +
                                    (std::is_integral_v<Number> ? "whole number" : "number"));
    }
    return value;
}

void parse(const std::string& text, const std::string& name, double& value) {
    value = parse_number<double>(text, name);
}
void parse(const std::string& text, const std::string& name, std::int64_t& value) {
    value = parse_number<std::int64_t>(text, name);
}
void parse(const std::string& text, const std::string&, std::string& value) { value = text; }
void parse(const std::string& text, const std::string& name, bool& value) {
    if (text != "true" && text != "false") {
        throw std::invalid_argument("--" + name + " is '" + text + "' but must be true or false");
    }
    value = text == "true";
}
void parse(const std::string& text, const std::string& name, std::vector<double>& value) {
    std::vector<double> numbers;
    std::istringstream items(text);
    for (std::string item; std::getline(items, item, ',');) numbers.push_back(parse_number<double>(item, name));
    value = numbers;
}

std::string toml_value(bool value) { return value ? "true" : "false"; }
std::string toml_value(std::int64_t value) { return std::to_string(value); }
std::string toml_value(double value) {
    std::string text = exact_text(value);
    // toml++ reads an exponent without a point as a float; a bare digit string would be an integer.
    if (text.find_first_of(".en") == std::string::npos) text += ".0";
    return text;
}
std::string toml_value(const std::string& value) {
    std::ostringstream text;
    text << toml::value<std::string>(value);
    return text.str();
}
std::string toml_value(const std::vector<double>& value) {
    std::string text = "[";
    for (std::size_t i = 0; i < value.size(); ++i) text += (i ? ", " : "") + toml_value(value[i]);
    return text + "]";
}

toml::table parse_toml(const std::string& text, const std::string& where) {
    try {
        return toml::parse(text);
    } catch (const toml::parse_error& error) {
        refuse(where, "line " + std::to_string(error.source().begin.line) + " is not TOML (" +
                          std::string(error.description()) + "): correct it");
    }
}

} // namespace

std::string nearest_word(const std::string& word, const std::vector<std::string>& candidates) {
    return *std::min_element(candidates.begin(), candidates.end(), [&](const auto& a, const auto& b) {
        return edit_distance(word, a) < edit_distance(word, b);
    });
}

std::vector<std::string> setting_names() {
    std::vector<std::string> names;
    const settings defaults;
    visit(defaults, [&](const setting_key& key, const auto&) { names.emplace_back(key.name); });
    return names;
}

void read_settings(const std::string& toml_text, const std::string& where, settings& all) {
    const toml::table file = parse_toml(toml_text, where);
    const auto sections = section_names();
    for (const auto& [section_key, section_node] : file) {
        const std::string section(section_key.str());
        if (std::find(sections.begin(), sections.end(), section) == sections.end()) {
            refuse(where,
                   "there is no section [" + section + "]; did you mean [" + nearest_word(section, sections) + "]?");
        }
        const auto* table = section_node.as_table();
        if (!table) refuse(where, "'" + section + "' is a section: write [" + section + "] and its settings below");
        for (const auto& [name, unused] : *table) check_name(where, section, std::string(name.str()));
    }
    settings changed = all;
    visit(changed, [&](const setting_key& key, auto& value) {
        const auto node = file[key.section][key.name];
        if (node) take(*node.node(), where, key, value);
    });
    all = changed;
}

void read_settings_file(const std::filesystem::path& path, settings& all) {
    std::ifstream stream(path, std::ios::binary);
    std::ostringstream text;
    if (!stream || !(text << stream.rdbuf())) {
        throw std::runtime_error("cannot read the settings in '" + path.string() +
                                 "': check that it is a readable TOML file that is not empty");
    }
    read_settings(text.str(), path.string(), all);
}

void set_setting(const std::string& name, const std::string& value, settings& all) {
    bool found = false;
    visit(all, [&](const setting_key& key, auto& field) {
        if (name != key.name) return;
        parse(value, name, field);
        found = true;
    });
    if (!found) {
        throw std::invalid_argument("there is no setting '--" + name + "'; did you mean '--" +
                                    nearest_word(name, setting_names()) + "'?");
    }
}

std::string settings_text(const settings& all) {
    std::ostringstream text;
    std::string section;
    visit(all, [&](const setting_key& key, const auto& value) {
        if (section != key.section) {
            text << (section.empty() ? "" : "\n") << '[' << key.section << "]\n";
            section = key.section;
        }
        const std::string assignment = std::string(key.name) + " = " + toml_value(value);
        text << assignment;
        if (!key.meaning.empty() || !key.choices.empty()) {
            text << std::string(assignment.size() < 34 ? 34 - assignment.size() : 1, ' ') << "# " << key.meaning;
            if (!key.choices.empty()) text << ": " << key.choices;
        }
        text << '\n';
    });
    return text.str();
}

} // namespace speaker_verification

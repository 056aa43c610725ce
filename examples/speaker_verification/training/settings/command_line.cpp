#include "speaker_verification/training/settings/command_line.hpp"

#include "common/strict_json.hpp"
#include "speaker_verification/training/settings/settings_file.hpp"

#include <exception>
#include <filesystem>
#include <iostream>
#include <stdexcept>

namespace speaker_verification {

namespace {

std::vector<std::string> option_names(const CLI::App& app) {
    std::vector<std::string> names;
    for (const auto* option : app.get_options()) {
        for (const auto& name : option->get_lnames()) names.push_back("--" + name);
    }
    return names;
}

// In one piece: std::cerr writes each operand by itself, and the processes of one run say theirs at the same time.
int end_with_sentence(const std::string& name, const std::string& sentence) {
    std::cerr << name + ": " + sentence + '\n';
    return 1;
}

} // namespace

void setting_options::add_to(CLI::App& app) {
    const settings defaults;
    visit(defaults, [&](const setting_key& key, const auto&) {
        const std::string name(key.name);
        std::string meaning(key.meaning);
        if (!key.choices.empty()) meaning += ": " + std::string(key.choices);
        app.add_option_function<std::string>(
               "--" + name, [this, name](const std::string& value) { given_[name] = value; }, meaning)
            ->type_name("VALUE")
            ->group("[" + std::string(key.section) + "]");
    });
}

void setting_options::apply(settings& all) const {
    for (const auto& [name, value] : given_) set_setting(name, value, all);
}

std::set<std::string> setting_options::given() const {
    std::set<std::string> names;
    for (const auto& [name, value] : given_) names.insert(name);
    return names;
}

bool parse_command_line(CLI::App& app, int argc, char** argv) {
    app.allow_extras();
    try {
        app.parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
        std::cout << app.help();
        return false;
    } catch (const CLI::ParseError& error) {
        throw std::invalid_argument(std::string(error.what()) + " (see --help)");
    }
    const auto unknown = app.remaining();
    if (!unknown.empty()) {
        const std::string word = unknown.front().substr(0, unknown.front().find('='));
        throw std::invalid_argument("there is no option '" + word + "'; did you mean '" +
                                    nearest_word(word, option_names(app)) + "'?");
    }
    return true;
}

int run_program(const std::string& name, const std::function<int()>& body) {
    try {
        return body();
    } catch (const std::filesystem::filesystem_error& error) {
        return end_with_sentence(name, "cannot use '" + error.path1().string() + "' (" + error.code().message() +
                                           "): check the path and its permissions");
    } catch (const nlohmann::json::exception& error) {
        // Files of which each field is looked at say their name; this is for the rest.
        return end_with_sentence(name, "a JSON file is not as this program's version writes it (" +
                                           examples::without_json_marks(error.what()) + "): write it anew");
    } catch (const std::exception& error) {
        // LibTorch's errors go on with a stack trace after their first line.
        const std::string message = error.what();
        return end_with_sentence(name, message.substr(0, message.find('\n')));
    }
}

} // namespace speaker_verification

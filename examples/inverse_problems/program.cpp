#include "inverse_problems/program.hpp"

#include "common/json_file.hpp"

#include <CLI/CLI.hpp>

#include <iostream>
#include <sstream>
#include <stdexcept>
#include <vector>

namespace examples {

struct program::command_line {
    CLI::App app;
    std::vector<std::function<void(nlohmann::json&)>> settings;
    nlohmann::json results = nlohmann::json::object();

    template <class Value>
    void add(const std::string& name, Value& value, const std::string& text) {
        app.add_option("--" + name, value, text)->capture_default_str();
        settings.push_back([name, &value](nlohmann::json& object) { object[name] = value; });
    }
};

program::program(std::string name, const std::string& purpose)
    : name_(std::move(name)), out_("results/" + name_), command_line_(std::make_unique<command_line>()) {
    command_line_->app.description(purpose);
    command_line_->app.name(name_);
    command_line_->add("seed", seed_, "seed of everything that is drawn at random");
    command_line_->app.add_option("--out", out_, "folder for the pictures and summary.json")->capture_default_str();
    command_line_->app.add_flag("--check", check_, "fail when a promised accuracy is missed");
}
program::~program() = default;

void program::option(const std::string& name, std::int64_t& value, const std::string& text) {
    command_line_->add(name, value, text);
}
void program::option(const std::string& name, double& value, const std::string& text) {
    command_line_->add(name, value, text);
}
void program::option(const std::string& name, std::string& value, const std::string& text) {
    command_line_->add(name, value, text);
}

int program::run(int argc, char** argv, const std::function<void()>& body) try {
    CLI11_PARSE(command_line_->app, argc, argv);
    body();
    nlohmann::json settings;
    for (const auto& add : command_line_->settings) add(settings);
    const nlohmann::json all = {{"settings", settings}, {"results", command_line_->results}};
    write_json_file(out_ + "/summary.json", all);
    std::cout << all.dump(2) << '\n';
    if (check_ && !broken_promises_.empty()) throw std::runtime_error("promise not kept: " + broken_promises_);
    return 0;
} catch (const std::exception& error) {
    std::cerr << name_ << ": " << error.what() << '\n';
    return 1;
}

void program::note(const std::string& name, const noted_value& value) {
    std::visit([&](const auto& plain) { command_line_->results[name] = plain; }, value);
}
void program::note(const std::string& name, const notes& values) {
    auto& object = command_line_->results[name] = nlohmann::json::object();
    for (const auto& entry : values) std::visit([&](const auto& plain) { object[entry.first] = plain; }, entry.second);
}

void program::draw(const figure& picture, const std::string& name) {
    std::cout << write_figure(picture, out_ + "/" + name).png.string() << '\n';
}
void program::draw(const image_figure& picture, const std::string& name) {
    std::cout << write_image_figure(picture, out_ + "/" + name).png.string() << '\n';
}

void program::promise_at_most(const std::string& what, double value, double limit) {
    promise(what, value, " <= ", limit, value <= limit); // NaN is not
}
void program::promise_at_least(const std::string& what, double value, double limit) {
    promise(what, value, " >= ", limit, value >= limit);
}

void program::promise(const std::string& what, double value, const char* relation, double limit, bool kept) {
    if (kept) return;
    std::ostringstream sentence;
    sentence << (broken_promises_.empty() ? "" : "; ") << what << " is " << value << ", should be" << relation << limit;
    broken_promises_ += sentence.str();
}

} // namespace examples

#pragma once

#include "common/gnuplot.hpp"
#include "common/image_figure.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace examples {

/// What a summary is made of: numbers, words and lists of numbers, each with its name.
using noted_value = std::variant<double, std::int64_t, std::string, std::vector<double>>;
using notes = std::vector<std::pair<std::string, noted_value>>;

/// What every program of this folder has: options with defaults, --seed, --out and --check, pictures and a
/// summary.json in one folder, errors in one sentence, an exit code.
///
///     program app("partial_dct", "Recover a sparse signal from part of its cosine transform");
///     app.option("unknowns", unknowns, "length of the signal");
///     return app.run(argc, argv, [&] { ...; app.draw(picture, "signal"); app.promise("error", error, 1e-4);
///     });
class program {
  public:
    program(std::string name, const std::string& purpose);
    ~program();
    program(const program&) = delete;
    program& operator=(const program&) = delete;

    /// The option --<name>; what `value` holds now is its default. Its value goes into the summary.
    void option(const std::string& name, std::int64_t& value, const std::string& text);
    void option(const std::string& name, double& value, const std::string& text);
    void option(const std::string& name, std::string& value, const std::string& text);

    /// Reads the command line, calls `body`, writes and prints the summary. The exit code: 0; 1 with one
    /// sentence on stderr for an error and for a promise not kept under --check; CLI11's for a wrong option.
    int run(int argc, char** argv, const std::function<void()>& body);

    std::uint64_t seed() const { return std::uint64_t(seed_); }
    /// Where everything is written.
    std::filesystem::path folder() const { return out_; }

    /// Puts a result into the summary: by itself, or several as one object.
    void note(const std::string& name, const noted_value& value);
    void note(const std::string& name, const notes& values);

    /// Draws <out>/<name>.svg and .png and prints where.
    void draw(const figure& picture, const std::string& name);
    void draw(const image_figure& picture, const std::string& name);

    /// Notes that `value`, called `what`, should be at most `limit` (or at least). Under --check the program
    /// fails when it is not.
    void promise_at_most(const std::string& what, double value, double limit);
    void promise_at_least(const std::string& what, double value, double limit);

  private:
    struct command_line;

    void promise(const std::string& what, double value, const char* relation, double limit, bool kept);

    std::string name_, out_;
    std::int64_t seed_ = 1;
    bool check_ = false;
    std::string broken_promises_;
    std::unique_ptr<command_line> command_line_;
};

} // namespace examples

#pragma once

#include "common/gnuplot.hpp"

#include <cstdio>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace course {

/// What a lesson says beside its figure.
class slide {
  public:
    explicit slide(std::filesystem::path folder) : folder_(std::move(folder)) {}

    /// Where the lesson's files go.
    const std::filesystem::path& folder() const { return folder_; }
    /// Prints a number, which stands in the lesson's JSON file too.
    void say(const std::string& what, double value) {
        std::printf("%-58s %.4g\n", what.c_str(), value);
        numbers_.emplace_back(what, value);
    }
    /// What the lesson claims. Where it does not hold the program says so and exits with 1.
    void promise(const std::string& what, bool holds) {
        std::printf("%-58s %s\n", what.c_str(), holds ? "yes" : "NO");
        promises_.emplace_back(what, holds);
    }

    const std::vector<std::pair<std::string, double>>& numbers() const { return numbers_; }
    const std::vector<std::pair<std::string, bool>>& promises() const { return promises_; }
    /// Whether all promises hold.
    bool kept() const {
        for (const auto& promise : promises_)
            if (!promise.second) return false;
        return true;
    }

  private:
    std::filesystem::path folder_;
    std::vector<std::pair<std::string, double>> numbers_;
    std::vector<std::pair<std::string, bool>> promises_;
};

/// Runs a lesson, whose last word is a figure. It becomes a slide, <name>.svg and .png with data and script beside it and
/// <name>.json, in results/course/<name> or in the folder of `--out FOLDER`. Returns the exit code: 0; 1 where a promise
/// does not hold or something fails, with one sentence on stderr; 2 for other arguments.
///
/// Online compilers have no gnuplot: slide_printed.cpp, the other definition, draws with letters and writes no file.
int lesson(const std::string& name, int argc, char** argv, const std::function<examples::figure(slide&)>& body);

} // namespace course

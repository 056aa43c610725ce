#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace examples {

struct plot_axis {
    std::string label = {};
    bool logarithmic = false;
    std::optional<double> low = {}, high = {}; ///< ends of the axis; found from the data where absent
};

enum class plot_style {
    line,
    points,
    line_with_points,
    steps,      ///< keeps its value until the next x
    bars,       ///< beside each other where several series have bars; `low` and `high`, if given, are whiskers
    band,       ///< the area between `low` and `high`, light; y is not used
    error_bars, ///< points with whiskers from `low` to `high`
    impulses    ///< thin lines from zero, with a dot: sparse vectors
};

/// One curve. A y, low or high of NaN is a gap.
struct plot_series {
    std::string name = {};      ///< in the legend; empty: not listed
    std::vector<double> x = {}; ///< may be empty with figure::categories: then 0, 1, 2, ...
    std::vector<double> y = {};
    plot_style style = plot_style::line;
    bool second_axis = false;                ///< belongs to the y axis on the right
    std::vector<double> low = {}, high = {}; ///< for band, error_bars and bars
};

/// A dashed horizontal line, such as a target.
struct reference_line {
    std::string name;
    double y;
    bool second_axis = false;
};

/// What a picture shows.
///
///     figure picture;
///     picture.title = "lambda finds itself";
///     picture.x.label = "step";
///     picture.y.label = "sparsity";
///     picture.series.push_back({"sparsity", steps, sparsities});
///     picture.references.push_back({"target", .9});
///     write_figure(picture, "results/demo/lambda"); // .dat .gp .svg .png
struct figure {
    std::string title = {};
    plot_axis x = {}, y = {};
    std::optional<plot_axis> second_y = {};
    std::vector<plot_series> series = {};
    std::vector<reference_line> references = {};
    std::vector<std::string> categories = {}; ///< names at x = 0, 1, 2, ... in place of numbers
    bool slide = false;                       ///< 1280 x 720 pixels with large type, to be shown on a wall
};

struct plot_files {
    std::filesystem::path data, script, svg, png;
};

/// Writes `<stem>.dat` (one block of columns for each series, separated by two empty lines), `<stem>.gp`,
/// which draws it, and runs gnuplot on that to make `<stem>.svg` and `<stem>.png` of 900 x 520 pixels (or a slide). All
/// under temporary names that are then renamed. `gnuplot <stem>.gp`, in its folder, draws the pictures again.
///
/// Throws std::invalid_argument, before any file is written, for a figure without series, a series without
/// points, columns of different lengths, an x that is not finite, infinity anywhere, values that are not
/// positive on a logarithmic axis, and a second axis that is used but not described.
/// Throws std::runtime_error when gnuplot is missing or fails; data and script are kept then.
plot_files write_figure(const figure& picture, const std::filesystem::path& stem);

} // namespace examples

#pragma once

#include "common/gnuplot.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace examples {

enum class image_palette {
    grey,     ///< black to white
    viridis,  ///< dark blue to yellow, even to the eye
    diverging ///< blue, white, orange: for values around zero
};

/// A matrix drawn as an image. Values of NaN are left white.
struct image_panel {
    std::string title = {};
    std::vector<double> values = {}; ///< row after row, the first row on top
    std::size_t columns = 0;
};

/// Images beside each other, all with the same colours: before and after, a heat map, the weights of classes.
///
///     image_figure picture{.title = "Deblurring"};
///     picture.panels = {{"counts", counts, 128}, {"recovered", found, 128}};
///     write_image_figure(picture, "results/deblurring/images"); // .dat .gp .svg .png
struct image_figure {
    std::string title = {};
    std::vector<image_panel> panels = {};
    std::size_t panels_per_row = 5;
    image_palette palette = image_palette::grey;
    std::optional<double> low = {}, high = {}; ///< values of the first and last colour; the data's otherwise
    std::string colour_label = {};             ///< beside a scale of the colours; empty: no scale

    /// With axes the image is a map: `low` and `high` are its outer edges and have to be given.
    struct map_axes {
        plot_axis x, y;
    };
    std::optional<map_axes> axes = {};
    std::vector<plot_series> curves = {}; ///< lines over the map, in the units of its axes
};

/// Writes `<stem>.dat` (a block of numbers for each panel, then one of columns for each curve), `<stem>.gp`,
/// `<stem>.svg` and `<stem>.png`, as write_figure does.
///
/// Throws std::invalid_argument, before any file is written, for a figure without panels, a panel whose
/// values do not fill its rows, infinity, axes without ends, and curves without axes. std::runtime_error when
/// gnuplot is missing or fails.
plot_files write_image_figure(const image_figure& picture, const std::filesystem::path& stem);

} // namespace examples

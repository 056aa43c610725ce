#include "common/image_figure.hpp"

#include "common/drawing.hpp"
#include "common/require.hpp"

#include <algorithm>
#include <cmath>
#include <ostream>
#include <sstream>

namespace examples {

namespace {

constexpr int widest = 900, largest_map = 560, title_height = 46, key_height = 40;

void check_panel(const image_panel& panel, const std::string& name) {
    require(panel.columns > 0 && !panel.values.empty() && panel.values.size() % panel.columns == 0,
            "number of values of " + name, panel.values.size(),
            "must be rows times columns, " + std::to_string(panel.columns) + " columns here");
    for (const double value : panel.values)
        require(!std::isinf(value), "value of " + name, value, "must be finite, or NaN for a gap");
}

void check(const image_figure& picture) {
    require(!picture.panels.empty(), "panels", 0, "an image figure needs at least one");
    require(picture.panels_per_row > 0, "panels_per_row", 0, "must be at least 1");
    for (std::size_t i = 0; i < picture.panels.size(); ++i)
        check_panel(picture.panels[i], "panel " + std::to_string(i + 1) + " ('" + picture.panels[i].title + "')");
    require(!picture.low || !picture.high || *picture.low < *picture.high, "low", picture.low.value_or(0),
            "must be below high: leave both out to have them found");
    require(picture.curves.empty() || picture.axes, "curves", picture.curves.size(),
            "must be none without axes: describe the axes in image_figure::axes");
    if (!picture.axes) return;
    for (const plot_axis* axis : {&picture.axes->x, &picture.axes->y})
        require(axis->low && axis->high && *axis->low < *axis->high, "axis '" + axis->label + "'", "no ends",
                "low < high must be given: they are the edges of the image");
    for (const auto& curve : picture.curves)
        require(!curve.x.empty() && curve.x.size() == curve.y.size(), "length of y of curve '" + curve.name + "'",
                curve.y.size(), "must be that of x, and at least 1");
}

void write_data(std::ostream& stream, const image_figure& picture) {
    for (const auto& panel : picture.panels) {
        stream << "# " << on_one_line(panel.title) << '\n';
        for (std::size_t i = 0; i < panel.values.size(); ++i)
            stream << decimals(panel.values[i]) << ((i + 1) % panel.columns ? ' ' : '\n');
        stream << "\n\n";
    }
    for (const auto& curve : picture.curves) {
        stream << "# " << on_one_line(curve.name) << "\n# x\ty\n";
        for (std::size_t i = 0; i < curve.x.size(); ++i)
            stream << decimals(curve.x[i]) << '\t' << decimals(curve.y[i]) << '\n';
        stream << "\n\n";
    }
}

const char* colours_of(image_palette palette) {
    switch (palette) {
    case image_palette::grey:
        return "set palette gray\n";
    case image_palette::viridis:
        return "set palette defined (0 '#440154', 1 '#472C7A', 2 '#3B518B', 3 '#2C718E', 4 '#21908D', "
               "5 '#27AD81', 6 '#5CC863', 7 '#AADC32', 8 '#FDE725')\n";
    case image_palette::diverging:
        return "set palette defined (0 '#0072B2', 1 '#FFFFFF', 2 '#D55E00')\n";
    }
    return "";
}

struct layout {
    std::size_t columns, rows;
    int side, width, height;
};

layout layout_of(const image_figure& picture) {
    layout l{};
    l.columns = std::min(picture.panels_per_row, picture.panels.size());
    l.rows = (picture.panels.size() + l.columns - 1) / l.columns;
    l.side = std::min(widest / int(l.columns), largest_map);
    const bool scale = !picture.colour_label.empty();
    l.width = std::max(int(l.columns) * l.side + (scale && l.columns == 1 ? 120 : 0), 400);
    l.height = int(l.rows) * l.side + title_height + (picture.curves.empty() ? 0 : key_height);
    return l;
}

void write_axis(std::ostream& stream, const char* name, const plot_axis& axis) {
    stream << "set " << name << "label " << quoted(axis.label) << " noenhanced textcolor rgb \"" << ink << "\"\nset "
           << name << "range [" << *axis.low << ':' << *axis.high << "]\n";
}

void write_frame(std::ostream& stream, const image_figure& picture) {
    stream << "set encoding utf8\nset datafile missing \"NaN\"\n" << colours_of(picture.palette);
    if (picture.low || picture.high) {
        stream << "set cbrange [";
        if (picture.low) stream << *picture.low;
        stream << ':';
        if (picture.high) stream << *picture.high;
        stream << "]\n";
    }
    if (picture.colour_label.empty())
        stream << "unset colorbox\n";
    else
        stream << "set cblabel " << quoted(picture.colour_label) << " noenhanced textcolor rgb \"" << ink
               << "\"\nset cbtics textcolor rgb \"" << ink << "\"\n";
    if (picture.axes) {
        stream << "set size square\nset border 3 linecolor rgb \"#808080\"\n"
               << "set tics nomirror out scale .6 textcolor rgb \"" << ink << "\"\n"
               << "set key bmargin center horizontal Left reverse samplen 2.2 spacing 1.2 textcolor rgb \"" << ink
               << "\"\n";
        write_axis(stream, "x", picture.axes->x);
        write_axis(stream, "y", picture.axes->y);
    } else {
        stream << "set size ratio -1\nset border 15 linecolor rgb \"#C0C0C0\"\nunset tics\nunset key\n"
               << (picture.colour_label.empty() ? "" : "set cbtics\n");
    }
}

/// gnuplot's `using` that puts the elements of a panel where they belong, the first row on top.
std::string place_of(const image_panel& panel, const image_figure& picture) {
    const double columns = double(panel.columns), rows = double(panel.values.size() / panel.columns);
    const double left = picture.axes ? *picture.axes->x.low : 0, right = picture.axes ? *picture.axes->x.high : columns;
    const double bottom = picture.axes ? *picture.axes->y.low : 0, top = picture.axes ? *picture.axes->y.high : rows;
    const double dx = (right - left) / columns, dy = (top - bottom) / rows;
    std::ostringstream words;
    words.precision(12);
    words << "using (" << left + dx / 2 << "+$1*" << dx << "):(" << top - dy / 2 << "-$2*" << dy << "):3";
    return words.str();
}

void write_panel(std::ostream& stream, const image_figure& picture, std::size_t number) {
    const auto& panel = picture.panels[number];
    if (!picture.axes) // else the axes say how far the image goes
        stream << "set xrange [0:" << panel.columns << "]\nset yrange [0:" << panel.values.size() / panel.columns
               << "]\n";
    stream << "set title " << quoted(panel.title) << " noenhanced offset 0,-.6 textcolor rgb \"" << ink << "\"\n"
           << "plot data index " << number << " matrix " << place_of(panel, picture) << " with image notitle";
    const char* colours[] = {"#FFFFFF", "#D55E00", "#CC79A7"};
    for (std::size_t i = 0; i < picture.curves.size(); ++i)
        stream << ", \\\n     data index " << picture.panels.size() + i
               << " using 1:2 with lines linewidth 2.5 linecolor rgb \"" << colours[(i + 1) % 3] << '"'
               << title_words(picture.curves[i].name);
    stream << '\n';
}

} // namespace

plot_files write_image_figure(const image_figure& picture, const std::filesystem::path& stem) {
    check(picture);
    const layout l = layout_of(picture);
    const auto write_plot = [&](std::ostream& stream) {
        stream << "set multiplot layout " << l.rows << ',' << l.columns << " title " << quoted(picture.title)
               << " noenhanced font \",17\" textcolor rgb \"" << ink << "\"\n";
        for (std::size_t i = 0; i < picture.panels.size(); ++i) write_panel(stream, picture, i);
        stream << "unset multiplot\n";
    };
    return write_and_draw(
        stem, [&](std::ostream& stream) { write_data(stream, picture); },
        [&](std::ostream& stream) {
            const std::string name = stem.filename();
            write_script_head(stream, name);
            write_frame(stream, picture);
            write_outputs(stream, name, l.width, l.height, [&] { write_plot(stream); });
        });
}

} // namespace examples

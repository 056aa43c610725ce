#include "common/figure_script.hpp"

#include "common/drawing.hpp"

#include <algorithm>
#include <array>
#include <ostream>
#include <sstream>
#include <utility>

namespace examples {

namespace {

/// Okabe and Ito's palette, told apart with every common form of colour blindness.
constexpr std::array<const char*, 7> palette = {"#0072B2", "#D55E00", "#009E73", "#CC79A7",
                                                "#E69F00", "#56B4E9", "#000000"};
constexpr double width_of_bar_groups = .75;

const char* axes(bool second) { return second ? " axes x1y2" : " axes x1y1"; }

/// The colour of the only series of an axis, for the axis itself; else the ink of all text.
std::string colour_of_axis(const figure& picture, bool second) {
    std::string colour = ink;
    int count = 0;
    for (std::size_t number = 0; number < picture.series.size(); ++number) {
        if (picture.series[number].second_axis != second) continue;
        colour = palette[number % palette.size()];
        ++count;
    }
    return picture.second_y && count == 1 ? colour : std::string(ink);
}

void write_axis(std::ostream& stream, const std::string& name, const plot_axis& axis, const std::string& colour) {
    // A single letter, such as a Greek one of two bytes, reads better upright.
    const bool upright = name != "x" && axis.label.size() <= 2;
    stream << "set " << name << "label " << quoted(axis.label) << " noenhanced" << (name == "x" ? " offset 0,.4" : "")
           << (upright ? " norotate" : "") << " textcolor rgb \"" << colour << "\"\n";
    if (axis.logarithmic) {
        stream << "set logscale " << name << "\nset format " << name << " \"%g\"\n";
    }
    stream << "set " << name << "range [";
    if (axis.low) stream << *axis.low;
    stream << ':';
    if (axis.high) stream << *axis.high;
    stream << "]\n";
}

void write_frame(std::ostream& stream, const figure& picture) {
    stream << "set encoding utf8\n"
           << "set datafile missing \"NaN\"\n"
           << "set border 3 linecolor rgb \"#808080\"\n"
           << "set tics nomirror out scale .6 textcolor rgb \"" << ink << "\"\n"
           << "set grid linecolor rgb \"#E0E0E0\" linetype 1 linewidth .8\n"
           << "set key bmargin center horizontal Left reverse samplen 2.2 width 2 spacing 1.2 textcolor rgb \"" << ink
           << "\"\n"
           << "set title " << quoted(picture.title) << " noenhanced font \",17\" textcolor rgb \"" << ink << "\"\n"
           << "set style fill solid 1 noborder\n"
           << "set autoscale xfix\n"
           << "set offsets 0, 0, graph .05, 0\n";
    if (picture.slide) stream << "set bmargin 5.5\nset tmargin 3.5\n"; // large type: what is below x keeps apart
    write_axis(stream, "x", picture.x, ink);
    write_axis(stream, "y", picture.y, colour_of_axis(picture, false));
    if (picture.second_y) {
        stream << "set border 11\nset ytics nomirror\nset y2tics\n";
        write_axis(stream, "y2", *picture.second_y, colour_of_axis(picture, true));
    }
    if (!picture.categories.empty()) {
        stream << "set xtics scale 0 (";
        for (std::size_t place = 0; place < picture.categories.size(); ++place) {
            stream << (place ? ", " : "") << quoted(picture.categories[place]) << ' ' << place;
        }
        stream << ") noenhanced\nset xrange [-.6:" << double(picture.categories.size()) - .4 << "]\n"
               << "set grid noxtics ytics\n";
    }
}

/// Where a bar stands in its group, and how wide it is.
struct bar_place {
    double shift = 0;
    double width = width_of_bar_groups;
};

bar_place place_of_bar(const figure& picture, std::size_t number) {
    const auto is_bar = [](const plot_series& series) { return series.style == plot_style::bars; };
    const auto begin = picture.series.begin();
    const auto all = std::count_if(begin, picture.series.end(), is_bar);
    const auto before = std::count_if(begin, begin + std::ptrdiff_t(number), is_bar);
    const double width = width_of_bar_groups / double(std::max<std::ptrdiff_t>(all, 1));
    return {(double(before) - double(all - 1) / 2) * width, width * .92};
}

/// The plot elements of one series, each as gnuplot's `using ... with ...`.
std::vector<std::string> elements_of(const figure& picture, std::size_t number) {
    const auto& series = picture.series[number];
    const std::string colour = std::string(" linecolor rgb \"") + palette[number % palette.size()] + "\"";
    const auto end = axes(series.second_axis) + title_words(series.name);
    const auto points = [&](const char* size) { return size + std::string(picture.slide ? "*2" : ""); };
    std::ostringstream x;
    switch (series.style) {
    case plot_style::line:
        return {"using 1:2 with lines linewidth 2" + colour + end};
    case plot_style::points:
        return {"using 1:2 with points pointtype 7 pointsize " + points(".7") + colour + end};
    case plot_style::line_with_points:
        return {"using 1:2 with linespoints linewidth 2 pointtype 7 pointsize " + points(".7") + colour + end};
    case plot_style::steps:
        return {"using 1:2 with steps linewidth 2" + colour + end};
    case plot_style::band:
        return {"using 1:3:4 with filledcurves fillstyle transparent solid .2 noborder" + colour + end};
    case plot_style::error_bars:
        return {"using 1:2:3:4 with yerrorbars linewidth 1.5 pointtype 7 pointsize " + points(".9") + colour + end};
    case plot_style::impulses:
        return {"using 1:2 with impulses linewidth 1.5" + colour + axes(series.second_axis) + " notitle",
                "using 1:2 with points pointtype 7 pointsize " + points(".5") + colour + end};
    case plot_style::bars:
        break;
    }
    const auto place = place_of_bar(picture, number);
    x << "using ($1+(" << place.shift << "))";
    std::ostringstream bar;
    bar << x.str() << ":2:(" << place.width << ") with boxes" << colour << end;
    if (series.low.empty()) return {bar.str()};
    // Whiskers as arrows with flat heads: yerrorbars would leave a hole where its point is.
    return {bar.str(), x.str() + ":3:(0):($4-$3) with vectors heads size graph .008,90 linewidth 1.3" +
                           " linecolor rgb \"" + ink + "\"" + axes(series.second_axis) + " notitle"};
}

void write_plot(std::ostream& stream, const figure& picture) {
    const char* separator = "plot ";
    const auto next = [&] { return std::exchange(separator, ", \\\n     "); };
    for (std::size_t number = 0; number < picture.series.size(); ++number) {
        for (const auto& element : elements_of(picture, number)) {
            stream << next() << "data index " << number << ' ' << element;
        }
    }
    int dash = 2; // 1 is a full line
    for (const auto& line : picture.references) {
        stream << next() << line.y << " with lines linewidth 1.5 dashtype " << dash++ << " linecolor rgb \"" << ink
               << '"' << axes(line.second_axis) << title_words(line.name);
    }
    stream << '\n';
}

} // namespace

void write_script(std::ostream& stream, const figure& picture, const std::string& name) {
    write_script_head(stream, name);
    write_frame(stream, picture);
    if (picture.slide)
        write_outputs(
            stream, name, 1280, 720, [&] { write_plot(stream, picture); }, " fontscale 2 linewidth 2.5");
    else
        write_outputs(stream, name, 900, 520, [&] { write_plot(stream, picture); });
}

} // namespace examples

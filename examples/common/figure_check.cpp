#include "common/figure_check.hpp"

#include "common/require.hpp"

#include <cmath>

namespace examples {

namespace {

void check_lengths(const plot_series& series, bool categories, const std::string& name) {
    const auto count = points_of(series);
    const auto as_long = [&](const std::vector<double>& column) { return column.size() == count; };
    require(count > 0, name, "no points", "give at least one, or leave the series out");
    require(as_long(series.x) || (categories && series.x.empty()), "length of x of " + name, series.x.size(),
            "must be that of the other columns, " + std::to_string(count));
    require(as_long(series.y) || series.style == plot_style::band, "length of y of " + name, series.y.size(),
            "must be that of the other columns, " + std::to_string(count));

    const bool needs_spread = series.style == plot_style::band || series.style == plot_style::error_bars;
    const bool no_spread = series.low.empty() && series.high.empty() && !needs_spread;
    require(no_spread || (as_long(series.low) && as_long(series.high)), "length of low or high of " + name,
            series.low.size(), "both must be that of the other columns, " + std::to_string(count));
}

void check_values(const std::vector<double>& column, bool logarithmic, const std::string& name) {
    for (const double value : column) {
        require(!std::isinf(value), "value of " + name, value, "must be finite, or NaN for a gap");
        require(!logarithmic || !(value <= 0), "value of " + name, value,
                "must be positive on a logarithmic axis, or NaN for a gap");
    }
}

} // namespace

std::size_t points_of(const plot_series& series) {
    return series.style == plot_style::band ? series.low.size() : series.y.size();
}

void check_figure(const figure& picture) {
    require(!picture.series.empty(), "series", 0, "a figure needs at least one");
    for (std::size_t number = 0; number < picture.series.size(); ++number) {
        const auto& series = picture.series[number];
        const auto name = "series " + std::to_string(number + 1) + " ('" + series.name + "')";
        check_lengths(series, !picture.categories.empty(), name);
        require(!series.second_axis || picture.second_y, name, "second_axis", "describe the axis in figure::second_y");
        const bool logarithmic = series.second_axis ? picture.second_y->logarithmic : picture.y.logarithmic;
        for (const auto* column : {&series.y, &series.low, &series.high}) {
            check_values(*column, logarithmic, name);
        }
        check_values(series.x, picture.x.logarithmic, "x of " + name);
        for (const double x : series.x) require(!std::isnan(x), "x of " + name, x, "must be finite");
    }
    for (const auto& line : picture.references) {
        require(std::isfinite(line.y), "reference line '" + line.name + "'", line.y, "must be finite");
        require(!line.second_axis || picture.second_y, "reference line '" + line.name + "'", "second_axis",
                "describe the axis in figure::second_y");
    }
}

} // namespace examples

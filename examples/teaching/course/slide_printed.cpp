// A lesson without files and gnuplot, for online compilers: scripts/amalgamate puts this behind it in place of slide.cpp.
#include "teaching/course/slide.hpp"

#include <algorithm>
#include <cmath>
#include <exception>

namespace course {

namespace {

/// Where a value stands between the ends of an axis, in [0, 1]; outside of it and not a number: -1.
double place_on(const examples::plot_axis& axis, double low, double high, double value) {
    const auto scaled = [&](double x) { return axis.logarithmic ? std::log10(x) : x; };
    const double place = (scaled(value) - scaled(low)) / (scaled(high) - scaled(low));
    return place >= 0 && place <= 1 ? place : -1;
}

/// The figure in letters: a for the first series, b for the second, ...
void print(const examples::figure& picture) {
    double low[2] = {1e300, 1e300}, high[2] = {-1e300, -1e300};
    for (const auto& series : picture.series)
        for (std::size_t i = 0; i < series.y.size(); ++i) {
            const double at[2] = {series.x.empty() ? double(i) : series.x[i], series.y[i]};
            for (int k = 0; k < 2; ++k) low[k] = std::min(low[k], at[k]), high[k] = std::max(high[k], at[k]);
        }
    const examples::plot_axis* axes[2] = {&picture.x, &picture.y};
    for (int k = 0; k < 2; ++k) low[k] = axes[k]->low.value_or(low[k]), high[k] = axes[k]->high.value_or(high[k]);

    constexpr int columns = 72, rows = 20;
    std::vector<std::string> page(rows, std::string(columns, ' '));
    for (std::size_t number = 0; number < picture.series.size(); ++number) {
        const auto& series = picture.series[number];
        for (std::size_t i = 0; i < series.y.size(); ++i) {
            const double x = place_on(picture.x, low[0], high[0], series.x.empty() ? double(i) : series.x[i]);
            const double y = place_on(picture.y, low[1], high[1], series.y[i]);
            if (x < 0 || y < 0) continue;
            page[std::size_t((1 - y) * (rows - 1) + 0.5)][std::size_t(x * (columns - 1) + 0.5)] = char('a' + number);
        }
    }
    std::printf("\n%s\n%s from %.4g to %.4g\n", picture.title.c_str(), picture.y.label.c_str(), low[1], high[1]);
    for (const std::string& line : page) std::printf("|%s\n", line.c_str());
    std::printf("+%s\n%s from %.4g to %.4g\n", std::string(columns, '-').c_str(), picture.x.label.c_str(), low[0],
                high[0]);
    for (std::size_t number = 0; number < picture.series.size(); ++number)
        std::printf("  %c  %s\n", char('a' + number), picture.series[number].name.c_str());
}

} // namespace

int lesson(const std::string& name, int, char**, const std::function<examples::figure(slide&)>& body) {
    try {
        slide seen(".");
        print(body(seen));
        if (!seen.kept()) std::fprintf(stderr, "%s: a promise does not hold\n", name.c_str());
        return seen.kept() ? 0 : 1;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s: %s\n", name.c_str(), error.what());
        return 1;
    }
}

} // namespace course

#include "common/gnuplot.hpp"

#include "common/drawing.hpp"
#include "common/figure_check.hpp"
#include "common/figure_script.hpp"

#include <cmath>
#include <ostream>

namespace examples {

namespace {

void write_data(std::ostream& stream, const figure& picture) {
    for (std::size_t number = 0; number < picture.series.size(); ++number) {
        const auto& series = picture.series[number];
        const bool spread = !series.low.empty();
        if (number > 0) stream << "\n\n";
        stream << "# " << on_one_line(series.name) << "\n# x\ty" << (spread ? "\tlow\thigh\n" : "\n");
        for (std::size_t row = 0; row < points_of(series); ++row) {
            stream << decimals(series.x.empty() ? double(row) : series.x[row]) << '\t'
                   << decimals(series.y.empty() ? std::nan("") : series.y[row]);
            if (spread) stream << '\t' << decimals(series.low[row]) << '\t' << decimals(series.high[row]);
            stream << '\n';
        }
    }
}

} // namespace

plot_files write_figure(const figure& picture, const std::filesystem::path& stem) {
    check_figure(picture);
    return write_and_draw(
        stem, [&](std::ostream& stream) { write_data(stream, picture); },
        [&](std::ostream& stream) { write_script(stream, picture, stem.filename()); });
}

} // namespace examples

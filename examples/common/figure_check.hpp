#pragma once

#include "common/gnuplot.hpp"

#include <cstddef>

namespace examples {

/// Throws std::invalid_argument for a figure that cannot be drawn, see write_figure.
void check_figure(const figure& picture);

/// The number of points of a series.
std::size_t points_of(const plot_series& series);

} // namespace examples

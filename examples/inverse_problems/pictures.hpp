#pragma once

#include "common/gnuplot.hpp"
#include "common/image_figure.hpp"

#include <Eigen/Core>

#include <string>
#include <utility>
#include <vector>

namespace examples {

/// The entries of x that are not zero, by position.
inline plot_series sparse_series(std::string name, const Eigen::VectorXd& x, plot_style style) {
    plot_series series{.name = std::move(name), .style = style};
    for (Eigen::Index i = 0; i < x.size(); ++i)
        if (x[i] != 0) series.x.push_back(double(i)), series.y.push_back(x[i]);
    if (series.x.empty()) series.x = {0}, series.y = {0}; // a curve needs a point
    return series;
}

/// A sparse signal as thin lines and what was found as dots: a dot on a line's end is a hit.
inline figure signal_figure(std::string title, const Eigen::VectorXd& truth, const Eigen::VectorXd& found) {
    figure picture{.title = std::move(title), .x = {.label = "position"}, .y = {.label = "value"}};
    picture.x.low = 0;
    picture.x.high = double(truth.size());
    picture.series = {sparse_series("signal", truth, plot_style::impulses),
                      sparse_series("recovered", found, plot_style::points)};
    return picture;
}

/// A matrix as a panel of an image.
template <class Matrix>
image_panel panel_of(std::string title, const Matrix& image) {
    image_panel panel{.title = std::move(title), .columns = std::size_t(image.cols())};
    for (Eigen::Index i = 0; i < image.rows(); ++i)
        for (Eigen::Index j = 0; j < image.cols(); ++j) panel.values.push_back(double(image(i, j)));
    return panel;
}

} // namespace examples

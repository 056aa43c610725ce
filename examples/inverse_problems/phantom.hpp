#pragma once

#include <Eigen/Core>

#include <cmath>

namespace examples {

/// The head phantom of Shepp and Logan (1974) with the higher contrast of Toft (1996), values in [0, 1], as a
/// side x side image with row 0 on top.
inline Eigen::MatrixXd shepp_logan(Eigen::Index side) {
    struct ellipse {
        double value, half_width, half_height, x, y, degrees;
    };
    constexpr ellipse ellipses[] = {
        {1, .69, .92, 0, 0, 0},          {-.8, .6624, .874, 0, -.0184, 0}, {-.2, .11, .31, .22, 0, -18},
        {-.2, .16, .41, -.22, 0, 18},    {.1, .21, .25, 0, .35, 0},        {.1, .046, .046, 0, .1, 0},
        {.1, .046, .046, 0, -.1, 0},     {.1, .046, .023, -.08, -.605, 0}, {.1, .023, .023, 0, -.606, 0},
        {.1, .023, .046, .06, -.605, 0},
    };
    Eigen::MatrixXd image = Eigen::MatrixXd::Zero(side, side);
    for (const ellipse& e : ellipses) {
        const double angle = e.degrees * std::acos(-1.0) / 180, cosine = std::cos(angle), sine = std::sin(angle);
        for (Eigen::Index i = 0; i < side; ++i)
            for (Eigen::Index j = 0; j < side; ++j) {
                const double x = (2 * double(j) + 1) / double(side) - 1 - e.x;
                const double y = 1 - (2 * double(i) + 1) / double(side) - e.y;
                const double along = (x * cosine + y * sine) / e.half_width;
                const double across = (y * cosine - x * sine) / e.half_height;
                if (along * along + across * across <= 1) image(i, j) += e.value;
            }
    }
    return image.cwiseMax(0);
}

} // namespace examples

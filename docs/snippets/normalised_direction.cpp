// docs/concepts/direction.md
#include "snippets.hpp"

#include <cmath>

#include <bregman/bregman.hpp>

namespace {

struct normalised_direction {
    static constexpr int moments = 0;
    static constexpr double default_step_size = 1e-2;

    template <class T>
    struct increment {
        T rate;
        template <class V>
        V operator()(const V& g) const {
            return g * V(rate);
        }
    };
    double remember(double, const bregman::tensor_statistics& seen) const { return std::sqrt(seen.gradient_squares); }
    template <class T>
    increment<T> at(std::int64_t, T step_size, double norm = 1) const {
        return {norm > 0 ? T(double(step_size) / norm) : T(0)};
    }
};

} // namespace

bool normalised_direction_works() {
    using optimizer_type = bregman::optimizer<normalised_direction, bregman::euclidean<double>, bregman::none,
                                              bregman::fixed_law, bregman::eigen_backend<double>>;
    optimizer_type optimizer;
    Eigen::VectorXd theta = Eigen::VectorXd::Zero(2);
    const Eigen::VectorXd gradient{{300, -400}};
    optimizer.step(theta, gradient);
    return (theta - Eigen::VectorXd{{-0.006, 0.008}}).norm() < 1e-15;
}

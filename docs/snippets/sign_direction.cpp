// docs/concepts/direction.md
#include "snippets.hpp"

#include <bregman/bregman.hpp>

namespace {

using bregman::sign;

struct sign_direction {
    static constexpr int moments = 0;
    static constexpr double default_step_size = 1e-3;

    template <class T>
    struct increment {
        T step_size;
        template <class V>
        V operator()(const V& g) const {
            return sign(g) * V(step_size);
        }
    };
    template <class T>
    increment<T> at(std::int64_t, T step_size) const {
        return {step_size};
    }
};

} // namespace

bool sign_direction_works() {
    using optimizer_type = bregman::optimizer<sign_direction, bregman::euclidean<float>, bregman::none,
                                              bregman::fixed_law, bregman::eigen_backend<float>>;
    optimizer_type optimizer;
    Eigen::VectorXf theta = Eigen::VectorXf::Zero(5), gradient(5);
    gradient << 3, -2, 0, 1, -1;
    optimizer.step(theta, gradient);
    return theta[0] == -1e-3f && theta[1] == 1e-3f && theta[2] == 0;
}

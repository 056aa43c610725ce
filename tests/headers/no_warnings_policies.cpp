// The policies, laws and solvers that no_warnings.cpp leaves out, in float where they take it: for warnings alone.
#include <bregman/bregman.hpp>
#include <bregman/observers/oscillation_guard.hpp>
#include <bregman/regularizers/nuclear.hpp>
#include <bregman/solvers.hpp>

using namespace bregman;

namespace {

template <class Direction, class Mirror, class Regularizer, class Law>
void steps(Law law, Mirror mirror = {}, Regularizer regularizer = {}) {
    std::vector<float> theta(12, 1.0f), slope(12, 0.1f);
    optimizer<Direction, Mirror, Regularizer, Law, eigen_backend<float>> method({.lambda = 0.5f}, {}, mirror,
                                                                                regularizer, law);
    minimize(
        method, theta, [&](const auto&, auto& g) { return g = slope, 1.0f; }, 3, print_every(1), stop_below(0.1),
        stop_at_target(0.1, 2), oscillation_guard(method));
}

void laws() {
    steps<gradient, euclidean<float>, l1>(multiplicative_law<float>{});
    steps<amsgrad, euclidean<float>, elastic_net>(additive_law<float>{});
    steps<rmsprop, hypentropy<float>, l1>(band_law<float>{});
    steps<nesterov, p_norm<float>, l1>(pid_law<float>{});
    steps<gradient, negative_entropy<float>, none>(nupi_law<float>{});
    steps<gradient, burg<float>, none>(warm_up(rate_limit(damp_near_target(band_law<float>{}, 0.01, 0.1), 2), 3));
    steps<gradient, euclidean<float>, box>(fixed_law{});
    steps<gradient, euclidean<float>, nuclear>(fixed_law{});
    steps<gradient, euclidean<float>, total_variation>(fixed_law{});
    steps<gradient, euclidean<float>, total_variation_2d>(fixed_law{});
    target_schedule<float>::linear(0.1f, 0.9f, 3);
    target_schedule<float>::cubic(0.1f, 0.9f, 3);
    target_schedule<float>::geometric(0.9f, 3);
}

template <class T>
void solvers() {
    const dense_vector<T> b = dense_vector<T>::Ones(4);
    const Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic> a =
        Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>::Ones(4, 9);
    fista(a, b);
    proximal_gradient(a, b);
    bregman_iteration(a, b);
    multilevel_linearised_bregman(a, b);
    poisson_descent(a, b);
    polish(a, b, recover_sparse(a, b).x);
    sparse_kaczmarz(a, b);
    split_lbi(a, b);
    rda(a, b);
}

} // namespace

int main() {
    laws();
    solvers<float>();
    solvers<double>();
}

// docs/policies/functions_on_values.md
#include "snippets.hpp"

#include <cmath>
#include <concepts>
#include <type_traits>
#include <vector>

#include <bregman/bregman.hpp>

namespace mine {

using namespace bregman; // so that min, select, ... are found for numbers; for lanes they are found anyway

/// J = sum of |x| up to c, of (x^2 + c^2) / (2 c) beyond: large weights are pulled back more than by l1 (reverse Huber).
struct reverse_huber {
    float c = 1;

    template <class V>
    V value(const V& x) const {
        return select(abs(x) <= V(c), abs(x), (x * x + V(c * c)) / V(2 * c));
    }
    template <class V>
    V subgradient(const V& x) const {
        return select(abs(x) <= V(c), sign(x), x / V(c));
    }
    template <class V, class T>
    V prox(const V& x, T t) const {
        return select(abs(x) <= V(c) + V(t), shrink(x, t), x / (V(1) + V(t) / V(c)));
    }
    template <class V>
    V critical_lambda(const V& v) const {
        return abs(v);
    }
};

/// The same prox for numbers alone: `if` and the functions of std are allowed, and it runs element by element.
struct reverse_huber_with_if : reverse_huber {
    float prox(float x, float t) const {
        if (std::abs(x) <= t) return 0;
        if (std::abs(x) <= c + t) return x - std::copysign(t, x);
        return x / (1 + t / c);
    }
};

} // namespace mine

bool functions_on_values_work() {
    std::vector<float> gradient(37), theta(37), other(37);
    for (int i = 0; i < 37; ++i) gradient[i] = 0.1f * float(i) - 2;
    bregman::linbreg<float, mine::reverse_huber, bregman::fixed_law> optimizer({.step_size = 1, .lambda = 0.5f});
    bregman::linbreg<float, mine::reverse_huber_with_if, bregman::fixed_law> by_element(
        {.step_size = 1, .lambda = 0.5f});
    optimizer.step(theta, gradient);
    by_element.step(other, gradient);
    for (int i = 0; i < 37; ++i)
        if (std::abs(theta[i] - other[i]) > 1e-6f) return false;
    return std::abs(theta[0] - 2 / 1.5f) < 1e-6f && theta[20] == 0 && optimizer.sparsity() > 0.2f;
}

namespace {

template <class V, class T>
V every_function(const V& x, T t) {
    using namespace bregman;
    V y = min(x, V(1)) + max(x, V(-1)) - abs(x) * sqrt(abs(x)) / V(2);
    y += exp(-x), y -= log(V(1) + abs(x)), y *= sinh(x), y /= V(2) + asinh(x) * asinh(x);
    y = y + pow(abs(x), t) + clamp(x, V(-t), V(t)) + sign(x) + shrink(x, t);
    y = select(x > V(0), y, -y);
    y = select(x < V(1), y, y * y);
    return select((x <= V(2)) & (y > V(-3)), y, V(t));
}

} // namespace

bool lanes_and_numbers_agree() {
    using lane = bregman::lane<float>;
    for (float x : {-2.5f, -1.0f, -0.0f, 0.0f, 0.3f, 1.0f, 2.0f, 7.0f}) {
        const float number = every_function(x, 0.75f), element = every_function(lane(x), 0.75f)[0];
        if (std::abs(number - element) > 1e-5f * (1 + std::abs(number))) return false;
    }
    // What lanes do not have.
    const auto has = []<class V>(V) {
        return requires(V x) { x >= x; } || requires(V x) { x == x; } || requires(V x) { x != x; } ||
               requires(V x) { +x; } || requires(V x) { std::abs(x); } || requires(V x) { tanh(x); } ||
               requires(V x) { pow(x, x); } || std::is_convertible_v<decltype(V(1) > V(0)), bool>;
    };
    if (has(lane(1))) return false;
    return exp(lane(-100.0f))[0] == 0 && std::isnan(exp(lane(NAN))[0]);
}

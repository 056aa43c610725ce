#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <tuple>

#include <bregman/mirror_maps/burg.hpp>
#include <bregman/mirror_maps/euclidean.hpp>
#include <bregman/mirror_maps/hypentropy.hpp>
#include <bregman/mirror_maps/negative_entropy.hpp>
#include <bregman/mirror_maps/p_norm.hpp>

#include "support/values.hpp"

namespace bregman::testing {

/// Points of the real line, sorted, some away from 0, where p-norms or their conjugates have no second derivative.
template <class T>
std::vector<T> reals(T gap = T(0.2)) {
    auto x = normal_values<T>(40, 1);
    for (T& value : x) value += value > T(0) ? gap : -gap;
    std::sort(x.begin(), x.end());
    return x;
}
template <class T>
std::vector<T> positives() {
    auto x = normal_values<T>(40, 2, 0.5);
    for (T& value : x) value = std::exp(value);
    std::sort(x.begin(), x.end());
    return x;
}

/// A mirror map and points of its domain.
template <class Mirror, class T>
struct mirror_case {
    std::string name;
    Mirror mirror;
    std::vector<T> thetas;
};

/// Every mirror map with value and conjugate: add yours here and all laws are checked.
template <class T>
auto all_mirror_maps() {
    const auto on = []<class M>(const char* name, M mirror, std::vector<T> thetas) {
        return mirror_case<M, T>{name, mirror, std::move(thetas)};
    };
    return std::tuple{
        on("euclidean", euclidean<T>{.delta = T(0.3)}, reals<T>()),
        on("p_norm 1.1", p_norm<T>{.q = T(1.1)}, reals<T>()),
        on("p_norm 2", p_norm<T>{.q = 2}, reals<T>()),
        on("p_norm 10", p_norm<T>{.q = 10}, reals<T>(T(0.6))),
        on("hypentropy .01", hypentropy<T>{.beta = T(0.01)}, reals<T>()),
        on("hypentropy 5", hypentropy<T>{.beta = 5}, reals<T>()),
        on("negative_entropy", negative_entropy<T>{}, positives<T>()),
        on("burg", burg<T>{}, positives<T>()),
        on("burg at most 1", burg<T>{.largest = 1}, std::vector<T>{T(0.3), T(0.5), T(0.9)}),
    };
}

/// f(case) for each of them.
template <class T = double, class Function>
void for_each_mirror_map(Function&& f) {
    std::apply(
        [&](const auto&... m) {
            const auto check = [&](const auto& one) {
                BOOST_TEST_CONTEXT(one.name) { f(one); }
            };
            (check(m), ...);
        },
        all_mirror_maps<T>());
}

} // namespace bregman::testing

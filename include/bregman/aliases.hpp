#pragma once

#include <utility>

#include <bregman/backends/forward.hpp>
#include <bregman/control/settling.hpp>
#include <bregman/directions/adam.hpp>
#include <bregman/directions/adam_mini.hpp>
#include <bregman/directions/gradient.hpp>
#include <bregman/directions/momentum.hpp>
#include <bregman/mirror_maps/euclidean.hpp>
#include <bregman/optimizer.hpp>
#include <bregman/regularizers/l1.hpp>

/// \file
/// The named algorithms. All of them default to l1, the law that settles with nothing to set, Eigen and float. Include a
/// backend beside this file, or bregman.hpp, which brings Eigen's.

namespace bregman {

/// LinBreg: linearised Bregman iterations, v <- v - tau g.
template <class T = float, class Regularizer = l1, class Law = settling_law, class Backend = eigen_backend<T>>
using linbreg = optimizer<gradient, euclidean<T>, Regularizer, Law, Backend>;

/// LinBreg with momentum: m <- beta m + (1 - beta) tau g, v <- v - m.
template <class T = float, class Regularizer = l1, class Law = settling_law, class Backend = eigen_backend<T>>
using linbreg_momentum = optimizer<momentum, euclidean<T>, Regularizer, Law, Backend>;

/// AdaBreg: v moves in Adam's direction.
template <class T = float, class Regularizer = l1, class Law = settling_law, class Backend = eigen_backend<T>>
using adabreg = optimizer<adam, euclidean<T>, Regularizer, Law, Backend>;

/// AdaBreg with one second moment for each tensor: v moves in Adam's direction, and sizes within a tensor keep their meaning.
template <class T = float, class Regularizer = l1, class Law = settling_law, class Backend = eigen_backend<T>>
using adabreg_mini = optimizer<adam_mini, euclidean<T>, Regularizer, Law, Backend>;

/// linbreg with a law (and a regularizer) deduced from the arguments, for laws that are lambda expressions:
///
///     auto optimizer = make_linbreg<float>({.target = 0.9f}, [](const auto& seen) { return ...; });
template <class T = float, class Law, class Regularizer = l1>
auto make_linbreg(optimizer_settings<T> settings, Law law, Regularizer regularizer = {}) {
    return linbreg<T, Regularizer, Law>(std::move(settings), {}, {}, std::move(regularizer), std::move(law));
}

/// linbreg with the default law, or with no argument at all.
template <class T = float>
auto make_linbreg(optimizer_settings<T> settings = {}) {
    return linbreg<T>(std::move(settings));
}

/// adabreg with a law (and a regularizer) deduced from the arguments.
template <class T = float, class Law, class Regularizer = l1>
auto make_adabreg(optimizer_settings<T> settings, Law law, Regularizer regularizer = {}) {
    return adabreg<T, Regularizer, Law>(std::move(settings), {}, {}, std::move(regularizer), std::move(law));
}

/// adabreg with the default law, or with no argument at all.
template <class T = float>
auto make_adabreg(optimizer_settings<T> settings = {}) {
    return adabreg<T>(std::move(settings));
}

} // namespace bregman

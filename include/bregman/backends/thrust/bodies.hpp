#pragma once

#include <cstdint>
#include <limits>

#include <bregman/backends/thrust/job_queue.hpp>
#include <bregman/element_access.hpp>
#include <bregman/kernels.hpp>
#include <bregman/math.hpp>
#include <bregman/sparsity.hpp>
#include <bregman/tensor.hpp>

/// \file
/// What an item of a job does: runs a kernel of the optimizer on its units and counts the non-zeros.

namespace bregman::device {

template <class T>
BREGMAN_HOST_DEVICE std::int32_t is_nonzero(T x) {
    return abs(x) > T(zero_tolerance) ? 1 : 0;
}

/// Runs a kernel on element i and says whether the theta it stored is non-zero.
template <class T, class Kernel>
struct count_element {
    Kernel kernel;

    BREGMAN_HOST_DEVICE index operator()(index i) const { return is_nonzero(kernel(element_access<T>{i})); }
};

template <class T, class Kernel>
struct count_elements {
    static constexpr index per_tile = 1024;
    Kernel kernel;

    template <class Scratch>
    BREGMAN_HOST_DEVICE std::int32_t operator()(const place& at, Scratch*) const {
        std::int32_t nonzeros = 0;
        for (index i = at.first + at.lane; i < at.last; i += lanes)
            nonzeros += is_nonzero(kernel(element_access<T>{i}));
        return nonzeros;
    }
};

/// Runs a kernel on the elements of group g, scales the group and counts its non-zeros.
template <class T, class Kernel, class Factor>
struct count_group {
    Kernel kernel;
    Factor factor;
    T* theta;
    group_layout layout;

    BREGMAN_HOST_DEVICE std::int32_t operator()(index g) const {
        for (index j = 0; j < layout.size; ++j) kernel(element_access<T>{layout.at(g, j)});
        const T scale = factor(kernel::group_norm(theta, layout, g), T(layout.size));
        std::int32_t nonzeros = 0;
        for (index j = 0; j < layout.size; ++j) {
            T& x = theta[layout.at(g, j)];
            x *= scale;
            nonzeros += is_nonzero(x);
        }
        return nonzeros;
    }
};

/// An item for each group: convolution kernels, and groups whose neighbours lie beside them in memory.
template <class T, class Kernel, class Factor>
struct count_groups {
    count_group<T, Kernel, Factor> group;

    template <class Scratch>
    BREGMAN_HOST_DEVICE std::int32_t operator()(const place& at, Scratch*) const {
        std::int32_t nonzeros = 0;
        for (index g = at.first + at.lane; g < at.last; g += lanes) nonzeros += group(g);
        return nonzeros;
    }
};

/// A tile for each group, first half: the kernel on every element and the squares of each item's share.
template <class T, class Kernel>
struct begin_group {
    Kernel kernel;
    index size;

    BREGMAN_HOST_DEVICE std::int32_t operator()(const place& at, T* squares) const {
        T sum = 0;
        for (index j = at.lane; j < size; j += lanes) {
            const T x = kernel(element_access<T>{at.first * size + j});
            sum += x * x;
        }
        squares[at.slot * lanes + at.lane] = sum;
        return 0;
    }
};

/// Second half, when all squares of a tile are there. Kinds of jobs run in the order in which they were first seen, so
/// the kernel is part of this one's type: it comes after its own first half.
template <class T, class Kernel, class Factor>
struct finish_group {
    Factor factor;
    T* theta;
    index size;

    BREGMAN_HOST_DEVICE std::int32_t operator()(const place& at, const T* squares) const {
        T sum = 0;
        for (index lane = 0; lane < lanes; ++lane) sum += squares[at.slot * lanes + lane];
        const T scale = factor(sqrt(sum), T(size));
        std::int32_t nonzeros = 0;
        for (index j = at.lane; j < size; j += lanes) {
            T& x = theta[at.first * size + j];
            x *= scale;
            nonzeros += is_nonzero(x);
        }
        return nonzeros;
    }
};

template <class T>
struct square {
    const T* values;

    BREGMAN_HOST_DEVICE double operator()(index i) const { return double(values[i]) * double(values[i]); }
};

/// The sum of squares of an item's elements.
template <class T>
struct add_squares {
    static constexpr index per_tile = 1024;
    const T* values;

    template <class Scratch>
    BREGMAN_HOST_DEVICE double operator()(const place& at, Scratch*) const {
        double sum = 0;
        for (index i = at.first + at.lane; i < at.last; i += lanes) sum += double(values[i]) * double(values[i]);
        return sum;
    }
};

/// 1 where an element is not finite.
template <class T>
struct not_finite {
    static constexpr T largest = std::numeric_limits<T>::max();
    const T* values;

    BREGMAN_HOST_DEVICE index operator()(index i) const { return abs(values[i]) <= largest ? 0 : 1; }
};

} // namespace bregman::device

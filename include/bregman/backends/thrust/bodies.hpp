#pragma once

#include <cstdint>
#include <limits>
#include <type_traits>

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

/// What a kernel stores theta in.
template <class Kernel, class T>
struct stored_by {
    using type = T;
};
template <class Kernel, class T>
requires requires {
    typename Kernel::stored;
}
struct stored_by<Kernel, T> {
    using type = typename Kernel::stored;
};

/// Runs a kernel on element i and says whether the theta it stored, rounded to what memory holds, is non-zero.
template <class T, class Kernel>
BREGMAN_HOST_DEVICE std::int32_t stores_nonzero(const Kernel& kernel, index i) {
    using stored = typename stored_by<Kernel, T>::type;
    const T x = kernel(element_access<T>{i});
    if constexpr (std::is_same_v<stored, T>)
        return is_nonzero(x);
    else
        return is_nonzero(static_cast<T>(static_cast<stored>(x)));
}

template <class T, class Kernel>
struct count_element {
    Kernel kernel;

    BREGMAN_HOST_DEVICE index operator()(index i) const { return stores_nonzero<T>(kernel, i); }
};

template <class T, class Kernel>
struct count_elements {
    static constexpr index per_tile = 1024;
    Kernel kernel;

    template <class Scratch>
    BREGMAN_HOST_DEVICE std::int32_t operator()(const place& at, Scratch*) const {
        std::int32_t nonzeros = 0;
        for (index i = at.first + at.lane; i < at.last; i += lanes)
            nonzeros += stores_nonzero<T>(kernel, i);
        return nonzeros;
    }
};

/// theta_i <- scale theta_i; says whether it is non-zero. Where memory holds theta_i rounded, it is computed from v
/// again, so that what is stored has been rounded once.
template <class T, class Kernel, class Stored>
BREGMAN_HOST_DEVICE std::int32_t scale_element([[maybe_unused]] const Kernel& kernel, Stored* theta, index i,
                                               T scale) {
    if constexpr (std::is_same_v<Stored, T>) {
        T& x = theta[i];
        x *= scale;
        return is_nonzero(x);
    } else {
        const element_access<T> access{i};
        theta[i] = static_cast<Stored>(kernel.primal(access, access.load(kernel.dual)) * scale);
        return is_nonzero(static_cast<T>(theta[i]));
    }
}

/// Runs a kernel on the elements of group g, scales the group and counts its non-zeros.
template <class T, class Kernel, class Factor>
struct count_group {
    Kernel kernel;
    Factor factor;
    typename stored_by<Kernel, T>::type* theta;
    group_layout layout;

    BREGMAN_HOST_DEVICE std::int32_t operator()(index g) const {
        T squares = 0;
        for (index j = 0; j < layout.size; ++j) {
            const T x = kernel(element_access<T>{layout.at(g, j)});
            squares += x * x;
        }
        const T scale = factor(sqrt(squares), T(layout.size));
        std::int32_t nonzeros = 0;
        for (index j = 0; j < layout.size; ++j) nonzeros += scale_element(kernel, theta, layout.at(g, j), scale);
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
    Kernel kernel;
    Factor factor;
    typename stored_by<Kernel, T>::type* theta;
    index size;

    BREGMAN_HOST_DEVICE std::int32_t operator()(const place& at, const T* squares) const {
        T sum = 0;
        for (index lane = 0; lane < lanes; ++lane) sum += squares[at.slot * lanes + lane];
        const T scale = factor(sqrt(sum), T(size));
        std::int32_t nonzeros = 0;
        for (index j = at.lane; j < size; j += lanes)
            nonzeros += scale_element(kernel, theta, at.first * size + j, scale);
        return nonzeros;
    }
};

/// x in double, also where x has no conversion but that to float (bfloat16, half).
template <class Stored>
BREGMAN_HOST_DEVICE double in_double(const Stored& x) {
    if constexpr (std::is_floating_point_v<Stored>)
        return double(x);
    else
        return double(static_cast<float>(x));
}

template <class Stored>
struct square {
    const Stored* values;

    BREGMAN_HOST_DEVICE double operator()(index i) const { return in_double(values[i]) * in_double(values[i]); }
};

/// 1 where an element is not finite.
template <class Stored>
struct not_finite {
    const Stored* values;

    BREGMAN_HOST_DEVICE index operator()(index i) const {
        return abs(in_double(values[i])) <= std::numeric_limits<double>::max() ? 0 : 1;
    }
};

/// The sum of squares of an item's elements: not finite exactly when an element is not, and so far below the largest
/// double that no number of such sums reaches it.
template <class Stored>
struct add_squares {
    static constexpr index per_tile = 1024;
    static constexpr double most = std::numeric_limits<double>::max() * 0x1p-40;
    const Stored* values;

    template <class Scratch>
    BREGMAN_HOST_DEVICE double operator()(const place& at, Scratch*) const {
        double sum = 0;
        for (index i = at.first + at.lane; i < at.last; i += lanes) {
            const double x = in_double(values[i]);
            sum += x * x;
            if (!(abs(x) <= std::numeric_limits<double>::max())) return std::numeric_limits<double>::infinity();
        }
        return sum <= most ? sum : most;
    }
};

} // namespace bregman::device

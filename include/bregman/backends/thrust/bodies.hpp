#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <type_traits>

#include <bregman/backends/thrust/account.hpp>
#include <bregman/backends/thrust/tiles.hpp>
#include <bregman/base/finite.hpp>
#include <bregman/policy/element_access.hpp>
#include <bregman/policy/math.hpp>
#include <bregman/step/kernels.hpp>
#include <bregman/tensors/tensor.hpp>

/// \file
/// What a lane of a tile does: runs a kernel of the optimizer on its units and counts the non-zeros.

namespace bregman::device {

template <class T>
BREGMAN_HOST_DEVICE std::int32_t is_nonzero(T x) {
    return x != T(0) ? 1 : 0;
}

/// What a kernel stores theta in.
template <class Kernel, class T>
struct stored_by {
    using type = T;
};
template <class Kernel, class T>
    requires requires { typename Kernel::stored; }
struct stored_by<Kernel, T> {
    using type = typename Kernel::stored;
};

/// What a kernel moves on `elements` of them, if it says so (kernels.hpp).
template <class Kernel>
traffic traffic_of_elements(index_t elements) {
    if constexpr (requires { Kernel::bytes_read + Kernel::bytes_written; })
        return {elements * std::int64_t(Kernel::bytes_read), elements * std::int64_t(Kernel::bytes_written)};
    else
        return {};
}
/// The same where theta is scaled afterwards: it, or v where memory holds theta rounded, is read for the norm and the
/// scaling, which is one read of memory, and written once more.
template <class Kernel>
traffic traffic_of_scaled(index_t elements) {
    traffic result = traffic_of_elements<Kernel>(elements);
    if constexpr (requires { sizeof(typename Kernel::stored); })
        result += {elements * std::int64_t(sizeof(typename Kernel::stored)),
                   elements * std::int64_t(sizeof(typename Kernel::stored))};
    return result;
}

/// Whether theta, rounded to what the kernel's memory holds, is non-zero.
template <class Kernel, class T>
BREGMAN_HOST_DEVICE std::int32_t is_stored_nonzero(T theta) {
    using stored = typename stored_by<Kernel, T>::type;
    if constexpr (std::is_same_v<stored, T>)
        return is_nonzero(theta);
    else
        return is_nonzero(static_cast<T>(static_cast<stored>(theta)));
}

/// A kernel that may read ahead (kernels.hpp).
template <class Kernel, class T>
concept has_two_halves =
    requires(const Kernel& kernel, element_access<T> access, typename Kernel::template inputs<T>& in) {
        kernel.load(access, in);
        { kernel(access, in) } -> std::same_as<T>;
    };

/// What a kernel in one piece has read, for all that one knows.
struct nothing_read {};

/// Runs a kernel on a lane's elements, first, first + lanes, ... below last, and hands each theta to use(theta, inputs), in
/// their order.
///
/// What the kernel writes might be, for all a compiler knows, what it reads next, and so one element's reads would wait
/// for the writes of the one before. A GPU reaches its bandwidth only with many reads under way: those of four elements
/// are ordered before the first of them is written.
template <class T, class Kernel, class Use>
BREGMAN_HOST_DEVICE void for_elements(const Kernel& kernel, index_t first, index_t last, Use&& use) {
    index_t i = first;
    if constexpr (has_two_halves<Kernel, T>) {
        constexpr int ahead = 4;
        for (; i + (ahead - 1) * lanes < last; i += ahead * lanes) {
            typename Kernel::template inputs<T> in[ahead];
            for (int a = 0; a < ahead; ++a) kernel.load(element_access<T>{i + a * lanes}, in[a]);
            for (int a = 0; a < ahead; ++a) {
                const T theta = kernel(element_access<T>{i + a * lanes}, in[a]);
                use(theta, in[a]);
            }
        }
    }
    for (; i < last; i += lanes) {
        if constexpr (has_two_halves<Kernel, T>) {
            typename Kernel::template inputs<T> in;
            kernel.load(element_access<T>{i}, in);
            const T theta = kernel(element_access<T>{i}, in);
            use(theta, in);
        } else {
            use(kernel(element_access<T>{i}), nothing_read{});
        }
    }
}

/// What a theta adds to the count of a kernel: 1 where it is not zero, and packed_counts where it compares supports.
template <class Kernel, class T, class Inputs>
BREGMAN_HOST_DEVICE auto count_of([[maybe_unused]] T theta, [[maybe_unused]] const Inputs& in) {
    if constexpr (kernel::compares_supports<Kernel>)
        return std::int64_t(kernel::packed_counts(is_stored_nonzero<Kernel>(theta),
                                                  is_stored_nonzero<Kernel>(Kernel::kept(theta, in))));
    else
        return is_stored_nonzero<Kernel>(theta);
}

template <class T, class Kernel>
struct count_element {
    Kernel kernel;

    BREGMAN_HOST_DEVICE index_t operator()(index_t i) const {
        const element_access<T> access{i};
        if constexpr (kernel::compares_supports<Kernel>) {
            typename Kernel::template inputs<T> in;
            kernel.load(access, in);
            const T theta = kernel(access, in);
            return count_of<Kernel>(theta, in);
        } else {
            return is_stored_nonzero<Kernel>(kernel(access));
        }
    }
};

template <class T, class Kernel>
struct count_elements {
    static constexpr index_t per_tile = 1024;
    Kernel kernel;

    BREGMAN_HOST_DEVICE auto operator()(const place& at) const {
        std::conditional_t<kernel::compares_supports<Kernel>, std::int64_t, std::int32_t> counted = 0;
        for_elements<T>(kernel, at.first + at.lane, at.last,
                        [&counted](T theta, const auto& in) { counted += count_of<Kernel>(theta, in); });
        return counted;
    }
    traffic moves(index_t elements) const { return traffic_of_elements<Kernel>(elements); }
};

/// theta_i <- scale theta_i; says whether it is non-zero. Where memory holds theta_i rounded, it is computed from v
/// again, so that what is stored has been rounded once.
template <class T, class Kernel, class Stored>
BREGMAN_HOST_DEVICE std::int32_t scale_element([[maybe_unused]] const Kernel& kernel, Stored* theta, index_t i,
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

    BREGMAN_HOST_DEVICE std::int32_t operator()(index_t g) const {
        double squares = 0;
        for (index_t j = 0; j < layout.size; ++j)
            squares += kernel::square(T(kernel(element_access<T>{layout.at(g, j)})));
        const T scale = factor(kernel::norm_of<T>(squares), T(layout.size));
        std::int32_t nonzeros = 0;
        for (index_t j = 0; j < layout.size; ++j) nonzeros += scale_element(kernel, theta, layout.at(g, j), scale);
        return nonzeros;
    }
};

/// A lane for each group: groups whose neighbours lie beside them in memory.
template <class T, class Kernel, class Factor>
struct count_groups {
    count_group<T, Kernel, Factor> group;

    BREGMAN_HOST_DEVICE std::int32_t operator()(const place& at) const {
        std::int32_t nonzeros = 0;
        for (index_t g = at.first + at.lane; g < at.last; g += lanes) nonzeros += group(g);
        return nonzeros;
    }
    traffic moves(index_t groups) const { return traffic_of_scaled<Kernel>(groups * group.layout.size); }
};

/// x_i before its group is scaled, which a kernel has just stored. Where memory holds it rounded, it is computed from v
/// again.
template <class T, class Kernel, class Stored>
BREGMAN_HOST_DEVICE T unscaled_element([[maybe_unused]] const Kernel& kernel, const Stored* theta, index_t i) {
    if constexpr (std::is_same_v<Stored, T>) {
        return theta[i];
    } else {
        const element_access<T> access{i};
        return kernel.primal(access, access.load(kernel.dual));
    }
}

/// A tile for `lanes` short groups that follow each other in memory (convolution kernels). First the kernel on every
/// element, neighbouring lanes on neighbouring elements; then a lane for each group reads what is there, scales and counts.
template <class T, class Kernel, class Factor>
struct short_groups {
    Kernel kernel;
    Factor factor;
    typename stored_by<Kernel, T>::type* theta;
    index_t size;

    BREGMAN_HOST_DEVICE double begin(const place& at) const {
        for_elements<T>(kernel, at.first * size + at.lane, at.last * size, [](T, const auto&) {});
        return 0;
    }
    BREGMAN_HOST_DEVICE std::int32_t finish(const place& at, double) const {
        std::int32_t nonzeros = 0;
        for (index_t g = at.first + at.lane; g < at.last; g += lanes) nonzeros += scale(g * size, (g + 1) * size);
        return nonzeros;
    }
    traffic moves(index_t groups) const { return traffic_of_scaled<Kernel>(groups * size); }

  private:
    BREGMAN_HOST_DEVICE std::int32_t scale(index_t first, index_t last) const {
        double squares = 0;
        for (index_t i = first; i < last; ++i) squares += kernel::square(unscaled_element<T>(kernel, theta, i));
        const T scale = factor(kernel::norm_of<T>(squares), T(size));
        std::int32_t nonzeros = 0;
        for (index_t i = first; i < last; ++i) nonzeros += scale_element(kernel, theta, i, scale);
        return nonzeros;
    }
};

/// A tile for each long group: the kernel on every element and the squares of each lane's share; then, with their sum, the
/// factor and the count.
template <class T, class Kernel, class Factor>
struct long_group {
    Kernel kernel;
    Factor factor;
    typename stored_by<Kernel, T>::type* theta;
    index_t size;

    BREGMAN_HOST_DEVICE double begin(const place& at) const {
        double sum = 0;
        for_elements<T>(kernel, at.first * size + at.lane, (at.first + 1) * size,
                        [&sum](T x, const auto&) { sum += kernel::square(x); });
        return sum;
    }
    BREGMAN_HOST_DEVICE std::int32_t finish(const place& at, double squares) const {
        const T scale = factor(kernel::norm_of<T>(squares), T(size));
        std::int32_t nonzeros = 0;
        for (index_t j = at.lane; j < size; j += lanes)
            nonzeros += scale_element(kernel, theta, at.first * size + j, scale);
        return nonzeros;
    }
    traffic moves(index_t groups) const { return traffic_of_scaled<Kernel>(groups * size); }
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

    BREGMAN_HOST_DEVICE double operator()(index_t i) const { return in_double(values[i]) * in_double(values[i]); }
};

/// 1 where an element is not finite.
template <class Stored>
struct not_finite {
    const Stored* values;

    BREGMAN_HOST_DEVICE index_t operator()(index_t i) const {
        return abs(in_double(values[i])) <= std::numeric_limits<double>::max() ? 0 : 1;
    }
};

/// The sum of squares of a lane's elements: not finite exactly when an element is not, and so far below the largest
/// double that no number of such sums reaches it.
template <class Stored>
struct add_squares {
    static constexpr index_t per_tile = 1024;
    static constexpr double most = std::numeric_limits<double>::max() * 0x1p-40;
    const Stored* values;

    BREGMAN_HOST_DEVICE double operator()(const place& at) const {
        double sum = 0;
        bool all_finite = true; // without a way out of the loop, so that its reads may overlap
        for (index_t i = at.first + at.lane; i < at.last; i += lanes) {
            const double x = in_double(values[i]);
            sum += x * x;
            all_finite &= abs(x) <= std::numeric_limits<double>::max();
        }
        if (!all_finite) return infinity_of<double>();
        return sum <= most ? sum : most;
    }
    traffic moves(index_t elements) const { return {elements * std::int64_t(sizeof(Stored)), 0}; }
};

} // namespace bregman::device

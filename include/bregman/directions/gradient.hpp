#pragma once

#include <cstdint>

#include <bregman/base/portability.hpp>

namespace bregman {

/// The gradient itself: v <- v - tau g. With it the optimizer is LinBreg (linearised Bregman, mirror
/// descent).
struct gradient {
    static constexpr const char* name = "gradient";
    static constexpr int moments = 0;
    static constexpr double default_step_size = 0.1;

    template <class T>
    struct increment {
        T step_size;

        template <class V>
        BREGMAN_HOST_DEVICE BREGMAN_INLINE V operator()(const V& g) const {
            return g * V(step_size);
        }
    };

    template <class T>
    BREGMAN_HOST_DEVICE increment<T> at(std::int64_t, T step_size) const {
        return {step_size};
    }

    template <class Field>
    void visit(Field&&) {}
};

} // namespace bregman

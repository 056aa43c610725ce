#pragma once

#include <cstdint>
#include <string>
#include <type_traits>

#include <bregman/base/portability.hpp>
#include <bregman/concepts.hpp>
#include <bregman/directions/tensor_statistics.hpp>
#include <bregman/policy/state_visit.hpp>

namespace bregman {

/// A direction whose steps tell how the support changes, around any direction. Each step counts, for each parameter group,
///
///     births     elements that were 0 before it and are not after it
///     deaths     elements that were not 0 before it and are 0 after it
///     survivors  = non-zeros - births
///
/// They stand in optimizer.counts(), their sums over the counted groups in the report and in the observation of the law,
/// which sees them before it is asked. Where theta is made a second time, for a law that acts at once or a least density,
/// the changes of both passes are added up. -1 where there is nothing to compare with: in the first step of a tensor.
///
/// theta is read for it, which a processor does anyway to write it; a GPU reads one number more for each element. The bits
/// of v, theta and lambda are those of `Direction` alone. On Thrust the regularizers are element-wise.
template <class Direction>
struct with_turnover {
    static inline const std::string name = policy_name(Direction{}) + " with turnover";
    static constexpr int moments = Direction::moments;
    static constexpr double default_step_size = Direction::default_step_size;

    Direction direction{};

    /// The direction's own increment.
    template <class Inner>
    struct increment : Inner {
        static constexpr bool compares_supports = true;
    };

    BREGMAN_HOST_DEVICE double remember(double before, const tensor_statistics& seen) const
        requires contract::remembers_tensors<Direction>
    {
        return direction.remember(before, seen);
    }

    template <class T, class... Remembered>
    BREGMAN_HOST_DEVICE auto at(std::int64_t step, T step_size, Remembered... remembered) const {
        const auto inner = direction.at(step, step_size, remembered...);
        return increment<std::remove_const_t<decltype(inner)>>{inner};
    }

    void validate() const {
        if constexpr (requires { direction.validate(); }) direction.validate();
    }

    template <class Field>
    void visit(Field&& field) {
        if constexpr (requires { direction.visit(field); }) direction.visit(prefixed("direction.", field));
    }
};

} // namespace bregman

#pragma once

#include <cstdint>
#include <utility>

#include <bregman/base/error.hpp>
#include <bregman/control/modified_law.hpp>

namespace bregman {

/// What warm_up() wraps a law in.
struct warm_up_rule {
    static constexpr const char* name = "warm_up";
    std::int64_t steps; ///< >= 0: lambda is kept in so many steps

    void validate() const { require(steps >= 0, "warm-up steps", steps, ">= 0", "0 starts at once"); }
    template <class T, class Law>
    T operator()(const observation<T>& seen, Law& law) const {
        return seen.step <= steps ? seen.lambda : T(law(seen));
    }
    template <class Field>
    void visit(Field&& field) {
        field("steps", steps);
    }
};

/// Keeps lambda for the first `steps` steps, >= 0; the law inside is called from the next step on.
///
///     auto law = warm_up(multiplicative_law<float>(), 100);
template <class Law>
auto warm_up(Law law, std::int64_t steps) {
    return modified_law<warm_up_rule, Law>({steps}, std::move(law));
}

} // namespace bregman

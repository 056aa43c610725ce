#pragma once

#include <functional>
#include <type_traits>
#include <utility>

namespace bregman {

template <class T>
struct solver_progress;

/// Whom a solver shows its iterates to: any callable that takes `const solver_progress<T>&`. One that returns false ends
/// the solver. A callable that has a name is referred to, so that what it collects is there afterwards, and must outlive the
/// call; a temporary is kept. Empty, it is nobody.
template <class T>
class solver_observer {
  public:
    solver_observer() = default;

    template <class Callable>
        requires(!std::is_same_v<std::remove_cvref_t<Callable>, solver_observer> &&
                 std::is_invocable_v<Callable&, const solver_progress<T>&>)
    solver_observer(Callable&& callable) {
        if constexpr (std::is_lvalue_reference_v<Callable>)
            look_ = [&callable](const solver_progress<T>& now) { return answer(callable, now); };
        else
            look_ = [kept = std::forward<Callable>(callable)](const solver_progress<T>& now) mutable {
                return answer(kept, now);
            };
    }

    /// Whether there is somebody to show anything to.
    explicit operator bool() const { return bool(look_); }
    /// Shows an iterate; false ends the solver.
    bool operator()(const solver_progress<T>& now) const { return !look_ || look_(now); }

  private:
    template <class Callable>
    static bool answer(Callable& callable, const solver_progress<T>& now) {
        if constexpr (std::is_void_v<std::invoke_result_t<Callable&, const solver_progress<T>&>>) {
            callable(now);
            return true;
        } else {
            return bool(callable(now));
        }
    }

    std::function<bool(const solver_progress<T>&)> look_;
};

} // namespace bregman

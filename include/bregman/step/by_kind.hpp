#pragma once

#include <type_traits>
#include <utility>

#include <bregman/concepts.hpp>
#include <bregman/regularizers/none.hpp>
#include <bregman/tensors/parameters.hpp>

namespace bregman {

/// Whether a grouped regularizer names the element-wise one that it is for groups of one element
/// (`using of_single_elements = l1;`), which saves the norms. `void` says that there is none.
template <class R>
inline constexpr bool has_form_for_single_elements = requires {
    typename R::of_single_elements;
    requires !std::is_void_v<typename R::of_single_elements>;
};

/// Calls the one of three functions that is for the kind of a regularizer (concepts.hpp), with the regularizer: of
/// single elements, of groups, or of the tensor as a whole. A variant is asked what it holds. A grouped regularizer of a
/// tensor that is not `grouped`, whose groups are single elements, comes as the element-wise one that it is there.
/// The functions return the same type.
template <class T, class Regularizer, class OnElements, class OnGroups, class OnWhole>
decltype(auto) by_kind(const Regularizer& any, [[maybe_unused]] bool grouped, OnElements&& on_elements,
                       OnGroups&& on_groups, OnWhole&& on_whole) {
    return with_regularizer(any, [&]<class R>(const R& regularizer) -> decltype(auto) {
        if constexpr (elementwise_regularizer<R, T>) {
            return on_elements(regularizer);
        } else if constexpr (grouped_regularizer<R, T>) {
            if constexpr (has_form_for_single_elements<R>)
                if (!grouped) return on_elements(typename R::of_single_elements{});
            return on_groups(regularizer);
        } else {
            return on_whole(regularizer);
        }
    });
}

/// The element-wise part of a grouped regularizer, `none` where it has none.
template <class R>
BREGMAN_HOST_DEVICE auto part_within(const R& regularizer) {
    if constexpr (has_part_within<R>)
        return regularizer.within();
    else
        return none{};
}

} // namespace bregman

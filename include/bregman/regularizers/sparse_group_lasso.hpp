#pragma once

#include <string>

#include <bregman/base/error.hpp>
#include <bregman/regularizers/group_l2.hpp>
#include <bregman/regularizers/weighted_l1.hpp>

namespace bregman {

/// J(theta) = w sum over groups of sqrt(n) ||theta_g|| + (1 - w) ||theta||_1 (Simon, Friedman, Hastie,
/// Tibshirani 2013): whole groups become zero, and elements within the groups that stay.
///
///     prox    first soft thresholding by (1 - w) t, then the group factor by w t
///
/// `Groups` says what a group is: group_rows, group_columns or group_kernels. w = group_share in [0, 1],
/// default 0.5; 1 is the group lasso, 0 is l1. A group of one element is l1. There is no critical_lambda in
/// closed form.
template <class Groups = group_rows>
struct sparse_group_lasso {
    static constexpr bool is_seminorm = true; // for solvers (solver_regularizer.hpp)
    static inline const std::string name = std::string("sparse_group_lasso of ") + Groups::name;
    using of_single_elements = l1;

    double group_share = 0.5; ///< in [0, 1]: 1 is the group lasso, 0 is l1

    group_layout groups(const tensor_shape& shape) const { return Groups{}.groups(shape); }

    /// What is applied to each element before the group factor.
    BREGMAN_HOST_DEVICE scaled_l1<double> within() const { return {1 - group_share}; }

    template <class T>
    BREGMAN_HOST_DEVICE T group_value(T norm, T size) const {
        return T(group_share) * group_l2{}.group_value(norm, size);
    }
    template <class T>
    BREGMAN_HOST_DEVICE T group_subgradient(T norm, T size) const {
        return T(group_share) * group_l2{}.group_subgradient(norm, size);
    }
    template <class T>
    BREGMAN_HOST_DEVICE T group_prox(T norm, T size, T t) const {
        return group_l2{}.group_prox(norm, size, T(group_share) * t);
    }

    void validate() const {
        require(group_share >= 0 && group_share <= 1, "sparse_group_lasso.group_share", group_share, "[0, 1]",
                "1 is the group lasso, 0 is l1");
    }

    template <class Field>
    void visit(Field&& field) {
        field("group_share", group_share);
    }
};

} // namespace bregman

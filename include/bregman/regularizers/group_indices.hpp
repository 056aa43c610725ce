#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <bregman/base/error.hpp>
#include <bregman/regularizers/group_l2.hpp>
#include <bregman/tensors/tensor.hpp>

namespace bregman {

/// J(theta) = sum over given groups of sqrt(n_g) ||theta_g||: each group is a list of indices into the
/// tensor's memory, in any order, and n_g its length. Elements in no group are free. Groups must not be empty
/// and must not share elements (then prox would have no closed form).
///
///     group_indices({{0, 3, 5}, {1, 2}})
///
/// A tensor regularizer: it runs on the host and allocates nothing. O(elements in groups). For rows, columns
/// and kernels take group_rows, group_columns, group_kernels, which work in the optimizer's one pass.
class group_indices {
  public:
    static constexpr bool is_seminorm = true; // for solvers (solver_regularizer.hpp)
    static constexpr const char* name = "group_indices";

    /// No groups: J = 0.
    group_indices() = default;

    explicit group_indices(const std::vector<std::vector<index_t>>& groups) {
        for (const auto& group : groups) append(group);
        refuse_overlaps();
    }

    template <class T>
    T value(const tensor_view<const T>& x) const {
        double sum = 0;
        for_each_group([&](const index_t* first, const index_t* last) {
            sum += group_l2{}.group_value(norm(x.data, first, last), double(last - first));
        });
        return T(sum);
    }
    template <class T>
    void subgradient(const tensor_view<const T>& x, const tensor_view<T>& result) const {
        std::fill_n(result.data, result.size(), T(0));
        for_each_group([&](const index_t* first, const index_t* last) {
            const double factor = group_l2{}.group_subgradient(norm(x.data, first, last), double(last - first));
            for (const index_t* i = first; i < last; ++i) result.data[*i] = T(factor * double(x.data[*i]));
        });
    }
    template <class T>
    void prox(const tensor_view<T>& x, T t) const {
        for_each_group([&](const index_t* first, const index_t* last) {
            const double factor = group_l2{}.group_prox(norm(x.data, first, last), double(last - first), double(t));
            for (const index_t* i = first; i < last; ++i) x.data[*i] = T(factor * double(x.data[*i]));
        });
    }

    void validate(const tensor_shape& shape) const {
        if (largest_ >= shape.size())
            refuse("group_indices, index", largest_,
                   "[0, size of the tensor), " + std::to_string(shape.size()) + " here",
                   "count the elements of the tensor's memory from 0");
    }

    index_t groups() const { return index_t(ends_.size()); }

  private:
    void append(const std::vector<index_t>& group) {
        require(!group.empty(), "group_indices, size of group " + std::to_string(groups()), 0, ">= 1",
                "leave empty groups out");
        for (index_t i : group) {
            require(i >= 0, "group_indices, index", i, "[0, size of the tensor)",
                    "count the elements of the tensor's memory from 0");
            largest_ = std::max(largest_, i);
            members_.push_back(i);
        }
        ends_.push_back(members_.size());
    }
    void refuse_overlaps() const {
        std::vector<index_t> sorted = members_;
        std::sort(sorted.begin(), sorted.end());
        const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
        if (twice != sorted.end())
            refuse("group_indices, index", *twice, "each index in at most one group, once",
                   "merge the groups that overlap");
    }

    template <class Function>
    void for_each_group(Function&& f) const {
        std::size_t first = 0;
        for (std::size_t last : ends_) {
            f(members_.data() + first, members_.data() + last);
            first = last;
        }
    }
    /// In double: the squares of small floats would underflow.
    template <class T>
    static double norm(const T* x, const index_t* first, const index_t* last) {
        double squares = 0;
        for (const index_t* i = first; i < last; ++i) squares += double(x[*i]) * double(x[*i]);
        return std::sqrt(squares);
    }

    std::vector<index_t> members_; // group after group
    std::vector<std::size_t> ends_;
    index_t largest_ = -1;
};

} // namespace bregman

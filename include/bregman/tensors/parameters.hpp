#pragma once

#include <cmath>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <bregman/base/error.hpp>
#include <bregman/base/finite.hpp>
#include <bregman/regularizers/none.hpp>
#include <bregman/tensors/tensor.hpp>

namespace bregman {

/// What a set of tensors has in common.
template <class Regularizer>
struct parameter_group {
    std::string name = "parameters";
    Regularizer regularizer{}; ///< J of these tensors
    double lambda_scale = 1;   ///< the group uses lambda_scale * lambda; 0 switches the regularizer off
    bool counted = true;       ///< whether the group is part of the sparsity that the control law sees
    double least_density = 0;  ///< share of the group that stays non-zero at any lambda, in [0, 1): a layer with
                               ///< a positive one cannot die. While lambda would make fewer, the group uses the
                               ///< largest lambda that does not.
    std::optional<double> step_size{}; ///< tau of the group, >= 0; the optimizer's when not given
    std::optional<double> target{}; ///< sparsity asked for of the group, in (0, 1], with lambda_scope::each_group; the
                                    ///< optimizer's, with its schedule, when not given
};

/// The user's tensors, by reference: theta is updated in place, gradients are read in place. Both must
/// outlive the list. Many small tensors cost what one large one does, for the optimizer walks the list in one
/// step.
///
///     parameter_list<float, std::variant<none, l1>> parameters;
///     parameters.add_group({.name = "weights", .regularizer = l1{}});
///     parameters.add(weight, weight_gradient);
template <class T, class Regularizer>
class parameter_list {
  public:
    /// A tensor of the list.
    struct entry {
        T* theta;           ///< yours, `size` elements
        const T* gradient;  ///< yours, laid out as theta
        tensor_shape shape; ///< of both
        index_t size;       ///< number of elements
        index_t group;      ///< index into groups()
    };

    /// Opens a group; tensors added from now on belong to it.
    void add_group(parameter_group<Regularizer> group) {
        check_lambda_scale(group.name, group.lambda_scale);
        require(group.least_density >= 0 && group.least_density < 1, "least_density of group \"" + group.name + "\"",
                group.least_density, "[0, 1)", "0.01 keeps one per cent of the group");
        if (group.step_size) check_step_size(group.name, *group.step_size);
        if (group.target) check_target(group.name, *group.target);
        groups_.push_back(std::move(group));
    }

    /// Adds a tensor to the last group (to one with default settings when none was opened).
    template <class Theta, class Gradient>
    void add(Theta&& theta, Gradient&& gradient) {
        static_assert(
            outlives_statement<Theta> && outlives_statement<Gradient>,
            "bregman: a parameter_list keeps pointers, and this theta or gradient is a temporary whose memory "
            "is gone after the call: keep it in a variable; see docs/concepts/tensor.md");
        const auto parameter = as_tensor(theta);
        const auto slope = as_tensor(gradient);
        constexpr bool fits = std::is_convertible_v<decltype(parameter.data), T*> &&
                              std::is_convertible_v<decltype(slope.data), const T*>;
        static_assert(fits || std::is_same_v<decltype(parameter), const tensor_view<void>> ||
                          std::is_same_v<decltype(slope), const tensor_view<void>>,
                      "bregman: theta must be writable, and theta and gradient must have the scalar type of their "
                      "parameter_list: a parameter_list<float, ...> takes float tensors; see "
                      "docs/concepts/tensor.md");
        check_same_shape(parameter.shape, slope.shape);
        if constexpr (fits) add_view(parameter.data, slope.data, parameter.shape);
    }
    void add_view(T* theta, const T* gradient, tensor_shape shape) {
        if (groups_.empty()) groups_.emplace_back();
        add_view(theta, gradient, std::move(shape), index_t(groups_.size()) - 1);
    }
    /// Adds a tensor to a group that need not be the last.
    void add_view(T* theta, const T* gradient, tensor_shape shape, index_t group) {
        check_group(group);
        const index_t size = shape.size();
        entries_.push_back({theta, gradient, std::move(shape), size, group});
        size_ += size;
    }

    /// Points tensor i at new memory of the same size (autograd may hand out a fresh gradient each time). Without a
    /// gradient, nullptr, it takes no part in the step.
    void rebind(index_t i, T* theta, const T* gradient) {
        if (i < 0 || i >= index_t(entries_.size()))
            refuse("tensor", i, "[0, " + std::to_string(entries_.size()) + ")", "add it to the list first");
        entries_[std::size_t(i)].theta = theta;
        entries_[std::size_t(i)].gradient = gradient;
    }

    /// tau of a group from the next step on; nullopt is the optimizer's own.
    void set_step_size(index_t group, std::optional<double> step_size) {
        check_group(group);
        if (step_size) check_step_size(groups_[std::size_t(group)].name, *step_size);
        groups_[std::size_t(group)].step_size = step_size;
    }

    /// The group's share of lambda from the next step on. What was 0 stays so, and what was not does not become 0: which groups
    /// are regularized is known from the first step on.
    void set_lambda_scale(index_t group, double lambda_scale) {
        check_group(group);
        auto& known = groups_[std::size_t(group)];
        check_lambda_scale(known.name, lambda_scale);
        require((lambda_scale > 0) == (known.lambda_scale > 0), "lambda_scale of group \"" + known.name + "\"",
                lambda_scale, known.lambda_scale > 0 ? "> 0, as it was" : "0, as it was",
                "decide before the first step whether the group is regularized");
        known.lambda_scale = lambda_scale;
    }

    /// The sparsity asked for of a group from the next step on; nullopt is the optimizer's. Whether the scope lets a group
    /// have one is looked at when the optimizer first sees the list.
    void set_target(index_t group, std::optional<double> target) {
        check_group(group);
        if (target) check_target(groups_[std::size_t(group)].name, *target);
        groups_[std::size_t(group)].target = target;
    }

    /// The tensors, in the order in which they were added.
    const std::vector<entry>& entries() const { return entries_; }
    /// The groups, in the order in which they were opened.
    const std::vector<parameter_group<Regularizer>>& groups() const { return groups_; }
    /// The group of a tensor.
    const parameter_group<Regularizer>& group_of(const entry& e) const { return groups_[std::size_t(e.group)]; }
    index_t size() const { return size_; } ///< elements in all tensors together

  private:
    void check_group(index_t group) const {
        if (group < 0 || group >= index_t(groups_.size()))
            refuse("parameter group", group, "[0, " + std::to_string(groups_.size()) + ")", "open it with add_group");
    }
    static void check_lambda_scale(const std::string& group, double lambda_scale) {
        require(lambda_scale >= 0 && is_finite(lambda_scale), "lambda_scale of group \"" + group + "\"", lambda_scale,
                ">= 0 and finite", "use 0 to leave the group unregularized");
    }
    static void check_step_size(const std::string& group, double step_size) {
        require(step_size >= 0 && is_finite(step_size), "step_size of group \"" + group + "\"", step_size,
                ">= 0 and finite", "0 holds the group still");
    }
    static void check_target(const std::string& group, double target) {
        require(target > 0 && target <= 1, "target of group \"" + group + "\"", target, "(0, 1]",
                "0.9 asks for nine zeros in ten");
    }

    std::vector<parameter_group<Regularizer>> groups_;
    std::vector<entry> entries_;
    index_t size_ = 0;
};

/// Calls f with the regularizer itself, also when a variant holds it.
template <class Regularizer, class Function>
decltype(auto) with_regularizer(const Regularizer& regularizer, Function&& f) {
    return std::forward<Function>(f)(regularizer);
}
template <class... Regularizers, class Function>
decltype(auto) with_regularizer(const std::variant<Regularizers...>& regularizer, Function&& f) {
    return std::visit(std::forward<Function>(f), regularizer);
}

/// Tells the alternatives of a variant apart; 0 for a plain regularizer.
template <class Regularizer>
std::size_t regularizer_kind(const Regularizer&) {
    return 0;
}
template <class... Regularizers>
std::size_t regularizer_kind(const std::variant<Regularizers...>& regularizer) {
    return regularizer.index();
}

/// Whether the group's regularizer can make anything zero.
template <class Regularizer>
bool is_regularized(const parameter_group<Regularizer>& group) {
    return group.lambda_scale > 0 &&
           with_regularizer(group.regularizer, []<class R>(const R&) { return !std::is_same_v<R, none>; });
}

} // namespace bregman

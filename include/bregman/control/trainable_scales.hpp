#pragma once

#include <algorithm>
#include <cstddef>
#include <type_traits>
#include <vector>

#include <bregman/base/error.hpp>
#include <bregman/base/finite.hpp>
#include <bregman/concepts.hpp>
#include <bregman/policy/primal_step.hpp>
#include <bregman/regularizers/l1.hpp>
#include <bregman/tensors/parameters.hpp>

namespace bregman {

/// The settings of trainable_scales.
struct trainable_scales_settings {
    double rate = 1e-2;   ///< > 0: of the step that a scale makes
    double decay = 1;     ///< > 0: of the pull towards 1
    double lowest = 1e-3; ///< in (0, 1]: no scale falls below it
    double highest = 1e3; ///< >= 1: nor rises above it

    template <class Field>
    void visit(Field&& field) {
        field("rate", rate);
        field("decay", decay);
        field("lowest", lowest);
        field("highest", highest);
    }
};

/// A share of lambda for each parameter group that learns from the loss: the group uses lambda_g = c_g lambda, c_g = 1 at first.
/// For l1 and the euclidean mirror map theta = delta shrink(v, c lambda), so that
///
///     d loss / d c_g = -delta lambda sum over live i of g_i sign(theta_i)
///     c_g <- clamp(c_g - rate (d loss / d c_g + decay (c_g - 1)), lowest, highest)
///
/// which rests where c_g = 1 + delta lambda / decay sum g_i sign(theta_i): a group whose weights the loss would make smaller is
/// thinned more, one whose weights it would make larger less. The law goes on with lambda alone. Groups with other
/// regularizers than l1, and tensors without a gradient, keep what they have. Source: the form is that of later work by the
/// authors of Aloradi, Roith, Habets, Tenbrinck 2026.
///
///     trainable_scales scales;
///     scales.update(optimizer, parameters);   // with the gradients of theta as it is, before the step
///     optimizer.step(parameters);
///
/// Reads theta and the gradients once more; on a device it copies them to the host, and device_steps notice at resume().
/// Errors: std::invalid_argument for settings out of range, and for a list with other groups than before.
class trainable_scales {
  public:
    using settings = trainable_scales_settings;

    explicit trainable_scales(settings s = {}) : settings_(s) {
        require(s.rate > 0 && is_finite(s.rate), "rate", s.rate, "> 0 and finite", "1e-2 moves in a hundred steps");
        require(s.decay > 0 && is_finite(s.decay), "decay", s.decay, "> 0 and finite", "1 is a choice");
        require(s.lowest > 0 && s.lowest <= 1, "lowest", s.lowest, "(0, 1]", "1e-3 leaves a group nearly alone");
        require(s.highest >= 1 && is_finite(s.highest), "highest", s.highest, ">= 1 and finite", "1e3 is a choice");
    }

    /// One step of the scales, on the gradients of the present theta. Sets lambda_scale of the groups.
    template <class Optimizer>
    void update(Optimizer& optimizer, typename Optimizer::parameter_list& parameters) {
        static_assert(is_euclidean<typename Optimizer::method_type::mirror_type>,
                      "bregman: trainable_scales know the derivative of the euclidean mirror map alone; see "
                      "docs/policies/control/trainable_scales.md");
        const auto& groups = parameters.groups();
        if (scales_.empty())
            for (const auto& group : groups) firsts_.push_back(group.lambda_scale), scales_.push_back(1);
        require(scales_.size() == groups.size(), "number of parameter groups", groups.size(),
                "those of the first update", "make new scales for another list");
        const double delta = double(optimizer.mirror().delta);
        for (std::size_t g = 0; g < groups.size(); ++g) {
            const bool is_l1 =
                with_regularizer(groups[g].regularizer, []<class R>(const R&) { return std::is_same_v<R, l1>; });
            const bool takes_part = std::ranges::any_of(parameters.entries(), [g](const auto& entry) {
                return entry.group == index_t(g) && entry.size > 0 && entry.gradient != nullptr;
            });
            if (!is_l1 || !(firsts_[g] > 0) || !takes_part) continue;
            const double lambda = firsts_[g] * double(optimizer.group_lambdas().empty() ? optimizer.lambda()
                                                                                        : optimizer.group_lambdas()[g]);
            const double slope = -delta * lambda * signal(optimizer, parameters, index_t(g));
            if (!is_finite(slope)) continue; // of a gradient that the step will refuse
            const double next = scales_[g] - settings_.rate * (slope + settings_.decay * (scales_[g] - 1));
            scales_[g] = std::clamp(next, settings_.lowest, settings_.highest);
            parameters.set_lambda_scale(index_t(g), firsts_[g] * scales_[g]);
        }
    }

    /// c of each group; empty before the first update.
    const std::vector<double>& scales() const { return scales_; }

    /// Names what there is to remember; save_run and load_run take it as an observer's.
    template <class Field>
    void visit(Field&& field) {
        field("firsts", firsts_);
        field("scales", scales_);
    }

  private:
    /// The sum of g_i sign(theta_i) over a group.
    template <class Optimizer>
    static double signal(const Optimizer& optimizer, const typename Optimizer::parameter_list& parameters,
                         index_t group) {
        using T = typename Optimizer::scalar;
        using backend = typename Optimizer::method_type::backend_type;
        double sum = 0;
        const auto add = [&sum](const auto& theta, const auto& gradient, index_t size) {
            for (index_t i = 0; i < size; ++i) {
                const T x = static_cast<T>(theta[i]);
                if (x != T(0)) sum += x > T(0) ? double(gradient[i]) : -double(gradient[i]);
            }
        };
        for (const auto& entry : parameters.entries()) {
            if (entry.group != group || entry.gradient == nullptr) continue;
            if constexpr (contract::sweeps_all<backend>)
                add(optimizer.get_backend().to_host(entry.theta, entry.size),
                    optimizer.get_backend().to_host(entry.gradient, entry.size), entry.size);
            else
                add(entry.theta, entry.gradient, entry.size);
        }
        return sum;
    }

    settings settings_;
    std::vector<double> firsts_, scales_; ///< lambda_scale of each group at first, and c
};

} // namespace bregman

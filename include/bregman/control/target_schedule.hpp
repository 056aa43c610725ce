#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <bregman/base/error.hpp>

namespace bregman {

/// The curves of the ramps below, for loops that do not count epochs: the sparsity at p in [0, 1] of the way.
namespace ramps {

/// from + (to - from) p
inline double linear(double from, double to, double p) { return to + (from - to) * (1 - p); }

/// to + (from - to) (1 - p)^3: fast at first (Zhu and Gupta, "To prune, or not to prune", 2017, equation 1).
inline double cubic(double from, double to, double p) { return to + (from - to) * std::pow(1 - p, 3); }

/// 1 - (1 - from)^(1 - p) (1 - to)^p: equal steps keep equal shares of what is left. `to` below 1.
inline double geometric(double from, double to, double p) {
    return 1 - std::pow(1 - from, 1 - p) * std::pow(1 - to, p);
}

} // namespace ramps

/// The sparsity asked for: one number in (0, 1], or one per epoch of which the last is held.
///
/// The ramps give epoch e = 0, 1, ... the target that is due at its end, at p = (e + 1) / epochs of the way;
/// the last is `to` itself. They are lists like any other, and compose with every law.
template <class T>
class target_schedule {
  public:
    target_schedule(T target = T(0.9)) : target_schedule(std::vector<T>{target}) {}

    explicit target_schedule(std::vector<T> per_epoch) : targets_(std::move(per_epoch)) { validate(); }

    /// The targets, from a constructor or a state file.
    void validate() const {
        require(!targets_.empty(), "number of targets", targets_.size(), ">= 1", "give one target per epoch");
        for (T target : targets_)
            require(target > 0 && target <= 1, "target sparsity", target, "(0, 1]",
                    "0.9 asks for 90 % of the parameters to be zero");
    }

    /// The same target in all epochs, in (0, 1].
    static target_schedule constant(T target) { return target_schedule(target); }
    /// One target for each epoch, each in (0, 1]; the last one stays.
    static target_schedule list(std::vector<T> per_epoch) { return target_schedule(std::move(per_epoch)); }

    /// ramps::linear. `from` in [0, 1].
    static target_schedule linear(T from, T to, std::int64_t epochs) {
        check_from(from);
        return ramp(to, epochs, [=](double p) { return ramps::linear(double(from), double(to), p); });
    }
    /// ramps::cubic. `from` in [0, 1].
    static target_schedule cubic(T from, T to, std::int64_t epochs) {
        check_from(from);
        return ramp(to, epochs, [=](double p) { return ramps::cubic(double(from), double(to), p); });
    }
    /// ramps::geometric from 0: each epoch keeps the same share of what the one before had kept. `to`
    /// below 1.
    static target_schedule geometric(T to, std::int64_t epochs) {
        require(to < 1, "target sparsity", to, "(0, 1) for a geometric ramp",
                "a share that is kept cannot shrink to 0 by equal factors");
        return ramp(to, epochs, [=](double p) { return ramps::geometric(0, double(to), p); });
    }

    /// The target of an epoch, counted from 0.
    T at(std::int64_t epoch) const {
        const auto last = std::int64_t(targets_.size()) - 1;
        return targets_[std::size_t(std::clamp<std::int64_t>(epoch, 0, last))];
    }

    template <class Field>
    void visit(Field&& field) {
        field("targets", targets_);
    }

  private:
    static void check_from(T from) {
        require(from >= 0 && from <= 1, "first sparsity of the ramp", from, "[0, 1]", "0 starts dense");
    }

    template <class Function>
    static target_schedule ramp(T to, std::int64_t epochs, Function target) {
        require(epochs >= 1, "epochs of the ramp", epochs, ">= 1", "1 asks for the last target at once");
        std::vector<T> targets;
        for (std::int64_t e = 0; e + 1 < epochs; ++e) targets.push_back(T(target(double(e + 1) / double(epochs))));
        targets.push_back(to);
        return target_schedule(std::move(targets));
    }

    std::vector<T> targets_;
};

} // namespace bregman

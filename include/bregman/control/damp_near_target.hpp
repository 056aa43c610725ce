#pragma once

#include <cmath>
#include <utility>

#include <bregman/base/error.hpp>
#include <bregman/control/modified_law.hpp>

namespace bregman {

/// What damp_near_target() wraps a law in.
struct damp_near_target_rule {
    static constexpr const char* name = "damp_near_target";
    double zone;  ///< of the sparsity around the target, in (0, 1]
    double share; ///< of the law's change that is made there, in (0, 1)

    void validate() const {
        require(zone > 0 && zone <= 1, "zone", zone, "(0, 1]", "the paper uses 0.005");
        require(share > 0 && share < 1, "share", share, "(0, 1)", "the paper uses 0.1");
    }
    template <class T, class Law>
    T operator()(const observation<T>& seen, Law& law) const {
        const T next = T(law(seen));
        const bool inside = std::abs(double(seen.target) - double(seen.sparsity)) < zone;
        return inside && next != seen.lambda ? seen.lambda + T(share) * (next - seen.lambda) : next;
    }
    template <class Field>
    void visit(Field&& field) {
        field("zone", zone);
        field("share", share);
    }
};

/// While |target - sparsity| < zone only a share of the law's change is made,
///
///     lambda <- lambda + share (law(seen) - lambda)
///
/// the paper's fine-tuning zone for any law. zone in (0, 1], share in (0, 1).
///
///     auto law = damp_near_target(pid_law<float>(), 0.005, 0.1);
template <class Law>
auto damp_near_target(Law law, double zone, double share) {
    return modified_law<damp_near_target_rule, Law>({zone, share}, std::move(law));
}

} // namespace bregman

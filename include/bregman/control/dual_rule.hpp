#pragma once

#include <ostream>

namespace bregman {

/// What happens to the dual variable v when lambda changes from `old` to `new`. q = new / old, p in dJ(theta)
/// (the sign for l1, 0 where theta = 0); theta / delta stands for grad phi(theta). The rules are the variants in
/// the appendix of Aloradi, Roith, Habets, Tenbrinck 2026, with theta / delta where their code has theta, which
/// diverges for delta other than 1.
enum class dual_rule {
    /// Nothing, the paper's choice: lambda acts in the next primal update.
    keep,
    /// v <- q v + (1 - q) theta / delta: scales the subgradient part of v with lambda. With full gradients of an
    /// L-smooth loss and tau <= 2 / (delta L) the loss then decreases for any sequence of lambdas.
    ratio,
    /// As `ratio` where theta is not 0; elsewhere v is projected onto new dJ(0), for l1 clipped to [-new, new].
    ratio_with_clip,
    /// v <- v + (new - old) p: zeros keep what they have collected.
    additive,
    /// v <- v + (w - theta) / delta + new p(w) - old p(theta), w the theta that v gives with the new lambda.
    predictive,
    /// v <- theta / delta + new p: forgets what lies below the threshold.
    reset,
    /// v stays, and theta = prox_{delta J_lambda}(delta v) / lambda at all times: Nesterov's dual averaging. Only
    /// with the euclidean mirror map.
    prox_rescaled
};

inline constexpr dual_rule all_dual_rules[] = {
    dual_rule::keep,       dual_rule::ratio, dual_rule::ratio_with_clip, dual_rule::additive,
    dual_rule::predictive, dual_rule::reset, dual_rule::prox_rescaled};

/// The name of a rule as it is written above.
inline const char* name_of(dual_rule rule) {
    constexpr const char* names[] = {"keep",       "ratio", "ratio_with_clip", "additive",
                                     "predictive", "reset", "prox_rescaled"};
    return names[int(rule)];
}
inline std::ostream& operator<<(std::ostream& out, dual_rule rule) { return out << name_of(rule); }

} // namespace bregman

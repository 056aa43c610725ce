#pragma once

namespace bregman {

/// What happens to the dual variable v when lambda changes, q = new / old.
enum class dual_rule {
    /// Nothing, the paper's choice: lambda acts in the next primal update.
    keep,
    /// v <- q v + (1 - q) grad phi(theta): scales the subgradient part of v with lambda. With full gradients
    /// of
    /// an L-smooth loss and tau <= 2 / (delta L) the loss then decreases for any sequence of lambdas.
    ratio
};

} // namespace bregman

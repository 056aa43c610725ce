#pragma once
#include "speaker_verification/training/settings/settings.hpp"

#include <bregman/control/any_law.hpp>
#include <bregman/control/dual_rule.hpp>

namespace speaker_verification {

/// The law that the settings name, of include/bregman/control, with their gains, pace and range.
///
/// `alpha` means the same strength to all of them: an error e changes log lambda by about alpha e at a time,
/// which for `additive` is alpha e of the lambda that training starts from.
bregman::any_law<float> make_control_law(const sparsity_settings& chosen);

/// The rule of that name.
bregman::dual_rule dual_rule_of(const sparsity_settings& chosen);

} // namespace speaker_verification

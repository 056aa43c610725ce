#pragma once
#include "speaker_verification/training/settings/settings.hpp"

#include <set>
#include <string>

namespace speaker_verification {

/// Throws std::invalid_argument naming the first setting of `given` that is not at its default though the optimizer, its law
/// or its pruning does nothing with it. `given` is what a person typed for this one run: a file of settings may serve runs
/// with several optimizers, as those of grids do, so what stands there is let be. Before resolve_defaults.
void require_used(const settings& all, const std::set<std::string>& given);

} // namespace speaker_verification

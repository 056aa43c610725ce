#pragma once

#include <vector>

#include "speaker_verification/data/corpora/corpus.hpp"
#include "speaker_verification/data/corpora/import_store.hpp"
#include "speaker_verification/data/corpora/trial_crops.hpp"

namespace speaker_verification {

/// store_index::set of imported stores.
inline constexpr const char* imported_set = "imported";

/// Writes the lists, tables and, last, the index of an imported store, and counts what went into them.
///
/// Throws std::runtime_error when a trial's label contradicts its speakers, when no trial of a list is left,
/// or when nothing is left to train on and to try.
void write_imported_lists(const import_settings& settings, const std::vector<corpus>& corpora,
                          const std::vector<resolved_trials>& lists, import_report& report);

} // namespace speaker_verification

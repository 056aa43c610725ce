#pragma once
#include "speaker_verification/training/loop/trainer.hpp"
#include "speaker_verification/training/loop/training_processes.hpp"

namespace speaker_verification {

/// Whether processes that should train one network are alike. Each of these is collective, throws std::invalid_argument with
/// the same sentence in all of them, and does nothing for one process alone.

/// Throws when so many processes cannot train with these settings: fewer than two crops for each, a GPU.
void require_shareable(const settings& all, const training_processes& processes);

/// The program itself, by a hash of its file; `options` that are no settings; every setting but the folder of the speech
/// and the numbers of threads; the file of `start_from`, by a hash.
void check_same_start(const settings& all, bregman::named_values options, const training_processes& processes);

/// Speakers, utterances and the levels of their features.
void check_same_material(const training_material& material, const level_normalization& levels,
                         const training_processes& processes);

/// After a step: step, lambda, every parameter, and the optimizer's whole state where it is one that can be compared
/// (that of LibTorch's own optimizers names tensors by their addresses).
void check_same_training(const training_clock& clock, double lambda, const speaker_network& network,
                         const std::string& optimizer_state, const training_processes& processes);

} // namespace speaker_verification

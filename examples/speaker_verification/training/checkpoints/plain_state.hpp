#pragma once
/// Networks as other programs keep them: a state without settings, optimizer and speakers, in a safetensors file.
#include "speaker_verification/training/checkpoints/checkpoint.hpp"

#include <filesystem>
#include <map>
#include <string>

namespace speaker_verification {

/// What other programs' files say of a network, as JSON: the settings of the "network" and of its "features".
std::map<std::string, std::string> network_metadata(const run_description& run);

/// Writes the network's tensors under WeSpeaker's names, the counters of batches included, so that PyTorch loads them with
/// `strict`; the classifier only `with_head`. The metadata have "format" "pt" and network_metadata. Throws std::runtime_error with one sentence when the file cannot be written.
void write_plain_state(const std::filesystem::path& path, const trained_network& trained, bool with_head = false);

/// Copies the tensors of such a file, of ours or of WeSpeaker's, into the network of a fresh run. The file may lack the
/// counters of batches and the classifier; a classifier of another number of classes is left out, since it knows other
/// speakers. What the file does not give stays as it is.
///
/// Returns a sentence that says so if the classifier was left out, or empty. Throws std::runtime_error with one sentence
/// when the file is none, says that it was made for other features, or holds another network's names, types or shapes, or
/// impossible values; the network is then unchanged.
std::string restore_plain_state(const std::filesystem::path& path, const run_description& run,
                                const speaker_network& network);

} // namespace speaker_verification

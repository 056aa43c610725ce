#pragma once
#include "speaker_verification/model/state_dict.hpp"
#include "speaker_verification/training/checkpoints/checkpoint_file.hpp"
#include "speaker_verification/training/checkpoints/training_progress.hpp"
#include "speaker_verification/training/loop/network.hpp"
#include "speaker_verification/training/optimizers/training_optimizer.hpp"

#include <filesystem>
#include <string>

namespace speaker_verification {

/// A trained network as `score` needs it.
struct trained_network {
    run_description run;
    speaker_network network; ///< in evaluation mode
    training_progress progress;
    std::string fingerprint; ///< see network_fingerprint
};

/// A parameter or a buffer as bytes. Throws std::invalid_argument for another type than float32 and int64.
stored_tensor store(const named_tensor& entry);

/// Tensors under WeSpeaker's names, the state that the optimizer saved, the description of the run, and `progress`.
checkpoint_contents make_checkpoint(const run_description& run, const speaker_network& network,
                                    std::string optimizer_state, const nlohmann::json& progress);

/// The description in a checkpoint, looked at as if a person had typed it; `where` names the file in errors. Throws
/// std::runtime_error with one sentence.
run_description read_description(const checkpoint_contents& contents, const std::string& where);

/// Where the checkpoint's training stood, see read_training_progress. Throws std::runtime_error with one sentence.
training_progress read_progress(const checkpoint_contents& contents, const settings& all, const std::string& where,
                                const reduce_on_plateau& plateau, rate_guard& guard);

/// Copies the checkpoint's tensors into the network. Throws std::runtime_error with one sentence unless
/// names, types and shapes are the network's, all values finite and no variance or count negative; the network is then
/// unchanged.
void restore_tensors(const checkpoint_contents& contents, const speaker_network& network, const std::string& where);

/// The same for a network of the run `asked` that starts from the checkpoint, whose run was `saved`. Where it has fewer warps
/// or phantom speakers than the checkpoint's, the head keeps the first rows of the speakers who occur, which are those of the
/// unwarped ones first, and the first of the phantoms. Throws std::invalid_argument with one sentence that names the setting
/// for a head that has rows, or a bias, which the checkpoint's has not, or no bias where that has one.
void restore_start(checkpoint_contents contents, const run_description& saved, const run_description& asked,
                   const speaker_network& network, const std::string& where);

/// Throws std::runtime_error with one sentence when the state does not fit the optimizer.
void restore_optimizer(const checkpoint_contents& contents, training_optimizer& optimizer, const std::string& where);

/// The settings of a run that starts from the checkpoint's network: the checkpoint's, with the lambda that
/// its training ended at and no thinning out. Of a safetensors file, which has no settings: the default ones, without
/// thinning out.
settings settings_to_start_from(const std::filesystem::path& path);

/// The network in a checkpoint file.
trained_network load_trained_network(const std::filesystem::path& path);

} // namespace speaker_verification

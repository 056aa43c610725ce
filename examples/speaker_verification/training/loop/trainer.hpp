#pragma once
#include "common/progress.hpp"
#include "speaker_verification/model/learning_rate_schedule.hpp"
#include "speaker_verification/model/margin_schedule.hpp"
#include "speaker_verification/training/checkpoints/checkpoint.hpp"
#include "speaker_verification/training/checkpoints/checkpoint_history.hpp"
#include "speaker_verification/training/checkpoints/training_progress.hpp"
#include "speaker_verification/training/loop/batch_source.hpp"
#include "speaker_verification/training/loop/batches.hpp"
#include "speaker_verification/training/loop/buffer_snapshot.hpp"
#include "speaker_verification/training/loop/ordered_sums.hpp"
#include "speaker_verification/training/loop/selection.hpp"
#include "speaker_verification/training/loop/stopwatch.hpp"
#include "speaker_verification/training/loop/training_clock.hpp"
#include "speaker_verification/training/loop/training_processes.hpp"
#include "speaker_verification/training/optimizers/regularised_weights.hpp"
#include "speaker_verification/training/reports/training_report.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>

namespace speaker_verification {

/// Speech to train on. The features belong to someone else and outlive the trainer.
struct training_material {
    filter_bank_settings features;
    std::vector<std::string> speakers;
    std::vector<labelled_features> utterances;
};

enum class training_end { finished, paused };

/// Trains one network, alone or together with other processes, and keeps its folder:
///
///     config.toml        the settings in effect
///     log.jsonl          one line every `log_every` steps and one for each validation
///     last.checkpoint    everything that the run needs to go on; previous.checkpoint is the one before
///     best.checkpoint    the best validated one within the gate
///
/// Of several processes each takes its rows of every batch (rows_of) and averages its gradients with the others'. Loss and
/// accuracy are those of the whole batch, so that laws and refusals see the same everywhere; batch normalization knows its
/// own rows only. The first process alone logs, validates and writes; what it throws all throw, as std::runtime_error with
/// the same sentence. The constructor, `resume` and `run` are collective then.
class trainer {
  public:
    /// For an optimizer of one's own.
    using optimizer_maker =
        std::function<std::unique_ptr<training_optimizer>(const settings& all, torch::nn::Module& network)>;

    /// A fresh run, with make_training_optimizer where `make_optimizer` is empty. Throws std::invalid_argument for settings
    /// that do not fit the material, and when processes differ in it.
    trainer(const settings& all, const training_material& material, std::filesystem::path folder,
            const optimizer_maker& make_optimizer = {}, training_processes processes = {});
    ~trainer();

    /// Goes on from `folder`/last.checkpoint or, with a sentence on stderr, from the one before it when that
    /// is damaged (see checkpoint_history). Call before `run`. Throws std::runtime_error or
    /// std::invalid_argument with one sentence when the checkpoint is not one, or is of other features,
    /// speakers or settings; lengths, intervals and thread numbers may change. The trainer is then as it was, its
    /// optimizer's state excepted.
    void resume();

    /// Makes a fresh run start from the network in a checkpoint of the same speech (see restore_start), or from a state in
    /// a safetensors file (see restore_plain_state), with a sentence on stderr where that has another classifier.
    /// Call before `run`. Throws as `resume` does.
    void start_from(const std::filesystem::path& checkpoint);

    /// Trains until the end, a signal, or `pause_after` steps in all (0: none), and writes the last
    /// checkpoint. Throws std::runtime_error with one sentence after `max_refused` steps in a row that were
    /// not finite, and when the disk is full. A network that is not finite is never written.
    ///
    /// With an optimizer whose steps can be ordered (on a GPU) the host waits once in `log_every` steps, and for each
    /// validation and checkpoint; refused steps are then noticed there.
    training_end run(std::int64_t pause_after = 0);

    /// Whether a signal ended `run`, in this process or in another one.
    bool interrupted() const { return interrupted_; }

    const speaker_network& network() const { return network_; }
    const training_clock& clock() const { return clock_; }
    std::filesystem::path last_checkpoint() const { return history_.last(); }

  private:
    void train_one_step(const batch_tensors& batch);
    void tell_time_and_signals(double seconds);
    void append_line(step_log& log, const batch_source& source, speedometer& speed,
                     std::optional<support_watch>& support, examples::progress_line& progress_line);
    torch::Tensor embed_to_train(const batch_tensors& batch);
    void order_step(const aam_softmax_result& result);
    void collect_ordered_steps();
    void count_zeros();
    void note_refusal();
    void stop_after_many_refusals(std::int64_t in_a_row) const;
    void guard_against_oscillation(double loss);
    validation_result validate();
    void observe_validation(std::optional<step_log>& log);
    validation_result validation_of_first();
    void check_same_in_all();
    std::string optimizer_state();
    std::int64_t dead_phantoms() const;
    void measure_statistics();
    checkpoint_contents contents(std::string optimizer_state);
    void save_last(bool run_stops);
    [[noreturn]] void stop_not_finite(const std::string& what) const;
    nlohmann::json progress() const;
    void take_over(const training_progress& progress);
    std::int64_t next_step() const; ///< as the schedules count
    double learning_rate() const;
    double share_after_step() const;

    run_description run_;
    training_processes processes_;
    batch_rows rows_; ///< of this process
    std::filesystem::path folder_;
    checkpoint_history history_;
    std::unique_ptr<batch_maker> batches_;
    std::vector<batch> validation_;
    speaker_network network_;
    std::vector<parameter_with_role> weights_; ///< that may become sparse
    std::unique_ptr<training_optimizer> optimizer_;
    std::unique_ptr<buffer_snapshot> before_step_;
    std::unique_ptr<averaged_gradients> averaged_; ///< nullptr for one process alone

    learning_rate_schedule rate_;
    margin_schedule margin_;
    reduce_on_plateau plateau_;
    guarded_rate guarded_;
    rate_guard guard_{guarded_};
    gated_selection selection_;
    training_clock clock_;
    step_outcome outcome_;
    training_window window_;
    turnover_of_steps in_steps_;          ///< since the last line of the log
    std::optional<ordered_sums> ordered_; ///< of steps that nobody has waited for yet
    spent_seconds spent_;
    device_stopwatch<> last_step_; ///< of the optimizer
    std::int64_t measured_at_ = 0; ///< step of which the batch statistics are
    std::int64_t refused_in_a_row_ = 0, refused_ = 0;
    bool interrupted_ = false;
};

} // namespace speaker_verification

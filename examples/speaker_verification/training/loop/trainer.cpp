#include "speaker_verification/training/loop/trainer.hpp"

#include "common/progress.hpp"
#include "common/visited_json.hpp"
#include "speaker_verification/model/precision.hpp"
#include "speaker_verification/model/state_dict.hpp"
#include "speaker_verification/training/checkpoints/plain_state.hpp"
#include "speaker_verification/training/checkpoints/safetensors_file.hpp"
#include "speaker_verification/training/loop/autocast.hpp"
#include "speaker_verification/training/loop/batch_statistics.hpp"
#include "speaker_verification/training/loop/head_gradient.hpp"
#include "speaker_verification/training/loop/interruption.hpp"
#include "speaker_verification/training/loop/schedules.hpp"
#include "speaker_verification/training/loop/shared_checkpoint.hpp"
#include "speaker_verification/training/loop/shared_run.hpp"
#include "speaker_verification/training/optimizers/sparsity_count.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace speaker_verification {

namespace {

double seconds_since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

level_normalization measure_levels(const data_split& split, const feature_settings& chosen) {
    std::vector<feature_view> features;
    for (const auto& each : split.training) features.push_back(each.features);
    return level_normalization::measure(features, {chosen.subtract_level, chosen.subtract_band_mean});
}

std::vector<torch::Tensor> values_of(const speaker_network& network) {
    std::vector<torch::Tensor> values;
    for (const auto& entry : state_dict(*network.embedder)) values.push_back(entry.tensor.detach().clone());
    return values;
}

void put_back(const std::vector<torch::Tensor>& values, const speaker_network& network) {
    const torch::NoGradGuard no_gradient;
    auto next = values.begin();
    for (const auto& entry : state_dict(*network.embedder)) {
        torch::Tensor target = entry.tensor;
        target.copy_(*next++);
    }
}

bool is_finite(const speaker_network& network) {
    for (const auto& entry : state_dict(*network.embedder)) {
        if (!entry.tensor.isfinite().all().item<bool>()) return false;
    }
    return true;
}

} // namespace

trainer::trainer(const settings& all, const training_material& material, std::filesystem::path folder,
                 const optimizer_maker& make_optimizer, training_processes processes)
    : run_{all, material.features, {}, material.speakers}, processes_(std::move(processes)),
      rows_(rows_of(all.batches.batch_size, processes_.rank(), processes_.size())), folder_(std::move(folder)),
      history_(folder_), rate_(make_rate(all)), margin_(make_margin(all)), plateau_(make_plateau(all.schedule)),
      selection_(all.monitoring.gate) {
    require_shareable(all, processes_);
    const auto split = hold_out(material.utterances, all.batches.held_out);
    run_.normalization = measure_levels(split, all.features);
    check_same_material(material, run_.normalization, processes_);
    batches_ =
        std::make_unique<batch_maker>(split.training, std::int64_t(material.speakers.size()), all, run_.normalization);
    const auto frames = (all.batches.shortest_crop + all.batches.longest_crop) / 2;
    validation_ = validation_batches(split.held_out, frames, all.batches.batch_size, run_.normalization);
    network_ = make_network(run_);
    network_.embedder->to(device_of(all.run));
    weights_ = regularised_weights(*network_.embedder, all.sparsity);
    optimizer_ = make_optimizer ? make_optimizer(all, *network_.embedder)
                                : make_training_optimizer(all, *network_.embedder, processes_);
    before_step_ = std::make_unique<buffer_snapshot>(network_.embedder->buffers());
}

trainer::~trainer() = default;

void trainer::resume() {
    const auto found = read_for_all(history_, processes_);
    const auto where = found.path.string();
    if (!found.notice.empty() && processes_.is_first()) std::fprintf(stderr, "train: %s\n", found.notice.c_str());
    const auto saved = read_description(found.contents, where);
    require_resumable(saved, run_, where);
    auto guard = guard_;
    const auto progress = read_progress(found.contents, saved.all, where, plateau_, guard);
    const auto length = run_.all.schedule.max_steps;
    if (progress.clock.step > length) {
        const auto step = std::to_string(progress.clock.step);
        throw std::invalid_argument("setting 'max_steps' is " + std::to_string(length) +
                                    " but the run stands at step " + step + " in checkpoint '" + where +
                                    "': give at least " + step + ", or start a new run");
    }
    const auto before = values_of(network_);
    restore_tensors(found.contents, network_, where);
    try {
        restore_optimizer(found.contents, *optimizer_, where);
    } catch (...) {
        put_back(before, network_);
        throw;
    }
    guard_ = guard;
    take_over(progress);
}

void trainer::start_from(const std::filesystem::path& checkpoint) {
    if (is_safetensors_path(checkpoint)) {
        const auto notice = restore_plain_state(checkpoint, run_, network_);
        if (!notice.empty() && processes_.is_first()) std::fprintf(stderr, "train: %s\n", notice.c_str());
        return;
    }
    const auto contents = read_checkpoint_file(checkpoint);
    const auto saved = read_description(contents, checkpoint.string());
    require_same_speech(saved, run_, checkpoint.string());
    restore_start(contents, saved, run_, network_, checkpoint.string());
}

training_end trainer::run(std::int64_t pause_after) {
    const interruption_guard interruption;
    const auto& settings = run_.all;
    batch_source source(*batches_, rows_, std::uint64_t(clock_.step), settings.run, network_.device());
    averaged_ = processes_.average(network_.embedder->parameters());
    std::optional<step_log> log; // of the first process
    processes_.by_first([&] { log.emplace(folder_ / "log.jsonl", clock_.step); });
    examples::progress_line progress_line("train", 0);
    speedometer speed;
    std::optional<support_watch> support;
    if (has_target(settings) && processes_.is_first()) support.emplace(weights_);
    const auto is_due = [&](std::int64_t every) { return every > 0 && clock_.step % every == 0; };

    auto since = std::chrono::steady_clock::now();
    bool paused = false;
    while (!paused && !clock_.finished(settings.schedule)) {
        train_one_step(source.take());
        ++clock_.step;
        tell_time_and_signals(seconds_since(std::exchange(since, std::chrono::steady_clock::now())));
        paused = interrupted_ || (pause_after > 0 && clock_.step >= pause_after);
        const bool ends = clock_.finished(settings.schedule);
        const auto& when = settings.monitoring;
        if (ends || paused || is_due(when.log_every) || is_due(when.validate_every) || is_due(when.checkpoint_every)) {
            collect_ordered_steps();
            count_zeros();
        }
        if (is_due(when.log_every)) {
            processes_.by_first([&] { append_line(*log, source, speed, support, progress_line); });
            window_ = {};
            in_steps_ = {};
            if (ordered_) ordered_->begin_window();
        }
        if (is_due(when.compare_every)) check_same_in_all();
        if (is_due(when.validate_every) || ends) observe_validation(log);
        if (is_due(when.checkpoint_every) || ends || paused) save_last(ends || paused);
    }
    if (processes_.is_first()) progress_line.finish();
    return clock_.finished(settings.schedule) ? training_end::finished : training_end::paused;
}

void trainer::append_line(step_log& log, const batch_source& source, speedometer& speed,
                          std::optional<support_watch>& support, examples::progress_line& progress_line) {
    const auto& settings = run_.all;
    spent_.batches = source.seconds_waited();
    spent_.copies = source.seconds_copying();
    const training_line line{
        clock_,
        window_,
        outcome_,
        norms_of(weights_),
        support ? std::optional(support->look()) : std::nullopt,
        in_steps_,
        speed.read(settings.monitoring.log_every, settings.batches.batch_size, spent_, last_step_.seconds()),
        margin_(clock_.scheduled_step(settings.schedule)),
        learning_rate(),
        refused_};
    log.append(json_of(line, settings));
    progress_line.update(clock_.step, text_of(line, settings));
}

/// The time is the first process's, a signal anybody's: what goes by them is the same in all.
void trainer::tell_time_and_signals(double seconds) {
    std::array<double, 2> told{processes_.is_first() ? seconds : 0, interruption_guard::requested() ? 1. : 0.};
    processes_.add_up(told);
    clock_.seconds += told[0];
    interrupted_ = told[1] > 0;
}

void trainer::train_one_step(const batch_tensors& batch) {
    optimizer_->set_learning_rate(learning_rate());
    optimizer_->set_share(share_after_step());
    optimizer_->zero_gradients();
    before_step_->take();
    const double margin = margin_(clock_.scheduled_step(run_.all.schedule));
    const auto result = network_.head->forward(embed_to_train(batch), batch.classes, margin);
    const bool alone = processes_.is_alone();
    if (alone && optimizer_->can_order() && !run_.all.sparsity.oscillation_guard) return order_step(result);
    double loss = timed(spent_.waits, [&] { return result.loss.item<double>(); }), accuracy = 0;
    auto share_of_loss = result.loss;
    if (!alone) {
        const double rows = double(rows_.last - rows_.first), all_rows = double(run_.all.batches.batch_size);
        std::array<double, 2> sums{loss * rows, result.accuracy.item<double>() * rows};
        processes_.add_up(sums);
        loss = sums[0] / all_rows;
        accuracy = sums[1] / all_rows;
        // The mean of the gradients is that of the whole batch: a share weighs as many rows as it has.
        share_of_loss = result.loss * (rows * processes_.size() / all_rows);
    }
    if (!std::isfinite(loss)) return note_refusal();
    share_of_loss.backward();
    if (averaged_) averaged_->wait();
    bound_head_gradient(network_.head->weight, run_.all.loss.shortest_row);
    const auto outcome = timed(spent_.optimizer, [&] { return optimizer_->step(loss); });
    if (outcome.refused) return note_refusal();
    outcome_ = outcome;
    in_steps_.add(outcome.births, outcome.deaths);
    refused_in_a_row_ = 0;
    window_.add(loss, alone ? timed(spent_.waits, [&] { return result.accuracy.item<double>(); }) : accuracy);
    guard_against_oscillation(loss);
}

/// What autocast may compute ends here: the head and its gradient are in float32, whatever the embeddings.
torch::Tensor trainer::embed_to_train(const batch_tensors& batch) {
    const autocast_guard autocast(run_.all.run.autocast, network_.device().type());
    return at_least_float32(network_.embedder->forward(batch.features));
}

/// A loss that is not finite has such gradients, which the optimizer refuses where they are.
void trainer::order_step(const aam_softmax_result& result) {
    result.loss.backward();
    bound_head_gradient(network_.head->weight, run_.all.loss.shortest_row);
    const auto device = network_.device();
    const bool measured = (clock_.step + 1) % std::max<std::int64_t>(1, run_.all.monitoring.log_every) == 0;
    if (measured) last_step_.start(current_stream(device));
    timed(spent_.optimizer, [&] { optimizer_->order(); });
    if (measured) last_step_.stop(current_stream(device));
    if (!ordered_) ordered_.emplace(device, window_, refused_in_a_row_);
    const auto refused = optimizer_->refused();
    ordered_->add(result.loss, result.accuracy, refused);
    before_step_->restore_where(refused);
}

void trainer::collect_ordered_steps() {
    if (!ordered_) return;
    const timed_part part(spent_.waits);
    const auto seen = ordered_->read();
    window_ = seen.window;
    refused_ += seen.refused;
    refused_in_a_row_ = seen.refused_in_a_row;
    if (seen.longest_row >= run_.all.monitoring.max_refused) stop_after_many_refusals(seen.longest_row);
    const auto outcome = optimizer_->finish();
    // Of the last step that was made, unless that was not the last: then of the one that was collected before.
    const double norm = outcome.refused ? outcome_.gradient_norm : outcome.gradient_norm;
    outcome_ = {.lambda = outcome.lambda, .sparsity = outcome.sparsity, .gradient_norm = norm};
}

/// A dense optimizer does not, since a count in each step would cost time for a number that only the log needs.
void trainer::count_zeros() {
    if (outcome_.sparsity < 0) {
        outcome_.sparsity = count_sparsity(*network_.embedder, run_.all.sparsity).sparsity_of_counted();
    }
}

void trainer::guard_against_oscillation(double loss) {
    if (!run_.all.sparsity.oscillation_guard) return;
    guard_(bregman::progress<double>{clock_.step + 1, loss, outcome_.lambda, outcome_.sparsity,
                                     run_.all.sparsity.target, outcome_.gradient_norm});
}

void trainer::note_refusal() {
    before_step_->restore();
    ++refused_;
    if (++refused_in_a_row_ >= run_.all.monitoring.max_refused) stop_after_many_refusals(refused_in_a_row_);
}

void trainer::stop_after_many_refusals(std::int64_t in_a_row) const {
    processes_.by_first([&] {
        stop_not_finite("loss or gradient was not finite in " + std::to_string(in_a_row) +
                        " steps in a row up to step " + std::to_string(clock_.step + (ordered_ ? 0 : 1)));
    });
}

void trainer::stop_not_finite(const std::string& what) const {
    const bool saved = std::filesystem::exists(last_checkpoint());
    throw std::runtime_error(
        what + ": lower 'learning_rate' or set 'clip_norm'; " +
        (saved ? "the last good checkpoint is " + last_checkpoint().string() : "no checkpoint was written yet"));
}

std::int64_t trainer::next_step() const {
    return std::min(clock_.scheduled_step(run_.all.schedule) + 1, run_.all.schedule.max_steps);
}

double trainer::share_after_step() const { return double(next_step()) / double(run_.all.schedule.max_steps); }

double trainer::learning_rate() const {
    const double rate = rate_(next_step()) * plateau_.factor() * guarded_.factor;
    // The cosine ends at 0, but a step size must be positive.
    return std::max(rate, 1e-9 * run_.all.optimizer.learning_rate);
}

validation_result trainer::validate() {
    measure_statistics();
    const torch::NoGradGuard no_gradient;
    network_.embedder->eval();
    validation_result sum;
    std::int64_t samples = 0;
    for (const auto& batch : validation_) {
        const auto embeddings = network_.embedder->forward(tensor_of(batch).to(network_.device()));
        const auto result = network_.head->forward(embeddings, classes_of(batch).to(network_.device()), 0);
        sum.accuracy += result.accuracy.item<double>() * double(batch.size);
        sum.loss += result.loss.item<double>() * double(batch.size);
        samples += batch.size;
    }
    network_.embedder->train();
    if (samples > 0) {
        sum.accuracy /= double(samples);
        sum.loss /= double(samples);
    }
    return sum;
}

/// The first process alone validates, and the others take its word: the plateau and the best checkpoint go by it.
validation_result trainer::validation_of_first() {
    validation_result result;
    const auto told = processes_.told_by_first([&] {
        result = validate();
        return std::string(reinterpret_cast<const char*>(&result), sizeof result);
    });
    std::memcpy(&result, told.data(), sizeof result);
    return result;
}

void trainer::observe_validation(std::optional<step_log>& log) {
    if (validation_.empty()) return;
    const auto result = validation_of_first();
    const double target = has_target(run_.all) ? run_.all.sparsity.target : outcome_.sparsity;
    const bool admitted = selection_.admits(outcome_.sparsity, target);
    const bool best = selection_.observe(clock_.step, result.accuracy, outcome_.sparsity, target);
    if (admitted && run_.all.schedule.schedule == "plateau") plateau_.observe(result.loss);
    processes_.by_first([&] {
        nlohmann::json line{{"step", clock_.step},
                            {"seconds", clock_.seconds},
                            {"validation_accuracy", result.accuracy},
                            {"validation_loss", result.loss},
                            {"sparsity", outcome_.sparsity},
                            {"admitted", admitted},
                            {"best", best},
                            {"layers", layers_of(weights_)}};
        if (run_.all.loss.phantom_speakers > 0) line["phantoms_dead"] = dead_phantoms();
        log->append(line);
    });
    if (!best) return;
    auto state = optimizer_state();
    processes_.by_first([&] {
        const auto kept = contents(std::move(state));
        if (is_finite(network_)) write_checkpoint_file(folder_ / "best.checkpoint", kept);
    });
}

/// Collective where the state is split.
std::string trainer::optimizer_state() {
    std::ostringstream state(std::ios::binary);
    optimizer_->save(state);
    return std::move(state).str();
}

void trainer::check_same_in_all() {
    if (processes_.is_alone()) return;
    check_same_training(clock_, outcome_.lambda, network_, is_sparse(run_.all) ? optimizer_state() : std::string(),
                        processes_);
}

/// The rows after those of the speakers who occur.
std::int64_t trainer::dead_phantoms() const {
    const auto phantoms = network_.head->weight.detach().slice(0, run_.present_classes());
    return phantoms.eq(0).all(1).sum().item<std::int64_t>();
}

/// Training itself never reads these statistics, so when they are measured changes nothing.
void trainer::measure_statistics() {
    if (std::exchange(measured_at_, clock_.step) == clock_.step) return;
    measure_batch_statistics(network_, *batches_, clock_.step, run_.all.monitoring.statistics_batches);
}

checkpoint_contents trainer::contents(std::string optimizer_state) {
    measure_statistics();
    return make_checkpoint(run_, network_, std::move(optimizer_state), progress());
}

/// A step can be finite and yet make weights that are not, and batches that are not spoil the statistics.
void trainer::save_last(bool run_stops) {
    auto state = optimizer_state();
    processes_.by_first([&] {
        if (is_finite(network_)) {
            const auto last = contents(std::move(state)); // which measures the statistics
            if (is_finite(network_)) return history_.write(last);
        }
        const std::string what = "the network is not finite at step " + std::to_string(clock_.step);
        if (run_stops) stop_not_finite(what);
        std::fprintf(stderr, "train: %s and is not saved\n", what.c_str());
    });
}

nlohmann::json trainer::progress() const {
    return {{"clock", examples::json_of(clock_)},
            {"plateau", examples::json_of(plateau_)},
            {"selection", examples::json_of(selection_)},
            {"window", examples::json_of(window_)},
            {"in_steps", examples::json_of(in_steps_)},
            {"guard", examples::json_of(guard_)},
            {"guarded_rate", guarded_.factor},
            {"lambda", outcome_.lambda},
            {"sparsity", outcome_.sparsity},
            {"gradient_norm", outcome_.gradient_norm},
            {"refused", refused_},
            {"refused_in_a_row", refused_in_a_row_}};
}

void trainer::take_over(const training_progress& progress) {
    clock_ = progress.clock;
    plateau_ = progress.plateau;
    selection_ = progress.selection;
    window_ = progress.window;
    in_steps_ = progress.in_steps;
    outcome_ = progress.outcome;
    guarded_.factor = progress.guarded_factor;
    refused_ = progress.refused;
    refused_in_a_row_ = progress.refused_in_a_row;
}

} // namespace speaker_verification

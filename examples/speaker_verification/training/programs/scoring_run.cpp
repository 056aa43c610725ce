#include "speaker_verification/training/programs/scoring_run.hpp"

#include "common/json_file.hpp"
#include "common/progress.hpp"
#include "speaker_verification/data/corpora/actor_rotation.hpp"
#include "speaker_verification/scoring/cosine.hpp"
#include "speaker_verification/scoring/error_rates.hpp"
#include "speaker_verification/scoring/report.hpp"
#include "speaker_verification/scoring/score_file.hpp"
#include "speaker_verification/scoring/seed_bootstrap.hpp"
#include "speaker_verification/training/loop/embedding.hpp"
#include "speaker_verification/training/optimizers/sparsity_count.hpp"
#include "speaker_verification/training/programs/recording_to_compare.hpp"
#include "speaker_verification/training/reports/score_origin.hpp"
#include "speaker_verification/training/reports/trial_conditions.hpp"
#include "speaker_verification/training/reports/trial_scores.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace speaker_verification {

namespace {

/// A network's training mean, and the cohort for AS-norm.
struct score_references {
    Eigen::RowVectorXd mean;
    adaptive_score_norm norm;

    score_references(const Eigen::MatrixXd& speaker_means, const score_norm_options& options)
        : mean(mean_of_speakers(speaker_means)),
          norm(center_and_normalize(speaker_means, mean),
               int(std::min<std::int64_t>(options.top, speaker_means.rows())), options.ddof) {}
};

/// One score for each trial of the list.
std::vector<trial_score> score_list(const trained_network& trained, const list_to_score& list,
                                    const score_references& references) {
    examples::progress_line progress("embed " + list.trials.name, std::int64_t(list.crops.size()));
    const auto embeddings = embed_crops(trained, list.crops, [&](std::int64_t done) { progress.update(done); });
    progress.finish();
    const Eigen::MatrixXd unit = center_and_normalize(embeddings, references.mean);
    std::vector<adaptive_score_norm::statistics> statistics;
    for (Eigen::Index c = 0; c < unit.rows(); ++c) statistics.push_back(references.norm.of(unit.row(c)));
    std::vector<trial_score> scores;
    for (const auto& trial : list.trials.trials) {
        const double cosine = unit.row(Eigen::Index(trial.crop_a)).dot(unit.row(Eigen::Index(trial.crop_b)));
        scores.push_back({list.trials.crops[trial.crop_a].speaker, list.trials.crops[trial.crop_b].speaker, trial.type,
                          cosine,
                          adaptive_score_norm::normalize(cosine, statistics[trial.crop_a], statistics[trial.crop_b])});
    }
    return scores;
}

void write_scores(const trial_list& list, const std::vector<trial_score>& scores, const std::string& network,
                  const std::filesystem::path& folder) {
    std::vector<score_line> lines;
    for (std::size_t i = 0; i < scores.size(); ++i) {
        const auto& trial = list.trials[i];
        lines.push_back({trial.target, list.crops[trial.crop_a].name, list.crops[trial.crop_b].name, scores[i].cosine});
    }
    write_score_file(folder / (list.name + ".txt"), lines);
    write_score_origin(folder / (list.name + ".txt"), network);
    write_trial_scores(folder / (list.name + ".csv"), scores);
}

nlohmann::json report_condition(const std::string& list, const std::string& condition,
                                const std::vector<trial_score>& scores) {
    auto report = json_of_report(make_report(trials_of_condition(scores, list, condition, &trial_score::cosine)));
    const auto normalized = trials_of_condition(scores, list, condition, &trial_score::as_norm);
    std::vector<scored_trial> scored;
    for (const auto& trial : normalized) scored.push_back({trial.score, trial.target()});
    const auto curve = make_error_curve(scored);
    report["eer_as_norm"] = equal_error_rate(curve);
    report["min_dcf_001_as_norm"] = minimum_detection_cost(curve, .01);
    report["min_dcf_005_as_norm"] = minimum_detection_cost(curve, .05);
    return report;
}

/// Every setting but those of a run's place and bookkeeping, and those that the runs of one configuration
/// differ in.
nlohmann::json configuration_of(const settings& all) {
    nlohmann::json configuration = nlohmann::json::object();
    visit(all, [&](const setting_key& key, const auto& value) {
        if (key.section != "run" && key.section != "monitoring") configuration[std::string(key.name)] = value;
    });
    return configuration;
}

nlohmann::json describe_run(const trained_network& trained) {
    const auto& all = trained.run.all;
    nlohmann::json run{{"name", all.run.name},
                       {"optimizer", all.optimizer.optimizer},
                       {"network", json_of(count_sparsity(*trained.network.embedder, all.sparsity))},
                       {"speakers", trained.run.speakers.size()},
                       {"seed", all.run.seed},
                       {"configuration", configuration_of(all)}};
    run["steps"] = trained.progress.clock.step;
    run["seconds"] = trained.progress.clock.seconds;
    if (has_target(all)) run["target"] = all.sparsity.target;
    if (is_sparse(all)) {
        run["lambda"] = trained.progress.outcome.lambda;
        run["law"] = all.sparsity.law;
    }
    return run;
}

/// Whom the network was kept from: the settings' actors, or the standard list's.
std::vector<std::string> actors_held_out(const speech_store& speech, const settings& all) {
    const auto chosen = held_out_actors(speech, all.run.held_out_actors);
    return chosen.empty() ? rotation_folds(speech).front() : chosen;
}

nlohmann::json score_closed_set(const trained_network& trained, const speech_with_features& speech) {
    const auto& all = trained.run.all;
    const auto material = speech.training(all);
    // The classifier's rows are the network's speakers: on another store they would be taken for its own, by their place.
    if (material.speakers != trained.run.speakers) {
        return {{"utterances", 0}, {"by_speaker", nlohmann::json::object()}, {"other_speakers", true}};
    }
    const auto held_out = hold_out(material.utterances, all.batches.held_out).held_out;
    examples::progress_line progress("recognise held-out utterances", std::int64_t(held_out.size()));
    const auto counts = identify_held_out(trained, held_out, [&](std::int64_t done) { progress.update(done); });
    progress.finish();
    std::int64_t utterances = 0;
    std::map<std::string, counted_share> shares;
    nlohmann::json by_speaker = nlohmann::json::object();
    for (std::size_t s = 0; s < counts.size(); ++s) {
        utterances += counts[s].utterances;
        shares[trained.run.speakers[s]] = {double(counts[s].correct), double(counts[s].utterances)};
        by_speaker[trained.run.speakers[s]] = {counts[s].correct, counts[s].utterances};
    }
    nlohmann::json result{{"utterances", utterances}, {"by_speaker", by_speaker}};
    if (utterances == 0) return result;
    speaker_numbers numbers;
    const std::vector<weighted_figure> one{share_figure(shares, numbers)};
    const auto accuracy = bootstrap_seeds(one, numbers.size());
    result["accuracy"] = accuracy.value;
    result["accuracy_low"] = accuracy.low;
    result["accuracy_high"] = accuracy.high;
    return result;
}

} // namespace

nlohmann::json score_trial_lists(const trained_network& trained, const speech_with_features& speech,
                                 const Eigen::MatrixXd& speaker_means, const score_norm_options& options,
                                 const std::filesystem::path& folder) {
    const score_references references(speaker_means, options);
    nlohmann::json result = describe_run(trained);
    result["held_out_actors"] = actors_held_out(speech.speech, trained.run.all);
    result["as_norm"] = {{"top", std::min<std::int64_t>(options.top, speaker_means.rows())}, {"ddof", options.ddof}};
    result["lists"] = nlohmann::json::object();
    for (const auto& list : lists_to_score(speech, trained.run.all)) {
        const auto scores = score_list(trained, list, references);
        write_scores(list.trials, scores, trained.fingerprint, folder / "scores");
        for (const auto& condition : conditions_of(list.trials)) {
            result["lists"][condition.name] = report_condition(list.trials.name, condition.name, scores);
        }
    }
    result["closed_set"] = score_closed_set(trained, speech);
    examples::write_json_file(folder / "score.json", result);
    return result;
}

double score_pair(const trained_network& trained, const Eigen::RowVectorXd& mean, const std::filesystem::path& enrolled,
                  const std::filesystem::path& test) {
    const filter_bank bank(trained.run.features);
    Eigen::MatrixXd both(2, mean.size());
    both.row(0) = embed(trained, bank.compute(read_recording_to_compare(enrolled)));
    both.row(1) = embed(trained, bank.compute(read_recording_to_compare(test)));
    const Eigen::MatrixXd unit = center_and_normalize(both, mean);
    const double cosine = unit.row(0).dot(unit.row(1));
    if (!std::isfinite(cosine)) {
        throw std::runtime_error("the network gives no number for '" + enrolled.string() + "' and '" + test.string() +
                                 "': train or export it anew");
    }
    return cosine;
}

} // namespace speaker_verification

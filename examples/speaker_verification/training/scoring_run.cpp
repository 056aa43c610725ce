#include "speaker_verification/training/scoring_run.hpp"

#include "common/json_file.hpp"
#include "common/progress.hpp"
#include "speaker_verification/data/read_audio.hpp"
#include "speaker_verification/scoring/cosine.hpp"
#include "speaker_verification/scoring/report.hpp"
#include "speaker_verification/scoring/score_file.hpp"
#include "speaker_verification/training/embedding.hpp"
#include "speaker_verification/training/sparsity_count.hpp"
#include "speaker_verification/training/trial_conditions.hpp"

namespace speaker_verification {

namespace {

/// One score for each trial of the list.
std::vector<double> score_list(const trained_network& trained, const speech_with_features& speech,
                               std::size_t index, const Eigen::RowVectorXd& mean) {
    const trial_list& list = speech.speech.trial_lists()[index];
    std::vector<std::vector<feature_view>> crops;
    for (std::size_t c = 0; c < list.crops.size(); ++c) crops.push_back(speech.features.crop_parts(index, c));
    examples::progress_line progress("embed " + list.name, std::int64_t(crops.size()));
    const auto embeddings = embed_crops(trained, crops, [&](std::int64_t done) { progress.update(done); });
    progress.finish();
    const Eigen::MatrixXd unit = center_and_normalize(embeddings, mean);
    std::vector<double> scores;
    for (const auto& trial : list.trials) {
        scores.push_back(unit.row(Eigen::Index(trial.crop_a)).dot(unit.row(Eigen::Index(trial.crop_b))));
    }
    return scores;
}

void write_scores(const trial_list& list, const std::vector<double>& scores,
                  const std::filesystem::path& path) {
    std::vector<score_line> lines;
    for (std::size_t i = 0; i < scores.size(); ++i) {
        const auto& trial = list.trials[i];
        lines.push_back(
            {trial.target, list.crops[trial.crop_a].name, list.crops[trial.crop_b].name, scores[i]});
    }
    write_score_file(path, lines);
}

nlohmann::json report_condition(const trial_list& list, const trial_condition& condition,
                                const std::vector<double>& scores) {
    std::vector<speaker_trial> trials;
    for (const std::size_t i : condition.trials) {
        const auto& trial = list.trials[i];
        trials.push_back({list.crops[trial.crop_a].speaker, list.crops[trial.crop_b].speaker, scores[i]});
    }
    return json_of_report(make_report(trials));
}

nlohmann::json describe_run(const trained_network& trained) {
    const auto& all = trained.run.all;
    nlohmann::json run{{"name", all.run.name},
                       {"optimizer", all.optimizer.optimizer},
                       {"network", json_of(count_sparsity(*trained.network.embedder))},
                       {"speakers", trained.run.speakers.size()}};
    run["steps"] = trained.progress.at("clock").at("step");
    run["seconds"] = trained.progress.at("clock").at("seconds");
    if (is_sparse(all)) {
        run["target"] = all.sparsity.target;
        run["lambda"] = trained.progress.at("lambda");
        run["law"] = all.sparsity.law;
    }
    return run;
}

} // namespace

nlohmann::json score_trial_lists(const trained_network& trained, const speech_with_features& speech,
                                 const Eigen::RowVectorXd& mean, const std::filesystem::path& folder) {
    nlohmann::json result = describe_run(trained);
    result["lists"] = nlohmann::json::object();
    const auto& lists = speech.speech.trial_lists();
    for (std::size_t i = 0; i < lists.size(); ++i) {
        const auto scores = score_list(trained, speech, i, mean);
        write_scores(lists[i], scores, folder / "scores" / (lists[i].name + ".txt"));
        for (const auto& condition : conditions_of(lists[i])) {
            result["lists"][condition.name] = report_condition(lists[i], condition, scores);
        }
    }
    examples::write_json_file(folder / "score.json", result);
    return result;
}

double score_pair(const trained_network& trained, const Eigen::RowVectorXd& mean,
                  const std::filesystem::path& enrolled, const std::filesystem::path& test) {
    const filter_bank bank(trained.run.features);
    Eigen::MatrixXd both(2, mean.size());
    both.row(0) = embed(trained, bank.compute(read_audio(enrolled)));
    both.row(1) = embed(trained, bank.compute(read_audio(test)));
    const Eigen::MatrixXd unit = center_and_normalize(both, mean);
    return unit.row(0).dot(unit.row(1));
}

} // namespace speaker_verification

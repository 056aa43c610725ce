#include "speaker_verification/deployment/export_check.hpp"

#include "speaker_verification/deployment/product_threads.hpp"
#include "speaker_verification/scoring/cosine.hpp"
#include "speaker_verification/scoring/score_file.hpp"
#include "speaker_verification/training/loop/embedding.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <stdexcept>

namespace speaker_verification {

namespace {

double processor_seconds() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return double(time.tv_sec) + 1e-9 * double(time.tv_nsec);
}

/// One row for each crop, the mean of its parts' embeddings, and the time that this took.
template <class Embed>
Eigen::MatrixXd timed_rows(const std::vector<std::vector<feature_view>>& crops, Eigen::Index size, double& seconds,
                           const Embed& embed_part) {
    Eigen::MatrixXd rows = Eigen::MatrixXd::Zero(Eigen::Index(crops.size()), size);
    if (!crops.empty()) embed_part(crops.front().front()); // the first call asks for memory
    const double begin = processor_seconds();
    for (std::size_t i = 0; i < crops.size(); ++i) {
        auto row = rows.row(Eigen::Index(i));
        for (const auto& part : crops[i]) row += embed_part(part);
        row /= double(crops[i].size());
    }
    seconds += processor_seconds() - begin;
    return rows;
}

void require_trials_of(const std::filesystem::path& file, const std::vector<score_line>& lines,
                       const trial_list& list) {
    const auto& trials = list.trials;
    bool same = lines.size() == trials.size();
    for (std::size_t i = 0; same && i < lines.size(); ++i) {
        same = lines[i].target == trials[i].target && lines[i].enrolled == list.crops[trials[i].crop_a].name &&
               lines[i].test == list.crops[trials[i].crop_b].name;
    }
    if (!same) {
        throw std::runtime_error("'" + file.string() + "' has other trials than the list '" + list.name +
                                 "' of this store: score the network anew");
    }
}

list_agreement agreement_of(const list_to_score& list, const Eigen::MatrixXd& embeddings,
                            const Eigen::RowVectorXd& mean, const std::filesystem::path& scores) {
    const auto file = scores / (list.trials.name + ".txt");
    const auto lines = read_score_file(file);
    require_trials_of(file, lines, list.trials);
    const Eigen::MatrixXd unit = center_and_normalize(embeddings, mean);
    list_agreement agreement{list.trials.name, std::int64_t(lines.size())};
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const auto& trial = list.trials.trials[i];
        const double cosine = unit.row(Eigen::Index(trial.crop_a)).dot(unit.row(Eigen::Index(trial.crop_b)));
        agreement.difference = std::max(agreement.difference, std::abs(cosine - lines[i].score));
    }
    return agreement;
}

} // namespace

export_agreement compare_with_scores(const trained_network& dense, const embedding_model& sparse,
                                     const std::vector<list_to_score>& lists, const std::filesystem::path& scores) {
    if (lists.empty()) throw std::invalid_argument("there is no trial list: give a store that has one");
    use_threads(1);
    use_product_threads(1);
    export_agreement all;
    for (const auto& list : lists) {
        const auto dense_rows = timed_rows(list.crops, sparse.mean.size(), all.seconds.dense,
                                           [&](feature_view part) { return embed(dense, part); });
        const auto sparse_rows = timed_rows(list.crops, sparse.mean.size(), all.seconds.sparse, [&](feature_view part) {
            return Eigen::RowVectorXd(sparse.embed(part).cast<double>());
        });
        if (!dense_rows.allFinite() || !sparse_rows.allFinite()) {
            throw std::runtime_error("the network gives no number for a crop of '" + list.trials.name +
                                     "': train or export it anew");
        }
        for (Eigen::Index row = 0; row < dense_rows.rows(); ++row) {
            const double error = (sparse_rows.row(row) - dense_rows.row(row)).norm();
            if (error > 0) all.embedding_error = std::max(all.embedding_error, error / dense_rows.row(row).norm());
            const double away = (dense_rows.row(row) - dense_rows.row(0)).norm();
            if (away > 0) all.spread = std::max(all.spread, away / dense_rows.row(0).norm());
        }
        constexpr double seconds_per_frame = .01;
        for (const auto& crop : list.crops) {
            for (const auto& part : crop) all.speech_seconds += seconds_per_frame * double(part.frames);
        }
        all.crops += std::int64_t(list.crops.size());
        all.lists.push_back(agreement_of(list, sparse_rows, sparse.mean.cast<double>(), scores));
    }
    return all;
}

std::string disagreement(const export_agreement& agreement, double tolerance) {
    constexpr double least_spread = 1e-3;
    if (agreement.spread < least_spread) {
        return "the network gives every crop the same embedding, so that there is nothing to compare: a layer died in "
               "training; train it longer or to a lower target";
    }
    for (const auto& each : agreement.lists) {
        if (each.difference <= tolerance) continue;
        char text[80];
        std::snprintf(text, sizeof text, "%.2e, which is more than %.2e", each.difference, tolerance);
        return "scores of the sparse model differ from those of '" + each.list + "' by up to " + text +
               ": export the checkpoint that was scored";
    }
    return "";
}

nlohmann::json json_of(const export_agreement& agreement, const model_bytes& bytes, double tolerance) {
    const auto side = [&](std::int64_t size, double seconds) {
        return nlohmann::json{{"bytes", size},
                              {"seconds", seconds},
                              {"ms_per_crop", 1e3 * seconds / double(agreement.crops)},
                              {"real_time_factor", seconds / agreement.speech_seconds}};
    };
    nlohmann::json result{{"agrees", disagreement(agreement, tolerance).empty()},
                          {"tolerance", tolerance},
                          {"embedding_error", agreement.embedding_error},
                          {"spread", agreement.spread},
                          {"crops", agreement.crops},
                          {"speech_seconds", agreement.speech_seconds},
                          {"lists", nlohmann::json::object()},
                          {"dense", side(bytes.dense, agreement.seconds.dense)},
                          {"sparse", side(bytes.sparse, agreement.seconds.sparse)},
                          {"times_smaller", double(bytes.dense) / double(bytes.sparse)},
                          {"times_faster", agreement.seconds.dense / agreement.seconds.sparse}};
    for (const auto& each : agreement.lists) {
        result["lists"][each.list] = {{"trials", each.trials}, {"difference", each.difference}};
    }
    return result;
}

std::string agreement_table(const nlohmann::json& agreement) {
    const auto number = [&](const char* side, const char* field) { return agreement[side][field].get<double>(); };
    std::string text;
    const auto line = [&](const char* format, auto... values) {
        char row[200];
        std::snprintf(row, sizeof row, format, values...);
        text += row;
    };
    line("%-44s %12s %12s\n", "", "dense", "sparse");
    line("%-44s %12.0f %12.0f   1/%.1f\n", "bytes", number("dense", "bytes"), number("sparse", "bytes"),
         agreement["times_smaller"].get<double>());
    line("%-44s %12.3f %12.3f   %.2f times as fast\n", "ms of one thread for a crop", number("dense", "ms_per_crop"),
         number("sparse", "ms_per_crop"), agreement["times_faster"].get<double>());
    line("%-44s %12.5f %12.5f\n", "of real time", number("dense", "real_time_factor"),
         number("sparse", "real_time_factor"));
    for (const auto& [name, list] : agreement["lists"].items()) {
        line("%-44.44s %lld scores, which differ by at most %.1e\n", name.c_str(), list["trials"].get<long long>(),
             list["difference"].get<double>());
    }
    return text;
}

} // namespace speaker_verification

#pragma once
#include "speaker_verification/deployment/embedding_network.hpp"
#include "speaker_verification/training/checkpoints/checkpoint.hpp"
#include "speaker_verification/training/loop/speech_material.hpp"

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace speaker_verification {

/// How far the scores of an exported network lie from those that `score` wrote for its checkpoint.
struct list_agreement {
    std::string list;
    std::int64_t trials = 0;
    double difference = 0; ///< the greatest of two cosines of one trial
};

/// What embedding all crops took one thread, in seconds of its own processor time: other programs' turns do not count.
struct embedding_times {
    double dense = 0, sparse = 0;
};

struct export_agreement {
    std::vector<list_agreement> lists;
    double embedding_error = 0; ///< the greatest ||sparse - dense|| / ||dense|| of a crop
    double spread = 0; ///< the greatest ||e - e'|| / ||e'|| of the dense embeddings e of a crop, e' of the first
    std::int64_t crops = 0;
    double speech_seconds = 0; ///< of all crops
    embedding_times seconds;
};

/// Embeds the crops of the lists with both networks, one thread each, scores their trials as `score` does with the sparse
/// one, and compares with `scores`/LIST.txt.
///
/// Throws std::runtime_error with one sentence when a score file cannot be read or is of other trials, and when an
/// embedding is not finite; std::invalid_argument when there is no list.
export_agreement compare_with_scores(const trained_network& dense, const embedding_model& sparse,
                                     const std::vector<list_to_score>& lists, const std::filesystem::path& scores);

/// What two networks take as files: all tensors that are exported as float32, and the file that `export` wrote.
struct model_bytes {
    std::int64_t dense = 0, sparse = 0;
};

/// One sentence for the first list whose scores differ by more than `tolerance`, or for a network that gives every crop the same
/// embedding (spread < 1e-3), of which scores are rounding; or empty.
std::string disagreement(const export_agreement& agreement, double tolerance);

/// {"agrees", "tolerance", "embedding_error", "spread", "crops", "speech_seconds", "lists": {LIST: {"trials", "difference"}}, "dense" and
/// "sparse": {"bytes", "seconds", "ms_per_crop", "real_time_factor"}, "times_smaller", "times_faster"}
nlohmann::json json_of(const export_agreement& agreement, const model_bytes& bytes, double tolerance);

/// That as a few lines of text.
std::string agreement_table(const nlohmann::json& agreement);

} // namespace speaker_verification

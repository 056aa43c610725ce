#pragma once
/// The paper's figures 1 to 15, from the logs and scores of a grid.
#include "common/gnuplot.hpp"
#include "speaker_verification/experiment/results.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace speaker_verification {

/// One picture, or why there is none. A figure of several parts has several of these.
struct experiment_figure {
    int number;       ///< the paper's
    std::string name; ///< of its files, such as fig02_adabreg
    std::string caption;
    std::optional<examples::figure> picture{};
    std::string missing{}; ///< one sentence, where there is no picture
};

/// In the order of the numbers:
/// 1 sparsity over training with fixed lambdas; 2 (ECAPA-TDNN) and 11 (ResNet34) the same for adaptive and
/// fixed lambda; 3 and 7 convergence; 4 and 8 EER against sparsity; 5 and 10 sparsity of each layer; 6 lambda
/// and sparsity; 9 norms; 12 to 15 the rules for v: sparsity, lambda, convergence, norms. Where a method has
/// several seeds, curves show the first and EERs the mean with its interval.
std::vector<experiment_figure> figures_of(const experiment_results& results);

/// Writes NAME.{dat,gp,svg,png} of each that has a picture into `folder`.
void draw_figures(const std::vector<experiment_figure>& figures, const std::filesystem::path& folder);

} // namespace speaker_verification

#pragma once
/// report.md, report.html, claims.json, oracle.json, oracle.md and the figures of a grid.
#include "speaker_verification/experiment/claims.hpp"
#include "speaker_verification/experiment/document.hpp"
#include "speaker_verification/experiment/experiment_figures.hpp"

#include <filesystem>
#include <string>

namespace speaker_verification {

/// What the report says of where it was made.
struct report_origin {
    std::string grid_name, command; ///< the command that makes it again
    std::string machine;            ///< see describe_machine
};

/// "AMD EPYC, 2 processors, 2026-11-23": what times depend on.
std::string describe_machine();

/// The whole report. Pictures are linked as figures/NAME.svg.
document report_of(const experiment_results& results, const std::vector<claim>& claims,
                   const std::vector<experiment_figure>& figures, const report_origin& origin);

/// oracle.json: for each network and optimizer the lambdas tried with their sparsity, and for each target the
/// lambda chosen, what it reached and its bracket.
nlohmann::json json_of_oracles(const std::vector<oracle_outcome>& oracles);
/// The same as a table: one row for each network, optimizer and target.
document oracle_table(const std::vector<oracle_outcome>& oracles);

/// Writes all of it into `folder`, the figures into `folder`/figures.
void write_report(const experiment_results& results, const report_origin& origin, const std::filesystem::path& folder);

} // namespace speaker_verification

#include "teaching/compare_laws/verdict.hpp"

#include "teaching/compare_laws/measures.hpp"

#include <algorithm>

namespace compare_laws {

verdict::verdict(const law_run& run, double target, std::int64_t size, std::int64_t hold) {
    const double finest = 1.5 / double(size);
    const auto steps = std::int64_t(run.sparsity.size());
    to_1_percent = steps_to_within(run.sparsity, target, std::max(0.01, finest), hold);
    to_01_percent = steps_to_within(run.sparsity, target, std::max(0.001, finest), hold);
    overshoots = sign_changes(run.sparsity, target, std::max(0.002, finest), steps / 2);
    steady_error = compare_laws::steady_error(run.sparsity, target);
    const auto fails = [&](bool has, const char* what) {
        if (has) failed += (failed.empty() ? "" : ", ") + std::string(what);
    };
    fails(!to_1_percent || *to_1_percent > std::max<std::int64_t>(1, steps / 10), "1 %");
    fails(!to_01_percent || *to_01_percent > std::max<std::int64_t>(1, steps / 2), "0.1 %");
    fails(overshoots > 2, "rings");
    fails(steady_error > std::max(0.001, finest), "steady error");
}

nlohmann::json verdict::json() const {
    const auto step = [](const auto& reached) { return reached ? nlohmann::json(*reached) : nlohmann::json(); };
    return {{"to_1_percent", step(to_1_percent)},
            {"to_01_percent", step(to_01_percent)},
            {"overshoots", overshoots},
            {"steady_error", steady_error},
            {"verdict", failed.empty() ? "holds" : "fails: " + failed}};
}

} // namespace compare_laws

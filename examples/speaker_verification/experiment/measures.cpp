#include "speaker_verification/experiment/measures.hpp"

#include <algorithm>
#include <cmath>

namespace speaker_verification {

namespace {

std::optional<double> mean_until(const std::vector<nlohmann::json>& lines, const std::string& field, double last_step,
                                 std::size_t fewest) {
    const auto all = curve_of(lines, field);
    double sum = 0;
    std::size_t count = 0;
    for (std::size_t i = 0; i < all.x.size() && all.x[i] <= last_step; ++i, ++count) sum += all.y[i];
    if (count < fewest) return std::nullopt;
    return sum / double(count);
}

} // namespace

curve curve_of(const std::vector<nlohmann::json>& lines, const std::string& field) {
    curve found;
    for (const auto& line : lines) {
        const auto value = line.find(field);
        if (value == line.end() || !value->is_number()) continue;
        found.x.push_back(line.at("step"));
        found.y.push_back(*value);
    }
    return found;
}

std::optional<double> early_accuracy(const run_record& run, bool by_validation) {
    const double third = double(run.steps()) / 3;
    return by_validation ? mean_until(run.validation, "validation_accuracy", third, 2)
                         : mean_until(run.training, "accuracy", third, 1);
}

std::optional<double> largest(const run_record& run, const std::string& field) {
    const auto all = curve_of(run.training, field);
    if (all.y.empty()) return std::nullopt;
    return *std::max_element(all.y.begin(), all.y.end());
}

std::optional<double> last(const run_record& run, const std::string& field) {
    const auto all = curve_of(run.training, field);
    if (all.y.empty()) return std::nullopt;
    return all.y.back();
}

oscillation late_oscillation(const run_record& run) {
    oscillation seen;
    const auto all = curve_of(run.training, "sparsity");
    const double from = .75 * double(run.steps());
    int side = 0;
    for (std::size_t i = 0; i < all.x.size(); ++i) {
        if (all.x[i] < from) continue;
        const double error = all.y[i] - run.plan.target.value();
        seen.highest = std::max(seen.highest, error);
        seen.lowest = std::min(seen.lowest, error);
        if (std::abs(error) <= oscillation::outside) continue;
        const int now = error > 0 ? 1 : -1;
        if (side != 0 && now != side) ++seen.crossings;
        side = now;
    }
    return seen;
}

std::vector<layer_sparsity> layers_of(const run_record& run) {
    const auto line = std::find_if(run.validation.rbegin(), run.validation.rend(), [](const auto& each) {
        return each.contains("layers") && each["layers"].is_array();
    });
    if (line == run.validation.rend()) return {};
    std::vector<layer_sparsity> layers;
    for (const auto& each : line->at("layers")) {
        const double size = each.at("size"), nonzeros = each.at("nonzeros");
        layers.push_back({each.at("name"), each.value("role", std::string{}), size, 1 - nonzeros / size});
    }
    return layers;
}

std::optional<double> layer_distance(const run_record& a, const run_record& b) {
    const auto of_a = layers_of(a), of_b = layers_of(b);
    if (of_a.empty() || of_a.size() != of_b.size()) return std::nullopt;
    double sum = 0, size = 0;
    for (std::size_t i = 0; i < of_a.size(); ++i) {
        if (of_a[i].name != of_b[i].name) return std::nullopt;
        sum += of_a[i].size * std::abs(of_a[i].sparsity - of_b[i].sparsity);
        size += of_a[i].size;
    }
    return sum / size;
}

} // namespace speaker_verification

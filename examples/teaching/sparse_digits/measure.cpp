#include "teaching/sparse_digits/measure.hpp"

#include <chrono>
#include <cstdio>
#include <map>
#include <utility>

#include "common/gnuplot.hpp"
#include "common/json_file.hpp"
#include "common/scikit_learn_data.hpp"

namespace sparse_digits {

using namespace bregman::sparse;

digits read_samples() {
    const auto all = examples::read_digits();
    const Eigen::Index learned = all.features.cols() * 4 / 5;
    const auto labels = all.labels.begin();
    return {{all.features.leftCols(learned) / 16, {labels, labels + learned}},
            {all.features.rightCols(all.features.cols() - learned) / 16, {labels + learned, all.labels.end()}}};
}

nlohmann::json measure(const std::vector<layer_parts<float>>& parts, weight_form form, const samples& test) {
    std::vector<linear<float>> layers;
    std::vector<panels<float>> y(parts.size() + 1);
    y[0].assign(test.x);
    bregman::index_t bytes = 0;
    nlohmann::json rows;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        layers.emplace_back(parts[i].weight, parts[i].end, form);
        y[i + 1].resize(parts[i].outputs(), test.x.cols());
        bytes += layers[i].weights().bytes();
        rows.push_back(parts[i].outputs());
    }
    double best = 1e30;
    for (int round = 0; round < 50; ++round) {
        const auto begin = std::chrono::steady_clock::now();
        for (std::size_t i = 0; i < layers.size(); ++i) layers[i](std::as_const(y[i]).view(), y[i + 1].view());
        const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - begin;
        best = std::min(best, took.count() / double(test.x.cols()));
    }
    const double accuracy = compare_laws::share_right(y.back().matrix(), test.labels);
    return {{"accuracy", accuracy}, {"bytes", bytes}, {"microseconds", best}, {"neurons", rows}};
}

matrix scores(const std::vector<layer_parts<float>>& parts, matrix x) {
    for (const auto& each : parts) x = linear<float>(each.weight, each.end)(x);
    return x;
}

void print(const nlohmann::json& row) {
    std::printf("%-8s %-7s %6.3f  accuracy %.4f  %8lld bytes  %8.3f us an image  neurons %s\n",
                row["zeros"].get<std::string>().c_str(), row["form"].get<std::string>().c_str(),
                row["target"].get<double>(), row["accuracy"].get<double>(), row["bytes"].get<long long>(),
                row["microseconds"].get<double>(), row["neurons"].dump().c_str());
    std::fflush(stdout);
}

namespace {

nlohmann::json at_equal_accuracy(const nlohmann::json& rows) {
    const double least = rows.front()["accuracy"].get<double>() - .03;
    std::map<std::pair<std::string, std::string>, nlohmann::json> fastest;
    for (const auto& row : rows) {
        if (row["accuracy"].get<double>() < least) continue;
        auto& best = fastest[{row["zeros"], row["form"]}];
        if (best.is_null() || row["microseconds"] < best["microseconds"]) best = row;
    }
    nlohmann::json result = nlohmann::json::array();
    for (const auto& [kind, row] : fastest) result.push_back(row);
    return result;
}

void draw(const nlohmann::json& rows, const std::string& stem) {
    examples::figure picture;
    picture.title = "Digits: what zeros cost and what they buy";
    picture.x = {.label = "microseconds an image", .logarithmic = true};
    picture.y.label = "accuracy";
    std::map<std::string, examples::plot_series> series;
    for (const auto& row : rows) {
        if (row["form"] == "sparse") continue; // the same networks, slower
        const auto name = row["zeros"].get<std::string>() + ", " + row["form"].get<std::string>();
        auto& each = series.try_emplace(name, examples::plot_series{.name = name}).first->second;
        each.style = examples::plot_style::line_with_points;
        each.x.push_back(row["microseconds"]);
        each.y.push_back(row["accuracy"]);
    }
    for (const auto& [name, each] : series) picture.series.push_back(each);
    picture.references.push_back({"dense", rows.front()["accuracy"]});
    examples::write_figure(picture, stem);
}

} // namespace

void report(const nlohmann::json& rows, int steps, const std::string& folder) {
    const auto best = at_equal_accuracy(rows);
    std::puts("the fastest within 3 % of the dense network's accuracy:");
    for (const auto& row : best) print(row);
    examples::write_json_file(folder + "/sparse_digits.json",
                              {{"steps", steps}, {"rows", rows}, {"at_equal_accuracy", best}});
    draw(rows, folder + "/sparse_digits");
}

} // namespace sparse_digits

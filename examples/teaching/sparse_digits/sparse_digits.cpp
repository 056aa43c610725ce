// What zeros buy a network that reads digits, single weights, blocks or whole neurons: the table of docs/structured.md.
#include <iostream>
#include <stdexcept>
#include <string>
#include <variant>

#include <CLI/CLI.hpp>
#include <bregman/bregman.hpp>
#include <bregman/sparse/layers/linear.hpp>
#include <bregman/sparse/shrink.hpp>

#include "teaching/sparse_digits/measure.hpp"
#include "teaching/sparse_digits/network.hpp"

namespace {

using namespace sparse_digits;
using namespace bregman::sparse;
using regularizer = std::variant<bregman::none, bregman::l1, bregman::group_rows>;

/// Adam, or AdaBreg on the weights, whose `zeros` come alone ("weights"), four of a column at a time ("blocks") or as "neurons".
/// The target is reached along a ramp, over half of the steps.
perceptron train(const samples& all, const std::string& zeros, float target, int steps) {
    perceptron net({all.x.rows(), 512, 256, 10}, 1), gradient = net;
    const bool dense = zeros == "none";
    regularizer kind = bregman::group_rows{};
    if (dense) kind = bregman::none{};
    if (zeros == "weights") kind = bregman::l1{};
    bregman::parameter_list<float, regularizer> list;
    list.add_group({.name = "hidden neurons", .regularizer = kind});
    for (std::size_t i = 0; i < 2; ++i) {
        matrix &w = net.weights[i], &g = gradient.weights[i];
        if (zeros == "blocks")
            list.add_view(w.data(), g.data(), {{w.size() / 4, 4}}); // Eigen's matrices are column by column
        else
            list.add(w, g);
    }
    if (!dense) list.add_group({.name = "scores", .regularizer = bregman::l1{}}); // no class may die
    list.add(net.weights[2], gradient.weights[2]);
    list.add_group({.name = "biases", .regularizer = bregman::none{}, .counted = false});
    for (std::size_t i = 0; i < 3; ++i) list.add(net.biases[i], gradient.biases[i]);
    auto optimizer = bregman::make_adabreg<float>(
        {.step_size = 0.01f, .target = bregman::target_schedule<float>::cubic(0, target, 20)}, bregman::quantile_law(),
        regularizer{});
    std::mt19937_64 generator(2);
    samples batch{matrix(all.x.rows(), 64), std::vector<int>(64)};
    for (int step = 0; step < steps; ++step) {
        all.draw(batch, generator);
        net.differentiate(batch, gradient);
        optimizer.set_epoch(40 * step / steps);
        optimizer.step(list);
    }
    return net;
}

std::vector<layer_parts<float>> parts_of(const perceptron& net) {
    std::vector<layer_parts<float>> parts;
    for (std::size_t i = 0; i < net.weights.size(); ++i) {
        const auto& bias = net.biases[i];
        parts.push_back({csr_matrix<float>(net.weights[i]), {.bias = {bias.data(), bias.data() + bias.size()}}});
        parts.back().end.relu = i + 1 < net.weights.size();
    }
    return parts;
}

int run(const std::vector<float>& targets, int steps, const std::string& out) {
    const digits data = read_samples();
    nlohmann::json rows;
    const auto add = [&](const char* zeros, const char* form, float target, const nlohmann::json& measured) {
        rows.push_back({{"zeros", zeros}, {"form", form}, {"target", target}});
        rows.back().update(measured);
        print(rows.back());
    };
    add("none", "dense", 0,
        measure(parts_of(train(data.learned, "none", 0.01f, steps)), weight_form::dense, data.tested));
    for (const char* zeros : {"weights", "blocks", "neurons"})
        for (const float target : targets) {
            auto parts = parts_of(train(data.learned, zeros, target, steps));
            add(zeros, "sparse", target, measure(parts, weight_form::sparse, data.tested));
            if (zeros == std::string("blocks"))
                add(zeros, "blocks", target, measure(parts, weight_form::blocks, data.tested));
            const matrix whole = scores(parts, data.tested.x);
            shrink_layers(parts);
            if ((scores(parts, data.tested.x) - whole).norm() > 1e-5f * whole.norm())
                throw std::runtime_error("the shrunk network has other scores than the whole one");
            add(zeros, "shrunk", target, measure(parts, weight_form::by_density, data.tested));
        }
    report(rows, steps, out);
    return 0;
}

} // namespace

int main(int argc, char** argv) {
    CLI::App app("Zeros in single weights, blocks and whole neurons of a network that reads digits, at equal accuracy");
    std::vector<float> targets{0.5f, 0.7f, 0.8f, 0.9f, 0.95f, 0.98f};
    int steps = 1000;
    std::string out = "results/sparse_digits";
    app.add_option("--targets", targets, "shares of zeros")->check(CLI::Range(0.01, 0.999))->delimiter(',');
    app.add_option("--steps", steps, "of each training")->check(CLI::PositiveNumber)->capture_default_str();
    app.add_option("--out", out, "folder for sparse_digits.json and the picture")->capture_default_str();
    try {
        app.parse(argc, argv);
        return run(targets, steps, out);
    } catch (const CLI::ParseError& error) {
        return app.exit(error);
    } catch (const std::exception& error) {
        std::cerr << "sparse_digits: " << error.what() << '\n';
        return 1;
    }
}

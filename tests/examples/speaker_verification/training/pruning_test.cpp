#include "speaker_verification/training/baselines/pruning.hpp"
#include "support.hpp"
#include "tiny_network.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>

using namespace speaker_verification;
using namespace speaker_verification::testing;

namespace {

const char* const layer_names[] = {"conv.weight", "linear.weight", "projection.weight"};

settings pruned_settings(const char* optimizer, const char* pruning) {
    settings all = plain_settings(optimizer);
    all.pruning.pruning = pruning;
    all.pruning.pruning_every = 4;
    return all;
}

std::int64_t zeros_at(double sparsity) { return std::llround(sparsity * tiny_network::parameters); }

/// What a layer looks like at one time.
struct layer_reading {
    torch::Tensor weight, mask, gradient;

    layer_reading(const tiny_network& network, const std::string& name)
        : weight(network.values(name)), mask(weight.ne(0)), gradient(network.gradient(name)) {}
};

/// The `rank`-th largest of `values` where `among` holds.
double ranked(const torch::Tensor& values, const torch::Tensor& among, std::int64_t rank) {
    return std::get<0>(values.masked_select(among).topk(rank))[rank - 1].item<double>();
}

} // namespace

BOOST_AUTO_TEST_SUITE(pruning_methods)

BOOST_AUTO_TEST_CASE(gradual_pruning_follows_its_curve_to_the_exact_count) {
    constexpr double target = 0.8;
    const auto sparsity_at = [&](const std::string& curve, double p) {
        if (curve == "linear") return target * p;
        return curve == "cubic" ? target - target * std::pow(1 - p, 3) : 1 - std::pow(1 - target, p);
    };
    for (const char* optimizer : {"sgd", "adamw"}) {
        for (const char* curve : {"cubic", "linear", "geometric"}) {
            settings all = pruned_settings(optimizer, "gradual");
            all.pruning.pruning_curve = curve;
            all.pruning.pruning_start = 0.25;
            all.pruning.pruning_end = 0.75;
            all.optimizer.weight_decay = 1e-3;
            all.sparsity.target = target;
            random_descent descent(all);
            double expected = 0;
            for (std::int64_t k = 1; k <= descent.length; ++k) {
                const double p = (double(k) / double(descent.length) - 0.25) / 0.5;
                if (p >= 0 && p < 1 && k % 4 == 0) expected = sparsity_at(curve, p);
                if (p >= 1) expected = target;
                const double seen = descent.step().sparsity;
                BOOST_TEST(std::llround(seen * tiny_network::parameters) == zeros_at(expected),
                           optimizer << ' ' << curve << ", step " << k << ": " << seen);
            }
            BOOST_TEST(descent.zeros() == zeros_at(target));
        }
    }
}

BOOST_AUTO_TEST_CASE(the_smallest_weights_of_all_layers_together_are_pruned_and_stay_zero) {
    settings all = pruned_settings("sgd", "gradual");
    all.pruning.pruning_end = 0; // all at once
    all.sparsity.target = 0.6;
    random_descent descent(all);
    std::vector<torch::Tensor> before, after;
    for (const char* name : layer_names) before.push_back(descent.network.values(name).flatten());
    descent.network.set_gradients([](const torch::Tensor& parameter) { return torch::zeros_like(parameter); });
    descent.step_on_gradients();
    for (const char* name : layer_names) after.push_back(descent.network.values(name).flatten());
    const auto sizes = torch::cat(before).abs(), kept = torch::cat(after).ne(0);
    BOOST_TEST(descent.zeros() == zeros_at(0.6)); // with the shifts of the normalisation, which start at zero
    BOOST_TEST(sizes.masked_select(kept).min().item<float>() >=
               sizes.masked_select(kept.logical_not()).max().item<float>());
    descent.steps(5);
    std::vector<torch::Tensor> later;
    for (const char* name : layer_names) later.push_back(descent.network.values(name).flatten());
    BOOST_TEST(torch::equal(torch::cat(later).ne(0), kept));
}

BOOST_AUTO_TEST_CASE(gradual_pruning_starts_from_the_zeros_of_the_network) {
    settings all = pruned_settings("adamw", "gradual");
    all.pruning.pruning_curve = "linear";
    all.pruning.pruning_end = 0.5;
    all.sparsity.target = 0.8;
    random_descent descent(all);
    descent.network.weight("linear.weight").detach().slice(0, 0, 5).zero_();
    const double from = 80. / tiny_network::parameters;
    BOOST_TEST(std::llround(descent.steps(2).sparsity * tiny_network::parameters) == 80);
    // Half of the way: step 12 of the 20 that end at .5 is at .6.
    BOOST_TEST(std::llround(descent.steps(10).sparsity * tiny_network::parameters) ==
               zeros_at(from + (0.8 - from) * 0.6));
    BOOST_TEST(zeros_of(descent.network.values("linear.weight").slice(0, 0, 5)) == 80);
}

BOOST_AUTO_TEST_CASE(densities_of_layers_follow_their_distribution_to_the_exact_count) {
    const tiny_network network;
    sparsity_settings chosen;
    const weight_masks masks(*network.module, chosen);
    const auto kept = [&](std::int64_t count, const char* distribution) {
        return kept_per_layer(masks, count, distribution);
    };
    using counts = std::vector<std::int64_t>;
    // (4 + 3 + 3) : (10 + 16) : (6 + 10) weights; the nearest numbers to 11.5, 30, 18.5.
    BOOST_TEST(kept(60, "erdos_renyi_kernel") == (counts{12, 30, 18}), boost::test_tools::per_element());
    // Convolution and head would exceed their sizes, and are full.
    BOOST_TEST(kept(200, "erdos_renyi_kernel") == (counts{36, 104, 60}), boost::test_tools::per_element());
    BOOST_TEST(kept(256, "erdos_renyi_kernel") == (counts{36, 160, 60}), boost::test_tools::per_element());
    BOOST_TEST(kept(128, "uniform") == (counts{18, 80, 30}), boost::test_tools::per_element());
    BOOST_TEST(kept(0, "uniform") == (counts{0, 0, 0}), boost::test_tools::per_element());
    for (std::int64_t count = 1; count < 256; count += 17) {
        for (const char* distribution : {"erdos_renyi_kernel", "uniform"}) {
            std::int64_t sum = 0;
            for (const auto layer : kept(count, distribution)) sum += layer;
            BOOST_TEST(sum == count, distribution);
        }
    }
}

BOOST_AUTO_TEST_CASE(rigl_drops_the_smallest_weights_and_grows_by_the_gradient) {
    settings all = pruned_settings("sgd", "rigl");
    all.optimizer.learning_rate = 0.01;
    all.optimizer.momentum = 0;
    all.sparsity.target = 0.6;
    random_descent descent(all);
    std::int64_t moved = 0;
    for (std::int64_t k = 1; k <= descent.length; ++k) {
        const double share = double(k) / double(descent.length);
        descent.draw_gradients();
        std::vector<layer_reading> before;
        for (const char* name : layer_names) before.emplace_back(descent.network, name);
        const double sparsity = descent.step_on_gradients().sparsity;
        BOOST_TEST(std::llround(sparsity * tiny_network::parameters) == zeros_at(0.6), "step " << k);
        for (std::size_t i = 0; i < before.size(); ++i) {
            const auto& [weight, mask, gradient] = before[i];
            const auto after = descent.network.values(layer_names[i]);
            const auto lost = torch::logical_and(mask, after.eq(0));
            const auto grown = torch::logical_and(mask.logical_not(), after.ne(0));
            const auto count = grown.sum().item<std::int64_t>();
            BOOST_TEST(lost.sum().item<std::int64_t>() == count);
            moved += count;
            if (k % 4 != 0 || share >= 0.75) BOOST_TEST(count == 0, "step " << k);
            if (count == 0) continue;
            const auto kept = mask.sum().item<std::int64_t>();
            const auto allowed = std::int64_t(0.15 * (1 + std::cos(std::acos(-1.) * share / 0.75)) * double(kept));
            BOOST_TEST(count <= allowed);
            const double largest_dropped = -ranked(-weight.abs(), mask, allowed);
            BOOST_TEST(weight.abs().masked_select(lost).max().item<double>() <= largest_dropped);
            const auto candidates = torch::logical_or(mask.logical_not(), weight.abs().le(largest_dropped));
            BOOST_TEST(gradient.abs().masked_select(grown).min().item<double>() >=
                       ranked(gradient.abs(), candidates, allowed));
            // They start at zero and move with the same step.
            BOOST_TEST(torch::allclose(after.masked_select(grown), -0.01 * gradient.masked_select(grown)));
        }
    }
    BOOST_TEST(moved > 20);
}

BOOST_AUTO_TEST_CASE(set_moves_its_share_to_random_places) {
    settings all = pruned_settings("sgd", "set");
    all.optimizer.momentum = 0;
    all.sparsity.target = 0.6;
    all.pruning.set_fraction = 0.5;
    random_descent descent(all), again(all);
    auto reseeded = all;
    reseeded.run.seed = all.run.seed + 1;
    random_descent other(reseeded);
    std::int64_t moved = 0, largest = 0;
    for (std::int64_t k = 1; k <= descent.length; ++k) {
        descent.draw_gradients(), again.draw_gradients(), other.draw_gradients();
        std::vector<layer_reading> before;
        for (const char* name : layer_names) before.emplace_back(descent.network, name);
        const double sparsity = descent.step_on_gradients().sparsity;
        again.step_on_gradients(), other.step_on_gradients();
        BOOST_TEST(std::llround(sparsity * tiny_network::parameters) == zeros_at(0.6), "step " << k);
        for (std::size_t i = 0; i < before.size(); ++i) {
            const auto after = descent.network.values(layer_names[i]);
            const auto absent = before[i].mask.logical_not();
            const auto grown = torch::logical_and(absent, after.ne(0));
            const auto count = grown.sum().item<std::int64_t>();
            if (k % 4 != 0 || double(k) / double(descent.length) >= 0.75) BOOST_TEST(count == 0, "step " << k);
            if (count == 0) continue;
            // Some of the places may be those that weights have just left.
            BOOST_TEST(count <= std::int64_t(0.5 * double(before[i].mask.sum().item<std::int64_t>())));
            moved += count;
            largest += before[i]
                           .gradient.abs()
                           .masked_select(grown)
                           .ge(ranked(before[i].gradient.abs(), absent, count))
                           .sum()
                           .item<std::int64_t>();
        }
    }
    BOOST_TEST(moved > 100);
    BOOST_TEST(double(largest) < 0.8 * double(moved)); // not where the gradient is largest, as RigL
    BOOST_TEST(same_parameters(descent, again));
    BOOST_TEST(!same_parameters(descent, other));
}

BOOST_AUTO_TEST_CASE(hypersparse_presses_as_its_formula_says_and_ends_at_the_count) {
    settings all = pruned_settings("sgd", "hypersparse");
    all.optimizer.momentum = 0;
    all.optimizer.learning_rate = 0.5;
    all.sparsity.target = 0.7;
    all.pruning.hypersparse_weight = 0.01;
    all.pruning.hypersparse_growth = 3;
    all.pruning.pruning_end = 0.5;
    random_descent descent(all);
    const auto end = std::int64_t(std::ceil(0.5 * double(descent.length)));
    for (std::int64_t k = 1; k < end; ++k) {
        std::vector<torch::Tensor> weights, sizes;
        for (const char* name : layer_names) {
            weights.push_back(descent.network.values(name).clone().requires_grad_(true));
            sizes.push_back(weights.back().abs().flatten());
        }
        // The loss as Glandorf et al. write it, with LibTorch's own gradient.
        const auto all_sizes = torch::cat(sizes);
        const auto place = std::get<0>(all_sizes.detach().sort())[std::int64_t(0.7 * double(all_sizes.numel()))];
        const auto bent = (all_sizes * (0.6585 / place)).tanh().sum();
        (all_sizes.sum() * bent / bent.detach() - all_sizes.sum()).backward();
        descent.network.set_gradients([](const torch::Tensor& parameter) { return torch::zeros_like(parameter); });
        descent.step_on_gradients();
        const double rate = 0.5 * 0.01 * std::pow(3., double((k - 1) / 4));
        for (std::size_t i = 0; i < weights.size(); ++i)
            BOOST_TEST(torch::allclose(descent.network.values(layer_names[i]),
                                       weights[i].detach() - rate * weights[i].grad(), 1e-4, 1e-6),
                       layer_names[i] << ", step " << k);
    }
    BOOST_TEST(descent.zeros() < zeros_at(0.7));
    for (std::int64_t k = end; k <= descent.length; ++k) {
        const double sparsity = descent.step().sparsity;
        BOOST_TEST(std::llround(sparsity * tiny_network::parameters) == zeros_at(0.7), "step " << k);
    }
}

BOOST_AUTO_TEST_CASE(weights_that_come_back_are_new_to_adamw) {
    settings all = pruned_settings("adamw", "rigl");
    all.optimizer.learning_rate = 0.01;
    all.pruning.rigl_fraction = 1;
    all.sparsity.target = 0.6;
    random_descent descent(all);
    std::vector<torch::Tensor> ever(3);
    std::int64_t came_back = 0;
    for (std::int64_t k = 1; k <= descent.length; ++k) {
        descent.draw_gradients();
        std::vector<layer_reading> before;
        for (const char* name : layer_names) before.emplace_back(descent.network, name);
        descent.step_on_gradients();
        for (std::size_t i = 0; i < before.size(); ++i) {
            const auto after = descent.network.values(layer_names[i]);
            ever[i] = ever[i].defined() ? torch::logical_or(ever[i], before[i].mask) : before[i].mask;
            const auto grown = torch::logical_and(before[i].mask.logical_not(), after.ne(0));
            came_back += torch::logical_and(grown, ever[i]).sum().item<std::int64_t>();
            const auto g = before[i].gradient.masked_select(grown);
            // Adam's first step on a gradient, with the bias corrections of step k.
            const auto m = g * (0.1 / (1 - std::pow(0.9, k)));
            const auto root = g.abs() * std::sqrt(0.001 / (1 - std::pow(0.999, k)));
            BOOST_TEST(torch::allclose(after.masked_select(grown), -0.01 * m / (root + 1e-8), 1e-4, 1e-7),
                       layer_names[i] << ", step " << k);
        }
    }
    BOOST_TEST(came_back > 10);
}

BOOST_AUTO_TEST_CASE(biases_that_stay_zero_are_part_of_the_exact_count) {
    for (const char* pruning : {"gradual", "rigl", "set", "hypersparse"}) {
        settings all = pruned_settings("adamw", pruning);
        all.sparsity.target = 0.6;
        random_descent descent(all);
        for (std::int64_t k = 1; k <= descent.length; ++k) {
            descent.draw_gradients();
            descent.network.weight("norm.bias").grad().zero_();
            descent.step_on_gradients();
        }
        BOOST_TEST(zeros_of(descent.network.values("norm.bias")) == 4);
        BOOST_TEST(descent.zeros() == zeros_at(0.6), pruning);
    }
}

BOOST_AUTO_TEST_CASE(the_head_is_pruned_and_counted_as_asked) {
    const auto head = std::string("projection.weight");
    for (const char* pruning : {"gradual", "rigl", "set", "hypersparse"}) {
        BOOST_TEST_CONTEXT(pruning) {
            settings all = pruned_settings("sgd", pruning);
            all.sparsity.prune_head = false;
            all.sparsity.target = 0.8; // 222 of the 196 weights of the other layers
            BOOST_TEST(contains(message_of([&] { random_descent{all}; }), "prune_head to true"));
            all.sparsity.target = 0.6;
            random_descent kept(all);
            const double of_all = kept.steps(40).sparsity;
            BOOST_TEST(std::llround(of_all * tiny_network::parameters) == zeros_at(0.6));
            BOOST_TEST(zeros_of(kept.network.values(head)) == 0);

            all.sparsity.prune_head = true;
            all.sparsity.count_head = false;
            random_descent uncounted(all);
            const double without_head = uncounted.steps(40).sparsity;
            const auto others = tiny_network::parameters - tiny_network::head_weights;
            BOOST_TEST(std::llround(without_head * double(others)) == std::llround(0.6 * double(others)));
            const auto count = count_sparsity(*uncounted.network.module);
            BOOST_TEST(without_head == count.sparsity_without_head(), boost::test_tools::tolerance(1e-12));
            all.sparsity.count_rest = false;
            random_descent weights(all);
            const auto matrices =
                tiny_network::parameters - tiny_network::head_weights - tiny_network::norms_and_biases;
            BOOST_TEST(std::llround(weights.steps(40).sparsity * double(matrices)) ==
                       std::llround(0.6 * double(matrices)));
            const auto head_zeros = zeros_of(uncounted.network.values(head));
            BOOST_TEST(head_zeros > 0);
            BOOST_TEST(head_zeros < tiny_network::head_weights);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_refused_gradient_changes_neither_weights_nor_masks) {
    for (const char* pruning : {"gradual", "rigl", "set", "hypersparse"}) {
        settings all = pruned_settings("adamw", pruning);
        random_descent descent(all), untouched(all);
        descent.steps(3);
        untouched.steps(3);
        descent.network.set_gradients([](const torch::Tensor& parameter) { return torch::full_like(parameter, NAN); });
        BOOST_TEST(descent.optimizer->step(1).refused);
        descent.steps(9);
        untouched.steps(9);
        BOOST_TEST(same_parameters(descent, untouched), pruning);
    }
}

BOOST_AUTO_TEST_SUITE_END()

#include "speaker_verification/training/baselines/pruning.hpp"

#include <bregman/base/random.hpp>
#include <bregman/tensors/layer_targets.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

namespace speaker_verification {

namespace {

bregman::tensor_extents extents_of(const torch::Tensor& weight) {
    const auto sizes = weight.sizes();
    return {sizes.begin(), sizes.end()};
}

/// The first `kept` positions of a random order.
torch::Tensor random_mask(const torch::Tensor& weight, std::int64_t kept, const bregman::counter_random& random) {
    std::vector<std::int64_t> order(std::size_t(weight.numel()));
    std::iota(order.begin(), order.end(), std::int64_t{0});
    std::nth_element(order.begin(), order.begin() + kept, order.end(),
                     [&](auto a, auto b) { return random.bits(std::uint64_t(a)) < random.bits(std::uint64_t(b)); });
    order.resize(std::size_t(kept));
    return torch::zeros({weight.numel()}, torch::kBool)
        .index_fill_(0, torch::tensor(order, torch::kInt64), true)
        .view(weight.sizes())
        .to(weight.device());
}

/// A mask of the `count` entries of `values` that are smallest, or largest.
torch::Tensor extreme(const torch::Tensor& values, std::int64_t count, bool largest) {
    const auto flat = values.flatten();
    const auto where = std::get<1>(flat.topk(count, 0, largest, /*sorted=*/false));
    return torch::zeros_like(flat, torch::kBool).index_fill_(0, where, true).view(values.sizes());
}

/// Gradients up to this make no weight that counts as one: a millionth of the largest of all layers.
double negligible_gradient(const std::vector<weight_masks::layer>& layers) {
    double largest = 0;
    for (const auto& layer : layers) largest = std::max(largest, layer.weight.grad().abs().max().item<double>());
    return 1e-6 * largest;
}

/// What decides where weights grow: the largest score, above 0 where one may grow.
using growth_score = std::function<torch::Tensor(const weight_masks::layer& layer, std::size_t number)>;

/// RigL's: the size of the gradient, where it is not negligible.
torch::Tensor by_gradient(const weight_masks::layer& layer, double negligible) {
    const auto slope = layer.weight.grad().abs();
    return slope.masked_fill(slope.le(negligible), 0);
}

/// SET's: chance, in (0, 1], wherever RigL might grow one.
torch::Tensor by_chance(const weight_masks::layer& layer, double negligible, const bregman::counter_random& random) {
    auto score = torch::empty({layer.weight.numel()}, torch::kFloat32);
    float* const values = score.data_ptr<float>();
    for (std::int64_t i = 0; i < score.numel(); ++i) values[i] = 1 - float(random.uniform(std::uint64_t(i))) / 2;
    return score.view(layer.weight.sizes())
        .to(layer.weight.device())
        .masked_fill_(layer.weight.grad().abs().le(negligible), 0);
}

/// Drops and grows `share` of a layer's weights; returns where weights are that were not before.
torch::Tensor replace_weights(weight_masks::layer& layer, double share, const torch::Tensor& score) {
    const auto size = layer.weight.detach().abs();
    const auto absent = layer.mask.logical_not();
    const auto can_grow = torch::logical_and(absent, score.gt(0)).sum().item<std::int64_t>();
    const auto count = std::min(std::int64_t(share * double(layer.kept())), can_grow);
    const auto dropped = extreme(size.masked_fill(absent, std::numeric_limits<float>::infinity()), count, false);
    const auto staying = torch::logical_and(layer.mask, dropped.logical_not());
    const auto grown = extreme(score.masked_fill(staying, -1), count, true);
    const auto before = layer.mask;
    layer.mask = torch::logical_or(staying, grown);
    return torch::logical_and(layer.mask, before.logical_not());
}

/// Where weights come in with the `count` largest scores of all layers in s.
std::vector<grown_weights> grow_anywhere(std::vector<weight_masks::layer>& layers, std::int64_t count,
                                         const growth_score& score_of) {
    std::vector<torch::Tensor> scores;
    for (std::size_t i = 0; i < layers.size(); ++i) {
        if (layers[i].counted) scores.push_back(score_of(layers[i], i).masked_fill(layers[i].mask, 0).flatten());
    }
    const auto all = torch::cat(scores);
    const auto where = extreme(all, std::min(count, all.gt(0).sum().item<std::int64_t>()), true);
    std::vector<grown_weights> grown;
    std::int64_t first = 0;
    for (auto& layer : layers) {
        if (!layer.counted) continue;
        const auto next = first + layer.weight.numel();
        grown.push_back({layer.weight, where.slice(0, first, next).view(layer.weight.sizes())});
        layer.mask = torch::logical_or(layer.mask, grown.back().where);
        first = next;
    }
    return grown;
}

/// RigL and SET, which differ in where weights grow and in how many.
class moving_masks final : public pruning_method {
  public:
    moving_masks(const torch::nn::Module& network, const settings& all)
        : pruning_method(network, all), target_(all.sparsity.target), seed_(std::uint64_t(all.run.seed)),
          by_chance_(all.pruning.pruning == "set") {
        std::int64_t weights = 0;
        for (const auto& layer : masks_.layers()) weights += layer.counted ? layer.weight.numel() : 0;
        // The shifts of normalisation layers are zero now, but will hardly stay so.
        const auto kept =
            kept_per_layer(masks_, weights - masks_.share_of_counted(target_), all.pruning.rigl_distribution);
        for (std::size_t i = 0; i < kept.size(); ++i) {
            auto& layer = masks_.layers()[i];
            layer.mask = random_mask(layer.weight, kept[i],
                                     bregman::counter_random(std::uint64_t(all.run.seed), std::uint64_t(i)));
        }
        masks_.apply();
    }

  protected:
    /// The masks are the network's zeros: those of the constructor, unless the run started from another's
    /// network, which may be denser.
    void start() override { masks_.mask_smallest(masks_.share_of_counted(target_)); }

    std::vector<grown_weights> change_before_step(double share) override {
        if (!is_due() || share < pruning_.pruning_start || share >= pruning_.pruning_end) return {};
        constexpr double pi = 3.14159265358979323846;
        const double moved = by_chance_
                                 ? pruning_.set_fraction
                                 : pruning_.rigl_fraction / 2 * (1 + std::cos(pi * share / pruning_.pruning_end));
        const double negligible = negligible_gradient(masks_.layers());
        const auto zeros = masks_.zeros_for(target_);
        masks_.mask_smallest(zeros);
        masks_.apply();
        const growth_score score_of = [&](const weight_masks::layer& layer, std::size_t number) {
            // Streams of the masks at the start are the layers' numbers; those of a change are its step's and the layer's.
            const auto stream = std::uint64_t(step_) << 20 | number;
            return by_chance_ ? by_chance(layer, negligible, bregman::counter_random(seed_, stream))
                              : by_gradient(layer, negligible);
        };
        std::vector<grown_weights> grown;
        auto& layers = masks_.layers();
        for (std::size_t i = 0; i < layers.size(); ++i)
            grown.push_back({layers[i].weight, replace_weights(layers[i], moved, score_of(layers[i], i))});
        masks_.apply();
        const auto missing = masks_.zeros() - zeros;
        if (missing > 0) {
            for (auto& more : grow_anywhere(layers, missing, score_of)) grown.push_back(std::move(more));
        }
        return grown;
    }

  private:
    double target_;
    std::uint64_t seed_;
    bool by_chance_;
};

} // namespace

std::vector<std::int64_t> kept_per_layer(const weight_masks& masks, std::int64_t kept,
                                         const std::string& distribution) {
    const auto& layers = masks.layers();
    const auto budget =
        distribution == "uniform" ? bregman::layer_budget::uniform : bregman::layer_budget::erdos_renyi_kernel;
    std::vector<bregman::tensor_extents> counted;
    double all = 0;
    for (const auto& layer : layers)
        if (layer.counted) counted.push_back(extents_of(layer.weight)), all += double(layer.weight.numel());
    const double scale = bregman::density_scale(counted, all > 0 ? double(kept) / all : 0, budget);

    std::vector<std::int64_t> result;
    std::vector<std::pair<double, std::size_t>> remainders; // of the layers in s, what rounding down lost
    std::int64_t missing = kept;
    for (std::size_t i = 0; i < layers.size(); ++i) {
        const double size = double(layers[i].weight.numel());
        const double exact =
            std::min(1.0, scale * bregman::relative_density(extents_of(layers[i].weight), budget)) * size;
        result.push_back(std::min(std::int64_t(exact), layers[i].weight.numel()));
        if (!layers[i].counted) continue;
        missing -= result.back();
        remainders.push_back({double(result.back()) - exact, i});
    }
    std::sort(remainders.begin(), remainders.end());
    for (std::size_t r = 0; missing > 0; r = (r + 1) % remainders.size()) {
        const std::size_t i = remainders[r].second;
        if (result[i] == layers[i].weight.numel()) continue;
        ++result[i];
        --missing;
    }
    return result;
}

std::unique_ptr<pruning_method> make_moving_masks(const torch::nn::Module& network, const settings& all) {
    return std::make_unique<moving_masks>(network, all);
}

} // namespace speaker_verification

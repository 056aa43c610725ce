#include "speaker_verification/training/baselines/weight_masks.hpp"

#include "speaker_verification/training/optimizers/regularised_weights.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

namespace speaker_verification {

namespace {

std::string name_of_mask(std::size_t layer) { return "mask_" + std::to_string(layer); }

} // namespace

weight_masks::weight_masks(const torch::nn::Module& network, const sparsity_settings& chosen) {
    require_reachable_target(network, chosen);
    for (const auto& parameter : classify_parameters(network)) {
        const bool counted = is_counted(parameter.role, chosen);
        if (counted) {
            counted_.push_back(parameter.tensor);
            counted_size_ += parameter.tensor.numel();
        }
        if (!is_regularised(parameter.role, chosen)) {
            if (counted) others_.push_back(parameter.tensor);
            continue;
        }
        layers_.push_back({parameter.tensor, torch::ones_like(parameter.tensor.detach(), torch::kBool), counted});
    }
}

std::int64_t weight_masks::share_of_counted(double sparsity) const {
    return std::llround(sparsity * double(counted_size_));
}

std::int64_t weight_masks::zeros_for(double sparsity) const {
    std::int64_t zeros = share_of_counted(sparsity);
    for (const auto& other : others_) zeros -= other.numel() - count_nonzeros(other);
    return std::max<std::int64_t>(zeros, 0);
}

std::int64_t weight_masks::zeros() const {
    std::int64_t masked = 0;
    for (const auto& layer : layers_) {
        if (layer.counted) masked += layer.mask.numel() - layer.kept();
    }
    return masked;
}

double weight_masks::sparsity() const {
    std::int64_t nonzeros = 0;
    for (const auto& parameter : counted_) nonzeros += count_nonzeros(parameter);
    return 1 - double(nonzeros) / double(counted_size_);
}

void weight_masks::mask_zeros() {
    for (auto& layer : layers_) layer.mask = layer.weight.detach().ne(0);
}

void weight_masks::mask_smallest(std::int64_t zeros) {
    if (zeros <= this->zeros()) return;
    // Masked weights come first, so that none of them comes back.
    constexpr double masked = -1;
    const auto size_of = [](const layer& layer) {
        return layer.weight.detach().abs().masked_fill(layer.mask.logical_not(), masked);
    };
    std::vector<torch::Tensor> sizes;
    for (const auto& layer : layers_) {
        if (layer.counted) sizes.push_back(size_of(layer).flatten());
    }
    const auto all = torch::cat(sizes);
    const auto [smallest, where] = all.topk(zeros, 0, /*largest=*/false, /*sorted=*/false);
    const auto kept = torch::ones_like(all, torch::kBool).index_fill_(0, where, false);
    const auto threshold = smallest.max();
    std::int64_t first = 0;
    for (auto& layer : layers_) {
        if (layer.counted) {
            layer.mask = kept.slice(0, first, first + layer.weight.numel()).view(layer.weight.sizes()).clone();
            first += layer.weight.numel();
        } else {
            layer.mask = size_of(layer).gt(threshold);
        }
    }
}

void weight_masks::apply() {
    for (auto& layer : layers_) layer.weight.detach().masked_fill_(layer.mask.logical_not(), 0);
}

void weight_masks::mask_gradients() {
    for (auto& layer : layers_) {
        if (layer.weight.grad().defined()) layer.weight.grad().masked_fill_(layer.mask.logical_not(), 0);
    }
}

void weight_masks::save(torch::serialize::OutputArchive& archive) const {
    for (std::size_t i = 0; i < layers_.size(); ++i)
        archive.write(name_of_mask(i), layers_[i].mask, /*is_buffer=*/true);
}

void weight_masks::load(torch::serialize::InputArchive& archive) {
    for (std::size_t i = 0; i < layers_.size(); ++i) {
        torch::Tensor mask;
        archive.read(name_of_mask(i), mask, /*is_buffer=*/true);
        if (mask.sizes() != layers_[i].mask.sizes() || mask.scalar_type() != torch::kBool) {
            throw std::invalid_argument("mask " + std::to_string(i) +
                                        " has another type or shape than its layer's: load the state of this network");
        }
        layers_[i].mask = mask.to(layers_[i].weight.device());
    }
}

} // namespace speaker_verification

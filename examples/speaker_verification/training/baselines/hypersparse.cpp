#include "speaker_verification/training/baselines/pruning.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace speaker_verification {

namespace {

/// Where tanh bends most: the weight at the target's place lies there.
constexpr double bend_of_tanh = 0.6585;

/// Adds weight times the gradient of HyperSparse's regularizer to those of the layers in s.
void add_hypersparse_gradients(weight_masks& masks, double sparsity, double weight) {
    std::vector<torch::Tensor> sizes;
    for (const auto& layer : masks.layers())
        if (layer.counted) sizes.push_back(layer.weight.detach().abs().flatten());
    if (sizes.empty()) return;
    const auto all = torch::cat(sizes);
    const auto place = std::clamp<std::int64_t>(std::int64_t(sparsity * double(all.numel())) + 1, 1, all.numel());
    const double size = std::get<0>(all.kthvalue(place)).item<double>();
    const double total = all.sum(torch::kFloat64).item<double>();
    if (!(size > 0)) return; // as many zeros as asked for: nothing is left to press on
    const double s = bend_of_tanh / size;
    const double bent = (all * s).tanh().sum(torch::kFloat64).item<double>();
    for (auto& layer : masks.layers()) {
        if (!layer.counted) continue;
        const auto w = layer.weight.detach();
        const auto t = (w.abs() * s).tanh();
        layer.weight.mutable_grad().add_(w.sign() * (1 - t * t), weight * s * total / bent);
    }
}

class hypersparse final : public pruning_method {
  public:
    hypersparse(const torch::nn::Module& network, const settings& all)
        : pruning_method(network, all), target_(all.sparsity.target) {}

    void save(torch::serialize::OutputArchive& archive) const override {
        pruning_method::save(archive);
        archive.write("pressed", c10::IValue(pressed_));
        archive.write("ended", c10::IValue(ended_));
    }
    void load(torch::serialize::InputArchive& archive) override {
        pruning_method::load(archive);
        c10::IValue pressed, ended;
        archive.read("pressed", pressed);
        archive.read("ended", ended);
        if (!pressed.isInt() || pressed.toInt() < 0 || !ended.isBool())
            throw std::invalid_argument("its pruning has pressed for no number of steps");
        pressed_ = pressed.toInt();
        ended_ = ended.toBool();
    }

  protected:
    void start() override {}

    std::vector<grown_weights> change_before_step(double share) override {
        if (ended_ || share < pruning_.pruning_start || share >= pruning_.pruning_end) return {};
        const double weight = pruning_.hypersparse_weight *
                              std::pow(pruning_.hypersparse_growth, double(pressed_++ / pruning_.pruning_every));
        add_hypersparse_gradients(masks_, target_, weight);
        return {};
    }
    void change_after_step(double share) override {
        if (ended_ || share < pruning_.pruning_end) return;
        masks_.mask_smallest(masks_.zeros_for(target_));
        ended_ = true;
    }

  private:
    double target_;
    std::int64_t pressed_ = 0; ///< steps with a regularizer so far
    bool ended_ = false;
};

} // namespace

std::unique_ptr<pruning_method> make_hypersparse(const torch::nn::Module& network, const settings& all) {
    return std::make_unique<hypersparse>(network, all);
}

} // namespace speaker_verification

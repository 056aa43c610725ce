#include "speaker_verification/model/aam_softmax.hpp"

#include "common/require.hpp"

#include <cmath>

namespace speaker_verification {

namespace functional = torch::nn::functional;

namespace {

constexpr double pi = 3.14159265358979323846;

torch::Tensor with_unit_rows(const torch::Tensor& rows) {
    return functional::normalize(rows, functional::NormalizeFuncOptions().dim(1));
}

/// cos(theta + margin) of the targets' cosines, continued where theta + margin exceeds pi.
torch::Tensor add_margin(const torch::Tensor& cosine, double margin, margin_continuation continuation) {
    // sqrt has an infinite slope at 0, and cosine = 1 happens: below the floor the slope is 0.
    const auto sine = (1 - cosine.square()).clamp_min(1e-12).sqrt();
    const auto turned = cosine * std::cos(margin) - sine * std::sin(margin);
    if (continuation == margin_continuation::easy) return torch::where(cosine > 0, turned, cosine);
    const double shift = continuation == margin_continuation::shifted_by_margin_sine ? margin * std::sin(pi - margin)
                                                                                     : 1 + std::cos(pi - margin);
    return torch::where(cosine > std::cos(pi - margin), turned, cosine - shift);
}

} // namespace

void aam_softmax_options::check() const {
    examples::require(classes >= 2, "classes", classes, "must be at least 2, the speakers of the training set");
    examples::require(embedding_size >= 1, "embedding_size", embedding_size, "must be at least 1");
    examples::require(scale > 0 && std::isfinite(scale), "scale", scale, "must be positive and finite");
    examples::require(gate >= 0 && std::isfinite(gate), "gate", gate, "must be at least 0 and finite");
}

aam_softmax_module::aam_softmax_module(const aam_softmax_options& given) : options(given) {
    options.check();
    weight = register_parameter("weight", torch::empty({options.classes, options.embedding_size}));
    torch::nn::init::xavier_uniform_(weight);
    if (options.bias) bias = register_parameter("bias", torch::zeros({options.classes}));
}

aam_softmax_result aam_softmax_module::forward(const torch::Tensor& embeddings, const torch::Tensor& labels,
                                               double margin) {
    examples::require(embeddings.dim() == 2 && embeddings.size(1) == options.embedding_size, "shape of the embeddings",
                      embeddings.sizes(), "must be (batch, " + std::to_string(options.embedding_size) + ")");
    examples::require(labels.dim() == 1 && labels.size(0) == embeddings.size(0), "shape of the labels", labels.sizes(),
                      "must be one label for each embedding");
    examples::require(margin >= 0 && margin <= pi / 2, "margin", margin, "must be in [0, pi/2]");

    auto cosines = functional::linear(with_unit_rows(embeddings), with_unit_rows(weight));
    auto logits = cosines;
    if (margin > 0) {
        const auto column = labels.unsqueeze(1);
        const auto turned = add_margin(cosines.gather(1, column), margin, options.continuation);
        logits = cosines.scatter(1, column, turned);
    }
    if (options.gate > 0) {
        const auto lengths = weight.norm(2, 1);
        const auto open = lengths / (lengths + options.gate);
        logits = logits * open;
        cosines = cosines * open;
    }
    logits = logits * options.scale;
    if (options.bias) {
        logits = logits + bias;
        cosines = cosines + bias / options.scale;
    }
    const auto detached = cosines.detach();
    return {torch::cross_entropy_loss(logits, labels), detached,
            detached.argmax(1).eq(labels).to(detached.scalar_type()).mean()};
}

} // namespace speaker_verification

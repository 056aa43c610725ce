#include "teaching/phantom_classes/phantom.hpp"

#include <cmath>
#include <random>
#include <vector>

#include <bregman/bregman.hpp>

namespace phantom_classes {

namespace {

using matrix = Eigen::MatrixXf;
constexpr int classes = real + phantom, batch = 32;

/// Examples around one mean for each real class, and around one that they share, so that phantom rows are pushed one way.
struct examples {
    matrix means;
    std::mt19937_64 generator;
    std::normal_distribution<float> normal;

    explicit examples(std::uint64_t seed) : means(features, real), generator(seed) {
        Eigen::VectorXf shared(features);
        for (float& x : shared) x = normal(generator);
        for (Eigen::Index c = 0; c < real; ++c)
            for (Eigen::Index i = 0; i < features; ++i) means(i, c) = normal(generator) + shared[i];
    }
    void draw(matrix& x, std::vector<int>& labels) {
        for (Eigen::Index k = 0; k < x.cols(); ++k) {
            labels[std::size_t(k)] = int(generator() % std::uint64_t(real));
            for (Eigen::Index i = 0; i < features; ++i)
                x(i, k) = means(i, labels[std::size_t(k)]) + 0.9f * normal(generator);
            x.col(k).normalize();
        }
    }
};

struct network {
    head scores;
    matrix weights = matrix::Zero(classes, features);
    Eigen::VectorXf bias = Eigen::VectorXf::Zero(classes);

    bool has_bias() const { return scores == head::bias || scores == head::gate; }
    bool is_cosine() const { return scores == head::cosine || scores == head::gate; }
    /// What each row's w.x is multiplied by.
    Eigen::ArrayXf factors() const {
        const float rest = scores == head::gate ? 0.3f : 1e-3f;
        return is_cosine() ? Eigen::ArrayXf(16 / (weights.rowwise().norm().array() + rest))
                           : Eigen::ArrayXf::Constant(classes, 16);
    }
    matrix logits(const matrix& x) const {
        matrix z = (weights * x).array().colwise() * factors();
        z.colwise() += bias;
        return z;
    }
    /// The gradient of the mean cross-entropy for the weights; that for the bias goes into it.
    matrix gradient(const matrix& x, const std::vector<int>& labels, Eigen::VectorXf& of_bias) const {
        matrix share = logits(x);
        for (Eigen::Index k = 0; k < x.cols(); ++k) {
            share.col(k) = (share.col(k).array() - share.col(k).maxCoeff()).exp();
            share.col(k) /= share.col(k).sum();
            share(labels[std::size_t(k)], k) -= 1;
        }
        share /= float(x.cols());
        of_bias = share.rowwise().sum();
        const Eigen::ArrayXf factor = factors();
        matrix g = (share * x.transpose()).array().colwise() * factor;
        if (is_cosine()) { // d (1 / (|w| + rest)) = -w / (|w| (|w| + rest)^2)
            const Eigen::ArrayXf along = (g.array() * weights.array()).rowwise().sum();
            const Eigen::ArrayXf norm = weights.rowwise().norm().array().max(1e-20f);
            g.array() -= weights.array().colwise() * (along * factor / (16 * norm));
        }
        return g;
    }
};

bregman::any_law<float> law_of(const std::string& name) {
    if (name == "settling") return bregman::settling_law();
    if (name == "paper") return bregman::multiplicative_law<float>({.gain = 1});
    if (name == "quantile") return bregman::quantile_law();
    bregman::refuse("law", name, "settling|paper|quantile", "name one of them");
}

template <class Direction>
outcome learn(const variant& chosen, Direction direction, float step_size, double target, int steps,
              std::uint64_t seed) {
    using leaking = bregman::with_leak<bregman::with_dual_weight_decay<Direction>>;
    bregman::optimizer<leaking, bregman::euclidean<float>, bregman::l1, bregman::any_law<float>,
                       bregman::eigen_backend<float>>
        optimizer({.step_size = step_size, .target = float(target)},
                  {.direction = {.direction = direction, .weight_decay = chosen.decay}, .leak = chosen.leak}, {}, {},
                  law_of(chosen.law));
    network net{chosen.scores};
    examples source(seed);
    matrix x(features, batch);
    std::vector<int> labels(batch);
    Eigen::VectorXf of_bias;
    for (Eigen::Index i = 0; i < net.weights.size(); ++i)
        net.weights.data()[i] = 0.1f * source.normal(source.generator);
    for (int k = 0; k < steps; ++k) {
        source.draw(x, labels);
        const matrix g = net.gradient(x, labels, of_bias);
        optimizer.step(net.weights, g);
        if (net.has_bias()) net.bias -= 0.5f * of_bias;
    }
    outcome result{.sparsity = double(optimizer.sparsity()), .lambda = double(optimizer.lambda())};
    const auto is_dead = [&](Eigen::Index row) { return (net.weights.row(row).array() == 0).all(); };
    for (Eigen::Index row = 0; row < classes; ++row)
        (row < real ? result.alive : result.dead) +=
            row < real ? !is_dead(row) / double(real) : is_dead(row) / double(phantom);
    x.resize(features, 2000), labels.resize(2000);
    source.draw(x, labels);
    const matrix z = net.logits(x);
    for (Eigen::Index k = 0; k < z.cols(); ++k) {
        Eigen::Index best = 0;
        z.col(k).maxCoeff(&best);
        result.accuracy += best == labels[std::size_t(k)] ? 1.0 / double(z.cols()) : 0;
    }
    return result;
}

} // namespace

outcome run(const variant& chosen, double target, int steps, std::uint64_t seed) {
    if (chosen.optimizer == method::adabreg && chosen.births_by_evidence)
        return learn(chosen, bregman::with_birth_by_evidence<bregman::adam>{.direction = {.epsilon = chosen.epsilon}},
                     0.01f, target, steps, seed);
    if (chosen.optimizer == method::adabreg)
        return learn(chosen, bregman::adam{.epsilon = chosen.epsilon}, 0.01f, target, steps, seed);
    if (chosen.optimizer == method::adabreg_mini)
        return learn(chosen, bregman::adam_mini{.epsilon = chosen.epsilon}, 0.01f, target, steps, seed);
    return learn(chosen, bregman::gradient{}, 0.1f, target, steps, seed);
}

} // namespace phantom_classes

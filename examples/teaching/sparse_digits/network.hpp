#pragma once

#include <Eigen/Core>

#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "teaching/compare_laws/perceptron.hpp"

namespace sparse_digits {

using matrix = Eigen::MatrixXf;

struct samples {
    matrix x; ///< pixels in [0, 1], a column for each digit
    std::vector<int> labels;

    /// Fills a batch of some of them, each as likely as any other.
    void draw(samples& batch, std::mt19937_64& generator) const {
        for (Eigen::Index i = 0; i < batch.x.cols(); ++i) {
            const auto chosen = Eigen::Index(generator() % std::uint64_t(x.cols()));
            batch.x.col(i) = x.col(chosen);
            batch.labels[std::size_t(i)] = labels[std::size_t(chosen)];
        }
    }
};

/// y = max(W y + b, 0) layer by layer, without the maximum in the last one, whose y are the scores of the classes.
struct perceptron {
    std::vector<matrix> weights, biases; ///< outputs x inputs, outputs x 1

    /// Normal weights of variance 2 / inputs.
    perceptron(const std::vector<Eigen::Index>& widths, std::uint64_t seed) {
        std::mt19937_64 generator(seed);
        std::normal_distribution<float> normal;
        for (std::size_t i = 0; i + 1 < widths.size(); ++i) {
            weights.push_back(matrix::Zero(widths[i + 1], widths[i]));
            biases.push_back(matrix::Zero(widths[i + 1], 1));
            for (float& w : weights[i].reshaped()) w = std::sqrt(2.0f / float(widths[i])) * normal(generator);
        }
    }

    /// The gradient of the mean cross-entropy.
    void differentiate(const samples& batch, perceptron& gradient) const {
        std::vector<matrix> y{batch.x};
        for (std::size_t i = 0; i < weights.size(); ++i) {
            y.push_back((weights[i] * y[i]).colwise() + biases[i].col(0));
            if (i + 1 < weights.size()) y.back() = y.back().cwiseMax(0);
        }
        matrix back = y.back();
        compare_laws::cross_entropy(back, batch.labels);
        for (std::size_t i = weights.size(); i-- > 0;) {
            gradient.weights[i] = back * y[i].transpose();
            gradient.biases[i] = back.rowwise().sum();
            if (i > 0) back = (y[i].array() > 0).select(weights[i].transpose() * back, 0).eval();
        }
    }
};

} // namespace sparse_digits

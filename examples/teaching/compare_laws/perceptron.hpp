#pragma once

#include <Eigen/Core>

#include <cstdint>
#include <vector>

namespace compare_laws {

/// The mean cross-entropy of scores (classes x samples), which become its gradient with respect to them.
float cross_entropy(Eigen::MatrixXf& scores, const std::vector<int>& labels);

/// Share of samples whose highest score is that of their label.
double share_right(const Eigen::MatrixXf& scores, const std::vector<int>& labels);

/// scores = W x, W (classes x inputs) column by column.
struct softmax {
    Eigen::Index inputs, classes;

    Eigen::Index size() const { return classes * inputs; }
    float loss(const Eigen::VectorXf& theta, const Eigen::MatrixXf& x, const std::vector<int>& labels,
               Eigen::VectorXf& gradient) const;
    double accuracy(const Eigen::VectorXf& theta, const Eigen::MatrixXf& x, const std::vector<int>& labels) const;
};

/// A two-layer perceptron: scores = W2 max(W1 x, 0). Biases are the weights of a constant feature of x. Its
/// parameters are one vector: W1 (hidden x inputs), then W2 (classes x hidden), column by column.
struct perceptron {
    Eigen::Index inputs, hidden, classes;

    Eigen::Index size() const { return hidden * inputs + classes * hidden; }

    /// Normal numbers of variance 2 / fan-in.
    Eigen::VectorXf start(std::uint64_t seed) const;

    /// The mean cross-entropy over the samples (columns of x), and its gradient.
    float loss(const Eigen::VectorXf& theta, const Eigen::MatrixXf& x, const std::vector<int>& labels,
               Eigen::VectorXf& gradient) const;

    double accuracy(const Eigen::VectorXf& theta, const Eigen::MatrixXf& x, const std::vector<int>& labels) const;
};

} // namespace compare_laws

#include "teaching/compare_laws/perceptron.hpp"

#include <cmath>
#include <random>

namespace compare_laws {

namespace {

using weights = Eigen::Map<const Eigen::MatrixXf>;

/// W1 and W2 inside the vector of parameters.
struct layers {
    weights first, second;
    layers(const perceptron& network, const Eigen::VectorXf& theta)
        : first(theta.data(), network.hidden, network.inputs),
          second(theta.data() + first.size(), network.classes, network.hidden) {}
};

} // namespace

float cross_entropy(Eigen::MatrixXf& scores, const std::vector<int>& labels) {
    double loss = 0;
    for (Eigen::Index i = 0; i < scores.cols(); ++i) {
        auto column = scores.col(i).array();
        column = (column - column.maxCoeff()).exp();
        column /= column.sum();
        const int label = labels[std::size_t(i)];
        loss -= std::log(std::max(scores(label, i), 1e-30f));
        scores(label, i) -= 1;
    }
    scores /= float(scores.cols());
    return float(loss / double(scores.cols()));
}

double share_right(const Eigen::MatrixXf& scores, const std::vector<int>& labels) {
    Eigen::Index right = 0;
    for (Eigen::Index i = 0; i < scores.cols(); ++i) {
        Eigen::Index best = 0;
        scores.col(i).maxCoeff(&best);
        right += best == labels[std::size_t(i)];
    }
    return double(right) / double(scores.cols());
}

Eigen::VectorXf perceptron::start(std::uint64_t seed) const {
    std::mt19937_64 generator(seed);
    std::normal_distribution<float> normal;
    Eigen::VectorXf theta(size());
    for (Eigen::Index i = 0; i < theta.size(); ++i)
        theta[i] = normal(generator) * std::sqrt(2.0f / float(i < hidden * inputs ? inputs : hidden));
    return theta;
}

float perceptron::loss(const Eigen::VectorXf& theta, const Eigen::MatrixXf& x, const std::vector<int>& labels,
                       Eigen::VectorXf& gradient) const {
    const layers weight(*this, theta);
    const Eigen::MatrixXf active = (weight.first * x).cwiseMax(0);
    Eigen::MatrixXf scores = weight.second * active;
    const float loss = cross_entropy(scores, labels);
    gradient.resize(size());
    Eigen::Map<Eigen::MatrixXf>(gradient.data(), hidden, inputs).noalias() =
        ((weight.second.transpose() * scores).array() * (active.array() > 0).cast<float>()).matrix() * x.transpose();
    Eigen::Map<Eigen::MatrixXf>(gradient.data() + hidden * inputs, classes, hidden).noalias() =
        scores * active.transpose();
    return loss;
}

double perceptron::accuracy(const Eigen::VectorXf& theta, const Eigen::MatrixXf& x,
                            const std::vector<int>& labels) const {
    const layers weight(*this, theta);
    return share_right(weight.second * (weight.first * x).cwiseMax(0), labels);
}

float softmax::loss(const Eigen::VectorXf& theta, const Eigen::MatrixXf& x, const std::vector<int>& labels,
                    Eigen::VectorXf& gradient) const {
    Eigen::MatrixXf scores = weights(theta.data(), classes, inputs) * x;
    const float loss = cross_entropy(scores, labels);
    gradient.resize(size());
    Eigen::Map<Eigen::MatrixXf>(gradient.data(), classes, inputs).noalias() = scores * x.transpose();
    return loss;
}

double softmax::accuracy(const Eigen::VectorXf& theta, const Eigen::MatrixXf& x, const std::vector<int>& labels) const {
    return share_right(weights(theta.data(), classes, inputs) * x, labels);
}

} // namespace compare_laws

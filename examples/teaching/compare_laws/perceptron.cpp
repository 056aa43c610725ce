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
    Eigen::MatrixXf share = weight.second * active; // scores, then probabilities, then their gradient
    double loss = 0;
    for (Eigen::Index i = 0; i < x.cols(); ++i) {
        auto column = share.col(i).array();
        column = (column - column.maxCoeff()).exp();
        column /= column.sum();
        const int label = labels[std::size_t(i)];
        loss -= std::log(std::max(share(label, i), 1e-30f));
        share(label, i) -= 1;
    }
    share /= float(x.cols());
    gradient.resize(size());
    Eigen::Map<Eigen::MatrixXf>(gradient.data(), hidden, inputs).noalias() =
        ((weight.second.transpose() * share).array() * (active.array() > 0).cast<float>()).matrix() * x.transpose();
    Eigen::Map<Eigen::MatrixXf>(gradient.data() + hidden * inputs, classes, hidden).noalias() =
        share * active.transpose();
    return float(loss / double(x.cols()));
}

double perceptron::accuracy(const Eigen::VectorXf& theta, const Eigen::MatrixXf& x,
                            const std::vector<int>& labels) const {
    const layers weight(*this, theta);
    const Eigen::MatrixXf scores = weight.second * (weight.first * x).cwiseMax(0);
    Eigen::Index right = 0;
    for (Eigen::Index i = 0; i < x.cols(); ++i) {
        Eigen::Index best = 0;
        scores.col(i).maxCoeff(&best);
        right += best == labels[std::size_t(i)];
    }
    return double(right) / double(x.cols());
}

} // namespace compare_laws

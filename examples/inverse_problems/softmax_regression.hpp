#pragma once

#include <bregman/base/random.hpp>

#include "common/scikit_learn_data.hpp"

#include <Eigen/Core>

#include <cmath>
#include <utility>
#include <vector>

namespace examples {

/// Logistic regression for several classes on samples with a class each: scores W x + c, loss the mean of
/// -log softmax at the class.
class softmax_regression {
  public:
    explicit softmax_regression(labelled_samples samples) : samples_(std::move(samples)) {}

    /// The loss; fills the gradients.
    float operator()(const Eigen::MatrixXf& W, const Eigen::VectorXf& c, Eigen::MatrixXf& W_gradient,
                     Eigen::VectorXf& c_gradient) const {
        Eigen::MatrixXf p = scores(W, c);
        p.rowwise() -= p.colwise().maxCoeff().eval();
        p = p.array().exp().matrix();
        double loss = 0;
        const float share = 1.0f / float(size());
        for (Eigen::Index i = 0; i < size(); ++i) {
            p.col(i) /= p.col(i).sum();
            float& own = p(samples_.labels[std::size_t(i)], i);
            loss -= std::log(std::max(own, 1e-30f));
            own -= 1;
        }
        W_gradient.noalias() = share * p * samples_.features.transpose();
        c_gradient = share * p.rowwise().sum();
        return float(loss) * share;
    }

    /// The share of samples whose class has the largest score.
    double accuracy(const Eigen::MatrixXf& W, const Eigen::VectorXf& c) const {
        const Eigen::MatrixXf s = scores(W, c);
        std::int64_t right = 0;
        for (Eigen::Index i = 0; i < size(); ++i) {
            Eigen::Index best = 0;
            s.col(i).maxCoeff(&best);
            right += best == samples_.labels[std::size_t(i)];
        }
        return double(right) / double(size());
    }

    Eigen::Index size() const { return samples_.features.cols(); }
    Eigen::Index features() const { return samples_.features.rows(); }
    Eigen::Index classes() const { return Eigen::Index(samples_.class_names.size()); }

  private:
    Eigen::MatrixXf scores(const Eigen::MatrixXf& W, const Eigen::VectorXf& c) const {
        return (W * samples_.features).colwise() + c;
    }

    labelled_samples samples_;
};

/// Deals samples out at random: the second part gets about `share` of them.
inline std::pair<labelled_samples, labelled_samples> split_samples(const labelled_samples& all, double share,
                                                                   std::uint64_t seed) {
    const bregman::counter_random random(seed, 9);
    std::vector<Eigen::Index> places[2];
    for (std::size_t i = 0; i < all.labels.size(); ++i) places[random.uniform(i) < share].push_back(Eigen::Index(i));
    const auto take = [&](const std::vector<Eigen::Index>& chosen) {
        labelled_samples part{all.features(Eigen::all, chosen), {}, all.class_names};
        for (const Eigen::Index i : chosen) part.labels.push_back(all.labels[std::size_t(i)]);
        return part;
    };
    return {take(places[0]), take(places[1])};
}

} // namespace examples

#include "teaching/compare_laws/problems.hpp"

#include <bregman/problems/least_squares.hpp>

#include "common/scikit_learn_data.hpp"
#include "teaching/compare_laws/perceptron.hpp"

#include <memory>
#include <random>

namespace compare_laws {

namespace {

/// Gradients that are nothing but noise: v is a random walk, and no lambda is right for long.
problem_draw draw_noise(std::uint64_t seed) {
    constexpr Eigen::Index parameters = 4000;
    constexpr float deviation = 0.1f;
    const auto noise = [generator = std::mt19937_64(seed), normal = std::normal_distribution<float>(0, deviation)](
                           const Eigen::VectorXf&, Eigen::VectorXf& gradient) mutable {
        for (float& g : gradient) g = normal(generator);
        return 0.0f;
    };
    return {Eigen::VectorXf::Zero(parameters), 0.1f, noise};
}

/// Fewer measurements than unknowns, so that many parameters fit exactly: min ||A x - b||^2 / 2.
problem_draw draw_regression(std::uint64_t seed) {
    const auto recovery = std::make_shared<bregman::sparse_recovery<float>>(
        bregman::sparse_recovery<float>::gaussian(200, 1000, 40, 0, seed));
    const float step_size = 1.9f / recovery->problem.lipschitz_constant();
    return {Eigen::VectorXf::Zero(1000), step_size,
            [recovery](const Eigen::VectorXf& x, Eigen::VectorXf& gradient) { return recovery->problem(x, gradient); },
            [recovery](const Eigen::VectorXf& x) {
                return double((x - recovery->solution).norm() / recovery->solution.norm());
            }};
}

/// The digits, four fifths to learn from, the rest to test.
struct digits {
    Eigen::MatrixXf learned, tested; ///< pixels in [0, 1], and a constant feature for the biases
    std::vector<int> learned_labels, tested_labels;

    explicit digits(const std::filesystem::path& folder) {
        const auto all = examples::read_digits(folder);
        Eigen::MatrixXf x(all.features.rows() + 1, all.features.cols());
        x.topRows(all.features.rows()) = all.features / 16;
        x.bottomRows(1).setOnes();
        const Eigen::Index count = x.cols() * 4 / 5;
        learned = x.leftCols(count), tested = x.rightCols(x.cols() - count);
        learned_labels.assign(all.labels.begin(), all.labels.begin() + count);
        tested_labels.assign(all.labels.begin() + count, all.labels.end());
    }
};

problem_draw draw_network(const std::shared_ptr<const digits>& data, std::uint64_t seed) {
    constexpr Eigen::Index batch = 100;
    const perceptron network{data->learned.rows(), 32, 10};
    const auto on_a_batch = [=, generator = std::mt19937_64(seed + 1000),
                             place = std::uniform_int_distribution<Eigen::Index>(0, data->learned.cols() - 1),
                             x = Eigen::MatrixXf(network.inputs, batch), labels = std::vector<int>(batch)](
                                const Eigen::VectorXf& theta, Eigen::VectorXf& gradient) mutable {
        for (Eigen::Index i = 0; i < batch; ++i) {
            const Eigen::Index chosen = place(generator);
            x.col(i) = data->learned.col(chosen);
            labels[std::size_t(i)] = data->learned_labels[std::size_t(chosen)];
        }
        return network.loss(theta, x, labels, gradient);
    };
    return {network.start(seed), 0.01f, on_a_batch,
            [=](const Eigen::VectorXf& theta) { return network.accuracy(theta, data->tested, data->tested_labels); }};
}

} // namespace

std::vector<control_problem> all_problems(const std::filesystem::path& data) {
    const auto read_once = std::make_shared<std::shared_ptr<const digits>>();
    const auto network = [=](std::uint64_t seed) {
        if (!*read_once) *read_once = std::make_shared<const digits>(data);
        return draw_network(*read_once, seed);
    };
    return {{"noise", "Noise: 4000 parameters, LinBreg, gradients N(0, 0.01)", "", false, 2000, draw_noise},
            {"regression", "Overparametrised regression: 200 equations, 1000 unknowns, LinBreg", "relative error",
             false, 3000, draw_regression},
            {"network", "A small network on real data: 65-32-10 perceptron on digits, AdaBreg", "test accuracy", true,
             2000, network}};
}

} // namespace compare_laws

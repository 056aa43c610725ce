#include "teaching/compare_laws/problems.hpp"

#include <bregman/problems/least_squares.hpp>

#include "common/scikit_learn_data.hpp"
#include "teaching/compare_laws/perceptron.hpp"

#include <memory>
#include <random>
#include <utility>

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
problem_draw draw_recovery(Eigen::Index equations, Eigen::Index unknowns, Eigen::Index nonzeros, std::uint64_t seed) {
    const auto recovery = std::make_shared<bregman::sparse_recovery<float>>(
        bregman::sparse_recovery<float>::gaussian(equations, unknowns, nonzeros, 0, seed));
    const float step_size = 1.9f / recovery->problem.lipschitz_constant();
    return {Eigen::VectorXf::Zero(unknowns), step_size,
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

/// A linear classifier from zero, with all samples in each step: gradients are exact, and full of equal numbers.
problem_draw draw_softmax(const std::shared_ptr<const digits>& data) {
    const softmax model{data->learned.rows(), 10};
    return {Eigen::VectorXf::Zero(model.size()), 0.5f,
            [=](const Eigen::VectorXf& theta, Eigen::VectorXf& gradient) {
                return model.loss(theta, data->learned, data->learned_labels, gradient);
            },
            [=](const Eigen::VectorXf& theta) { return model.accuracy(theta, data->tested, data->tested_labels); }};
}

/// A model on batches of 100 samples, drawn anew for each step.
template <class Model>
problem_draw draw_on_batches(const std::shared_ptr<const digits>& data, const Model& network, Eigen::VectorXf start,
                             float step_size, std::uint64_t seed) {
    constexpr Eigen::Index batch = 100;
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
    return {std::move(start), step_size, on_a_batch,
            [=](const Eigen::VectorXf& theta) { return network.accuracy(theta, data->tested, data->tested_labels); }};
}

} // namespace

std::vector<control_problem> all_problems(const std::filesystem::path& data) {
    const auto read_once = std::make_shared<std::shared_ptr<const digits>>();
    const auto samples = [=] {
        if (!*read_once) *read_once = std::make_shared<const digits>(data);
        return *read_once;
    };
    const auto network = [=](std::uint64_t seed) {
        const perceptron model{samples()->learned.rows(), 32, 10};
        return draw_on_batches(samples(), model, model.start(seed), 0.2f, seed);
    };
    const auto batches = [=](std::uint64_t seed) {
        const softmax model{samples()->learned.rows(), 10};
        return draw_on_batches(samples(), model, Eigen::VectorXf::Zero(model.size()), 0.5f, seed);
    };
    return {
        {"noise", "Noise: 4000 parameters, gradients N(0, 0.01)", "", true, "linbreg", 0.01f, true, 2000, draw_noise},
        {"regression", "Overparametrised regression: 200 equations, 1000 unknowns", "relative error", false, "linbreg",
         0.01f, true, 3000, [](std::uint64_t seed) { return draw_recovery(200, 1000, 40, seed); }},
        {"recovery", "The README's recovery: 160 equations, 400 unknowns, 20 of them not zero", "relative error", false,
         "linbreg", 0.01f, true, 4000, [](std::uint64_t seed) { return draw_recovery(160, 400, 20, seed); }},
        {"softmax", "Softmax regression on digits, all samples in each step", "test accuracy", true, "linbreg", 0.01f,
         false, 1000, [=](std::uint64_t) { return draw_softmax(samples()); }},
        {"batches", "Softmax regression on digits, batches of 100", "test accuracy", true, "linbreg", 0.01f, true, 2000,
         batches},
        {"network", "A small network on real data: 65-32-10 perceptron on digits", "test accuracy", true, "adabreg",
         0.01f, true, 2000, network}};
}

} // namespace compare_laws

#pragma once
/// What every architecture is held against.
#include "generated.hpp"
#include "speaker_verification/model/speaker_embedder.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <vector>

/// The references' embeddings of two generated utterances of 50 frames: the first numbers of row 0, and the
/// sum of all.
struct golden_embeddings {
    std::vector<double> first;
    double sum;
};

inline void check_golden_values(speaker_verification::speaker_embedder& network, const golden_embeddings& golden,
                                std::int64_t embedding_size, torch::ScalarType type, double tolerance) {
    network.to(torch::kFloat64);
    fill_as_in_the_references(network);
    network.to(type);
    network.eval();
    torch::NoGradGuard no_gradient;
    const auto input = generated(777, {2, 50, 80}) * 3;
    const auto embeddings = network.forward(input.to(type)).to(torch::kFloat64);
    BOOST_TEST(embeddings.sizes() == (torch::IntArrayRef{2, embedding_size}));
    // The references print eight decimals, so nothing is known below half of the last.
    const double rounding = .51e-8;
    for (std::size_t i = 0; i < golden.first.size(); ++i) {
        const double difference = embeddings[0][std::int64_t(i)].item<double>() - golden.first[i];
        BOOST_TEST(std::abs(difference) < tolerance * std::abs(golden.first[i]) + rounding, "number " << i);
    }
    BOOST_TEST(embeddings.sum().item<double>() == golden.sum, boost::test_tools::tolerance(tolerance));
}

/// Every parameter's gradient along a generated direction against central differences.
inline void check_gradients(speaker_verification::speaker_embedder& network, const torch::Tensor& input,
                            const torch::Tensor& weights, double width) {
    network.to(torch::kFloat64);
    network.train();
    const auto objective = [&] { return (network.forward(input) * weights).sum(); };
    objective().backward();

    torch::NoGradGuard no_gradient;
    std::uint32_t seed = 40;
    for (const auto& parameter : network.named_parameters()) {
        auto tensor = parameter.value();
        const auto direction = generated(++seed, tensor.sizes().vec());
        const double slope = (tensor.grad() * direction).sum().item<double>();
        tensor.add_(direction, width);
        const double above = objective().item<double>();
        tensor.add_(direction, -2 * width);
        const double below = objective().item<double>();
        tensor.add_(direction, width);
        BOOST_TEST(std::abs((above - below) / (2 * width) - slope) < 1e-5 * (1 + std::abs(slope)), parameter.key());
    }
}

/// In evaluation an utterance's embedding must not depend on the batch it comes in, nor on the run.
inline void check_modes(speaker_verification::speaker_embedder& network, const torch::Tensor& input) {
    torch::NoGradGuard no_gradient;
    network.train();
    const auto training = network.forward(input);
    network.eval();
    const auto evaluation = network.forward(input);
    BOOST_TEST(!torch::allclose(training, evaluation));
    BOOST_TEST(torch::equal(evaluation, network.forward(input)));
    const auto alone = network.forward(input.narrow(0, 1, 1));
    BOOST_TEST(torch::allclose(alone[0], evaluation[1], 1e-4, 1e-5));
}

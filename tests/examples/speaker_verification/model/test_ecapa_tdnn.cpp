#define BOOST_TEST_DYN_LINK
#include "speaker_verification/model/ecapa_tdnn.hpp"

#include "common/visited_json.hpp"
#include "generated.hpp"
#include "speaker_verification/model/state_dict.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <string>

using namespace speaker_verification;

namespace {

const std::vector<double> golden_row = {.97595252, 1.14107239, 1.44664571, -.33922375, .23099525, -.61409387};
constexpr double golden_sum = 9.71540611;

torch::Tensor golden_input() { return generated(777, {2, 50, 80}) * 3; }

ecapa_tdnn_options small_options() {
    ecapa_tdnn_options options;
    options.feature_bins = 20;
    options.channels = 16;
    options.embedding_size = 12;
    options.attention_channels = 6;
    options.se_channels = 5;
    options.aggregation_channels = 48;
    options.res2_splits = 4;
    return options;
}

void check_golden_values(torch::ScalarType type, double tolerance) {
    ecapa_tdnn network;
    network->to(torch::kFloat64);
    fill_as_in_the_references(*network);
    network->to(type);
    network->eval();
    torch::NoGradGuard no_gradient;
    const auto embeddings = network->forward(golden_input().to(type)).to(torch::kFloat64);
    BOOST_TEST(embeddings.sizes() == (torch::IntArrayRef{2, 192}));
    // The references print eight decimals, so nothing is known below half of the last.
    const double rounding = .51e-8;
    for (std::size_t i = 0; i < golden_row.size(); ++i) {
        const double difference = embeddings[0][std::int64_t(i)].item<double>() - golden_row[i];
        BOOST_TEST(std::abs(difference) < tolerance * std::abs(golden_row[i]) + rounding, "number " << i);
    }
    BOOST_TEST(embeddings.sum().item<double>() == golden_sum, boost::test_tools::tolerance(tolerance));
}

std::string what_construction_says(const ecapa_tdnn_options& options) {
    try {
        ecapa_tdnn network(options);
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
    return "";
}

/// The definition of the pooling, with its concatenation written out.
torch::Tensor pooled_by_definition(attentive_statistics_pooling& pool, const torch::Tensor& frames) {
    const auto mean = frames.mean(2, true).expand_as(frames);
    const auto deviation = (frames.var(2, true, true) + 1e-7).sqrt().expand_as(frames);
    const auto context = torch::cat({frames, mean, deviation}, 1);
    const auto attention = pool.linear2->forward(pool.linear1->forward(context).tanh()).softmax(2);
    const auto weighted_mean = (attention * frames).sum(2);
    const auto variance = (attention * frames * frames).sum(2) - weighted_mean * weighted_mean;
    return torch::cat({weighted_mean, variance.clamp_min(1e-7).sqrt()}, 1);
}

} // namespace

BOOST_AUTO_TEST_SUITE(ecapa_tdnn_suite)

BOOST_AUTO_TEST_CASE(golden_values_in_double) { check_golden_values(torch::kFloat64, 1e-9); }
BOOST_AUTO_TEST_CASE(golden_values_in_float) { check_golden_values(torch::kFloat32, 1e-4); }

BOOST_AUTO_TEST_CASE(parameter_counts) {
    BOOST_TEST(parameter_count(*ecapa_tdnn()) == 6190720);
    ecapa_tdnn_options options;
    options.channels = 1024;
    options.aggregation_channels = 1536;
    BOOST_TEST(parameter_count(*ecapa_tdnn(options)) == 14657088);
}

BOOST_AUTO_TEST_CASE(tensor_names_are_those_of_wespeaker) {
    std::vector<std::string> names;
    for (const auto& entry : state_dict(*ecapa_tdnn(small_options()))) names.push_back(entry.name);
    const std::vector<std::string> first = {"layer1.conv.weight",
                                            "layer1.conv.bias",
                                            "layer1.bn.weight",
                                            "layer1.bn.bias",
                                            "layer1.bn.running_mean",
                                            "layer1.bn.running_var",
                                            "layer1.bn.num_batches_tracked",
                                            "layer2.se_res2block.0.conv.weight"};
    BOOST_TEST(std::vector<std::string>(names.begin(), names.begin() + 8) == first);
    const std::vector<std::string> in_this_order = {"layer2.se_res2block.1.convs.0.weight",
                                                    "layer2.se_res2block.1.convs.2.bias",
                                                    "layer2.se_res2block.1.bns.0.weight",
                                                    "layer2.se_res2block.2.conv.weight",
                                                    "layer2.se_res2block.3.linear1.weight",
                                                    "layer2.se_res2block.3.linear2.bias",
                                                    "layer3.se_res2block.0.conv.weight",
                                                    "layer4.se_res2block.3.linear2.bias",
                                                    "conv.weight",
                                                    "conv.bias",
                                                    "pool.linear1.weight",
                                                    "pool.linear2.bias",
                                                    "bn.running_var",
                                                    "linear.weight"};
    auto place = names.begin();
    for (const auto& name : in_this_order) {
        place = std::find(place, names.end(), name);
        BOOST_TEST((place != names.end()), name << " is missing or out of order");
    }
    BOOST_TEST(names.back() == "linear.bias");
}

BOOST_AUTO_TEST_CASE(pooling_equals_its_definition) {
    attentive_statistics_pooling pool(6, 4);
    pool.to(torch::kFloat64);
    const auto frames = generated(21, {3, 6, 15});
    BOOST_TEST((pool.forward(frames) - pooled_by_definition(pool, frames)).abs().max().item<double>() <
               1e-12);
}

BOOST_AUTO_TEST_CASE(gradient_agrees_with_finite_differences) {
    torch::manual_seed(5);
    ecapa_tdnn network(small_options());
    network->to(torch::kFloat64);
    network->train();
    const auto input = generated(31, {3, 12, 20});
    const auto weights = generated(32, {3, 12});
    const auto objective = [&] { return (network->forward(input) * weights).sum(); };
    objective().backward();

    torch::NoGradGuard no_gradient;
    std::uint32_t seed = 40;
    for (const auto& parameter : network->named_parameters()) {
        auto tensor = parameter.value();
        const auto direction = generated(++seed, tensor.sizes().vec());
        const double slope = (tensor.grad() * direction).sum().item<double>();
        const double width = 1e-6;
        tensor.add_(direction, width);
        const double above = objective().item<double>();
        tensor.add_(direction, -2 * width);
        const double below = objective().item<double>();
        tensor.add_(direction, width);
        BOOST_TEST(std::abs((above - below) / (2 * width) - slope) < 1e-5 * (1 + std::abs(slope)),
                   parameter.key());
    }
}

BOOST_AUTO_TEST_CASE(training_and_evaluation_modes_differ_and_repeat) {
    torch::manual_seed(6);
    ecapa_tdnn network(small_options());
    const auto input = generated(33, {4, 30, 20}).to(torch::kFloat32);
    torch::NoGradGuard no_gradient;
    network->train();
    const auto training = network->forward(input);
    network->eval();
    const auto evaluation = network->forward(input);
    BOOST_TEST(!torch::allclose(training, evaluation));
    BOOST_TEST(torch::equal(evaluation, network->forward(input)));
    // In evaluation an utterance's embedding must not depend on the batch it comes in.
    const auto alone = network->forward(input.narrow(0, 1, 1));
    BOOST_TEST(torch::allclose(alone[0], evaluation[1], 1e-4, 1e-5));
}

BOOST_AUTO_TEST_CASE(widths_are_checked) {
    auto options = small_options();
    options.channels = 18;
    BOOST_TEST(what_construction_says(options) == "channels = 18: must be a multiple of res2_splits (4)");
    options = small_options();
    options.res2_splits = 1;
    BOOST_TEST(what_construction_says(options) == "res2_splits = 1: must be at least 2");
    options = small_options();
    options.embedding_size = 0;
    BOOST_TEST(what_construction_says(options) == "embedding_size = 0: must be at least 1");
}

BOOST_AUTO_TEST_CASE(input_shape_is_checked) {
    ecapa_tdnn network(small_options());
    BOOST_CHECK_THROW(network->forward(torch::zeros({2, 30, 21})), std::invalid_argument);
    BOOST_CHECK_THROW(network->forward(torch::zeros({30, 20})), std::invalid_argument);
    BOOST_CHECK_THROW(network->forward(torch::zeros({2, 1, 20})), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(options_survive_json) {
    const auto written = examples::json_of(small_options());
    ecapa_tdnn_options read;
    examples::read_json(written, read, "model");
    BOOST_TEST(examples::json_of(read) == written);
    BOOST_TEST(written.at("channels") == 16);

    auto broken = written;
    broken["channel"] = 3;
    BOOST_CHECK_THROW(examples::read_json(broken, read, "model"), std::invalid_argument);
    broken = written;
    broken.erase("channels");
    BOOST_CHECK_THROW(examples::read_json(broken, read, "model"), std::invalid_argument);
    broken = written;
    broken["channels"] = "many";
    BOOST_CHECK_THROW(examples::read_json(broken, read, "model"), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()

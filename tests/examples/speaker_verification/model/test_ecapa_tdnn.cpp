#include "speaker_verification/model/ecapa_tdnn.hpp"

#include "common/visited_json.hpp"
#include "network_checks.hpp"
#include "speaker_verification/model/state_dict.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <string>

using namespace speaker_verification;

namespace {

const golden_embeddings golden_ecapa_tdnn{{.97595252, 1.14107239, 1.44664571, -.33922375, .23099525, -.61409387},
                                          9.71540611};

ecapa_tdnn_options small_ecapa_tdnn() {
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

BOOST_AUTO_TEST_CASE(golden_values) {
    check_golden_values(*ecapa_tdnn(), golden_ecapa_tdnn, 192, torch::kFloat64, 1e-9);
    check_golden_values(*ecapa_tdnn(), golden_ecapa_tdnn, 192, torch::kFloat32, 1e-4);
}

BOOST_AUTO_TEST_CASE(parameter_counts) {
    BOOST_TEST(parameter_count(*ecapa_tdnn()) == 6190720);
    ecapa_tdnn_options options;
    options.channels = 1024;
    options.aggregation_channels = 1536;
    BOOST_TEST(parameter_count(*ecapa_tdnn(options)) == 14657088);
}

BOOST_AUTO_TEST_CASE(tensor_names_are_those_of_wespeaker) {
    std::vector<std::string> names;
    for (const auto& entry : state_dict(*ecapa_tdnn(small_ecapa_tdnn()))) names.push_back(entry.name);
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
    BOOST_TEST((pool.forward(frames) - pooled_by_definition(pool, frames)).abs().max().item<double>() < 1e-12);
}

BOOST_AUTO_TEST_CASE(gradient_agrees_with_finite_differences) {
    torch::manual_seed(5);
    ecapa_tdnn network(small_ecapa_tdnn());
    check_gradients(*network, generated(31, {3, 12, 20}), generated(32, {3, 12}), 1e-6);
}

BOOST_AUTO_TEST_CASE(training_and_evaluation_modes_differ_and_repeat) {
    torch::manual_seed(6);
    ecapa_tdnn network(small_ecapa_tdnn());
    check_modes(*network, generated(33, {4, 30, 20}).to(torch::kFloat32));
}

BOOST_AUTO_TEST_CASE(widths_are_checked) {
    auto options = small_ecapa_tdnn();
    options.channels = 18;
    BOOST_TEST(what_construction_says(options) == "channels = 18: must be a multiple of res2_splits (4)");
    options = small_ecapa_tdnn();
    options.res2_splits = 1;
    BOOST_TEST(what_construction_says(options) == "res2_splits = 1: must be at least 2");
    options = small_ecapa_tdnn();
    options.embedding_size = 0;
    BOOST_TEST(what_construction_says(options) == "embedding_size = 0: must be at least 1");
}

BOOST_AUTO_TEST_CASE(input_shape_is_checked) {
    ecapa_tdnn network(small_ecapa_tdnn());
    BOOST_CHECK_THROW(network->forward(torch::zeros({2, 30, 21})), std::invalid_argument);
    BOOST_CHECK_THROW(network->forward(torch::zeros({30, 20})), std::invalid_argument);
    BOOST_CHECK_THROW(network->forward(torch::zeros({2, 1, 20})), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(options_survive_json) {
    const auto written = examples::json_of(small_ecapa_tdnn());
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

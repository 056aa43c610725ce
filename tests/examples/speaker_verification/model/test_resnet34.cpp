#include "speaker_verification/model/resnet34.hpp"

#include "network_checks.hpp"
#include "speaker_verification/model/parameter_roles.hpp"
#include "speaker_verification/model/state_dict.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

using namespace speaker_verification;

namespace {

const golden_embeddings golden_resnet34{{.95509392, -1.35410981, 2.4791504, 6.73811531}, -33.98268027};

resnet34_options small_resnet34() { return {12, 2, 7}; }

} // namespace

BOOST_AUTO_TEST_SUITE(resnet34_suite)

BOOST_AUTO_TEST_CASE(golden_values) {
    check_golden_values(*resnet34(), golden_resnet34, 256, torch::kFloat64, 1e-9);
    check_golden_values(*resnet34(), golden_resnet34, 256, torch::kFloat32, 1e-4);
}

BOOST_AUTO_TEST_CASE(parameter_counts_and_roles) {
    resnet34 network;
    BOOST_TEST(parameter_count(*network) == 6634336);
    std::int64_t prunable = 0, convolutions = 0;
    for (const auto& parameter : classify_parameters(*network)) {
        const bool convolution = parameter.role == parameter_role::convolution_weight;
        convolutions += convolution;
        if (convolution || parameter.role == parameter_role::linear_weight) prunable += parameter.tensor.numel();
        BOOST_TEST((parameter.role != parameter_role::other), parameter.name);
    }
    BOOST_TEST(prunable == 6625568);
    BOOST_TEST(convolutions == 1 + 2 * (3 + 4 + 6 + 3) + 3);
}

BOOST_AUTO_TEST_CASE(tensor_names_are_those_of_wespeaker) {
    std::vector<std::string> names;
    for (const auto& entry : state_dict(*resnet34(small_resnet34()))) names.push_back(entry.name);
    const std::vector<std::string> in_this_order = {"conv1.weight",
                                                    "bn1.weight",
                                                    "bn1.running_mean",
                                                    "layer1.0.conv1.weight",
                                                    "layer1.0.bn1.bias",
                                                    "layer1.0.conv2.weight",
                                                    "layer1.0.bn2.num_batches_tracked",
                                                    "layer1.2.conv1.weight",
                                                    "layer2.0.bn2.running_var",
                                                    "layer2.0.shortcut.0.weight",
                                                    "layer2.0.shortcut.1.weight",
                                                    "layer2.1.conv1.weight",
                                                    "layer3.5.bn2.weight",
                                                    "layer4.2.bn2.num_batches_tracked",
                                                    "seg_1.weight",
                                                    "seg_1.bias"};
    auto place = names.begin();
    for (const auto& name : in_this_order) {
        place = std::find(place, names.end(), name);
        BOOST_TEST((place != names.end()), name << " is missing or out of order");
    }
    // 36 convolutions, as many normalisations of five tensors, and the linear layer.
    BOOST_TEST(names.size() == 36u + 5 * 36 + 2);
    BOOST_TEST(std::count(names.begin(), names.end(), "layer1.0.shortcut.0.weight") == 0);
}

BOOST_AUTO_TEST_CASE(gradient_agrees_with_finite_differences) {
    torch::manual_seed(5);
    resnet34 network(small_resnet34());
    // So narrow that no direction crosses the kink of one of many ReLUs.
    check_gradients(*network, generated(31, {3, 20, 12}), generated(32, {3, 7}), 1e-7);
}

BOOST_AUTO_TEST_CASE(training_and_evaluation_modes_differ_and_repeat) {
    torch::manual_seed(6);
    resnet34 network(small_resnet34());
    check_modes(*network, generated(33, {4, 30, 12}).to(torch::kFloat32));
}

BOOST_AUTO_TEST_CASE(widths_and_shapes_are_checked) {
    BOOST_CHECK_THROW(resnet34(resnet34_options{12, 0, 7}), std::invalid_argument);
    resnet34 network(small_resnet34());
    BOOST_CHECK_THROW(network->forward(torch::zeros({2, 30, 13})), std::invalid_argument);
    BOOST_CHECK_THROW(network->forward(torch::zeros({30, 12})), std::invalid_argument);
    BOOST_CHECK_THROW(network->forward(torch::zeros({2, 8, 12})), std::invalid_argument);
    BOOST_TEST(torch::isfinite(network->forward(torch::zeros({2, 9, 12}))).all().item<bool>());
}

BOOST_AUTO_TEST_SUITE_END()

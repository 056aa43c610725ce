#include "speaker_verification/model/parameter_roles.hpp"

#include "speaker_verification/model/aam_softmax.hpp"
#include "speaker_verification/model/ecapa_tdnn.hpp"
#include "speaker_verification/model/state_dict.hpp"

#include <boost/test/unit_test.hpp>
#include <map>

using namespace speaker_verification;

namespace {

std::map<parameter_role, std::int64_t> counts_by_role(const torch::nn::Module& module) {
    std::map<parameter_role, std::int64_t> counts;
    for (const auto& entry : classify_parameters(module)) counts[entry.role] += entry.tensor.numel();
    return counts;
}

} // namespace

BOOST_AUTO_TEST_SUITE(parameter_roles_suite)

BOOST_AUTO_TEST_CASE(prunable_weights_of_the_full_network) {
    auto counts = counts_by_role(*ecapa_tdnn());
    BOOST_TEST(counts[parameter_role::convolution_weight] + counts[parameter_role::linear_weight] == 6164480);
    BOOST_TEST(counts[parameter_role::norm_weight] == counts[parameter_role::norm_bias]);
    BOOST_TEST(counts[parameter_role::other] == 0);
    std::int64_t all = 0;
    for (const auto& [role, count] : counts) all += count;
    BOOST_TEST(all == parameter_count(*ecapa_tdnn()));
}

BOOST_AUTO_TEST_CASE(names_orders_and_tensors_are_the_modules_own) {
    ecapa_tdnn_options options;
    options.channels = 16;
    options.aggregation_channels = 48;
    ecapa_tdnn network(options);
    const auto roles = classify_parameters(*network);
    const auto parameters = network->named_parameters();
    BOOST_TEST_REQUIRE(roles.size() == parameters.size());
    for (std::size_t i = 0; i < roles.size(); ++i) {
        BOOST_TEST(roles[i].name == parameters[i].key());
        BOOST_TEST(roles[i].tensor.is_same(parameters[i].value()));
    }
}

BOOST_AUTO_TEST_CASE(the_head_is_told_from_a_linear_layer) {
    ecapa_tdnn network;
    aam_softmax_options options;
    options.classes = 10;
    aam_softmax head(options);
    network->register_module("projection", head.ptr());
    const auto last = classify_parameters(*network).back();
    BOOST_TEST(last.name == "projection.weight");
    BOOST_TEST((last.role == parameter_role::head_weight));
    BOOST_TEST(last.tensor.numel() == 1920);
}

BOOST_AUTO_TEST_CASE(the_type_decides_not_the_name) {
    torch::nn::Module module;
    module.register_module("bn", torch::nn::Linear(3, 2));
    module.register_module("linear", torch::nn::BatchNorm1d(3));
    module.register_module("norm", torch::nn::Conv2d(torch::nn::Conv2dOptions(2, 2, 3).bias(false)));
    module.register_module("conv", torch::nn::LayerNorm(torch::nn::LayerNormOptions({4})));
    module.register_module("last", torch::nn::PReLU());
    module.register_parameter("frozen", torch::zeros({2}), /*requires_grad=*/false);
    std::vector<std::string> roles;
    for (const auto& entry : classify_parameters(module)) roles.emplace_back(name_of(entry.role));
    const std::vector<std::string> expected = {"linear weight",      "bias",        "norm weight", "norm bias",
                                               "convolution weight", "norm weight", "norm bias",   "other"};
    BOOST_TEST(roles == expected);
}

BOOST_AUTO_TEST_SUITE_END()

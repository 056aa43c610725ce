// How a target for all layers is shared out among them.
#include <cmath>
#include <vector>

#include <bregman/tensors/layer_targets.hpp>

#include "support/checks.hpp"

namespace bregman::testing {

namespace {

const std::vector<tensor_extents> network{{4, 3, 3}, {10, 16}, {6, 10}}; // 36, 160 and 60 weights

double kept(const std::vector<double>& densities) {
    double sum = 0;
    for (std::size_t i = 0; i < network.size(); ++i) sum += densities[i] * double(network[i].product());
    return sum;
}

} // namespace

BOOST_AUTO_TEST_SUITE(targets_of_layers)

BOOST_AUTO_TEST_CASE(all_layers_together_keep_what_is_asked_for) {
    for (const layer_budget budget :
         {layer_budget::uniform, layer_budget::erdos_renyi, layer_budget::erdos_renyi_kernel})
        for (int percent = 0; percent <= 100; percent += 5) {
            const auto densities = layer_densities(network, percent / 100.0, budget);
            BOOST_TEST(std::abs(kept(densities) - 2.56 * percent) < 1e-9, percent);
            for (const double density : densities) BOOST_TEST((density >= 0 && density <= 1));
        }
}

// (4 + 3 + 3) : (10 + 16) : (6 + 10) weights of each; and with the first two extents alone 3 (4 + 3) for the first.
BOOST_AUTO_TEST_CASE(densities_are_in_proportion_until_a_layer_is_full) {
    const auto weights = [](double number, layer_budget budget) {
        auto densities = layer_densities(network, number / 256, budget);
        for (std::size_t i = 0; i < network.size(); ++i) densities[i] *= double(network[i].product());
        return densities;
    };
    const auto is = [](const std::vector<double>& values, const std::vector<double>& expected) {
        for (std::size_t i = 0; i < values.size(); ++i) BOOST_TEST(std::abs(values[i] - expected[i]) < 1e-9);
    };
    is(weights(52, layer_budget::erdos_renyi_kernel), {10, 26, 16});
    is(weights(63, layer_budget::erdos_renyi), {21, 26, 16});
    is(weights(128, layer_budget::uniform), {18, 80, 30});
    // The convolution would keep 38 of its 36, the head 61 of its 60 then: both are full.
    is(weights(200, layer_budget::erdos_renyi_kernel), {36, 104, 60});
}

BOOST_AUTO_TEST_CASE(targets_are_what_the_densities_leave) {
    const auto targets = layer_targets(network, 0.9, layer_budget::erdos_renyi_kernel);
    const auto densities = layer_densities(network, 0.1, layer_budget::erdos_renyi_kernel);
    for (std::size_t i = 0; i < network.size(); ++i) BOOST_TEST(std::abs(targets[i] + densities[i] - 1) < 1e-15);
    BOOST_TEST(targets[0] < targets[1]);
    BOOST_TEST(layer_targets({}, 0.9, layer_budget::uniform).empty());
    BOOST_TEST(layer_targets({{0, 4}, {2, 2}}, 0.5, layer_budget::erdos_renyi)[1] ==
               0.5); // an empty tensor weighs nothing
}

BOOST_AUTO_TEST_CASE(what_is_out_of_range_is_refused) {
    for (const double wrong : {-0.1, 1.1, nan_of<double>()}) {
        CHECK_REFUSES(layer_targets(network, wrong, layer_budget::uniform), "target");
        CHECK_REFUSES(layer_densities(network, wrong, layer_budget::uniform), "density");
    }
    CHECK_REFUSES(layer_targets(network, 0, layer_budget::uniform), "target = 0");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing

#include "small_training.hpp"
#include "tiny_network.hpp"

#include "speaker_verification/training/optimizers/parameter_groups.hpp"
#include "speaker_verification/training/optimizers/regularised_weights.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <set>

using namespace speaker_verification;
using namespace speaker_verification::testing;

BOOST_AUTO_TEST_SUITE(granularity_of_zeros)

BOOST_AUTO_TEST_CASE(groups_of_channels_are_rows_and_columns_where_the_outputs_stay) {
    for (const char* name : {"ecapa_tdnn", "resnet34"}) {
        settings all = small_settings();
        all.model.network = name;
        all.sparsity.granularity = "channels";
        run_description run;
        run.all = all;
        run.speakers = {"anna", "bert"};
        const auto network = make_network(run);
        std::map<std::string, std::string> of;
        for (const auto& group : group_by_role(*network.embedder, all)) {
            const auto regularizer =
                std::visit([](const auto& each) { return bregman::policy_name(each); }, group.regularizer);
            for (const auto& parameter : classify_parameters(*network.embedder))
                for (const auto& tensor : group.tensors)
                    if (tensor.is_same(parameter.tensor)) of[parameter.name] = regularizer;
        }
        BOOST_TEST(of.size() == classify_parameters(*network.embedder).size());
        std::set<std::string> columns;
        for (const auto& [parameter, regularizer] : of) {
            if (regularizer == "group_columns") columns.insert(parameter);
            if (parameter == "projection.weight") BOOST_TEST(regularizer == "l1");
            if (network.embedder->named_parameters()[parameter].dim() < 2) BOOST_TEST(regularizer == "none", parameter);
        }
        std::set<std::string> expected{"seg_1.weight"};
        if (all.model.network == "ecapa_tdnn") {
            expected = {"pool.linear2.weight", "linear.weight"};
            for (const std::string layer : {"layer2", "layer3", "layer4"}) {
                expected.insert(layer + ".se_res2block.2.conv.weight");
                expected.insert(layer + ".se_res2block.3.linear2.weight");
            }
        }
        BOOST_TEST((columns == expected), name);
    }
}

BOOST_AUTO_TEST_CASE(a_granularity_of_channels_makes_whole_rows_zero_and_resumes_to_the_bit) {
    for (const char* optimizer : {"adabreg", "linbreg", "proxsgd"}) {
        settings all = plain_settings(optimizer);
        all.sparsity.granularity = "channels";
        all.sparsity.law = "quantile";
        all.sparsity.every = 1;
        all.sparsity.target = 0.4;
        random_descent descent(all), resumed(all);
        descent.steps(8);
        resumed.continue_from(descent);
        std::int64_t dead = 0;
        for (const char* name : {"conv.weight", "linear.weight"}) {
            const auto rows = descent.network.values(name).flatten(1).ne(0).sum(1);
            const auto zero = rows.eq(0).sum().item<std::int64_t>();
            BOOST_TEST(zero + rows.eq(descent.network.values(name)[0].numel()).sum().item<std::int64_t>() ==
                       rows.size(0));
            dead += zero;
        }
        BOOST_TEST(dead > 0, optimizer);
        const auto of_head = zeros_of(descent.network.values("projection.weight"));
        BOOST_TEST(of_head % 10 != 0, of_head); // single weights
        descent.steps(5);
        resumed.steps(5);
        BOOST_TEST(same_parameters(descent, resumed));
    }
}

BOOST_AUTO_TEST_CASE(a_layer_density_leaves_something_of_each_layer) {
    for (const char* granularity : {"paper", "channels"}) {
        settings all = plain_settings("adabreg");
        all.sparsity.granularity = granularity;
        all.sparsity.law = "quantile";
        all.sparsity.every = 1;
        all.sparsity.target = 0.9; // 6 of the 256 weights are left, so hardly any of a layer
        const auto left_of = [](const random_descent& descent, const char* name) {
            const auto weight = descent.network.values(name);
            return double(weight.numel() - zeros_of(weight)) / double(weight.numel());
        };
        random_descent without(all);
        without.steps(3);
        BOOST_TEST(left_of(without, "linear.weight") < 0.05);
        all.sparsity.layer_density = 0.1;
        all.sparsity.target = 0.83; // with whole rows and all norms and biases no more can be reached
        random_descent descent(all), resumed(all);
        descent.steps(3);
        for (const char* name : {"conv.weight", "linear.weight"}) {
            const double left = left_of(descent, name);
            BOOST_TEST((left >= 0.1 && left <= 0.26),
                       granularity << ", " << name << ": " << left); // a row is a quarter
        }
        resumed.continue_from(descent);
        descent.steps(3);
        resumed.steps(3);
        BOOST_TEST(same_parameters(descent, resumed));
    }
}

BOOST_AUTO_TEST_SUITE_END()

#include "speaker_verification/deployment/embedding_network.hpp"
#include "speaker_verification/training/loop/counter_random.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <deque>
#include <map>
#include <string>
#include <vector>

namespace shrinking {

using namespace speaker_verification;
using places = std::vector<std::int64_t>;

/// The tensors of a network, random as training leaves them, without LibTorch. Rows of `dead` are zero.
struct random_network {
    sparse_model_file file;
    std::map<std::string, places> dead; ///< by the weight's name
    std::map<std::string, float> bias_of_dead =
        {};                                    ///< of the batch norm or layer behind a dead row, by its bias's name
    std::map<std::string, places> unread = {}; ///< inputs that a weight does not read
    double density = 1;
    std::int64_t seed = 1;

    random_network(const char* network, std::map<std::string, places> dead_rows, double kept = 1, std::int64_t s = 1)
        : dead(std::move(dead_rows)), density(kept), seed(s) {
        auto& model = file.run.all.model;
        model.network = network;
        model.channels = 16, model.scales = 4, model.squeeze = 4, model.pooled_channels = 24, model.attention = 6;
        model.stage_channels = 4, model.embedding = 8;
        file.run.all.features.bands = 16;
    }

    std::unique_ptr<embedding_network> make(dead_channels kind) {
        file.tensors.clear();
        bytes.clear();
        place = 0;
        if (file.run.all.model.network == "resnet34")
            fill_resnet();
        else
            fill_ecapa();
        return make_embedding_network(file, kind);
    }

  private:
    std::deque<std::string> bytes;
    std::int64_t place = 0;

    double normal() { return counter_random(std::uint64_t(seed), 0, std::uint64_t(place++)).normal(); }

    void add(const std::string& name, const places& shape, const std::vector<float>& values) {
        bytes.push_back(encode(values, matrix_of(shape), tensor_encoding::dense));
        file.tensors.push_back({name, shape, tensor_encoding::dense, bytes.back()});
    }
    void add_weight(const std::string& name, const places& shape) {
        const auto size = matrix_of(shape);
        std::vector<float> values;
        const double spread = 1 / std::sqrt(density * double(size.columns));
        for (std::int64_t i = 0; i < size.values(); ++i) {
            const double value = normal(), draw = normal();
            values.push_back(std::erfc(std::abs(draw) / std::sqrt(2.)) < density ? float(spread * value) : 0.f);
        }
        if (const auto rows = dead.find(name); rows != dead.end())
            for (const auto row : rows->second) std::fill_n(values.begin() + row * size.columns, size.columns, 0.f);
        const auto taps = size.columns / shape[1];
        if (const auto columns = unread.find(name); columns != unread.end())
            for (std::size_t i = 0; i < values.size(); ++i)
                for (const auto column : columns->second)
                    if (std::int64_t(i) % size.columns / taps == column) values[i] = 0;
        add(name, shape, values);
    }
    /// mean + deviation * normal; of rows of `weight` that are dead, what bias_of_dead says.
    void add_vector(const std::string& name, std::int64_t size, double mean, double deviation,
                    const std::string& weight = "") {
        std::vector<float> values;
        for (std::int64_t i = 0; i < size; ++i) values.push_back(float(mean + deviation * normal()));
        const auto bias = bias_of_dead.find(name);
        if (bias != bias_of_dead.end())
            for (const auto row : dead.at(weight)) values[std::size_t(row)] = bias->second;
        add(name, {size}, values);
    }
    void add_norm(const std::string& name, std::int64_t size, const std::string& weight = "") {
        add_vector(name + ".weight", size, 1, .2);
        add_vector(name + ".bias", size, 0, .3, weight);
        add_vector(name + ".running_mean", size, 0, .1);
        std::vector<float> variance;
        for (std::int64_t i = 0; i < size; ++i) variance.push_back(float(.5 + std::abs(normal())));
        add(name + ".running_var", {size}, variance);
    }
    void add_layer(const std::string& name, const places& shape) {
        add_weight(name + ".weight", shape);
        add_vector(name + ".bias", shape.front(), 0, .2, name + ".weight");
    }

    void fill_ecapa() {
        const auto& model = file.run.all.model;
        const auto channels = model.channels, width = channels / model.scales, pooled = model.pooled_channels;
        const auto add_unit = [&](const std::string& name, std::int64_t inputs, std::int64_t kernel) {
            add_layer(name + ".conv", {channels, inputs, kernel});
            add_norm(name + ".bn", channels);
        };
        add_unit("layer1", file.run.all.features.bands, 5);
        for (const char* layer : {"layer2", "layer3", "layer4"}) {
            const auto below = std::string(layer) + ".se_res2block.";
            add_unit(below + "0", channels, 1);
            for (int i = 0; i < 3; ++i) add_layer(below + "1.convs." + std::to_string(i), {width, width, 3});
            for (int i = 0; i < 3; ++i) add_norm(below + "1.bns." + std::to_string(i), width);
            add_unit(below + "2", channels, 1);
            add_layer(below + "3.linear1", {model.squeeze, channels});
            add_layer(below + "3.linear2", {channels, model.squeeze});
        }
        add_layer("conv", {pooled, 3 * channels, 1});
        add_layer("pool.linear1", {model.attention, 3 * pooled, 1});
        add_layer("pool.linear2", {pooled, model.attention, 1});
        add_norm("bn", 2 * pooled);
        add_layer("linear", {model.embedding, 2 * pooled});
    }
    void fill_resnet() {
        const auto add_unit = [&](const std::string& conv, const std::string& bn, const places& shape) {
            add_weight(conv + ".weight", shape);
            add_norm(bn, shape.front(), conv + ".weight");
        };
        std::int64_t inputs = file.run.all.model.stage_channels;
        add_unit("conv1", "bn1", {inputs, 1, 3, 3});
        const int depths[] = {3, 4, 6, 3};
        for (int stage = 0; stage < 4; ++stage) {
            const auto outputs = file.run.all.model.stage_channels << stage;
            for (int i = 0; i < depths[stage]; ++i) {
                const auto name = "layer" + std::to_string(stage + 1) + "." + std::to_string(i);
                add_unit(name + ".conv1", name + ".bn1", {outputs, inputs, 3, 3});
                add_unit(name + ".conv2", name + ".bn2", {outputs, outputs, 3, 3});
                if (i == 0 && stage > 0) add_unit(name + ".shortcut.0", name + ".shortcut.1", {outputs, inputs, 1, 1});
                inputs = outputs;
            }
        }
        add_layer("seg_1", {file.run.all.model.embedding, 2 * inputs * (file.run.all.features.bands / 8)});
    }
};

/// The greatest ||removed - kept|| / ||kept|| of some utterances, and how many rows went.
struct comparison {
    double difference = 0;
    std::int64_t removed = 0;
};
comparison compare(random_network& made) {
    const auto kept = made.make(dead_channels::kept), removed = made.make(dead_channels::removed);
    comparison result{0, removed->rows.trained - removed->rows.left};
    BOOST_TEST(kept->rows.left == kept->rows.trained);
    BOOST_TEST(kept->rows.trained == removed->rows.trained);
    BOOST_TEST((result.removed == 0 || removed->bytes() < kept->bytes()));
    const auto bands = std::size_t(made.file.run.all.features.bands);
    for (const std::size_t frames : {9, 40, 75}) {
        std::vector<float> values;
        for (std::size_t i = 0; i < frames * bands; ++i)
            values.push_back(float(counter_random(77, 0, std::uint64_t(i)).normal()));
        const feature_view features{values.data(), frames, bands};
        const auto expected = kept->embed(features), embedding = removed->embed(features);
        BOOST_TEST((expected.norm() > 0 && embedding.allFinite()));
        result.difference = std::max(result.difference, double((embedding - expected).norm() / expected.norm()));
    }
    return result;
}

} // namespace shrinking

BOOST_AUTO_TEST_SUITE(shrink_suite)

using shrinking::random_network, shrinking::compare;

BOOST_AUTO_TEST_CASE(what_is_dead_in_ecapa_tdnn_is_removed_and_the_embedding_stays) {
    random_network network(
        "ecapa_tdnn",
        {// Channels 3 and 7 between the blocks, which all of these write to: 14 rows.
         {"layer1.conv.weight", {3, 7}},
         {"layer2.se_res2block.2.conv.weight", {3, 7}},
         {"layer3.se_res2block.2.conv.weight", {3, 7}},
         {"layer4.se_res2block.2.conv.weight", {3, 7}},
         {"layer2.se_res2block.3.linear2.weight", {3, 7}},
         {"layer3.se_res2block.3.linear2.weight", {3, 7}},
         {"layer4.se_res2block.3.linear2.weight", {3, 7}},
         // Of 0 and 2 one carries both, of the sums of 5 and 7 with convs.0 too; 13 passes to the next layer: 4 rows.
         {"layer3.se_res2block.0.conv.weight", {0, 2, 5, 7, 13}},
         {"layer3.se_res2block.1.convs.0.weight", {1, 3}},
         // 1 row: what is added to it is alive, so another stays.
         {"layer3.se_res2block.1.convs.2.weight", {2}},
         {"layer4.se_res2block.1.convs.0.weight", {2}},
         // A row each, and of the pooling both channel and attention.
         {"layer2.se_res2block.3.linear1.weight", {1}},
         {"pool.linear1.weight", {2}},
         {"conv.weight", {5, 9}}});
    network.bias_of_dead = {{"conv.bias", -.5f}};
    const auto seen = compare(network);
    BOOST_TEST(seen.removed == 14 + 4 + 1 + 1 + 1 + 4);
    BOOST_TEST(seen.difference < 1e-5);
    // A pooled channel that is constant but not zero stays, with its attention.
    network.bias_of_dead = {{"conv.bias", .5f}};
    BOOST_TEST(compare(network).removed == 14 + 4 + 1 + 1 + 1);
}

BOOST_AUTO_TEST_CASE(a_channel_between_blocks_stays_while_a_gate_reads_it) {
    random_network network("ecapa_tdnn", {});
    network.unread["conv.weight"] = {4, 20, 36};
    for (const char* layer : {"layer2", "layer3", "layer4"})
        network.unread[layer + std::string(".se_res2block.0.conv.weight")] = {4};
    const auto read = compare(network);
    BOOST_TEST(read.removed == 0);
    BOOST_TEST(read.difference == 0);
    for (const char* layer : {"layer2", "layer3", "layer4"})
        network.unread[layer + std::string(".se_res2block.3.linear1.weight")] = {4};
    const auto seen = compare(network);
    BOOST_TEST(seen.removed == 1 + 3 * 2);
    BOOST_TEST(seen.difference < 1e-5);
}

BOOST_AUTO_TEST_CASE(what_is_dead_in_resnet34_is_removed_and_the_embedding_stays) {
    random_network network("resnet34", {{"conv1.weight", {0}},
                                        {"layer1.0.conv2.weight", {0}},
                                        {"layer1.1.conv2.weight", {0}},
                                        {"layer1.2.conv2.weight", {0}},
                                        {"layer1.0.conv1.weight", {1, 2}},
                                        {"layer2.1.conv1.weight", {0, 3, 5}},
                                        {"layer3.2.conv2.weight", {4}}, // others write to it
                                        {"layer4.0.conv2.weight", {2}},
                                        {"layer4.0.shortcut.0.weight", {2}},
                                        {"layer4.1.conv2.weight", {2}},
                                        {"layer4.2.conv2.weight", {2}}});
    for (const char* norm : {"bn1", "layer1.0.bn2", "layer1.1.bn2", "layer1.2.bn2", "layer2.1.bn1", "layer4.0.bn2",
                             "layer4.0.shortcut.1", "layer4.1.bn2", "layer4.2.bn2"})
        network.bias_of_dead[std::string(norm) + ".bias"] = -2; // ReLU leaves nothing
    network.bias_of_dead["layer1.0.bn1.bias"] = 2;              // of these two one carries the other
    const auto seen = compare(network);
    BOOST_TEST(seen.removed == 4 + 1 + 3 + 4);
    BOOST_TEST(seen.difference < 1e-5);
}

BOOST_AUTO_TEST_CASE(where_nothing_is_dead_nothing_changes_to_the_bit) {
    for (const char* name : {"ecapa_tdnn", "resnet34"}) {
        random_network network(name, {});
        const auto seen = compare(network);
        BOOST_TEST(seen.removed == 0);
        BOOST_TEST(seen.difference == 0);
    }
}

BOOST_AUTO_TEST_CASE(what_dies_by_chance_in_sparse_networks_is_removed_alike) {
    for (const std::string name : {"ecapa_tdnn", "resnet34"}) {
        std::int64_t removed = 0;
        for (std::int64_t seed = 1; seed <= 4; ++seed) {
            random_network network(name.c_str(), {}, name == "resnet34" ? .04 : .12, seed);
            const auto seen = compare(network);
            BOOST_TEST(seen.difference < 1e-5, name << ", seed " << seed << ": " << seen.difference);
            removed += seen.removed;
        }
        BOOST_TEST(removed > 20);
        random_network nothing(name.c_str(), {}, 0); // layers without a channel
        BOOST_TEST(compare(nothing).difference < 1e-5);
    }
}

BOOST_AUTO_TEST_SUITE_END()

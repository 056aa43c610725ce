#include <boost/test/unit_test.hpp>

#include <cmath>
#include <vector>

#include <bregman/sparse/layers/conv1d.hpp>
#include <bregman/sparse/layers/conv2d.hpp>
#include <bregman/sparse/layers/linear.hpp>
#include <bregman/sparse/shrink.hpp>

#include "support/checks.hpp"
#include "support/values.hpp"

namespace shrink_tests {

using namespace bregman;
using namespace bregman::testing;
using sparse::csr_matrix, sparse::panels, sparse::layer_parts;

using values = std::vector<double>;

/// A layer of random weights with these rows zero.
layer_parts<double> layer_of(index_t outputs, index_t inputs, index_t taps, const std::vector<index_t>& dead,
                             std::uint64_t seed, bool zero_padding = false) {
    auto weight = normal_values<double>(outputs * inputs * taps, seed);
    for (const index_t row : dead)
        for (index_t i = 0; i < inputs * taps; ++i) weight[std::size_t(row * inputs * taps + i)] = 0;
    const auto more = [&](std::uint64_t which) { return normal_values<double>(outputs, 100 * which + seed); };
    return {csr_matrix<double>(weight.data(), outputs, inputs * taps),
            {more(1), true, more(2), more(3)},
            taps,
            zero_padding};
}

double distance(const Eigen::MatrixXd& one, const Eigen::MatrixXd& other) {
    return (one - other).norm() / other.norm();
}

bool same(const layer_parts<double>& one, const layer_parts<double>& other) {
    return one.weight.cols() == other.weight.cols() && one.weight.starts() == other.weight.starts() &&
           one.weight.dense() == other.weight.dense() && one.end.bias == other.end.bias &&
           one.end.scale == other.end.scale && one.end.shift == other.end.shift;
}

/// y of each layer by `run`, which makes a layer of parts and applies it.
template <class Run>
Eigen::MatrixXd through(const std::vector<layer_parts<double>>& chain, Eigen::MatrixXd x, const Run& run) {
    for (std::size_t i = 0; i < chain.size(); ++i) x = run(i, chain[i], x);
    return x;
}

Eigen::MatrixXd run_linear(std::size_t, const layer_parts<double>& layer, const Eigen::MatrixXd& x) {
    return sparse::linear<double>(layer.weight, layer.end)(x);
}

Eigen::MatrixXd run_conv1d(const sparse::conv1d_settings& settings, const layer_parts<double>& parts,
                           const Eigen::MatrixXd& x) {
    const sparse::conv1d<double> layer(parts.weight, settings, parts.end);
    panels<double> in, out(parts.outputs(), layer.output_positions(x.cols()));
    in.assign(x);
    layer(std::as_const(in).view(), out.view());
    return out.matrix();
}

} // namespace shrink_tests

BOOST_AUTO_TEST_SUITE(sparse_shrink)

using namespace shrink_tests;

BOOST_AUTO_TEST_CASE(dead_neurons_leave_a_chain_and_the_result_stays) {
    std::vector<layer_parts<double>> chain{layer_of(9, 5, 1, {1, 4, 8}, 1), layer_of(7, 9, 1, {0, 6}, 2),
                                           layer_of(3, 7, 1, {2}, 3)};
    chain[1].end.bias.clear(); // made where constants need one
    const Eigen::MatrixXd x = Eigen::MatrixXd::Random(5, 40), whole = through(chain, x, run_linear);
    const auto kept = sparse::shrink_layers(chain);
    BOOST_TEST((kept == std::vector<std::vector<index_t>>{{0, 2, 3, 5, 6, 7}, {1, 2, 3, 4, 5}}));
    BOOST_TEST(
        (chain[0].outputs() == 6 && chain[1].inputs() == 6 && chain[1].outputs() == 5 && chain[2].inputs() == 5));
    BOOST_TEST(chain[2].outputs() == 3); // a dead output is an output
    BOOST_TEST(distance(through(chain, x, run_linear), whole) < 1e-13);
}

BOOST_AUTO_TEST_CASE(without_a_dead_neuron_nothing_changes_to_the_bit) {
    std::vector<layer_parts<double>> chain{layer_of(9, 5, 1, {}, 1), layer_of(7, 9, 3, {}, 2, true),
                                           layer_of(3, 7, 1, {1}, 3)};
    const auto before = chain;
    const auto kept = sparse::shrink_layers(chain);
    BOOST_TEST((kept[0].size() == 9 && kept[1].size() == 7));
    for (std::size_t i = 0; i < chain.size(); ++i) BOOST_TEST(same(chain[i], before[i]));
}

BOOST_AUTO_TEST_CASE(a_death_can_cause_others_before_and_behind_it) {
    std::vector<layer_parts<double>> chain{layer_of(4, 3, 1, {0}, 1), layer_of(4, 4, 1, {2}, 2),
                                           layer_of(2, 4, 1, {}, 3)};
    // Row 1 of the second layer reads the dead neuron alone and is a constant then; nobody but row 2 read neuron 3.
    Eigen::MatrixXd middle = chain[1].weight.dense();
    middle.row(1).tail(3).setZero();
    middle.col(3).setZero();
    chain[1].weight = csr_matrix<double>(middle);
    const Eigen::MatrixXd x = Eigen::MatrixXd::Random(3, 9), whole = through(chain, x, run_linear);
    const auto kept = sparse::shrink_layers(chain);
    BOOST_TEST((kept == std::vector<std::vector<index_t>>{{1, 2}, {0, 3}}));
    BOOST_TEST(distance(through(chain, x, run_linear), whole) < 1e-13);
    // All of a layer may go.
    std::vector<layer_parts<double>> constant{layer_of(3, 2, 1, {0, 1, 2}, 4), layer_of(2, 3, 1, {}, 5)};
    const Eigen::MatrixXd y = Eigen::MatrixXd::Random(2, 4), always = through(constant, y, run_linear);
    BOOST_TEST(sparse::shrink_layers(constant)[0].empty());
    BOOST_TEST(distance(through(constant, y, run_linear), always) < 1e-13);
}

BOOST_AUTO_TEST_CASE(between_zeros_that_pad_constants_go_through_one_channel_at_every_position) {
    const sparse::conv1d_settings pointwise{}, padded{.kernel = 3, .dilation = 2, .padding = 2},
        mirrored{.kernel = 3, .padding = 1, .mirrored = true}, inside{.kernel = 3};
    for (const auto& settings : {padded, mirrored, inside}) {
        const bool zeros = settings.padding > 0 && !settings.mirrored;
        std::vector<layer_parts<double>> chain{layer_of(6, 4, 1, {0, 2, 5}, 7), layer_of(5, 6, 3, {}, 8, zeros)};
        chain[0].end.scale[2] = 0, chain[0].end.shift[2] = 0; // a constant of zero is not missed at any edge
        const auto run = [&](std::size_t i, const layer_parts<double>& layer, const Eigen::MatrixXd& x) {
            return run_conv1d(i == 0 ? pointwise : settings, layer, x);
        };
        const Eigen::MatrixXd x = Eigen::MatrixXd::Random(4, 45), whole = through(chain, x, run);
        const auto kept = sparse::shrink_layers(chain);
        BOOST_TEST(kept[0].size() == (zeros ? 4 : 3));
        BOOST_TEST(distance(through(chain, x, run), whole) < 1e-13);
    }
    // Zeros alone need no carrier, and a constant that nobody reads is none.
    std::vector<layer_parts<double>> nothing{layer_of(6, 4, 1, {0, 2, 5}, 7), layer_of(5, 6, 3, {}, 8, true)};
    for (const index_t dead : {0, 2, 5})
        nothing[0].end.scale[std::size_t(dead)] = nothing[0].end.shift[std::size_t(dead)] = 0;
    auto unread = nothing;
    unread[0].end.shift[2] = 9, unread[0].end.shift[5] = 1;
    Eigen::MatrixXd without = unread[1].weight.dense();
    without.middleCols(6, 3).setZero();
    unread[1].weight = csr_matrix<double>(without);
    BOOST_TEST((sparse::shrink_layers(nothing)[0] == std::vector<index_t>{1, 3, 4}));
    BOOST_TEST(nothing[1].weight.dense().allFinite());
    BOOST_TEST((sparse::shrink_layers(unread)[0] == std::vector<index_t>{1, 3, 4, 5}));
    // One constant alone stays as it is, to the bit.
    std::vector<layer_parts<double>> alone{layer_of(6, 4, 1, {3}, 7), layer_of(5, 6, 3, {}, 8, true)};
    const auto before = alone;
    BOOST_TEST(sparse::shrink_layers(alone)[0].size() == 6);
    BOOST_TEST((same(alone[0], before[0]) && same(alone[1], before[1])));
}

BOOST_AUTO_TEST_CASE(filters_of_images_shrink_alike) {
    std::vector<layer_parts<double>> chain{layer_of(6, 2, 9, {1, 3, 4}, 11, true), layer_of(3, 6, 9, {}, 12, true)};
    const sparse::image_size size{7, 11};
    const auto run = [&](std::size_t i, const layer_parts<double>& parts, const Eigen::MatrixXd& x) {
        const sparse::conv2d<double> layer(parts.weight, {.kernel = 3, .stride = i == 0 ? 1 : 2, .padding = 1},
                                           parts.end);
        panels<double> in, out(parts.outputs(), layer.output_size(size).positions());
        in.assign(x);
        layer(std::as_const(in).view(), size, out.view());
        return out.matrix();
    };
    Eigen::MatrixXd x = Eigen::MatrixXd::Random(2, size.positions());
    for (index_t row = 0; row < size.height; ++row) x.col(size.at(row, size.width)).setZero();
    const Eigen::MatrixXd whole = through(chain, x, run);
    BOOST_TEST(sparse::shrink_layers(chain)[0].size() == 4);
    BOOST_TEST(distance(through(chain, x, run), whole) < 1e-13);
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_refused_before_anything_changes) {
    std::vector<layer_parts<double>> chain{layer_of(4, 3, 1, {0}, 1), layer_of(4, 5, 1, {}, 2)};
    const auto before = chain;
    CHECK_REFUSES(sparse::shrink_layers(chain), "inputs of layer 1 = 5; allowed: the outputs before it, 4");
    BOOST_TEST((same(chain[0], before[0]) && same(chain[1], before[1])));
    auto& layer = chain[0];
    CHECK_REFUSES(sparse::keep_inputs(layer, {0, 3}), "kept channel = 3; allowed: ascending, within [0, 3)");
    CHECK_REFUSES(sparse::keep_outputs(layer, {2, 1}), "kept channel = 1; allowed: ascending, within [0, 4)");
    CHECK_REFUSES(sparse::fold_constant_inputs(layer, {1.}), "constants = 1; allowed: one for each input, 3");
    layer.taps = 2;
    CHECK_REFUSES(sparse::inputs_read(layer), "columns of the weights = 3; allowed: a multiple of taps, 2");
    layer.taps = 0;
    CHECK_REFUSES(sparse::constant_outputs(layer), "taps = 0; allowed: >= 1");
    layer = before[0];
    layer.end.scale.pop_back();
    CHECK_REFUSES(sparse::constant_outputs(layer), "scale of a layer = 3; allowed: as many as outputs, 4");
    layer = before[0];
    layer.end.shift[0] = nan_of<double>(); // no constant that one could fold
    BOOST_TEST(!sparse::constant_outputs(layer)[0]);
}

BOOST_AUTO_TEST_SUITE_END()

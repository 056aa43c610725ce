// docs/sparse.md
#include "snippets.hpp"

#include <variant>
#include <vector>

#include <bregman/bregman.hpp>
#include <bregman/sparse/layers/conv1d.hpp>
#include <bregman/sparse/layers/linear.hpp>
#include <bregman/sparse/shrink.hpp>

namespace {

struct perceptron {
    Eigen::MatrixXf w1, w2; // hidden x inputs, outputs x hidden
    Eigen::VectorXf b1, b2;

    Eigen::MatrixXf hidden(const Eigen::MatrixXf& x) const { return ((w1 * x).colwise() + b1).cwiseMax(0); }
    Eigen::MatrixXf operator()(const Eigen::MatrixXf& x) const { return (w2 * hidden(x)).colwise() + b2; }
};

std::vector<float> numbers(const Eigen::VectorXf& v) { return {v.data(), v.data() + v.size()}; }

/// Mean square distance to y, lowered until 95 % of the weights are zero.
void train(perceptron& net, const Eigen::MatrixXf& x, const Eigen::MatrixXf& y) {
    using regularizer = std::variant<bregman::none, bregman::l1>;
    perceptron gradient = net;
    bregman::parameter_list<float, regularizer> parameters;
    parameters.add_group({.name = "weights", .regularizer = bregman::l1{}});
    parameters.add(net.w1, gradient.w1);
    parameters.add(net.w2, gradient.w2);
    parameters.add_group({.name = "biases", .regularizer = bregman::none{}, .counted = false});
    parameters.add(net.b1, gradient.b1);
    parameters.add(net.b2, gradient.b2);
    auto optimizer =
        bregman::make_adabreg<float>({.step_size = 0.01f, .target = 0.95f}, bregman::quantile_law(), regularizer{});
    for (int step = 0; step < 200; ++step) {
        const Eigen::MatrixXf hidden = net.hidden(x), error = (net(x) - y) / float(x.cols());
        const Eigen::MatrixXf back = (hidden.array() > 0).select(net.w2.transpose() * error, 0);
        gradient = {back * x.transpose(), error * hidden.transpose(), back.rowwise().sum(), error.rowwise().sum()};
        optimizer.step(parameters);
    }
}

} // namespace

bool sparse_layers_work() {
    perceptron net{Eigen::MatrixXf::Random(128, 64), Eigen::MatrixXf::Random(10, 128), Eigen::VectorXf::Random(128),
                   Eigen::VectorXf::Random(10)};
    const Eigen::MatrixXf x = Eigen::MatrixXf::Random(64, 100), y = Eigen::MatrixXf::Random(10, 100);
    train(net, x, y);

    using namespace bregman::sparse;
    const linear<float> hidden(csr_matrix<float>(net.w1), {.bias = numbers(net.b1), .relu = true});
    const linear<float> scores(csr_matrix<float>(net.w2), {.bias = numbers(net.b2)});
    const Eigen::MatrixXf fast = scores(hidden(x)); // inputs x samples -> outputs x samples

    const double density = double(hidden.weights().nonzeros() + scores.weights().nonzeros()) / (128 * 64 + 10 * 128);
    return hidden.weights().is_sparse() && density < 0.06 && density > 0.04 &&
           (fast - net(x)).norm() < 1e-5f * fast.norm();
}

bool sparse_panels_work() {
    using namespace bregman::sparse;
    std::vector<float> weight(512 * 80 * 5, 0.0f), bias(512, 0.5f); // a tensor of outputs x inputs x kernel
    for (std::size_t i = 0; i < weight.size(); i += 37) weight[i] = 0.1f;

    const conv1d<float> layer(csr_matrix<float>(bregman::as_tensor(weight.data(), 512 * 80 * 5, {{512, 80, 5}})),
                              {.kernel = 5, .padding = 2}, {.bias = bias, .relu = true});
    panels<float> x, y;
    x.assign(Eigen::MatrixXf::Ones(80, 298)); // channels x frames
    y.resize(layer.outputs(), layer.output_positions(x.positions()));
    layer(x.view(), y.view());           // no memory is asked for from the second call on
    const float first = y.view()(0, 10); // channel 0, frame 10

    return y.positions() == 298 && first > 0.5f && layer.weights().bytes() < 512 * 80 * 5;
}

bool shrunk_layers_work() {
    perceptron net{Eigen::MatrixXf::Random(128, 64), Eigen::MatrixXf::Random(10, 128), Eigen::VectorXf::Random(128),
                   Eigen::VectorXf::Random(10)};
    net.w1.bottomRows(100).setZero();
    const Eigen::MatrixXf x = Eigen::MatrixXf::Random(64, 100);

    using namespace bregman::sparse;
    std::vector<layer_parts<float>> layers{{csr_matrix<float>(net.w1), {.bias = numbers(net.b1), .relu = true}},
                                           {csr_matrix<float>(net.w2), {.bias = numbers(net.b2)}}};
    const auto kept = shrink_layers(layers); // kept[0]: the hidden neurons that are left
    const linear<float> hidden(layers[0].weight, layers[0].end), scores(layers[1].weight, layers[1].end);

    return kept[0].size() == 28 && hidden.outputs() == 28 &&
           (scores(hidden(x)) - net(x)).norm() < 1e-5f * net(x).norm();
}

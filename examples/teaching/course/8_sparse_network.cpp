// Lesson 8: a network is trained to 95 % zeros, written to a small file, read again, and run by code that skips them.
#include <bregman/aliases.hpp>
#include <bregman/backends/eigen.hpp>

#include "common/scikit_learn_data.hpp"
#include "teaching/compare_laws/perceptron.hpp"
#include "teaching/course/slide.hpp"
#include "teaching/course/sparse_file.hpp"
#include "teaching/course/timed_layers.hpp"

#include <algorithm>
#include <filesystem>

namespace {

using matrix = Eigen::MatrixXf;
using bregman::sparse::csr_matrix, bregman::sparse::weight_form;
const compare_laws::perceptron network{65, 512, 10}; // 64 pixels and a 1, 512 units, 10 digits: 38,400 weights

/// Batches of 100 of the first 1297 digits, 600 of them.
Eigen::VectorXf train(float target, const examples::labelled_samples& digits) {
    bregman::adabreg<> optimizer({.lambda = 0.01f, .target = target}); // nearly 0 is Adam as it is
    Eigen::VectorXf theta = network.start(1), g(theta.size());
    for (int k = 0; k < 600; ++k) {
        const int at = k * 100 % 1197;
        const std::vector<int> labels(digits.labels.begin() + at, digits.labels.begin() + at + 100);
        const float loss = network.loss(theta, digits.features.middleCols(at, 100), labels, g);
        optimizer.step(theta, g, loss);
    }
    return theta;
}

std::vector<csr_matrix<float>> layers_of(const Eigen::VectorXf& theta) {
    return {csr_matrix<float>(Eigen::Map<const matrix>(theta.data(), 512, 65)),
            csr_matrix<float>(Eigen::Map<const matrix>(theta.data() + 512 * 65, 10, 512))};
}

} // namespace

int main(int argc, char** argv) {
    return course::lesson("8_sparse_network", argc, argv, [](course::slide& slide) {
        examples::labelled_samples digits = examples::read_digits(); // 8 x 8 pixels of 0 to 16
        digits.features = (matrix(65, 1797) << digits.features / 16, matrix::Ones(1, 1797)).finished();
        const matrix unseen = digits.features.rightCols(500);
        const std::vector<int> labels(digits.labels.end() - 500, digits.labels.end());
        const Eigen::VectorXf dense = train(1e-3f, digits), sparse = train(0.95f, digits);

        // The obvious way to the zeros: train densely, then cut off what is small.
        std::vector<float> sizes(dense.begin(), dense.end());
        for (float& size : sizes) size = std::abs(size);
        std::nth_element(sizes.begin(), sizes.begin() + 36480, sizes.end());
        const Eigen::VectorXf cut = (dense.array().abs() < sizes[36480]).select(0, dense);

        // By way of a file.
        const std::string path = (slide.folder() / "digits.sparse").string();
        course::write_sparse_file(path, layers_of(sparse));
        const double share_of_file = double(std::filesystem::file_size(path)) / double(4 * sparse.size());
        const auto layers = course::read_sparse_file(path);

        const auto [all_time, all] = course::timed(layers_of(dense), unseen, weight_form::dense);
        const auto [kept_time, kept] = course::timed(layers, unseen, weight_form::dense);
        const auto [sparse_time, skipped] = course::timed(layers, unseen, weight_form::sparse);
        const auto share_right = [&](const matrix& scores) { return 100 * compare_laws::share_right(scores, labels); };
        const double right_dense = share_right(all), right = share_right(skipped),
                     right_cut = 100 * network.accuracy(cut, unseen, labels);
        slide.say("dense: accuracy, %", right_dense);
        slide.say("cut to 95 % zeros afterwards: accuracy, %", right_cut);
        slide.say("trained to 95 % zeros: accuracy, %", right);
        slide.say("  zeros, %", 100 * double((sparse.array() == 0).count()) / double(sparse.size()));
        slide.say("  its file over the dense one", share_of_file);
        slide.say("  its time over the dense one, zeros multiplied", kept_time / all_time);
        slide.say("  its time over the dense one, zeros skipped", sparse_time / all_time);
        slide.promise("the file is a seventh, and says the same",
                      share_of_file < 1.0 / 7 && (skipped - kept).norm() < 1e-4f * kept.norm());
        slide.promise("training to zeros keeps what cutting loses", right > 85 && right > right_cut + 10);

        const auto bars = [&](const char* name, double file, double time, double accuracy) {
            return examples::plot_series{
                .name = name, .y = {100 * file, 100 * time, 100 * accuracy}, .style = examples::plot_style::bars};
        };
        return examples::figure{
            .title = "What 95 % zeros are worth",
            .y = {.label = "% of the dense network", .low = 0, .high = 125},
            .series = {bars("zeros multiplied", 1, kept_time / all_time, right / right_dense),
                       bars("zeros skipped", share_of_file, sparse_time / all_time, right / right_dense),
                       bars("cut afterwards", share_of_file, sparse_time / all_time, right_cut / right_dense)},
            .categories = {"file", "time", "accuracy"}};
    });
}

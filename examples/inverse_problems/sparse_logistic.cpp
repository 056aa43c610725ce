// Logistic regression on handwritten digits with as many zero weights as asked for: lambda finds itself by
// the paper's law. Test accuracy against sparsity, and which pixels are left.
#include <variant>

#include <bregman/aliases.hpp>
#include <bregman/backends/eigen.hpp>
#include <bregman/regularizers/none.hpp>

#include "common/scikit_learn_data.hpp"
#include "inverse_problems/pictures.hpp"
#include "inverse_problems/program.hpp"
#include "inverse_problems/softmax_regression.hpp"

namespace {

using regularizer = std::variant<bregman::l1, bregman::none>; // weights, biases
using bregman::parameter_list;

struct trained {
    Eigen::MatrixXf W;
    Eigen::VectorXf c;
    float lambda = 0;
    double sparsity = 0;
};

trained train(const examples::softmax_regression& problem, float target, std::int64_t steps) {
    trained model{Eigen::MatrixXf::Zero(problem.classes(), problem.features()),
                  Eigen::VectorXf::Zero(problem.classes())};
    Eigen::MatrixXf W_gradient = model.W;
    Eigen::VectorXf c_gradient = model.c;
    parameter_list<float, regularizer> parameters;
    parameters.add_group({.name = "weights", .regularizer = bregman::l1{}});
    parameters.add(model.W, W_gradient);
    parameters.add_group({.name = "biases", .regularizer = bregman::none{}, .counted = false});
    parameters.add(model.c, c_gradient);

    auto optimizer =
        bregman::make_linbreg<float>({.step_size = 1, .lambda = 0.01f, .target = target},
                                     bregman::multiplicative_law<float>({.gain = 0.5f}), regularizer(bregman::l1{}));
    for (std::int64_t step = 0; step < steps; ++step)
        optimizer.step(parameters, problem(model.W, model.c, W_gradient, c_gradient));
    model.lambda = optimizer.lambda();
    model.sparsity = optimizer.sparsity();
    return model;
}

} // namespace

int main(int argc, char** argv) {
    std::int64_t steps = 2000;
    double held_out = 0.3;
    std::string data = examples::scikit_learn_folder.string();
    examples::program app("sparse_logistic", "Sparse logistic regression on scikit-learn's handwritten digits");
    app.option("data", data, "folder with digits.csv.gz, as in Debian's python3-sklearn");
    app.option("steps", steps, "steps on all training samples");
    app.option("held-out", held_out, "share of the samples kept for the test");

    return app.run(argc, argv, [&] {
        examples::labelled_samples digits = examples::read_digits(data);
        digits.features /= 16; // pixels are 0 to 16
        const auto [train_part, test_part] = examples::split_samples(digits, held_out, app.seed());
        const examples::softmax_regression problem(train_part), test(test_part);

        std::vector<double> sparsities, accuracies, targets = {0.2, 0.4, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.975};
        examples::image_figure left{.title = "Weights of the classes at 80 % zeros",
                                    .palette = examples::image_palette::diverging};
        for (const double target : targets) {
            const trained model = train(problem, float(target), steps);
            sparsities.push_back(model.sparsity);
            accuracies.push_back(test.accuracy(model.W, model.c));
            const std::string asked_for = std::to_string(target).substr(0, 5);
            app.note(asked_for, examples::notes{{"sparsity", model.sparsity},
                                                {"lambda", double(model.lambda)},
                                                {"test_accuracy", accuracies.back()}});
            app.promise_at_most(std::string("distance to the target ").append(asked_for),
                                std::abs(model.sparsity - target), 0.01);
            if (target != 0.8) continue;
            app.promise_at_least("test accuracy at 80 % zeros", accuracies.back(), 0.92);
            left.high = model.W.cwiseAbs().maxCoeff(), left.low = -*left.high;
            for (Eigen::Index k = 0; k < 10; ++k) {
                const Eigen::VectorXf weights = model.W.row(k);
                left.panels.push_back(
                    examples::panel_of(digits.class_names[std::size_t(k)], weights.reshaped<Eigen::RowMajor>(8, 8)));
            }
        }
        app.note("samples", examples::notes{{"training", problem.size()}, {"test", test.size()}});
        examples::figure curve{.title = "Digits: how many weights can be zero",
                               .x = {.label = "zeros among the 640 weights"},
                               .y = {.label = "test accuracy"}};
        curve.series = {{.name = "LinBreg, target sparsity given",
                         .x = sparsities,
                         .y = accuracies,
                         .style = examples::plot_style::line_with_points}};
        app.draw(curve, "accuracy");
        app.draw(left, "weights");
    });
}

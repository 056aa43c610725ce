// docs/concepts/tensor.md
#include "snippets.hpp"

#include <cmath>
#include <functional>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include <bregman/bregman.hpp>

bool growing_list_works() {
    using regularizer = std::variant<bregman::none, bregman::l1>;
    std::vector<float> weight(60, 1.0f), weight_gradient(60, 0.5f), head(10, 1.0f), head_gradient(10, 0.5f);
    bregman::adabreg<float, regularizer> optimizer({.step_size = 0.1f, .lambda = 0.1f});

    bregman::parameter_list<float, regularizer> parameters;
    parameters.add_group({.name = "weights", .regularizer = bregman::l1{}, .least_density = 0.05});
    parameters.add_view(weight.data(), weight_gradient.data(), {{12, 5}}); // raw memory, 12 rows of 5
    optimizer.step(parameters);

    parameters.add_group({.name = "head", .regularizer = bregman::l1{}, .lambda_scale = 0.5, .step_size = 0.01});
    parameters.add(head, head_gradient); // at the end: v of the new tensor starts from its theta
    optimizer.step(parameters);

    parameters.rebind(0, weight.data(), nullptr); // no gradient: theta, v and moments of tensor 0 stay
    const float before = weight[0];
    optimizer.step(parameters);
    parameters.rebind(0, weight.data(), weight_gradient.data());
    parameters.set_step_size(1, {}); // group 1 uses the optimizer's again

    return weight[0] == before && optimizer.size() == 70 && optimizer.counts().size() == 2 && optimizer.steps() == 3;
}

namespace {

struct image { // a container of one's own
    int height, width;
    std::vector<float> pixels;
};

} // namespace

template <>
struct bregman::tensor_adapter<image> {
    static tensor_view<float> view(image& i) {
        return as_tensor(i.pixels.data(), i.height * i.width, {{i.height, i.width}});
    }
    static tensor_view<const float> view(const image& i) {
        return as_tensor(i.pixels.data(), i.height * i.width, {{i.height, i.width}});
    }
};

bool tensor_adapter_works() {
    image theta{2, 3, std::vector<float>(6, 1.0f)};
    const image gradient{2, 3, std::vector<float>(6, 0.5f)};
    bregman::linbreg<float, bregman::group_rows> optimizer({.lambda = 0.1f});
    optimizer.step(theta, gradient);
    return theta.pixels[0] < 1 && theta.pixels[0] == theta.pixels[5];
}

/// The tables: defaults, ranges, refusals.
bool the_tables_of_lists_are_right() {
    using regularizer = std::variant<bregman::none, bregman::l1>;
    using list = bregman::parameter_list<float, regularizer>;
    const auto refuses = [](const std::function<void()>& call, const std::string& words) {
        try {
            call();
        } catch (const std::invalid_argument& error) {
            return std::string(error.what()).find(words) != std::string::npos;
        }
        return false;
    };
    const auto group = [](bregman::parameter_group<regularizer> g) { return [=] { list().add_group(g); }; };
    bool all = refuses(group({.name = "w", .lambda_scale = -1}), "lambda_scale of group \"w\" = -1; allowed: >= 0");
    all &= refuses(group({.name = "w", .least_density = 1}), "least_density of group \"w\" = 1; allowed: [0, 1)");
    all &= refuses(group({.name = "w", .step_size = -1}), "step_size of group \"w\" = -1; allowed: >= 0 and finite");

    std::vector<float> a(12, 1.0f), b(12, 0.5f);
    const auto two = [&](bregman::index_t in_group) {
        list parameters;
        parameters.add_group({});
        parameters.add_view(a.data(), b.data(), {{12}}, in_group);
    };
    all &= refuses([&] { two(3); }, "parameter group = 3; allowed: [0, 1); open it with add_group");
    list one;
    one.add(a, b);
    all &= one.groups()[0].name == "parameters" && one.groups()[0].regularizer.index() == 0 &&
           one.groups()[0].counted && one.groups()[0].lambda_scale == 1 && one.groups()[0].least_density == 0 &&
           !one.groups()[0].step_size;
    one.add(a, b);
    bregman::linbreg<float, regularizer> optimizer;
    all &=
        refuses([&] { optimizer.step(one); }, "memory of tensor 1 = shared with tensor 0; allowed: memory of its own");

    Eigen::MatrixXf m = Eigen::MatrixXf::Ones(3, 4), other = Eigen::MatrixXf::Ones(4, 3), big(10, 10);
    Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> rows = m;
    bregman::linbreg<> matrices;
    all &= refuses([&] { matrices.step(m, rows); }, "gradient shape = 3 x 4, row-major; allowed: 3 x 4, column-major");
    all &= refuses([&] { matrices.step(m, other); }, "gradient shape = 4 x 3, column-major; allowed: 3 x 4");
    Eigen::VectorXf flat = Eigen::VectorXf::Ones(12);
    matrices.step(m, flat); // a vector is taken in theta's order
    big.setOnes();
    auto block = big.block(0, 0, 3, 4);
    all &= refuses([&] { bregman::linbreg<>().step(block, m); }, "Eigen strides = 10; allowed: memory without gaps");
    auto columns = big.middleCols(2, 4);
    Eigen::MatrixXf slope = Eigen::MatrixXf::Ones(10, 4);
    bregman::linbreg<>().step(columns, slope); // whole columns have no gaps
    all &= refuses([&] { bregman::as_tensor(a.data(), 12, {{5, 2}}); }, "tensor size = 12; allowed: the product");
    all &= refuses(
        [] {
            (void)bregman::tensor_shape{{1, 1, 1, 1, 1, 1, 1, 1, 1}};
        },
        "tensor order = 9; allowed: at most 8");
    return all;
}

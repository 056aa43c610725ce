// The stepper: what it accepts, counts, refuses, and leaves alone.
#include <limits>
#include <span>
#include <stdexcept>
#include <variant>

#include <bregman/bregman.hpp>

#include "support/checks.hpp"
#include "support/values.hpp"
#include "tolerances.hpp"

namespace bregman::testing {

namespace {

using mixed = std::variant<none, l1, group_rows, group_kernels>;
using method_type = linbreg<float, l1, fixed_law>;

/// A model in small: weights, biases and a head, each a group of its own.
struct model {
    std::vector<float> weights = normal_values<float>(600, 1), bias = normal_values<float>(20, 2),
                       head = normal_values<float>(100, 3);
    std::vector<float> weights_slope = normal_values<float>(600, 4), bias_slope = normal_values<float>(20, 5),
                       head_slope = normal_values<float>(100, 6);

    parameter_list<float, mixed> parameters(double scale_of_head = 1, bool head_counted = true) {
        parameter_list<float, mixed> list;
        list.add_group({.name = "weights", .regularizer = l1{}});
        list.add(weights, weights_slope);
        list.add_group({.name = "bias", .regularizer = none{}});
        list.add(bias, bias_slope);
        list.add_group({.name = "head", .regularizer = l1{}, .lambda_scale = scale_of_head, .counted = head_counted});
        list.add(head, head_slope);
        return list;
    }
};

double share_of_zeros(index_t zeros, index_t size) { return double(zeros) / double(size); }

} // namespace

BOOST_AUTO_TEST_SUITE(optimizers)

// ---- memory of the user ---------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(every_kind_of_memory_is_stepped_in_place) {
    const auto start = normal_values<float>(12, 1), slope = normal_values<float>(12, 2);
    auto expected = start;
    method_type({.lambda = 0.1f}).step(expected, slope);

    const auto check = [&](const float* theta) {
        BOOST_TEST(same_bits(std::vector<float>(theta, theta + 12), expected));
    };
    Eigen::VectorXf vector = Eigen::Map<const Eigen::VectorXf>(start.data(), 12);
    const Eigen::VectorXf vector_slope = Eigen::Map<const Eigen::VectorXf>(slope.data(), 12);
    method_type({.lambda = 0.1f}).step(vector, vector_slope);
    check(vector.data());

    Eigen::MatrixXf matrix = Eigen::Map<const Eigen::MatrixXf>(start.data(), 3, 4);
    method_type({.lambda = 0.1f}).step(matrix, Eigen::Map<const Eigen::MatrixXf>(slope.data(), 3, 4));
    check(matrix.data());

    Eigen::Array<float, 3, 4, Eigen::RowMajor> array =
        Eigen::Map<const Eigen::Array<float, 3, 4, Eigen::RowMajor>>(start.data());
    method_type({.lambda = 0.1f}).step(array, slope);
    check(array.data());

    auto mapped = start;
    method_type({.lambda = 0.1f}).step(Eigen::Map<Eigen::ArrayXf>(mapped.data(), 12), slope);
    check(mapped.data());

    auto viewed = start;
    method_type({.lambda = 0.1f}).step(std::span<float>(viewed), std::span<const float>(slope));
    check(viewed.data());

    auto raw = start;
    method_type({.lambda = 0.1f}).step(as_tensor(raw.data(), 12), as_tensor(slope.data(), 12));
    check(raw.data());

    Eigen::MatrixXf columns = Eigen::MatrixXf::Ones(3, 6);
    columns.middleCols(1, 4) = Eigen::Map<const Eigen::MatrixXf>(start.data(), 3, 4);
    method_type({.lambda = 0.1f}).step(columns.middleCols(1, 4), slope); // whole columns have no gaps
    check(columns.data() + 3);
    BOOST_TEST((columns.col(0).array() == 1).all());
    BOOST_TEST((columns.col(5).array() == 1).all());
}

BOOST_AUTO_TEST_CASE(memory_with_gaps_is_refused) {
    Eigen::MatrixXf theta = Eigen::MatrixXf::Ones(4, 4), g = theta;
    method_type method;
    CHECK_REFUSES(method.step(theta.topRows(2), g.topRows(2)), "Eigen strides = 4; allowed: memory without gaps");
    CHECK_REFUSES(method.step(theta.row(1), g.row(1)), "Eigen strides");
    BOOST_TEST((theta.array() == 1).all());
}

BOOST_AUTO_TEST_CASE(sizes_that_do_not_match_are_refused) {
    std::vector<float> theta(3), g(4), other(5), other_slope(5);
    method_type method;
    CHECK_REFUSES(method.step(theta, g), "gradient size = 4; allowed: the size of theta, 3");
    std::vector<float> right(3);
    method.step(theta, right);
    CHECK_REFUSES(method.step(theta, g), "gradient size = 4; allowed: the size of theta, 3");
    CHECK_REFUSES(method.step(other, other_slope), "theta size = 5; allowed: that of the first step, 3");
    float* const nothing = nullptr;
    CHECK_REFUSES(as_tensor(nothing, 3), "tensor data = nullptr");
    CHECK_REFUSES(as_tensor(theta.data(), 3, {{2, 2}}), "tensor size = 3; allowed: the product of the shape's extents");
    CHECK_REFUSES(as_tensor(theta.data(), -1), "= -1; allowed");
}

BOOST_AUTO_TEST_CASE(a_gradient_in_another_order_is_refused) {
    Eigen::MatrixXf theta = Eigen::MatrixXf::Ones(2, 3);
    const Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> rows = theta;
    const Eigen::MatrixXf transposed = theta.transpose(), square = Eigen::MatrixXf::Ones(3, 3);
    method_type method;
    CHECK_REFUSES(method.step(theta, rows), "gradient shape = 2 x 3, row-major; allowed: 2 x 3, column-major");
    CHECK_REFUSES(method.step(theta, transposed), "gradient shape = 3 x 2, column-major");
    Eigen::Matrix3f theta_of_square = square;
    const Eigen::Matrix<float, 3, 3, Eigen::RowMajor> square_rows = square;
    CHECK_REFUSES(method.step(theta_of_square, square_rows), "gradient shape = 3 x 3, row-major");
    parameter_list<float, l1> list;
    CHECK_REFUSES(list.add(theta, rows), "gradient shape = 2 x 3, row-major");
    BOOST_TEST(method.counts().empty());
    BOOST_TEST((theta.array() == 1).all());
    method.step(theta, std::vector<float>(6, 1.0f)); // a vector is taken in theta's order
    BOOST_TEST(method.steps() == 1);
}

BOOST_AUTO_TEST_CASE(a_refused_first_call_leaves_nothing) {
    std::vector<float> theta(3, 1.0f), right(3, 1.0f), wrong(4);
    method_type method, clean;
    const std::string before = state_bytes(clean);
    CHECK_REFUSES(method.step(theta, wrong), "gradient size = 4");
    BOOST_TEST((state_bytes(method) == before));
    method.step(theta, right);
    BOOST_TEST(method.counts().size() == 1u);

    linbreg<float, mixed, fixed_law> of_lists;
    const std::string empty = state_bytes(of_lists);
    parameter_list<float, mixed>
        columns; // group_columns is not among them: kernels of a column-major tensor are refused
    columns.add_group({.name = "good", .regularizer = l1{}});
    columns.add(theta, right);
    columns.add_group({.name = "bad", .regularizer = group_kernels{}});
    std::vector<float> cube(8), slope(8);
    columns.add_view(cube.data(), slope.data(), {{2, 2, 2}, storage_order::column_major});
    CHECK_REFUSES(of_lists.step(columns), "storage order = column_major");
    BOOST_TEST((state_bytes(of_lists) == empty));
}

BOOST_AUTO_TEST_CASE(tensors_that_share_memory_are_refused) {
    std::vector<float> theta(10, 1.0f), g(10, 1.0f);
    linbreg<float, l1, fixed_law> method;
    parameter_list<float, l1> twice, overlapping, apart;
    twice.add(theta, g), twice.add(theta, g);
    CHECK_REFUSES(method.step(twice), "memory of tensor 1 = shared with tensor 0; allowed: memory of its own");
    overlapping.add_view(theta.data() + 4, g.data(), {{4}}), overlapping.add_view(theta.data(), g.data(), {{5}});
    CHECK_REFUSES(method.step(overlapping), "memory of tensor 1 = shared with tensor 0");
    BOOST_TEST(theta == std::vector<float>(10, 1.0f), boost::test_tools::per_element());
    apart.add_view(theta.data() + 5, g.data(), {{5}}), apart.add_view(theta.data(), g.data(), {{5}});
    BOOST_TEST(method.step(apart).step == 1);
    apart.rebind(0, theta.data() + 1, g.data()); // moved onto the other between steps
    CHECK_REFUSES(method.step(apart), "memory of tensor 1 = shared with tensor 0");
}

// v is per element: another shape of the same size has other groups from then on, and the same v.
BOOST_AUTO_TEST_CASE(a_tensor_of_another_shape_has_other_groups) {
    std::vector<float> theta = normal_values<float>(6, 1), g(6);
    linbreg<float, group_rows, fixed_law> method({.lambda = 0.1f});
    method.step(as_tensor(theta.data(), 6, {{2, 3}}), g);
    const auto v = method.dual();
    method.step(as_tensor(theta.data(), 6, {{3, 2}}), g);
    BOOST_TEST(same_bits(method.dual(), v));
    for (int row = 0; row < 3; ++row) {
        const float norm = std::hypot(v[std::size_t(2 * row)], v[std::size_t(2 * row + 1)]);
        const float factor = std::max(1 - 0.1f * std::sqrt(2.0f) / norm, 0.0f);
        BOOST_TEST(std::abs(theta[std::size_t(2 * row)] - factor * v[std::size_t(2 * row)]) < 1e-6f);
    }
}

BOOST_AUTO_TEST_CASE(a_list_that_changes_between_steps_is_refused) {
    std::vector<float> a(3, 1.0f), b(4, 1.0f), g(4);
    linbreg<float, mixed, fixed_law> method;
    const auto list = [&](std::vector<std::pair<int, mixed>> groups) {
        parameter_list<float, mixed> parameters;
        for (const auto& [size, regularizer] : groups) {
            parameters.add_group({.name = "g", .regularizer = regularizer});
            parameters.add_view(size == 3 ? a.data() : b.data(), g.data(), {{size}});
        }
        return parameters;
    };
    method.step(list({{3, l1{}}, {4, l1{}}}));
    CHECK_REFUSES(method.step(list({{3, l1{}}})), "number of tensors = 1");
    CHECK_REFUSES(method.step(list({{4, l1{}}, {3, l1{}}})),
                  "size of tensor 0 = 4; allowed: that of the first step, 3");
    CHECK_REFUSES(method.step(list({{3, l1{}}, {4, none{}}})), "regularizer of group \"g\" = none");
    parameter_list<float, mixed> one_group;
    one_group.add_group({.regularizer = l1{}});
    one_group.add_view(a.data(), g.data(), {{3}});
    one_group.add_view(b.data(), g.data(), {{4}});
    CHECK_REFUSES(method.step(one_group), "make a new optimizer for other tensors");
    BOOST_TEST(method.steps() == 1);
}

// ---- start ----------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_dual_variable_starts_at_a_subgradient) {
    std::vector<double> theta{0.5, 0, -0.2}, g(3);
    linbreg<double, l1, fixed_law> method({.lambda = 0.1}, {}, {.delta = 2});
    BOOST_TEST(method.dual().empty());
    BOOST_TEST(method.size() == 0);
    method.step(theta, g);
    check_close(method.dual(), std::vector{0.35, 0.0, -0.2}, tolerance<double>::rounding);
    check_close(theta, std::vector{0.5, 0.0, -0.2}, tolerance<double>::rounding); // a gradient of zero changes nothing
}

BOOST_AUTO_TEST_CASE(settings_out_of_range_are_refused) {
    CHECK_REFUSES(method_type({.step_size = 0}), "step_size = 0; allowed: > 0 and finite");
    CHECK_REFUSES(method_type({.step_size = NAN}), "step_size = nan");
    CHECK_REFUSES(method_type({.step_size = INFINITY}), "step_size = inf");
    CHECK_REFUSES(method_type({.lambda = -1}), "lambda = -1; allowed: >= 0 and finite");
    CHECK_REFUSES(method_type({.lambda = NAN}), "lambda = nan");
    CHECK_REFUSES(method_type({.clip_norm = -1}), "clip_norm = -1; allowed: >= 0; 0 switches clipping off");
    CHECK_REFUSES(method_type({.target = 0.0f}), "target sparsity = 0; allowed: (0, 1]");
    CHECK_REFUSES(method_type({.target = 1.01f}), "target sparsity = 1.0");
    method_type method;
    CHECK_REFUSES(method.set_step_size(-1), "step_size = -1; allowed: >= 0 and finite");
    CHECK_REFUSES(method.set_step_size(NAN), "step_size = nan");
    CHECK_REFUSES(method.set_epoch(-1), "epoch = -1; allowed: >= 0");
    parameter_list<float, l1> parameters;
    CHECK_REFUSES(parameters.add_group({.name = "head", .lambda_scale = -1}), "lambda_scale of group \"head\" = -1");
    CHECK_REFUSES(parameters.add_group({.lambda_scale = NAN}), "= nan; allowed: >= 0");
    CHECK_REFUSES(parameters.add_group({.name = "head", .step_size = -1}), "step_size of group \"head\" = -1");
    parameters.add_group({.name = "head"});
    CHECK_REFUSES(parameters.set_step_size(0, NAN), "step_size of group \"head\" = nan");
}

BOOST_AUTO_TEST_CASE(a_law_that_returns_nonsense_is_refused) {
    std::vector<float> theta{1, 2}, g(2);
    for (float bad : {float(NAN), -1.0f, float(INFINITY)}) {
        auto method = make_linbreg<float>({}, [bad](const observation<float>&) { return bad; });
        CHECK_REFUSES(method.step(theta, g), "lambda returned by the control law = ");
        BOOST_TEST(method.lambda() == 1e-3f);
    }
}

BOOST_AUTO_TEST_CASE(a_law_that_throws_leaves_a_step_that_was_made) {
    std::vector<float> theta{1, 2, 0.01f}, g{1, 1, 1};
    auto method = make_linbreg<float>({.lambda = 0.5f}, [](const observation<float>& seen) {
        if (seen.step == 2) throw std::runtime_error("no law today");
        return seen.lambda;
    });
    method.step(theta, g);
    const auto before = theta;
    BOOST_CHECK_THROW(method.step(theta, g), std::runtime_error);
    BOOST_TEST(!same_bits(theta, before));
    BOOST_TEST(method.steps() == 2);
    BOOST_TEST(method.last().step == 2);
    BOOST_TEST(method.last().lambda == 0.5f);
    BOOST_TEST(method.last().next_lambda == 0.5f);
    BOOST_TEST(method.last().sparsity == method.sparsity());
    method.require_image(theta);
    BOOST_TEST(method.step(theta, g).step == 3);
}

// ---- parameter groups and counting -----------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(non_zeros_are_counted_in_the_step_as_a_pass_of_its_own_would) {
    model m;
    auto parameters = m.parameters(2, false);
    adabreg<float, mixed> method({.step_size = 0.05f, .lambda = 0.5f, .target = 0.8f});
    for (int k = 0; k < 20; ++k) {
        method.step(parameters);
        const auto& counts = method.counts();
        BOOST_TEST(counts[0].nonzeros == count_nonzeros(m.weights));
        BOOST_TEST(counts[1].nonzeros == count_nonzeros(m.bias));
        BOOST_TEST(counts[2].nonzeros == count_nonzeros(m.head));
    }
    const auto& counts = method.counts();
    BOOST_TEST(counts[0].name == "weights");
    BOOST_TEST(counts[1].size == 20);
    BOOST_TEST(counts[0].regularized);
    BOOST_TEST(!counts[1].regularized);
    BOOST_TEST(!counts[2].counted);
    const index_t w = 600 - counts[0].nonzeros, b = 20 - counts[1].nonzeros, h = 100 - counts[2].nonzeros;
    BOOST_TEST(w > 0);
    BOOST_TEST(h > 0);
    const auto same_share = [](double seen, double expected) { BOOST_TEST(std::abs(seen - expected) < 1e-7); };
    same_share(sparsity_of_all(counts), share_of_zeros(w + b + h, 720));
    same_share(sparsity_of_counted(counts), share_of_zeros(w + b, 620));
    same_share(sparsity_of_regularized(counts), share_of_zeros(w + h, 700));
    same_share(sparsity_without(counts, "head"), share_of_zeros(w + b, 620));
    same_share(sparsity_without(counts, "weights"), share_of_zeros(b + h, 120));
    same_share(method.sparsity(), share_of_zeros(w + b, 620));
    same_share(sparsity(as_tensor(m.weights)), share_of_zeros(w, 600));
    CHECK_REFUSES(sparsity_without(counts, "stem"), "parameter group = stem; allowed: weights, bias, head");
}

BOOST_AUTO_TEST_CASE(what_counts_as_zero) {
    // Exact zeros, so that data in small units are none; a tolerance is asked for.
    const std::vector<double> theta{0, -0.0, 1e-12, -1e-12, 1.1e-12, 1};
    BOOST_TEST(std::abs(sparsity(as_tensor(theta)) - 2.0 / 6) < 1e-15);
    BOOST_TEST(std::abs(sparsity(as_tensor(theta), 1e-12) - 4.0 / 6) < 1e-15);
    BOOST_TEST(sparsity(as_tensor(std::vector<double>{NAN, 0}), 1) == 0.5);
    CHECK_REFUSES(sparsity(as_tensor(theta), -1), "tolerance = -1; allowed: >= 0");
    BOOST_TEST(sparsity(as_tensor(std::vector<double>{})) == 0.0);
    // The same in the step, in lanes and tails: without a regularizer theta is what it was.
    for (index_t size : {6, 64, 67}) {
        std::vector<float> x(static_cast<std::size_t>(size)), g(static_cast<std::size_t>(size));
        x[0] = 2e-30f;
        linbreg<float, none, fixed_law> method;
        method.step(x, g);
        BOOST_TEST(method.counts()[0].nonzeros == 1);
    }
}

BOOST_AUTO_TEST_CASE(a_scale_of_zero_is_no_regularizer) {
    model scaled, plain;
    linbreg<float, mixed, fixed_law> one({.lambda = 0.5f}), other({.lambda = 0.5f});
    auto parameters = scaled.parameters(0);
    parameter_list<float, mixed> unregularized;
    unregularized.add_group({.name = "weights", .regularizer = l1{}});
    unregularized.add(plain.weights, plain.weights_slope);
    unregularized.add_group({.name = "rest", .regularizer = none{}});
    unregularized.add(plain.bias, plain.bias_slope);
    unregularized.add(plain.head, plain.head_slope);
    for (int k = 0; k < 5; ++k) one.step(parameters), other.step(unregularized);
    BOOST_TEST(same_bits(scaled.head, plain.head));
    BOOST_TEST(same_bits(scaled.weights, plain.weights));
    BOOST_TEST(!one.counts()[2].regularized);
}

BOOST_AUTO_TEST_CASE(a_scale_multiplies_lambda) {
    auto scaled = normal_values<double>(50, 1), plain = scaled;
    const auto g = normal_values<double>(50, 2);
    linbreg<double, l1, fixed_law> one({.lambda = 0.2}), other({.lambda = 0.6});
    parameter_list<double, l1> parameters;
    parameters.add_group({.lambda_scale = 3});
    parameters.add(scaled, g);
    for (int k = 0; k < 5; ++k) one.step(parameters), other.step(plain, g);
    check_close(scaled, plain, tolerance<double>::many_steps);
}

BOOST_AUTO_TEST_CASE(a_list_of_tensors_is_stepped_as_one_tensor) {
    const index_t sizes[] = {1, 7, 64, 33, 0, 128, 5, 20000};
    index_t total = 0;
    for (index_t size : sizes) total += size;
    auto whole = normal_values<float>(total, 1), parts = whole;
    const auto g = normal_values<float>(total, 2);
    adabreg<float> one({.lambda = 0.1f}), other({.lambda = 0.1f});
    parameter_list<float, l1> parameters;
    index_t offset = 0;
    for (index_t size : sizes) {
        parameters.add_view(parts.data() + offset, g.data() + offset, {{size}});
        offset += size;
    }
    for (int k = 0; k < 5; ++k) {
        one.step(whole, g);
        other.step(parameters);
    }
    BOOST_TEST(same_bits(whole, parts));
    BOOST_TEST(same_bits(one.dual(), other.dual()));
    BOOST_TEST(one.lambda() == other.lambda());
}

BOOST_AUTO_TEST_CASE(an_empty_list_is_harmless) {
    adabreg<float> method;
    parameter_list<float, l1> parameters;
    const auto report = method.step(parameters);
    BOOST_TEST(report.step == 1);
    BOOST_TEST(report.sparsity == 0.0f);
    BOOST_TEST(method.step(parameters).step == 2);
}

// ---- lambda by hand, reports -------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(lambda_set_by_hand_acts_in_the_next_step) {
    std::vector<double> theta{1, 0.05}, g(2);
    linbreg<double, l1, fixed_law> method({.lambda = 0.1});
    parameter_list<double, l1> parameters;
    parameters.add(theta, g);
    method.step(parameters);
    const auto v = method.dual();
    method.set_lambda(parameters, 0.5);
    BOOST_TEST(same_bits(method.dual(), v)); // dual_rule::keep
    BOOST_TEST(std::abs(theta[0] - 1) < 1e-15);
    method.step(parameters);
    check_close(theta, std::vector{0.6, 0.0}, tolerance<double>::rounding);
    CHECK_REFUSES(method.set_lambda(parameters, -1), "lambda = -1");
    BOOST_TEST(method.lambda() == 0.5);
}

// theta is unchanged by the rule: only the subgradient part of v scales with lambda.
BOOST_AUTO_TEST_CASE(the_ratio_rule_keeps_theta) {
    auto theta = normal_values<double>(101, 1);
    std::vector<double> g = normal_values<double>(101, 2);
    linbreg<double, l1, fixed_law> method({.lambda = 0.4, .on_lambda_change = dual_rule::ratio}, {}, {.delta = 3});
    parameter_list<double, l1> parameters;
    parameters.add(theta, g);
    method.step(parameters);
    const auto before = theta;
    method.set_lambda(parameters, 2.5);
    std::ranges::fill(g, 0.0);
    method.step(parameters);
    check_close(theta, before, 10 * tolerance<double>::many_steps);
}

BOOST_AUTO_TEST_CASE(the_report_says_what_the_step_did) {
    std::vector<float> theta{1, 0.01f}, g{0, 0.3f};
    auto method =
        make_linbreg<float>({.step_size = 0.1f, .lambda = 0.5f, .target = 0.75f}, [](const observation<float>& seen) {
            BOOST_TEST(seen.step == 1);
            BOOST_TEST(seen.epoch == 4);
            BOOST_TEST(seen.lambda == 0.5f);
            BOOST_TEST(seen.sparsity == 0.5f);
            BOOST_TEST(seen.target == 0.75f);
            BOOST_TEST(seen.loss == 17.0f);
            return 0.25f;
        });
    method.set_epoch(4);
    const auto report = method.step(theta, g, 17.0f);
    BOOST_TEST(report.step == 1);
    BOOST_TEST(!report.refused);
    BOOST_TEST(report.lambda == 0.5f);
    BOOST_TEST(report.next_lambda == 0.25f);
    BOOST_TEST(report.sparsity == 0.5f);
    BOOST_TEST(std::abs(report.gradient_norm - 0.3) < 1e-6);
    BOOST_TEST(method.last().step == 1);
    BOOST_TEST(method.lambda() == 0.25f);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing

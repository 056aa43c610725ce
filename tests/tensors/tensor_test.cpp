// What users hand over as tensors: views, blocks, types of their own, shapes that are none.
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include <bregman/bregman.hpp>

#include "support/checks.hpp"
#include "support/common_optimizers.hpp"
#include "tolerances.hpp"

namespace bregman::testing {

namespace {

using method = linbreg<double, l1, fixed_law>;
method made() { return method({.step_size = 0.1, .lambda = 0.05}); }

/// sum (x_i - c_i)^2 / 2, c = 1, 2, 3, 4.
constexpr auto distance_to_1234 = [](const auto& theta, auto& gradient) {
    double loss = 0;
    for (index_t i = 0; i < 4; ++i) {
        double* const g = as_tensor(gradient).data;
        g[i] = as_tensor(theta).data[i] - double(i + 1);
        loss += g[i] * g[i] / 2;
    }
    return loss;
};

/// A class that users derive from a vector.
struct named_vector : Eigen::VectorXd {
    using Eigen::VectorXd::VectorXd;
};

/// A view of a user's own, whose copies are the same memory.
struct borrowed {
    double* data;
    index_t count;
    index_t size() const { return count; }
};

} // namespace

} // namespace bregman::testing

template <>
struct bregman::tensor_adapter<bregman::testing::borrowed> {
    static constexpr bool is_view = true;
    static tensor_view<double> view(const bregman::testing::borrowed& values) {
        return as_tensor(values.data, values.count);
    }
};

namespace bregman::testing {

BOOST_AUTO_TEST_SUITE(tensors)

BOOST_AUTO_TEST_CASE(minimize_keeps_the_gradient_of_a_view_apart) {
    std::vector<double> expected(4);
    auto reference = made();
    minimize(reference, expected, distance_to_1234, 30);
    BOOST_TEST(expected[3] > 3.0);

    const auto check = [&](auto&& view_of) {
        std::vector<double> memory(4);
        auto theta = view_of(memory);
        auto optimizer = made();
        minimize(optimizer, theta, distance_to_1234, 30);
        check_close(memory, expected, tolerance<double>::rounding);
        // and what the objective could not compute is not theta
        const auto before = memory;
        minimize(
            optimizer, theta,
            [](const auto&, auto& gradient) {
                as_tensor(gradient).data[0] = std::numeric_limits<double>::quiet_NaN();
                return 0.0;
            },
            1);
        BOOST_TEST((same_bits(memory, before)));
    };
    check([](auto& memory) { return std::span<double>(memory); });
    check([](auto& memory) { return std::span<double, 4>(memory); });
    check([](auto& memory) { return as_tensor(memory); });
    check([](auto& memory) { return as_tensor(memory.data(), 4, {{2, 2}}); });
    check([](auto& memory) { return Eigen::Map<Eigen::Vector4d>(memory.data()); });
    check([](auto& memory) { return Eigen::Ref<Eigen::VectorXd>(Eigen::Map<Eigen::VectorXd>(memory.data(), 4)); });
}

BOOST_AUTO_TEST_CASE(minimize_refuses_a_view_that_it_cannot_copy) {
    std::vector<double> memory{1, 1, 1, 1};
    borrowed theta{memory.data(), 4};
    auto optimizer = made();
    CHECK_REFUSES(minimize(optimizer, theta, distance_to_1234, 3), "theta = a view, whose copy is the same memory");
    BOOST_TEST((memory == std::vector<double>{1, 1, 1, 1}));
}

BOOST_AUTO_TEST_CASE(every_gapless_block_is_a_tensor) {
    const Eigen::VectorXd start = Eigen::VectorXd::LinSpaced(12, -1, 1);
    Eigen::VectorXd g = Eigen::VectorXd::LinSpaced(12, 2, -3);
    const auto check = [&](auto&& step_on) {
        Eigen::VectorXd expected = start.segment(4, 4), slope = g.segment(4, 4), whole = start;
        auto reference = made(), optimizer = made();
        for (int k = 0; k < 3; ++k) {
            reference.step(expected, slope);
            step_on(optimizer, whole);
        }
        BOOST_TEST((whole.segment(4, 4) == expected));
        BOOST_TEST((whole.head(4) == start.head(4)));
        BOOST_TEST((whole.tail(4) == start.tail(4)));
    };
    check([&](auto& optimizer, auto& whole) { optimizer.step(whole.segment(4, 4), g.segment(4, 4)); });
    check([&](auto& optimizer, auto& whole) { optimizer.step(whole.template segment<4>(4), g.segment(4, 4)); });
    check([&](auto& optimizer, auto& whole) { optimizer.step(whole.head(8).tail(4), g.segment(4, 4)); });
    check([&](auto& optimizer, auto& whole) { optimizer.step(whole.segment(4, 4).array(), g.segment(4, 4).array()); });
    check([&](auto& optimizer, auto& whole) {
        auto block = whole.segment(4, 4);
        optimizer.step(block, g.segment(4, 4));
    });
    check([&](auto& optimizer, auto& whole) { optimizer.step(std::span(whole.data() + 4, 4), g.segment(4, 4)); });

    Eigen::MatrixXd matrix = Eigen::MatrixXd::Ones(4, 3), slopes = matrix;
    made().step(matrix.col(1), slopes.col(1));
    BOOST_TEST((matrix.col(1).array() < 1).all());
    made().step(matrix.rightCols(1), slopes.rightCols(1));
    BOOST_TEST((matrix.col(2).array() < 1).all());
    BOOST_TEST((matrix.col(0).array() == 1).all());
    CHECK_REFUSES(made().step(matrix.row(1), slopes.row(1)), "Eigen strides = ");
    CHECK_REFUSES(made().step(matrix.topRows(2), slopes.topRows(2)), "Eigen strides = ");

    named_vector mine(start);
    Eigen::VectorXd expected = start;
    made().step(mine, g);
    made().step(expected, g);
    BOOST_TEST((mine == expected));
}

BOOST_AUTO_TEST_CASE(a_shape_of_more_elements_than_can_be_counted_is_refused) {
    const index_t large = index_t(1) << 32;
    CHECK_REFUSES(tensor_shape({{large, large}}), "elements of the tensor = 4294967296 x 4294967296");
    CHECK_REFUSES(tensor_shape({{3, large, large}}), "elements of the tensor");
    BOOST_TEST((tensor_shape{{large, large / 2 - 1}}.size() == large * (large / 2 - 1)));
    BOOST_TEST((tensor_shape{{large, 0, large}}.size() == 0));
    BOOST_TEST((tensor_shape{{0, large, large, large}}.size() == 0));
    double x = 0;
    CHECK_REFUSES(as_tensor(&x, 0, {{large, large}}), "elements of the tensor");
}

BOOST_AUTO_TEST_CASE(a_list_is_asked_only_for_what_it_has) {
    std::vector<double> theta(3), g(3);
    parameter_list<double, l1> list;
    CHECK_REFUSES(list.rebind(0, theta.data(), g.data()), "tensor = 0; allowed: [0, 0)");
    list.add(theta, g);
    CHECK_REFUSES(list.rebind(1, theta.data(), g.data()), "tensor = 1; allowed: [0, 1)");
    CHECK_REFUSES(list.rebind(-1, theta.data(), g.data()), "tensor = -1");
    CHECK_REFUSES(list.set_step_size(1, 0.1), "parameter group = 1; allowed: [0, 1)");
    CHECK_REFUSES(list.set_step_size(-1, {}), "parameter group = -1");
    CHECK_REFUSES(list.add_view(theta.data(), g.data(), {{3}}, 1), "parameter group = 1");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing

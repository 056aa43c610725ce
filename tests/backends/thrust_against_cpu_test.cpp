// The optimizers on a device against the same optimizers on the CPU: every direction, kind of regularizer, rule for v
// and law, on tensors of awkward sizes.
#include "twins.hpp"

#include <variant>

#include <bregman/directions/adam_mini.hpp>
#include <bregman/directions/birth_by_evidence.hpp>
#include <bregman/directions/trust_ratio.hpp>
#include <bregman/directions/turnover.hpp>
#include <bregman/directions/weight_decay.hpp>
#include <bregman/regularizers/group_l2.hpp>

namespace bregman::testing {

namespace {

using mixed = std::variant<none, l1, group_rows, group_kernels>;

/// Every way in which a backend may have to walk over a tensor: tails, more than one chunk, nothing at all, short,
/// long and strided groups, groups of one.
template <class T>
twins<T, mixed> model(double least_density = 0) {
    twins<T, mixed> tensors;
    tensors.add_group({.name = "weights", .regularizer = l1{}, .least_density = least_density});
    tensors.add({{16384 + 101}});
    tensors.add({{0}});
    tensors.add({{7, 9}});
    tensors.add_group({.name = "bias", .regularizer = none{}});
    tensors.add({{20}});
    tensors.add_group(
        {.name = "rows", .regularizer = group_rows{}, .lambda_scale = 0.5, .least_density = least_density});
    tensors.add({{40, 300}});
    tensors.add({{33, 6}});
    tensors.add_group({.name = "columns", .regularizer = group_rows{}, .least_density = least_density});
    tensors.add({{90, 30}, storage_order::column_major});
    tensors.add_group({.name = "kernels", .regularizer = group_kernels{}, .counted = false});
    tensors.add({{20, 30, 5}});
    tensors.add({{4, 8, 7, 7}});
    tensors.add({{50, 4}});
    tensors.add_group({.name = "head", .regularizer = l1{}, .lambda_scale = 2});
    tensors.add({{1}});
    tensors.add({{1031}});
    return tensors;
}

using directions =
    std::tuple<gradient, adam_mini, with_weight_decay<with_trust_ratio<momentum>>, with_birth_by_evidence<adam>>;

/// Groups sum their squares in an order of their own.
template <class T>
constexpr double close = 20 * tolerance<T>::many_steps;

// Policies of each further kind, as a user might write them.

/// A weight for each element, read where the kernel is.
template <class T>
struct weights_by_position {
    const T* weights = nullptr;

    template <class V>
    struct here {
        V weight;
        BREGMAN_HOST_DEVICE V value(const V& x) const { return weight * abs(x); }
        BREGMAN_HOST_DEVICE V subgradient(const V& x) const { return weight * sign(x); }
        template <class S>
        BREGMAN_HOST_DEVICE V prox(const V& x, S t) const {
            return shrink(x, V(t) * weight);
        }
        BREGMAN_HOST_DEVICE V critical_lambda(const V& v) const { return abs(v) / weight; }
    };
    template <class Access>
    BREGMAN_HOST_DEVICE auto at(const Access& access) const {
        return here<typename Access::value>{access.load(weights)};
    }
};

/// l1 within rows, beside the norm of the rows.
struct rows_and_elements : group_rows {
    using of_single_elements = void;
    l1 within() const { return {}; }
};

/// The sum of the absolute values of a tensor, computed as a whole.
struct whole_l1 {
    template <class T>
    T value(const tensor_view<const T>& x) const {
        T sum = 0;
        for (index_t i = 0; i < x.size(); ++i) sum += abs(x.data[i]);
        return sum;
    }
    template <class T>
    void subgradient(const tensor_view<const T>& x, const tensor_view<T>& result) const {
        for (index_t i = 0; i < x.size(); ++i) result.data[i] = sign(x.data[i]);
    }
    template <class T>
    void prox(const tensor_view<T>& x, T t) const {
        for (index_t i = 0; i < x.size(); ++i) x.data[i] = shrink(x.data[i], t);
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(thrust_against_cpu)

BOOST_AUTO_TEST_CASE_TEMPLATE(every_direction, Direction, directions) {
    auto tensors = model<double>();
    optimizer_twins<Direction, mixed, any_law<double>, double> methods(
        {.step_size = 0.05, .lambda = 0.3, .target = 0.8, .clip_norm = 50}, multiplicative_law<double>());
    methods.run(tensors, 10, close<double>);
    BOOST_TEST(methods.there.sparsity() > 0.1);
    BOOST_TEST(methods.there.sparsity() < 0.99);
}

BOOST_AUTO_TEST_CASE(single_precision) {
    auto tensors = model<float>();
    optimizer_twins<adam, mixed, any_law<float>, float>({.lambda = 0.3f}, fixed_law()).run(tensors, 10, close<float>);
}

BOOST_AUTO_TEST_CASE(every_rule_for_v) {
    for (dual_rule rule : all_dual_rules) {
        auto tensors = model<double>();
        optimizer_twins<gradient, mixed, any_law<double>, double>(
            {.lambda = 0.3, .target = 0.8, .on_lambda_change = rule}, multiplicative_law<double>())
            .run(tensors, 6, close<double>);
    }
}

BOOST_AUTO_TEST_CASE(the_quantile_law) {
    twins<double, mixed> tensors;
    tensors.add_group({.name = "weights", .regularizer = l1{}});
    tensors.add({{5003}});
    tensors.add_group({.name = "rows", .regularizer = group_rows{}, .lambda_scale = 0.5});
    tensors.add({{40, 50}});
    optimizer_twins<gradient, mixed, any_law<double>, double> methods({.lambda = 0.1, .target = 0.9}, quantile_law());
    methods.run(tensors, 5, close<double>);
    const auto& counts = methods.there.counts();
    const index_t zeros = 7003 - counts[0].nonzeros - counts[1].nonzeros;
    BOOST_TEST(std::abs(double(zeros) - 0.9 * 7003) <= 50); // a row at most
}

BOOST_AUTO_TEST_CASE(a_law_for_each_group_and_a_least_density) {
    auto tensors = model<double>(0.05);
    optimizer_twins<gradient, mixed, any_law<double>, double> methods(
        {.lambda = 0.01, .target = 0.99, .scope = lambda_scope::each_group}, quantile_law());
    methods.run(tensors, 5, close<double>);
    BOOST_TEST(double(methods.there.counts()[0].nonzeros) >= 0.05 * double(methods.there.counts()[0].size));
    check_close(methods.there.group_lambdas(), methods.here.group_lambdas(), close<double>);
}

BOOST_AUTO_TEST_CASE(one_group_is_computed_again_without_the_others) {
    auto tensors = model<double>(0.2);
    optimizer_twins<gradient, mixed, any_law<double>, double> methods({.lambda = 0.1}, fixed_law());
    methods.run(tensors, 1, close<double>);
    methods.here.set_lambda(tensors.here, 1000);
    methods.there.set_lambda(tensors.there, 1000);
    methods.run(tensors, 2, close<double>);
    BOOST_TEST(methods.there.counts()[0].nonzeros > 0);
    BOOST_TEST(methods.there.counts()[4].nonzeros == 0);
    BOOST_TEST(methods.there.counts()[1].nonzeros == 20);
}

BOOST_AUTO_TEST_CASE(a_located_regularizer) {
    using here =
        optimizer<gradient, euclidean<double>, weights_by_position<double>, quantile_law, eigen_backend<double>>;
    using there =
        optimizer<gradient, euclidean<double>, weights_by_position<double>, quantile_law, device_backend<double>>;
    auto weights = normal_values<double>(1037, 3);
    for (double& w : weights) w = 0.1 + std::abs(w);
    const device<double> device_weights(weights);
    auto theta = normal_values<double>(1037, 1);
    device<double> device_theta(theta);
    here one({.target = 0.7}, {}, {}, {weights.data()});
    there other({.target = 0.7}, {}, {}, {thrust::raw_pointer_cast(device_weights.data())});
    for (std::uint64_t k = 0; k < 5; ++k) {
        const auto g = normal_values<double>(1037, 10 + k);
        one.step(theta, g);
        other.step(device_theta, device<double>(g));
    }
    check_close(on_host(device_theta), theta, close<double>);
    BOOST_TEST(other.counts()[0].nonzeros == one.counts()[0].nonzeros);
}

BOOST_AUTO_TEST_CASE(groups_with_a_part_within) {
    for (const tensor_shape& shape :
         {tensor_shape{{40, 100}}, tensor_shape{{40, 5}}, tensor_shape{{40, 70}, storage_order::column_major}}) {
        twins<double, rows_and_elements> tensors;
        tensors.add(shape);
        optimizer_twins<gradient, rows_and_elements, fixed_law, double>({.lambda = 0.2}, {})
            .run(tensors, 5, close<double>);
    }
}

BOOST_AUTO_TEST_CASE(a_tensor_as_a_whole) {
    twins<double, std::variant<l1, whole_l1>> tensors;
    tensors.add_group({.name = "elements", .regularizer = l1{}});
    tensors.add({{100}});
    tensors.add_group({.name = "whole", .regularizer = whole_l1{}});
    tensors.add({{2000}});
    tensors.add({{20}});
    optimizer_twins<momentum, std::variant<l1, whole_l1>, fixed_law, double> methods({.lambda = 0.4}, {});
    methods.run(tensors, 5, close<double>);
    BOOST_TEST(methods.there.sparsity() > 0.01);
}

BOOST_AUTO_TEST_CASE(births_and_deaths) {
    twins<double, std::variant<l1, group_rows>> tensors;
    tensors.add_group({.name = "elements", .regularizer = l1{}});
    tensors.add({{3000}});
    tensors.add({{17}});
    optimizer_twins<with_turnover<gradient>, std::variant<l1, group_rows>, fixed_law, double> methods({.lambda = 0.4},
                                                                                                      {});
    for (int k = 0; k < 5; ++k) methods.run(tensors, 1, close<double>); // and the counts after each step
    BOOST_TEST((methods.there.last().births > 0 && methods.there.last().deaths > 0));

    tensors.add_group({.name = "rows", .regularizer = group_rows{}});
    tensors.add({{20, 5}});
    if constexpr (path == thrust_path::elements)
        CHECK_REFUSES(methods.there.step(tensors.there), "allowed: element-wise with gradient with turnover on thrust");
    else
        methods.run(tensors, 2, close<double>);
}

BOOST_AUTO_TEST_CASE(runs_repeat_to_the_bit) {
    std::vector<float> first;
    double norm = 0;
    for (int run = 0; run < 2; ++run) {
        auto tensors = model<float>();
        optimizer<adam, euclidean<float>, mixed, any_law<float>, device_backend<float>> method(
            {.lambda = 0.3f, .clip_norm = 10}, {}, {}, {}, multiplicative_law<float>());
        for (std::uint64_t k = 0; k < 5; ++k) tensors.draw(k), method.step(tensors.there);
        if (run == 0) first = method.dual(), norm = method.last().gradient_norm;
        BOOST_TEST(same_bits(method.dual(), first));
        BOOST_TEST(same_bits(method.last().gradient_norm, norm));
    }
}

#if !defined(BREGMAN_TEST_ELEMENTS) && !defined(__CUDACC__)
// Chunks are the Eigen backend's and run through the same loops.
BOOST_AUTO_TEST_CASE(lanes_give_the_bits_of_the_cpu) {
    auto tensors = model<float>();
    optimizer_twins<adam, mixed, any_law<float>, float> methods({.lambda = 0.3f, .clip_norm = 10},
                                                                multiplicative_law<float>());
    methods.run(tensors, 5, close<float>);
    BOOST_TEST(same_bits(methods.there.dual(), methods.here.dual()));
    for (std::size_t i = 0; i < tensors.size(); ++i) BOOST_TEST(same_bits(tensors.device_theta(i), tensors.theta(i)));
}
#endif

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing

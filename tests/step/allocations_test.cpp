// A step allocates nothing after the first. Every allocation of this program is counted: those of operator new here,
// those of malloc (which is what Eigen calls) through the linker's --wrap=malloc.
#include <cstddef>
#include <cstdlib>
#include <new>
#include <variant>

#include <bregman/bregman.hpp>
#if defined(THRUST_DEVICE_SYSTEM)
#include <bregman/backends/thrust/device_steps.hpp>
#endif

#include "support/checks.hpp"
#include "support/common_optimizers.hpp"
#include "support/values.hpp"

namespace {
long allocations = 0;
}

extern "C" {
void* __real_malloc(std::size_t size);
void* __wrap_malloc(std::size_t size) {
    ++allocations;
    return __real_malloc(size);
}
}

void* operator new(std::size_t size) {
    ++allocations;
    if (void* memory = __real_malloc(size > 0 ? size : 1)) return memory;
    throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace bregman::testing {

namespace {

using mixed = common_regularizers;

/// Allocations of five calls after the first.
template <class Call>
long allocations_after_the_first(Call&& call) {
    call();
    const long before = allocations;
    for (int k = 0; k < 5; ++k) call();
    return allocations - before;
}

template <class Method>
void check_single_tensor(typename Method::settings settings) {
    auto theta = normal_values<float>(5000, 1);
    const auto g = normal_values<float>(5000, 2);
    Method method(settings);
    BOOST_TEST(allocations_after_the_first([&] { method.step(theta, g); }) == 0);
    Eigen::VectorXf x = Eigen::VectorXf::Ones(100), slope = x;
    Method other(settings);
    BOOST_TEST(allocations_after_the_first([&] { other.step(x, slope); }) == 0);
}

} // namespace

BOOST_AUTO_TEST_SUITE(allocations_of_a_step)

BOOST_AUTO_TEST_CASE(the_counter_counts) {
    const void* volatile seen; // a compiler may leave out memory that nobody sees
    const long before = allocations;
    const Eigen::VectorXf vector(1000);
    seen = vector.data();
    BOOST_TEST(allocations > before);
    const long between = allocations;
    const std::vector<int> numbers(1000);
    seen = numbers.data();
    BOOST_TEST(allocations > between);
    BOOST_TEST(seen != nullptr);
}

BOOST_AUTO_TEST_CASE(one_tensor) {
    check_single_tensor<linbreg<float>>({.lambda = 0.1f});
    check_single_tensor<linbreg_momentum<float>>({.lambda = 0.1f, .clip_norm = 1});
    check_single_tensor<adabreg<float>>({.lambda = 0.1f});
    check_single_tensor<adabreg<float, l1, quantile_law>>({.lambda = 0.1f});
    check_single_tensor<adabreg<float, group_rows>>({.lambda = 0.1f, .on_lambda_change = dual_rule::ratio});
}

BOOST_AUTO_TEST_CASE(a_list_of_tensors) {
    std::vector<std::vector<float>> tensors, slopes;
    for (index_t i = 0; i < 30; ++i) {
        tensors.push_back(normal_values<float>(60 * (i + 1), std::uint64_t(i)));
        slopes.push_back(normal_values<float>(60 * (i + 1), std::uint64_t(i + 100)));
    }
    const mixed regularizers[] = {l1{}, group_rows{}, group_kernels{}, none{}};
    parameter_list<float, mixed> parameters;
    for (std::size_t i = 0; i < tensors.size(); ++i) {
        parameters.add_group(
            {.name = "a name too long for the short string buffer", .regularizer = regularizers[i % 4]});
        parameters.add(as_tensor(tensors[i].data(), index_t(tensors[i].size()), {{index_t(i) + 1, 12, 5}}), slopes[i]);
    }
    adabreg<float, mixed> method({.lambda = 0.1f, .clip_norm = 1});
    BOOST_TEST(allocations_after_the_first([&] { method.step(parameters); }) == 0);
    adabreg<float, mixed, quantile_law> exact({.lambda = 0.1f});
    BOOST_TEST(allocations_after_the_first([&] { exact.step(parameters); }) == 0);
}

BOOST_AUTO_TEST_CASE(a_law_behind_one_type) {
    auto theta = normal_values<float>(500, 1);
    const auto g = normal_values<float>(500, 2);
    adabreg<float, mixed, any_law<float>> method({.lambda = 0.1f}, {}, {}, {}, multiplicative_law<float>());
    BOOST_TEST(allocations_after_the_first([&] { method.step(theta, g); }) == 0);
}

#if defined(THRUST_DEVICE_SYSTEM)
namespace {

template <class Law>
long allocations_on_the_device(Law law) {
    auto theta = normal_values<float>(5000, 1);
    const auto g = normal_values<float>(5000, 2);
    parameter_list<float, mixed> parameters;
    parameters.add_group({.name = "weights", .regularizer = l1{}});
    parameters.add_view(theta.data(), g.data(), {{2000}});
    parameters.add_group({.name = "rows", .regularizer = group_rows{}});
    parameters.add_view(theta.data() + 2000, g.data() + 2000, {{50, 60}});
    adabreg<float, mixed, Law, thrust_backend<float, thrust_path::elements>> method({.lambda = 0.1f, .clip_norm = 1},
                                                                                    {}, {}, {}, law);
    device_steps steps(method, parameters);
    return allocations_after_the_first([&] {
        steps.set_loss(1);
        steps.step();
        steps.request_report();
        steps.known_report();
    });
}

} // namespace

// What a CUDA graph may not contain.
BOOST_AUTO_TEST_CASE(steps_that_stay_on_the_device) {
    BOOST_TEST(allocations_on_the_device(multiplicative_law<float>()) == 0);
    BOOST_TEST(allocations_on_the_device(quantile_law()) == 0);
}
#endif

BOOST_AUTO_TEST_CASE(a_refused_gradient) {
    auto theta = normal_values<float>(500, 1);
    const std::vector<float> g(500, float(NAN));
    adabreg<float> method;
    BOOST_TEST(allocations_after_the_first([&] { method.step(theta, g); }) == 0);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing

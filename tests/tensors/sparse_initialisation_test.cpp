#include <variant>

#include <bregman/bregman.hpp>

#include "support/checks.hpp"
#include "support/values.hpp"

namespace bregman::testing {

BOOST_AUTO_TEST_SUITE(sparse_start)

BOOST_AUTO_TEST_CASE(the_density_asked_for_is_kept) {
    const index_t size = 100000;
    for (double density : {0.01, 0.2, 0.5}) {
        std::vector<float> theta(std::size_t(size), 1.0f);
        thin_out(as_tensor(theta), {.density = density});
        const double deviation = std::sqrt(density * (1 - density) / double(size));
        BOOST_TEST(std::abs(double(count_nonzeros(theta)) / double(size) - density) < 4 * deviation);
        for (float x : theta) BOOST_TEST((x == 0 || x == 1));
    }
}

BOOST_AUTO_TEST_CASE(a_density_of_one_keeps_everything) {
    auto theta = normal_values<float>(1000, 1);
    const auto before = theta;
    thin_out(as_tensor(theta), {.density = 1, .rescale_variance = true});
    BOOST_TEST(same_bits(theta, before));
}

BOOST_AUTO_TEST_CASE(the_mask_depends_on_seed_stream_and_place_alone) {
    const auto mask = [](std::uint64_t seed, std::uint64_t stream, index_t size) {
        std::vector<double> theta(std::size_t(size), 1.0);
        thin_out(as_tensor(theta), {.density = 0.3, .seed = seed}, stream);
        return theta;
    };
    const auto one = mask(1, 0, 500);
    BOOST_TEST(same_bits(one, mask(1, 0, 500)));
    BOOST_TEST(!same_bits(one, mask(2, 0, 500)));
    BOOST_TEST(!same_bits(one, mask(1, 1, 500)));
    auto longer = mask(1, 0, 700);
    longer.resize(500);
    BOOST_TEST(same_bits(one, longer));
}

BOOST_AUTO_TEST_CASE(rescaling_keeps_the_variance) {
    std::vector<double> theta(200000, 1.0);
    thin_out(as_tensor(theta), {.density = 0.04, .rescale_variance = true});
    double squares = 0;
    for (double x : theta) {
        BOOST_TEST((x == 0 || std::abs(x - 5) < 1e-14));
        squares += x * x;
    }
    BOOST_TEST(std::abs(squares / 200000 - 1) < 0.05);
}

BOOST_AUTO_TEST_CASE(only_regularized_tensors_of_a_list_are_thinned_out) {
    std::vector<float> weights(5000, 1.0f), bias(50, 1.0f), free(50, 1.0f), more(5000, 1.0f), g(5000);
    parameter_list<float, std::variant<none, l1>> parameters;
    parameters.add_group({.regularizer = l1{}});
    parameters.add(weights, g);
    parameters.add_view(more.data(), g.data(), {{5000}});
    parameters.add_group({.regularizer = none{}});
    parameters.add_view(bias.data(), g.data(), {{50}});
    parameters.add_group({.regularizer = l1{}, .lambda_scale = 0});
    parameters.add_view(free.data(), g.data(), {{50}});
    auto other = weights;
    thin_out(parameters, {.density = 0.1});
    BOOST_TEST(count_nonzeros(weights) < 700);
    BOOST_TEST(count_nonzeros(bias) == 50);
    BOOST_TEST(count_nonzeros(free) == 50);
    BOOST_TEST(!same_bits(weights, more)); // tensors have masks of their own

    // By way of a backend, whose memory need not be the host's, it is the same start.
    parameters.rebind(0, other.data(), g.data());
    thin_out(parameters, {.density = 0.1}, eigen_backend<float>());
    BOOST_TEST(same_bits(weights, other));
    BOOST_TEST(count_nonzeros(bias) == 50);
}

BOOST_AUTO_TEST_CASE(densities_out_of_range_are_refused) {
    std::vector<float> theta(3, 1.0f);
    for (double bad : {0.0, -0.1, 1.1, double(NAN)})
        CHECK_REFUSES(thin_out(as_tensor(theta), {.density = bad}), "allowed: (0, 1]; the paper keeps 0.01");
    BOOST_TEST(count_nonzeros(theta) == 3);
}

BOOST_AUTO_TEST_CASE(counter_based_numbers_are_uniform_and_keyed) {
    const counter_random random(7, 3);
    double sum = 0, squares = 0;
    const int n = 100000;
    for (int i = 0; i < n; ++i) {
        const double u = random.uniform(std::uint64_t(i));
        BOOST_TEST_REQUIRE((u >= 0 && u < 1));
        sum += u, squares += u * u;
    }
    BOOST_TEST(std::abs(sum / n - 0.5) < 0.004);
    BOOST_TEST(std::abs(squares / n - 1.0 / 3) < 0.004);
    BOOST_TEST(random.bits(5) == counter_random(7, 3).bits(5));
    BOOST_TEST(random.bits(5) != counter_random(7, 4).bits(5));
    BOOST_TEST(random.bits(5) != counter_random(8, 3).bits(5));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing

// What a policy throws comes out of the step, with any number of threads, and the optimizer says that no step was made.
#include <cmath>
#include <stdexcept>
#include <string>
#include <vector>

#include <omp.h>

#include <bregman/bregman.hpp>

#include "support/checks.hpp"
#include "support/values.hpp"
#include "tolerances.hpp"

namespace bregman::testing {

namespace {

struct out_of_paper : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// l1 that throws at one value of its argument, as often as it is armed.
struct brittle_l1 {
    static constexpr const char* name = "brittle";
    const int* armed;

    float value(float x) const { return std::abs(x); }
    float subgradient(float x) const { return sign(x); }
    float prox(float x, float t) const {
        if (*armed && x > 4) throw out_of_paper("a value above 4");
        return shrink(x, t);
    }
};
/// The same for tensors as a whole.
struct brittle_whole {
    static constexpr const char* name = "brittle_whole";
    const int* armed;

    template <class T>
    T value(const tensor_view<const T>&) const {
        return 0;
    }
    template <class T>
    void subgradient(const tensor_view<const T>& x, const tensor_view<T>& result) const {
        std::fill_n(result.data, x.size(), T(0));
    }
    template <class T>
    void prox(const tensor_view<T>& x, T) const {
        if (*armed) throw out_of_paper("tensor of " + std::to_string(x.size()));
    }
};

template <class Regularizer>
void check_no_step_was_made() {
    for (const int threads : {1, 2, 4}) {
        omp_set_num_threads(threads);
        int armed = 0;
        std::vector<std::vector<float>> thetas, gradients;
        for (std::uint64_t i = 0; i < 3; ++i) {
            thetas.push_back(normal_values<float>(40000, i));
            gradients.push_back(normal_values<float>(40000, 10 + i));
        }
        parameter_list<float, Regularizer> list;
        list.add_group({.regularizer = {&armed}});
        for (std::size_t i = 0; i < 3; ++i) list.add(thetas[i], gradients[i]);
        optimizer<gradient, euclidean<float>, Regularizer, multiplicative_law<float>, eigen_backend<float>> method(
            {.step_size = 1.0f, .lambda = 0.1f}, {}, {}, {&armed});
        method.step(list);
        const auto last = method.last();
        const float lambda = method.lambda(), sparsity = method.sparsity();
        const auto nonzeros = method.counts()[0].nonzeros;

        armed = 1;
        BOOST_CHECK_THROW(method.step(list), out_of_paper);
        BOOST_TEST(method.steps() == 1);
        BOOST_TEST(method.lambda() == lambda);
        BOOST_TEST(method.sparsity() == sparsity);
        BOOST_TEST(method.counts()[0].nonzeros == nonzeros);
        BOOST_TEST(method.last().step == last.step);
        BOOST_TEST(method.last().lambda == last.lambda);

        armed = 0;
        method.step(list); // and it goes on
        BOOST_TEST(method.steps() == 2);
        BOOST_TEST(method.distance_from_image(list) == 0);
    }
    omp_set_num_threads(1);
}

} // namespace

BOOST_AUTO_TEST_SUITE(exceptions)

BOOST_AUTO_TEST_CASE(of_an_element_wise_regularizer) { check_no_step_was_made<brittle_l1>(); }
BOOST_AUTO_TEST_CASE(of_a_regularizer_of_whole_tensors) { check_no_step_was_made<brittle_whole>(); }

BOOST_AUTO_TEST_CASE(of_several_the_first_in_order_is_thrown) {
    omp_set_num_threads(4);
    for (int repeat = 0; repeat < 20; ++repeat) {
        std::string what;
        try {
            eigen_backend<float>().for_each_chunk(64, [](index_t c) {
                if (c % 16 == 7) throw out_of_paper(std::to_string(c));
            });
        } catch (const out_of_paper& error) {
            what = error.what();
        }
        BOOST_TEST(what == "7");
    }
    omp_set_num_threads(1);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing

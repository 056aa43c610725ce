// Compiled with OpenMP: any number of threads gives the same bits.
#include <omp.h>

#include <variant>

#include <bregman/bregman.hpp>

#include "support/checks.hpp"
#include "support/values.hpp"

namespace bregman::testing {

namespace {

using mixed = std::variant<none, l1, group_rows, group_kernels>;

/// theta, the state and the norms of three steps on a list of large and small tensors.
template <class Method>
std::string run(int threads) {
    omp_set_num_threads(threads);
    const index_t sizes[] = {100003, 64 * 1009, 64 * 1009, 6000, 17, 1, 40000};
    const index_t total = 100003 + 2 * 64 * 1009 + 6000 + 17 + 1 + 40000;
    auto theta = normal_values<float>(total, 1);
    std::vector<float> g(static_cast<std::size_t>(total));
    parameter_list<float, mixed> parameters;
    const mixed regularizers[] = {l1{}, group_rows{}, group_rows{}, group_kernels{}, none{}, l1{}, l1{}};
    const tensor_shape shapes[] = {
        {{100003}}, {{64, 1009}}, {{64, 1009}, storage_order::column_major}, {{40, 30, 5}}, {{17}}, {{1}}, {{40000}}};
    index_t offset = 0;
    for (int i = 0; i < 7; ++i) {
        parameters.add_group({.name = std::to_string(i), .regularizer = regularizers[i]});
        parameters.add_view(theta.data() + offset, g.data() + offset, shapes[i]);
        offset += sizes[i];
    }
    Method method({.lambda = 0.2f, .clip_norm = 10});
    std::string bits;
    for (std::uint64_t k = 0; k < 3; ++k) {
        std::ranges::copy(normal_values<float>(total, 2 + k), g.begin());
        const auto report = method.step(parameters);
        bits.append(reinterpret_cast<const char*>(&report.gradient_norm), sizeof report.gradient_norm);
        for (const group_count& group : method.counts()) bits += std::to_string(group.nonzeros) + ' ';
    }
    bits.append(reinterpret_cast<const char*>(theta.data()), theta.size() * sizeof(float));
    return bits + state_bytes(method);
}

/// theta and the state of steps over one tensor that is large enough for the selection to be shared out.
std::string run_quantile_law(int threads) {
    omp_set_num_threads(threads);
    constexpr index_t size = 400003;
    auto theta = normal_values<float>(size, 1);
    adabreg<float, l1, quantile_law> method({.lambda = 0.2f, .target = 0.9f});
    for (std::uint64_t k = 0; k < 6; ++k) {
        method.step(theta, normal_values<float>(size, 2 + k));
        BOOST_TEST(std::abs(count_nonzeros(theta) - size / 10) <= 1);
    }
    return std::string(reinterpret_cast<const char*>(theta.data()), theta.size() * sizeof(float)) + state_bytes(method);
}

template <class Method>
void check_threads() {
    const std::string one = run<Method>(1);
    for (int threads : {2, 3, 8}) BOOST_TEST((run<Method>(threads) == one), threads << " threads");
}

} // namespace

BOOST_AUTO_TEST_SUITE(threads)

BOOST_AUTO_TEST_CASE(openmp_is_on) {
    omp_set_num_threads(3);
    int seen = 0;
#pragma omp parallel reduction(+ : seen)
    seen += 1;
    BOOST_TEST(seen == 3);
}

BOOST_AUTO_TEST_CASE(linbreg_has_the_same_bits) { check_threads<linbreg<float, mixed>>(); }
BOOST_AUTO_TEST_CASE(adabreg_has_the_same_bits) { check_threads<adabreg<float, mixed>>(); }
BOOST_AUTO_TEST_CASE(the_quantile_law_has_the_same_bits) { check_threads<adabreg<float, mixed, quantile_law>>(); }
BOOST_AUTO_TEST_CASE(the_quantile_law_finds_the_same_lambda) {
    const std::string one = run_quantile_law(1);
    for (int threads : {2, 3, 8}) BOOST_TEST((run_quantile_law(threads) == one), threads << " threads");
}
BOOST_AUTO_TEST_CASE(streaming_stores_have_the_same_bits) {
    using streaming = linbreg<float, mixed, settling_law, eigen_backend<float, primal_store::streaming>>;
    check_threads<streaming>();
    BOOST_TEST((run<streaming>(2) == run<linbreg<float, mixed>>(1)));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing

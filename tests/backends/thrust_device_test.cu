// On a GPU: the optimizers against the CPU's, which another compiler has built (device_runs_on_cpu.cpp), device memory
// of every kind, state files that move. scripts/gpu-check builds and runs it.
#include <sstream>

#include <boost/test/unit_test.hpp>

#include <bregman/backends/thrust.hpp>

#include "device_runs_inline.hpp"
#include "support/checks.hpp"
#include "tolerances.hpp"

#ifdef EIGEN_CORE_H
#error "the Thrust backend must not include Eigen under nvcc"
#endif

namespace bregman::testing {

namespace {

using memory = thrust::device_vector<float>;
using adabreg_on_device = adabreg<float, mixed_regularizers, any_law<float>, thrust_backend<float>>;

std::vector<float> on_host(const memory& values) {
    std::vector<float> host(values.size());
    thrust::copy(values.begin(), values.end(), host.begin());
    return host;
}

device_result run_on_device(const device_run& run) { return run_on<thrust_backend<float>, memory>(run, on_host); }

void check_against_cpu(const device_run& run) {
    const device_result wanted = run_on_cpu(run), seen = run_on_device(run);
    // nvcc fuses multiplications and additions; a value at the threshold may fall on the other side.
    check_close(seen.dual, wanted.dual, 20 * tolerance<float>::many_steps);
    for (std::size_t g = 0; g < wanted.nonzeros.size(); ++g)
        BOOST_TEST(std::abs(double(seen.nonzeros[g] - wanted.nonzeros[g])) <= 300); // a row, at most
    BOOST_TEST(std::abs(seen.gradient_norm / wanted.gradient_norm - 1) < 1e-5);
}

} // namespace

BOOST_AUTO_TEST_SUITE(thrust_on_cuda)

BOOST_AUTO_TEST_CASE(every_method_and_rule) {
    for (const char* method : {"linbreg", "linbreg_momentum", "adabreg"}) check_against_cpu({.method = method});
    for (dual_rule rule : all_dual_rules) check_against_cpu({.rule = rule});
}

BOOST_AUTO_TEST_CASE(the_quantile_law_reaches_the_target) {
    const device_result seen = run_on_device({.quantile = true});
    BOOST_TEST(std::abs(seen.sparsity - 0.8) < 0.02); // whole rows fall together
}

BOOST_AUTO_TEST_CASE(runs_repeat_to_the_bit) {
    const device_result one = run_on_device({.method = "adabreg"}), other = run_on_device({.method = "adabreg"});
    BOOST_TEST((one.state == other.state));
    BOOST_TEST(same_bits(one.theta, other.theta));
}

BOOST_AUTO_TEST_CASE(counts_are_of_what_is_stored) {
    const device_result seen = run_on_device({.method = "adabreg"});
    index nonzeros = 0;
    for (index n : seen.nonzeros) nonzeros += n;
    BOOST_TEST(nonzeros == count_nonzeros(seen.theta));
}

BOOST_AUTO_TEST_CASE(a_state_saved_on_the_cpu_is_loaded_here) {
    const device_result saved = run_on_cpu({.method = "adabreg"});
    std::istringstream file(saved.state);
    adabreg_on_device method({.lambda = 0.2f, .target = 0.8f}, {}, {}, {}, any_law<float>(fixed_law()));
    load_state(file, method);
    BOOST_TEST(same_bits(method.dual(), saved.dual));
    std::ostringstream again;
    save_state(again, method);
    BOOST_TEST((again.str() == saved.state));
}

BOOST_AUTO_TEST_CASE(a_gradient_that_is_not_finite_changes_nothing) {
    memory theta(1000, 1.0f), gradient(1000, 0.1f);
    linbreg<float, l1, fixed_law, thrust_backend<float>> method;
    method.step(theta, gradient);
    const auto before = on_host(theta);
    gradient[777] = NAN;
    BOOST_TEST(method.step(theta, gradient).refused);
    BOOST_TEST(same_bits(on_host(theta), before));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing

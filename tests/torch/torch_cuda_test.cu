// The LibTorch adapter with CUDA tensors, the adapter over Eigen as the oracle.
#include <bregman/torch_thrust.hpp> // LibTorch first: see there

#include "support/checks.hpp"
#include "support/torch_runs.hpp"
#include "tolerances.hpp"

namespace bregman::testing {

namespace {

struct there_is_a_gpu {
    boost::test_tools::assertion_result operator()(boost::unit_test::test_unit_id) const {
        return torch::cuda::is_available();
    }
};
const auto needs_a_gpu = boost::unit_test::precondition(there_is_a_gpu());

torch_result run_torch_on_gpu(int steps, const torch_result& from = {}) {
    return run_torch<adapter::device_adabreg<>>(torch::Device(torch::kCUDA, 0), steps, from);
}

void check_same_run(const torch_result& seen, const torch_result& wanted) {
    check_close(seen.values, wanted.values, tolerance<float>::many_steps);
    BOOST_TEST(std::abs(seen.sparsity - wanted.sparsity) < 0.01); // a weight at the threshold may fall either way
}

} // namespace

BOOST_AUTO_TEST_SUITE(torch_cuda_adapter)

BOOST_AUTO_TEST_CASE(tensors_of_the_cpu_are_refused) {
    CHECK_REFUSES(adapter::device_adabreg<>(model().groups()), "(group \"convolution\") device = cpu; allowed: cuda");
}

BOOST_AUTO_TEST_CASE(steps_are_those_of_the_cpu, *needs_a_gpu) {
    check_same_run(run_torch_on_gpu(12), run_torch_on_cpu(12));
}

BOOST_AUTO_TEST_CASE(a_run_continues_on_the_cpu_and_back, *needs_a_gpu) {
    const auto first = run_torch_on_gpu(3);
    const auto second = run_torch_on_cpu(3, first);
    check_same_run(run_torch_on_gpu(3, second), run_torch_on_cpu(9));
}

BOOST_AUTO_TEST_CASE(another_stream_gives_the_same_bits, *needs_a_gpu) {
    const auto on_default_stream = run_torch_on_gpu(12);
    const c10::impl::VirtualGuardImpl streams(torch::kCUDA);
    const torch::Device device(torch::kCUDA, 0);
    const auto before = streams.exchangeStream(streams.getStreamFromGlobalPool(device));
    const auto on_another = run_torch_on_gpu(12);
    streams.exchangeStream(before);
    BOOST_TEST(same_bits(on_another.values, on_default_stream.values));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing

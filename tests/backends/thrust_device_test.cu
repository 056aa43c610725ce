// On a GPU: the optimizers against the CPU's, which another compiler has built (device_runs_on_cpu.cpp), device memory
// of every kind, state files that move. scripts/gpu-check builds and runs it.
#include <sstream>

#include <boost/test/unit_test.hpp>

#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <bregman/backends/thrust.hpp>
#include <bregman/backends/thrust/step_graph.hpp>

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
    index_t nonzeros = 0;
    for (index_t n : seen.nonzeros) nonzeros += n;
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

// ---- steps that stay on the device -----------------------------------------------------------------------------

namespace {

template <class Law>
using linbreg_with = linbreg<float, l1, Law, thrust_backend<float>>;

/// An optimizer with a theta of its own, as all others of the same law.
template <class Law>
struct steps_of {
    memory gradient, theta;
    linbreg_with<Law> method;

    explicit steps_of(Law law)
        : gradient(normal_values<float>(100'000, 2)), theta(normal_values<float>(100'000, 1)),
          method({.lambda = 0.1f, .target = 0.9f}, {}, {}, {}, law) {}

    void by_host(int count) {
        for (int k = 0; k < count; ++k) method.step(theta, gradient);
    }
    template <class Run>
    void on_device(Run&& run) {
        parameter_list<float, l1> list;
        list.add(theta, gradient);
        device_steps steps(method, list);
        run(steps);
    }
};

template <class Law>
void check_same_bits(steps_of<Law>& seen, steps_of<Law>& wanted) {
    BOOST_TEST(same_bits(on_host(seen.theta), on_host(wanted.theta)));
    BOOST_TEST(same_bits(seen.method.dual(), wanted.method.dual()));
    BOOST_TEST(same_bits(seen.method.lambda(), wanted.method.lambda()));
    BOOST_TEST(seen.method.counts()[0].nonzeros == wanted.method.counts()[0].nonzeros);
}

/// Six steps: by the host, by device_steps, and by launches of a captured graph.
template <class Law>
void check_graph(Law law) {
    steps_of<Law> by_host(law), stepped(law), captured(law);
    by_host.by_host(6);
    stepped.on_device([](auto& steps) {
        for (int k = 0; k < 6; ++k) steps.step();
        steps.finish();
    });
    captured.on_device([](auto& steps) {
        steps.step();
        step_graph graph(steps);
        for (int k = 0; k < 3; ++k) graph.launch();
        steps.request_report();
        steps.step();
        graph.launch();
        const auto last = steps.finish();
        BOOST_TEST(steps.known_report().step == 4);
        BOOST_TEST(last.step == 6);
    });
    check_same_bits(captured, stepped);
    // Multiplication and addition are one rounding on the device, so the law's lambda may be the next number.
    constexpr double near = tolerance<float>::many_steps;
    check_close(stepped.method.dual(), by_host.method.dual(), near);
    BOOST_TEST(std::abs(stepped.method.lambda() / by_host.method.lambda() - 1) < near);
    BOOST_TEST(std::abs(double(stepped.method.counts()[0].nonzeros - by_host.method.counts()[0].nonzeros)) <= 10);
}

} // namespace

BOOST_AUTO_TEST_CASE(steps_on_a_stream_that_copies_do_not_wait_for) {
    steps_of usual((multiplicative_law<float>())), on_stream((multiplicative_law<float>()));
    usual.on_device([](auto& steps) {
        for (int k = 0; k < 50; ++k) steps.step();
        steps.finish();
    });
    cudaStream_t stream = nullptr;
    BOOST_REQUIRE(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking) == cudaSuccess);
    on_stream.on_device([stream](auto& steps) {
        for (int k = 0; k < 25; ++k) steps.step(stream);
        BOOST_TEST(steps.finish().step == 25);
        steps.resume();
        for (int k = 0; k < 25; ++k) steps.step(stream);
        BOOST_TEST(steps.finish().step == 50);
    });
    BOOST_TEST((cudaStreamDestroy(stream) == cudaSuccess));
    check_same_bits(on_stream, usual);
}

BOOST_AUTO_TEST_CASE(a_captured_step_is_the_hosts) {
    check_graph(multiplicative_law<float>());
    check_graph(quantile_law());
}

BOOST_AUTO_TEST_CASE(a_graph_cannot_ask_the_host) {
    const memory gradient(100, 0.1f);
    memory theta(100, 1.0f);
    parameter_list<float, l1> list;
    list.add(theta, gradient);
    linbreg_with<any_law<float>> method({}, {}, {}, {}, multiplicative_law<float>());
    device_steps steps(method, list, 10);
    steps.step();
    CHECK_REFUSES(step_graph<decltype(steps)>{steps}, "control law = one that runs on the host");
}

// ---- mixed precision, wrong memory -------------------------------------------------------------------------------

namespace {

template <class Stored>
void check_mixed_precision() {
    std::vector<Stored> start, slope;
    for (const float x : normal_values<float>(5000, 1)) start.push_back(static_cast<Stored>(x));
    for (const float x : normal_values<float>(5000, 2)) slope.push_back(static_cast<Stored>(x));
    thrust::device_vector<Stored> theta(start);
    const thrust::device_vector<Stored> gradient(slope);
    std::vector<float> start_in_float, slope_in_float;
    for (const Stored& x : start) start_in_float.push_back(static_cast<float>(x));
    for (const Stored& x : slope) slope_in_float.push_back(static_cast<float>(x));
    memory plain(start_in_float);
    const memory plain_gradient(slope_in_float);
    linbreg<float, l1, fixed_law, mixed_precision_backend<Stored>> method({.lambda = 0.2f});
    linbreg_with<fixed_law> other({.lambda = 0.2f});
    for (int k = 0; k < 5; ++k) method.step(theta, gradient), other.step(plain, plain_gradient);
    BOOST_TEST(same_bits(method.dual(), other.dual()));
    const auto wanted = on_host(plain);
    std::vector<Stored> seen(5000);
    thrust::copy(theta.begin(), theta.end(), seen.begin());
    index_t nonzeros = 0;
    for (std::size_t i = 0; i < seen.size(); ++i) {
        BOOST_TEST(static_cast<float>(seen[i]) == static_cast<float>(static_cast<Stored>(wanted[i])));
        nonzeros += static_cast<float>(seen[i]) != 0;
    }
    BOOST_TEST(method.counts()[0].nonzeros == nonzeros);
}

} // namespace

BOOST_AUTO_TEST_CASE(half_and_bfloat16) {
    check_mixed_precision<__half>();
    check_mixed_precision<__nv_bfloat16>();
}

BOOST_AUTO_TEST_CASE(memory_of_the_host_is_refused) {
    std::vector<float> theta(10, 1.0f);
    const memory gradient(10, 0.1f);
    CHECK_REFUSES(linbreg_with<fixed_law>().step(theta, gradient), "theta of tensor 0 = memory of the host");
    memory there(10, 1.0f);
    CHECK_REFUSES(linbreg_with<fixed_law>().step(there, theta), "the gradient of tensor 0 = memory of the host");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing

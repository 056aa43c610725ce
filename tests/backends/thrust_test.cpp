// The Thrust backend on whatever device system this file is compiled for: fixtures, memory (adapters.hpp), state,
// refusals, and how many tensors become one kernel (sweep.hpp, bodies.hpp, job_queue.hpp, execution.hpp).
#include <new>
#include <system_error>
#include <variant>

#include <bregman/tensors/sparse_initialisation.hpp>

#include "support/scratch_folder.hpp"
#include "twins.hpp"

namespace bregman::testing {

namespace {

constexpr index_t size = 5003;
constexpr int steps = 20;

/// The same run on both backends; Methods differ in the backend only.
template <class OnDevice, class OnHost>
void check_against_cpu(double tolerance_in_ulps) {
    using T = typename OnHost::scalar;
    OnDevice one({.lambda = T(0.3), .target = T(0.8), .clip_norm = 50});
    OnHost other({.lambda = T(0.3), .target = T(0.8), .clip_norm = 50});
    auto expected = normal_values<T>(size, 1);
    device<T> theta(expected.begin(), expected.end());
    for (std::uint64_t k = 0; k < steps; ++k) {
        const auto g = normal_values<T>(size, 10 + k);
        const device<T> slope(g.begin(), g.end());
        const auto seen = one.step(theta, slope), wanted = other.step(expected, g);
        BOOST_TEST(std::abs(seen.sparsity - wanted.sparsity) <= T(2.0 / size));
        BOOST_TEST(std::abs(seen.gradient_norm / wanted.gradient_norm - 1) < 1e-5);
    }
    check_close(on_host(theta), expected, tolerance_in_ulps * tolerance<T>::ulp);
    BOOST_TEST(one.counts()[0].nonzeros == count_nonzeros(on_host(theta)));
}

template <class T, class Law = settling_law>
using device_linbreg = linbreg<T, l1, Law, device_backend<T>>;
template <class T, class Law = settling_law>
using device_adabreg = adabreg<T, l1, Law, device_backend<T>>;

} // namespace

BOOST_AUTO_TEST_SUITE(thrust_backends)

BOOST_AUTO_TEST_CASE_TEMPLATE(fixture_of_linbreg, T, scalars) {
    device<T> theta(std::vector<T>{T(.5), 0, T(-.2), 0});
    const device<T> g(std::vector<T>{1, -6, T(.5), 0});
    device_linbreg<T, fixed_law> method({.step_size = T(.02), .lambda = T(.1)});
    method.step(theta, g);
    check_close(method.dual(), std::vector{.58, .12, -.31, 0.}, tolerance<T>::fixture);
    check_close(on_host(theta), std::vector{.48, .02, -.21, 0.}, tolerance<T>::fixture);
    BOOST_TEST(method.sparsity() == T(.25));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(fixture_of_adabreg, T, scalars) {
    device<T> theta(std::vector<T>{T(.5), 0, T(-.2), 0});
    const device<T> g(std::vector<T>{1, -6, T(.5), 0});
    device_adabreg<T, fixed_law> method({.step_size = T(.06), .lambda = T(.1)});
    method.step(theta, g);
    check_close(on_host(theta), std::vector{.4400000006, 0., -.2599999988, 0.}, tolerance<T>::fixture);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_run_is_that_of_the_cpu, T, scalars) {
    check_against_cpu<device_linbreg<T>, linbreg<T>>(2000);
    check_against_cpu<device_adabreg<T>, adabreg<T>>(2000);
}

BOOST_AUTO_TEST_CASE(the_quantile_law_hits_the_target_there_too) {
    device<float> theta(normal_values<float>(size, 1));
    device_linbreg<float, quantile_law> method({.lambda = 0.1f, .target = 0.9f});
    method.step(theta, device<float>(normal_values<float>(size, 2)));
    BOOST_TEST(size - count_nonzeros(on_host(theta)) == std::llround(0.9 * size));
}

BOOST_AUTO_TEST_CASE(a_gradient_that_is_not_finite_changes_nothing) {
    device<float> theta(normal_values<float>(size, 1));
    device_adabreg<float> method({.lambda = 0.1f});
    method.step(theta, device<float>(normal_values<float>(size, 2)));
    const auto before = on_host(theta);
    const std::string state = state_bytes(method);
    auto g = normal_values<float>(size, 3);
    g.back() = NAN;
    BOOST_TEST(method.step(theta, device<float>(g)).refused);
    BOOST_TEST(same_bits(on_host(theta), before));
    BOOST_TEST((state_bytes(method) == state));
    BOOST_TEST(!method.step(theta, device<float>(size, 1e30f)).refused);
}

BOOST_AUTO_TEST_CASE(a_gradient_whose_squares_overflow_is_finite) {
    device<double> theta(normal_values<double>(size, 1));
    device_linbreg<double> method({.step_size = 1e-300, .lambda = 0.1});
    BOOST_TEST(!method.step(theta, device<double>(size, 1e200)).refused);
    auto g = normal_values<double>(size, 3);
    g[17] = INFINITY;
    BOOST_TEST(method.step(theta, device<double>(g)).refused);
}

// ---- memory ---------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(every_kind_of_device_memory_is_stepped_in_place) {
    const auto start = normal_values<float>(12, 1);
    const device<float> slope(normal_values<float>(12, 2));
    device<float> expected(start);
    device_linbreg<float>({.lambda = 0.1f}).step(expected, slope);
    const auto check = [&](const device<float>& theta) { BOOST_TEST(same_bits(on_host(theta), on_host(expected))); };

    device<float> of_pointer(start);
    device_linbreg<float>({.lambda = 0.1f})
        .step(as_tensor(of_pointer.data(), 12), as_tensor(slope.data(), 12, {{3, 4}}));
    check(of_pointer);

    device<float> raw(start);
    device_linbreg<float>({.lambda = 0.1f})
        .step(as_tensor(thrust::raw_pointer_cast(raw.data()), 12),
              as_tensor(thrust::raw_pointer_cast(slope.data()), 12));
    check(raw);

    device<float> listed(start);
    parameter_list<float, l1> parameters;
    parameters.add(listed, slope);
    device_linbreg<float>({.lambda = 0.1f}).step(parameters);
    check(listed);
}

BOOST_AUTO_TEST_CASE(sizes_that_do_not_match_are_refused) {
    device<float> theta(3), g(4);
    device_linbreg<float> method;
    CHECK_REFUSES(method.step(theta, g), "gradient size = 4; allowed: the size of theta, 3");
    CHECK_REFUSES(as_tensor(thrust::device_ptr<float>(), 3), "tensor data = nullptr");
}

BOOST_AUTO_TEST_CASE(an_optimizer_is_copied_with_its_state) {
    device<float> theta(normal_values<float>(size, 1)), other_theta;
    const device<float> g(normal_values<float>(size, 2));
    device_adabreg<float> one({.lambda = 0.1f});
    one.step(theta, g);
    device_adabreg<float> other = one;
    other_theta = theta;
    one.step(theta, g);
    other.step(other_theta, g);
    BOOST_TEST(same_bits(on_host(theta), on_host(other_theta)));
}

// ---- one state file for all backends -----------------------------------------------------------------------

// Saved here, loaded on the CPU, continued there, and back: the run is the one that never moved.
BOOST_AUTO_TEST_CASE_TEMPLATE(a_run_moves_to_the_cpu_and_back, T, scalars) {
    const scratch_folder folder;
    const optimizer_settings<T> settings{.lambda = T(0.1), .target = T(0.8)};
    const auto g = [](std::uint64_t k) { return normal_values<T>(size, 10 + k); };
    auto expected = normal_values<T>(size, 1);
    adabreg<T> whole_run(settings);
    for (std::uint64_t k = 0; k < 6; ++k) whole_run.step(expected, g(k));

    device<T> theta(normal_values<T>(size, 1));
    device_adabreg<T> first(settings);
    for (std::uint64_t k = 0; k < 2; ++k) first.step(theta, device<T>(g(k)));
    save_run(folder / "first", first, theta);

    std::vector<T> theta_on_cpu(size);
    adabreg<T> second(settings);
    load_run(folder / "first", second, theta_on_cpu);
    BOOST_TEST(same_bits(theta_on_cpu, on_host(theta)));
    BOOST_TEST((state_bytes(second) == state_bytes(first)));
    for (std::uint64_t k = 2; k < 4; ++k) second.step(theta_on_cpu, g(k));
    save_run(folder / "second", second, theta_on_cpu);

    device_adabreg<T> third(settings);
    load_run(folder / "second", third, theta);
    for (std::uint64_t k = 4; k < 6; ++k) third.step(theta, device<T>(g(k)));
    check_close(on_host(theta), expected, tolerance<T>::many_steps);
    BOOST_TEST(third.steps() == 6);
}

// ---- more elements than an int can count -----------------------------------------------------------------------

// The work of tensors far too large for this machine, looked up but not done: every element is met exactly once.
BOOST_AUTO_TEST_CASE(tiles_cover_tensors_of_more_than_two_to_the_31_elements) {
    struct no_body {};
    const index_t units[] = {5, 6'000'000'007, 1, 0, 3'000'000'000}, per_tile = 1024;
    std::vector<bregman::device::job<no_body>> jobs;
    index_t tiles = 0;
    for (const index_t n : units) {
        jobs.push_back({{}, n, per_tile, tiles, tiles});
        tiles += bregman::device::tiles_of(n, per_tile);
    }
    std::vector<std::int32_t> job_of_tile;
    bregman::device::assign_tiles(jobs, job_of_tile);
    BOOST_TEST(index_t(job_of_tile.size()) == tiles);
    const auto job_at = [&](index_t tile) { return job_of_tile[std::size_t(tile)]; };
    for (index_t j : {0, 1, 2, 4}) { // 3 is empty
        const auto& job = jobs[std::size_t(j)];
        const index_t last_tile = job.first_tile + bregman::device::tiles_of(job.units, per_tile) - 1;
        BOOST_TEST(job_at(job.first_tile) == j);
        BOOST_TEST(job_at(last_tile) == j);
        BOOST_TEST(bregman::device::place_of(job, job.first_tile, 0).first == 0);
        const bregman::device::place last = bregman::device::place_of(job, last_tile, 31);
        BOOST_TEST(last.last == job.units);
        BOOST_TEST(last.lane == 31);
        BOOST_TEST(last.first == (job.units - 1) / per_tile * per_tile);
        const index_t middle = (job.first_tile + last_tile) / 2; // meets its neighbour without a gap
        BOOST_TEST(bregman::device::place_of(job, middle, 0).last ==
                   std::min(job.units, bregman::device::place_of(job, middle + 1, 0).first));
    }
}

// ---- errors of the device --------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(an_error_before_the_kernels_names_the_call_and_leaves_the_backend_usable) {
    device_backend<float> backend;
    const auto fails = [&](bool in_kernels) {
        backend.guarded("a pass", [&](bregman::device::progress_of_pass& now) {
            now.at("the table", 3, 5);
            now.in_kernels = in_kernels;
            throw std::bad_alloc();
        });
    };
    BOOST_CHECK_EXCEPTION(fails(false), device_error,
                          says("a pass failed on the device at the table of tensors 3 to 5: out of memory"));
    BOOST_TEST(backend.guarded("a pass", [](auto&) { return 7; }) == 7);
    BOOST_CHECK_THROW(fails(true), device_error); // among kernels: some tensors may be new and others old
    BOOST_CHECK_EXCEPTION(backend.guarded("a pass", [](auto&) { return 7; }), device_error, says("an earlier step"));
}

#if THRUST_DEVICE_SYSTEM == THRUST_DEVICE_SYSTEM_CPP && defined(BREGMAN_TEST_ELEMENTS)
namespace {

bool device_is_lost = false;

/// l1 on a device that can be lost while a kernel runs.
struct fragile_l1 : l1 {
    template <class V, class S>
    V prox(const V& x, S t) const {
        if (device_is_lost)
            throw thrust::system_error(std::make_error_code(std::errc::io_error).value(), thrust::generic_category(),
                                       "the device is lost");
        return l1::prox(x, t);
    }
};

} // namespace

BOOST_AUTO_TEST_CASE(an_error_in_a_kernel_names_its_tensors_and_stops_the_optimizer) {
    device<float> theta(normal_values<float>(50, 1)), other(normal_values<float>(70, 2)),
        third(normal_values<float>(50, 1));
    const device<float> g(normal_values<float>(50, 3)), slope(normal_values<float>(70, 4));
    using regularizers = std::variant<none, fragile_l1>;
    parameter_list<float, regularizers> list;
    list.add_group({.name = "free", .regularizer = none{}});
    list.add(other, slope);
    list.add_group({.name = "weights", .regularizer = fragile_l1{}});
    list.add(theta, g);
    list.add(third, g);
    linbreg<float, regularizers, multiplicative_law<float>, device_backend<float>> method({.lambda = 0.1f});
    method.step(list);
    const float lambda = method.lambda();
    device_is_lost = true;
    BOOST_CHECK_EXCEPTION(method.step(list), device_error, says("at the kernel of tensors 1 to 2: the device is lost"));
    device_is_lost = false;
    BOOST_TEST(method.steps() == 1);
    BOOST_TEST(same_bits(method.lambda(), lambda));
    BOOST_CHECK_EXCEPTION(method.step(list), device_error, says("make a new optimizer and load its last state"));
    BOOST_TEST(method.steps() == 1);
}
#endif

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing

// What a step on a device costs where there is no clock: kernels, the bytes that they say they move, copies and waits
// (account.hpp, tiles.hpp, job_table.hpp, sums.hpp). docs/performance.md has these numbers.
#include <numeric>
#include <variant>

#include <bregman/backends/thrust/device_steps.hpp>
#include <bregman/regularizers/group_l2.hpp>

#include "twins.hpp"

namespace bregman::testing {

namespace {

using bregman::device::call_account;
using bregman::device::calls;
using bregman::device::traffic;

constexpr index_t model_size = 250'000; // large enough for what is paid once a step to be small beside it

template <class Work>
call_account account_of(Work&& work) {
    calls.clear();
    work();
    return calls;
}

traffic all_bytes(const call_account& seen) {
    traffic sum;
    for (const auto& kernel : seen.kernels) sum += kernel.bytes;
    return sum;
}

/// The kernels of a name, and the bytes that they read.
std::pair<int, std::int64_t> kernels_named(const call_account& seen, const std::string& name) {
    std::pair<int, std::int64_t> result{};
    for (const auto& kernel : seen.kernels)
        if (kernel.what == name) ++result.first, result.second += kernel.bytes.read;
    return result;
}

/// A model of three tensors whose gradient never changes.
template <class Regularizer = l1>
struct model {
    device<float> theta, gradient;
    parameter_list<float, Regularizer> list;

    explicit model(Regularizer regularizer = {},
                   std::vector<tensor_shape> shapes = {{{model_size - 1007}}, {{7}}, {{1000}}})
        : theta(normal_values<float>(model_size, 1)), gradient(normal_values<float>(model_size, 2)) {
        list.add_group({.name = "weights", .regularizer = regularizer});
        index_t offset = 0;
        for (const auto& shape : shapes) {
            list.add_view(thrust::raw_pointer_cast(theta.data()) + offset,
                          thrust::raw_pointer_cast(gradient.data()) + offset, shape);
            offset += shape.size();
        }
    }
};

template <class Direction, class Law, class Regularizer = l1>
using method_of =
    optimizer<Direction, euclidean<float>, Regularizer, Law, thrust_backend<float, thrust_path::elements>>;

/// The third of three steps by the host, and the third of three that stay on the device.
template <class Direction, class Law = multiplicative_law<float>>
std::pair<call_account, call_account> accounts(optimizer_settings<float> settings) {
    model<> tensors;
    method_of<Direction, Law> by_host(settings);
    for (int k = 0; k < 2; ++k) by_host.step(tensors.list);
    const auto of_host = account_of([&] { by_host.step(tensors.list); });
    device_steps steps(by_host, tensors.list);
    for (int k = 0; k < 2; ++k) steps.step();
    const auto of_device = account_of([&] { steps.step(); });
    steps.finish();
    return {of_host, of_device};
}

/// What the update has to move, and nothing but a 64th of it besides.
void check_bytes(const call_account& seen, std::int64_t bytes_of_update) {
    const traffic all = all_bytes(seen);
    const std::int64_t update = bytes_of_update * model_size;
    BOOST_TEST(all.read + all.written >= update);
    BOOST_TEST(all.read + all.written <= update + update / 64);
}

} // namespace

BOOST_AUTO_TEST_SUITE(calls_of_the_device)

BOOST_AUTO_TEST_CASE(a_step_is_four_kernels_and_its_own_bytes) {
    const auto [host, resident] = accounts<gradient>({.lambda = 0.1f, .check_finite = false});
    BOOST_TEST(host.kernels.size() == 3u); // update, sums, totals; the law is the host's
    BOOST_TEST(resident.kernels.size() == 4u);
    check_bytes(host, 16);
    check_bytes(resident, 16);
    const auto [host_adam, resident_adam] = accounts<adam>({.lambda = 0.1f, .check_finite = false});
    BOOST_TEST(host_adam.kernels.size() == 3u);
    BOOST_TEST(resident_adam.kernels.size() == 4u);
    check_bytes(host_adam, 32);
    check_bytes(resident_adam, 32);
}

BOOST_AUTO_TEST_CASE(the_host_gets_one_small_copy_and_a_step_on_the_device_none) {
    const auto [host, resident] = accounts<gradient>({.lambda = 0.1f, .check_finite = false});
    BOOST_TEST(host.copies_to_host == 1);
    BOOST_TEST(host.bytes_to_host == std::int64_t(sizeof(std::int64_t))); // one parameter group
    BOOST_TEST(host.copies_to_device == 1);                               // lambda has changed
    BOOST_TEST(host.waits == 2);
    BOOST_TEST(resident.copies_to_host + resident.copies_to_device + resident.waits == 0);
}

BOOST_AUTO_TEST_CASE(nothing_is_sent_again_that_has_not_changed) {
    model<> tensors;
    method_of<gradient, fixed_law> method({.lambda = 0.1f});
    method.step(tensors.list);
    const auto copies = [&] { return account_of([&] { method.step(tensors.list); }).copies_to_device; };
#if defined(BREGMAN_CLEARS_PADDING)
    constexpr int when_nothing_changed = 0;
#else
    constexpr int when_nothing_changed = 1; // at most: bytes that are nobody's may differ
#endif
    BOOST_TEST(copies() <= when_nothing_changed);
    method.set_lambda(tensors.list, 0.2f); // lambda goes with the table of the next pass
    BOOST_TEST(copies() == 1);
    BOOST_TEST(copies() <= when_nothing_changed);
}

BOOST_AUTO_TEST_CASE(check_finite_and_clipping_read_the_gradient_once) {
    const auto check = [](const call_account& seen, std::size_t kernels) {
        BOOST_TEST(seen.kernels.size() == kernels);
        const auto [count, bytes] = kernels_named(seen, "squares");
        BOOST_TEST(count == 1);
        BOOST_TEST(bytes >= 4 * model_size);
        check_bytes(seen, 20);
    };
    for (const auto& settings : {optimizer_settings<float>{.lambda = 0.1f},
                                 optimizer_settings<float>{.lambda = 0.1f, .clip_norm = 1, .check_finite = false}}) {
        const auto [host, resident] = accounts<gradient>(settings);
        check(host, 6); // squares and update, with their sums and totals
        check(resident, 6);
        BOOST_TEST(host.copies_to_host == 2);
        BOOST_TEST(host.bytes_to_host == 16);
        BOOST_TEST(resident.copies_to_host == 0);
    }
}

BOOST_AUTO_TEST_CASE(groups_are_one_kernel_too) {
    const auto check = [](auto regularizer, const tensor_shape& shape, index_t per_tile) {
        using R = decltype(regularizer);
        model<R> tensors(regularizer, {shape});
        method_of<gradient, fixed_law, R> method({.lambda = 0.1f, .check_finite = false});
        for (int k = 0; k < 2; ++k) method.step(tensors.list);
        const auto seen = account_of([&] { method.step(tensors.list); });
        BOOST_TEST(seen.kernels.size() == 3u);
        const traffic all = all_bytes(seen);
        // theta is read and written once more for its scaling; a tile leaves 8 bytes, which are read again
        const index_t tiles = (shape.size() + per_tile - 1) / per_tile;
        BOOST_TEST(all.read + all.written >= 24 * model_size);
        BOOST_TEST(all.read + all.written <= 24 * model_size + 24 * tiles);
    };
    check(group_rows{}, {{1000, 250}}, 250);
    check(group_kernels{}, {{250, 40, 5, 5}}, 32 * 25);
}

BOOST_AUTO_TEST_CASE(an_idle_quantile_law_moves_nothing) {
    model<> tensors;
    method_of<gradient, quantile_law> method({.lambda = 0.1f, .target = 0.8f, .check_finite = false}, {}, {}, {},
                                             quantile_law(3));
    device_steps steps(method, tensors.list);
    steps.step();
    check_bytes(account_of([&] { steps.step(); }), 16); // asked after every third step
    const auto asked = account_of([&] { steps.step(); });
    BOOST_TEST(kernels_named(asked, "critical lambdas").second >= 4 * model_size);
    BOOST_TEST(kernels_named(asked, "digits").first == 8);
    BOOST_TEST(asked.kernels.size() == 4u + 3u + 33u); // the step, the second theta, the selection
    BOOST_TEST(asked.copies_to_host + asked.copies_to_device + asked.waits == 0);
}

// v once, and the few numbers near the last lambda; where that has jumped, v once more and all of them.
BOOST_AUTO_TEST_CASE(the_quantile_law_reads_v_once_where_lambda_moves_little) {
    model<> tensors;
    method_of<gradient, quantile_law> method({.step_size = 0.001f, .target = 0.8f, .check_finite = false});
    device_steps steps(method, tensors.list);
    const auto reads_of_v = [](const call_account& seen, const char* what) {
        return double(kernels_named(seen, what).second) / (4 * model_size);
    };
    for (int k = 0; k < 4; ++k) steps.step();
    const auto small = account_of([&] { steps.step(); });
    BOOST_TEST(reads_of_v(small, "critical lambdas") >= 1);
    BOOST_TEST(reads_of_v(small, "all critical lambdas") < 0.01);
    std::int64_t all = 0; // what is asked for besides the step and the second theta
    for (const char* what : {"critical lambdas", "all critical lambdas", "digits", "the next value"})
        all += kernels_named(small, what).second;
    BOOST_TEST(double(all) <= 2.0 * (4 * model_size));
    BOOST_TEST(std::abs(steps.finish().sparsity - 0.8f) <= 1e-5f);

    steps.set_step_size(3);
    thrust::fill(tensors.gradient.begin(), tensors.gradient.end(), 1.0f);
    const auto jump = account_of([&] { steps.step(); });
    BOOST_TEST(reads_of_v(jump, "all critical lambdas") >= 1);
    BOOST_TEST(reads_of_v(jump, "digits") >= 8);
    BOOST_TEST(std::abs(steps.finish().sparsity - 0.8f) <= 1e-5f);
}

// Any number of them, a warp's last tile half empty and a key with more partial results than a warp adds up at once.
BOOST_AUTO_TEST_CASE(sums_of_tiles_are_exact) {
    for (const index_t n : {1, 31, 33, 1023, 1024, 1025, 700'001}) {
        std::vector<std::int64_t> values(static_cast<std::size_t>(n));
        std::iota(values.begin(), values.end(), std::int64_t(1) << 33);
        const device<std::int64_t> partials(values);
        bregman::device::sums_of_partials<std::int64_t, std::int64_t> sums;
        const index_t half = n / 3;
        sums.prepare(thrust::raw_pointer_cast(partials.data()), {0, half, n});
        sums.run(bregman::device::no_more{}, {});
        std::int64_t totals[2];
        sums.read(totals, 2);
        BOOST_TEST(totals[0] == std::accumulate(values.begin(), values.begin() + half, std::int64_t(0)));
        BOOST_TEST(totals[1] == std::accumulate(values.begin() + half, values.end(), std::int64_t(0)));
    }
}

// As a warp adds them: neighbours first.
BOOST_AUTO_TEST_CASE(the_order_within_a_tile) {
    double of_lane[bregman::device::lanes] = {};
    of_lane[0] = 1, of_lane[1] = 0x1p-53, of_lane[2] = 0x1p-53; // 1 + 2^-53 rounds to 1, 1 + 2^-52 does not
    BOOST_TEST(bregman::device::sum_of_lanes(of_lane) == 1);
    double other[bregman::device::lanes] = {};
    other[0] = 1, other[2] = 0x1p-53, other[3] = 0x1p-53;
    BOOST_TEST(bregman::device::sum_of_lanes(other) == 1 + 0x1p-52);
}

// Tensors of two groups in turn: what belongs to a group is added up together, wherever its tensors stand.
BOOST_AUTO_TEST_CASE(groups_in_turn_are_one_sum_each) {
    device<float> theta(normal_values<float>(3000, 1));
    const device<float> g(normal_values<float>(3000, 2));
    parameter_list<float, l1> list;
    list.add_group({.name = "a"});
    list.add_group({.name = "b"});
    for (index_t i = 0; i < 10; ++i)
        list.add_view(thrust::raw_pointer_cast(theta.data()) + 300 * i, thrust::raw_pointer_cast(g.data()) + 300 * i,
                      {{300}}, i % 2);
    method_of<gradient, fixed_law> method({.lambda = 0.5f, .check_finite = false});
    method.step(list);
    const auto seen = account_of([&] { method.step(list); });
    BOOST_TEST(seen.bytes_to_host == 16);
    const auto host = on_host(theta);
    index_t nonzeros[2] = {};
    for (index_t i = 0; i < 3000; ++i) nonzeros[i / 300 % 2] += host[std::size_t(i)] != 0;
    for (std::size_t group : {0u, 1u}) BOOST_TEST(method.counts()[group].nonzeros == nonzeros[group]);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing

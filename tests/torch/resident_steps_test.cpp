// Steps of the LibTorch adapter that the host does not wait for (torch/resident_steps.hpp), on the path that a GPU takes,
// with what it orders counted (BREGMAN_COUNT_DEVICE_CALLS).
#include <cmath>
#include <string>

#include <torch/torch.h>

#include <bregman/torch/resident_steps.hpp>
#include <bregman/torch_thrust.hpp>

#include "support/checks.hpp"
#include "support/torch_model.hpp"

namespace bregman::testing {

namespace {

using as_on_a_gpu = adapter::torch_optimizer<adam, float, adapter::any_regularizer, euclidean<float>,
                                             thrust_backend<float, thrust_path::elements>>;
using resident = adapter::resident_steps<as_on_a_gpu>;

const optimizer_settings<float> settings{.lambda = 0.3f, .target = 0.7f, .clip_norm = 5};

/// Gradients of step k, written where they are.
void draw_gradients(const model& m, int k) {
    for (const Tensor& t : m.tensors()) {
        const auto values = normal_values<float>(t.numel(), std::uint64_t(100 * k + t.numel()));
        std::copy(values.begin(), values.end(), t.grad().data_ptr<float>());
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(torch_resident_steps)

BOOST_AUTO_TEST_CASE(they_have_the_bits_of_the_optimizers_own_and_wait_for_nothing) {
    for (const any_law<float>& law : {any_law<float>(multiplicative_law<float>()), any_law<float>(settling_law())}) {
        model here, there;
        as_on_a_gpu wanted(here.groups(), settings, law), method(there.groups(), settings, law);
        wanted.thin_out({.density = 0.5, .seed = 3});
        method.thin_out({.density = 0.5, .seed = 3});
        resident steps(method);
        BOOST_TEST(steps.law_is_on_device());
        const auto make_step = [](auto& by, as_on_a_gpu& optimizer, const model& m, int k) {
            if (k == 9) optimizer.set_learning_rate(0.02);
            draw_gradients(m, k);
            by.step();
        };
        device::calls.clear();
        for (int k = 0; k < 20; ++k) make_step(steps, method, there, k);
        BOOST_TEST(device::calls.waits == 0);
        BOOST_TEST(device::calls.copies_to_host == 0);
        BOOST_TEST(device::calls.kernels.size() > 20u);
        for (int k = 0; k < 20; ++k) make_step(wanted, wanted, here, k);
        const auto last = steps.finish();
        BOOST_TEST(last.step == 20);
        BOOST_TEST(last.sparsity == wanted.last().sparsity);
        BOOST_TEST(last.sparsity > 0.1f);
        BOOST_TEST(same_bits(there.all(), here.all()));
        BOOST_TEST(same_bits(method.core().dual(), wanted.core().dual()));
        BOOST_TEST(method.core().lambda() == wanted.core().lambda());
        draw_gradients(here, 20), draw_gradients(there, 20);
        wanted.step(), method.step(); // the host goes on with what the device has left
        BOOST_TEST(same_bits(there.all(), here.all()));
    }
}

BOOST_AUTO_TEST_CASE(the_loop_of_the_documentation) {
    model net;
    as_on_a_gpu optimizer(net.groups(), settings);
    const auto loss_of = [](const model& m) { return m.linear.square().sum() + m.weights.sum(); };
    // clang-format off
    loss_of(net).backward();                            // gradients have to be there
    bregman::libtorch::resident_steps steps(optimizer); // any optimizer of <bregman/torch_thrust.hpp>
    for (int k = 0; k < 10; ++k) {
        steps.zero_grad(); // in place
        loss_of(net).backward();
        steps.step();
    }
    steps.finish(); // waits; optimizer.last(), the law and the state are up to date
    // clang-format on
    BOOST_TEST(optimizer.last().step == 10);
    BOOST_TEST(optimizer.last().sparsity > 0);
}

BOOST_AUTO_TEST_CASE(a_refused_step_says_so_on_the_device) {
    model m;
    as_on_a_gpu method(m.groups(), settings);
    resident steps(method);
    const Tensor refused = steps.refused();
    steps.step();
    BOOST_TEST(!refused.item<bool>());
    const auto before = m.all();
    m.linear.mutable_grad()[3][4] = NAN;
    steps.step();
    BOOST_TEST(refused.item<bool>());
    BOOST_TEST(steps.finish().refused);
    BOOST_TEST(same_bits(m.all(), before));
    BOOST_TEST(method.core().steps() == 1);
    steps.zero_grad();
    steps.step();
    BOOST_TEST(!refused.item<bool>());
}

BOOST_AUTO_TEST_CASE(gradients_that_moved_are_followed) {
    model here, there;
    as_on_a_gpu wanted(here.groups(), settings), method(there.groups(), settings);
    resident steps(method);
    for (int k = 0; k < 4; ++k) {
        const Tensor kept = there.linear.grad(); // so that its memory is not given out again
        if (k == 2) {
            there.linear.mutable_grad() = torch::empty_like(there.linear);
            there.weights.set_data(there.weights.detach().clone());
        }
        draw_gradients(here, k), draw_gradients(there, k);
        wanted.step(), steps.step();
    }
    steps.finish();
    BOOST_TEST(same_bits(there.all(), here.all()));
}

BOOST_AUTO_TEST_CASE(what_only_the_optimizers_own_step_takes_is_refused) {
    model m;
    as_on_a_gpu method(m.groups(), settings);
    m.bias.mutable_grad() = Tensor();
    CHECK_REFUSES(resident{method}, "gradient of parameter 3 (group \"bias\") = none; allowed: one for each parameter");
    m.bias.mutable_grad() = torch::zeros_like(m.bias);
    method.param_groups()[1].options().set_lr(0.5);
    CHECK_REFUSES(resident{method}, "learning rate of group \"linear\" = 0.5; allowed: that of the first group");
    method.set_learning_rate(0.01);
    const Tensor in_order = m.linear.detach().clone();
    m.linear.set_data(in_order.t().contiguous().t());
    CHECK_REFUSES(resident{method}, "parameter 1 (group \"linear\") memory = not in the order of its indices");
    m.linear.set_data(in_order);
    resident steps(method);
    method.add_param_group({.name = "more", .tensors = {parameter({3}, 9)}});
    CHECK_REFUSES(steps.step(), "number of parameters = 5; allowed: 4, as at the start");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing

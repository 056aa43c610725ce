// The LibTorch adapter over Thrust on the CPU: the numbers and the states of the adapter over Eigen. What a GPU has
// besides, streams, is shown by a device that writes down what is ordered.
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include <torch/torch.h>

#include <bregman/torch.hpp>
#include <bregman/torch/default_stream.hpp>
#include <bregman/torch_thrust.hpp>

#include "support/checks.hpp"
#include "support/torch_model.hpp"
#include "tolerances.hpp"

namespace bregman::testing {

namespace {

template <class Direction>
using on_eigen = adapter::torch_optimizer<Direction, float>;
template <class Direction>
using on_thrust =
    adapter::torch_optimizer<Direction, float, adapter::any_regularizer, euclidean<float>, thrust_backend<float>>;
using as_on_a_gpu = adapter::torch_optimizer<adam, float, adapter::any_regularizer, euclidean<float>,
                                             thrust_backend<float, thrust_path::elements>>;
using directions = std::tuple<gradient, momentum, adam>;

const optimizer_settings<float> settings{.lambda = 0.3f, .target = 0.7f, .clip_norm = 5};

template <class From, class To>
void continue_from(From& from, To& to) {
    std::istringstream in(saved(from));
    to.load_state(in);
}

void copy_values(const model& from, model& to) {
    const torch::NoGradGuard no_gradients;
    to.convolution.copy_(from.convolution), to.linear.copy_(from.linear);
    to.weights.copy_(from.weights), to.bias.copy_(from.bias);
}

/// A device with streams 1, the current one, and 0, the default one, that writes down what is ordered on them.
struct noting_device final : c10::impl::DeviceGuardImplInterface {
    static constexpr c10::DeviceType kind = c10::DeviceType::PrivateUse1;
    mutable std::string noted;
    c10::StreamId current = 1;

    noting_device() { slot() = this; }
    ~noting_device() override { slot() = nullptr; }
    static std::atomic<const c10::impl::DeviceGuardImplInterface*>& slot() {
        return c10::impl::device_guard_impl_registry[static_cast<std::size_t>(kind)];
    }

    static c10::Stream stream(c10::StreamId id) { return c10::Stream(c10::Stream::UNSAFE, second(), id); }
    static c10::Device second() { return c10::Device(kind, 1); }

    c10::DeviceType type() const override { return kind; }
    c10::Device exchangeDevice(c10::Device device) const override {
        noted += "device " + std::to_string(int(device.index())) + ", ";
        return c10::Device(kind, 0);
    }
    c10::Device getDevice() const override { return c10::Device(kind, 0); }
    void setDevice(c10::Device device) const override { uncheckedSetDevice(device); }
    void uncheckedSetDevice(c10::Device device) const noexcept override {
        noted += "device " + std::to_string(int(device.index()));
    }
    c10::Stream getStream(c10::Device) const noexcept override { return stream(current); }
    c10::Stream getDefaultStream(c10::Device) const override { return stream(0); }
    c10::Stream exchangeStream(c10::Stream) const noexcept override { return stream(current); }
    void record(void**, const c10::Stream& on, const c10::DeviceIndex, const c10::EventFlag) const override {
        noted += "record " + std::to_string(on.id()) + ", ";
    }
    void block(void*, const c10::Stream& waiting) const override {
        noted += "block " + std::to_string(waiting.id()) + ", ";
    }
    c10::DeviceIndex deviceCount() const noexcept override { return 2; }
};

} // namespace

BOOST_AUTO_TEST_SUITE(torch_thrust_adapter)

BOOST_AUTO_TEST_CASE_TEMPLATE(steps_have_the_bits_of_the_adapter_over_eigen, Direction, directions) {
    for (const any_law<float>& law : {any_law<float>(multiplicative_law<float>()), any_law<float>(quantile_law())}) {
        model here, there;
        on_eigen<Direction> wanted(here.groups(), settings, law);
        on_thrust<Direction> seen(there.groups(), settings, law);
        wanted.thin_out({.density = 0.5, .seed = 3});
        seen.thin_out({.density = 0.5, .seed = 3});
        BOOST_TEST(count_nonzeros(there.all()) < std::int64_t(there.all().size()));
        BOOST_TEST(same_bits(here.all(), there.all()));
        for (int k = 0; k < 12; ++k) {
            wanted.step(), seen.step();
            BOOST_TEST(seen.last().next_lambda == wanted.last().next_lambda);
            BOOST_TEST(seen.last().sparsity == wanted.last().sparsity);
        }
        BOOST_TEST(seen.last().step == 12);
        BOOST_TEST(seen.last().sparsity > 0);
        BOOST_TEST(same_bits(here.all(), there.all()));
        BOOST_TEST((saved(seen) == saved(wanted)));
    }
}

BOOST_AUTO_TEST_CASE(the_path_of_a_gpu_makes_the_same_steps) {
    model here, there;
    on_eigen<adam> wanted(here.groups(), settings);
    as_on_a_gpu seen(there.groups(), settings);
    for (int k = 0; k < 12; ++k) {
        wanted.step(), seen.step();
        BOOST_TEST(seen.last().sparsity == wanted.last().sparsity);
    }
    check_close(there.all(), here.all(), tolerance<float>::many_steps);
}

BOOST_AUTO_TEST_CASE(a_run_continues_on_the_other_backend_and_back) {
    model whole, second, third;
    on_eigen<adam> uninterrupted(whole.groups(), settings);
    const auto three_steps = [](auto& method) {
        for (int k = 0; k < 3; ++k) method.step();
    };
    three_steps(uninterrupted);
    on_thrust<adam> on_device(second.groups());
    copy_values(whole, second);
    continue_from(uninterrupted, on_device);
    three_steps(on_device);
    on_eigen<adam> back(third.groups());
    copy_values(second, third);
    continue_from(on_device, back);
    three_steps(back);
    three_steps(uninterrupted), three_steps(uninterrupted);
    BOOST_TEST(same_bits(third.all(), whole.all()));
    BOOST_TEST((saved(back) == saved(uninterrupted)));
}

BOOST_AUTO_TEST_CASE(a_gradient_that_is_not_finite_changes_nothing_on_a_device) {
    model m;
    on_thrust<adam> method(m.groups(), settings);
    method.step();
    const auto before = m.all();
    const std::string state = saved(method);
    m.linear.mutable_grad()[3][4] = NAN;
    method.step();
    BOOST_TEST(method.last().refused);
    BOOST_TEST(same_bits(m.all(), before));
    BOOST_TEST((saved(method) == state));
}

BOOST_AUTO_TEST_CASE(tensors_of_another_device_are_refused) {
    const auto elsewhere = [] { return torch::empty({3}, torch::kMeta).set_requires_grad(true); };
    const auto with = [](const std::vector<Tensor>& tensors) {
        on_eigen<gradient>({{"head", l1{}, 1, true, tensors}});
        on_thrust<gradient>({{"head", l1{}, 1, true, tensors}});
    };
    CHECK_REFUSES(with({elsewhere()}), "parameter 0 (group \"head\") device = meta; allowed: cpu; move the module");
    CHECK_REFUSES(with({parameter({3}, 1), elsewhere()}), "parameter 1 (group \"head\") device = meta; allowed: cpu");
    const Tensor t = parameter({3}, 1);
    on_thrust<gradient> method({{"head", l1{}, 1, true, {t}}});
    t.mutable_grad() = torch::empty({3}, torch::kMeta);
    CHECK_REFUSES(method.step(), "gradient 0 device = meta; allowed: cpu");
}

BOOST_AUTO_TEST_CASE(work_on_the_default_stream_comes_after_and_before_that_of_the_current_one) {
    noting_device device;
    const auto work = [&] { adapter::on_default_stream(device.second(), [&] { device.noted += "work, "; }); };
    work();
    BOOST_TEST(device.noted == "device 1, record 1, block 0, work, record 0, block 1, device 0");
    device.noted.clear();
    device.current = 0; // where nothing has to wait
    work();
    BOOST_TEST(device.noted == "device 1, work, device 0");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing

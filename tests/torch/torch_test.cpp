// The LibTorch adapter: the same numbers as the core, in LibTorch's own terms.
#include <sstream>

#include <torch/torch.h>

#include <bregman/torch.hpp>

#include "support/checks.hpp"
#include "support/scratch_folder.hpp"
#include "support/torch_model.hpp"

namespace bregman::testing {

BOOST_AUTO_TEST_SUITE(torch_adapter)

BOOST_AUTO_TEST_CASE(a_step_has_the_numbers_of_the_core) {
    model seen, wanted;
    adapter::adabreg<> method(seen.groups(), {.step_size = 0.05f, .lambda = 0.3f, .target = 0.7f, .clip_norm = 5});

    bregman::adabreg<float, adapter::any_regularizer> core(
        {.step_size = 0.05f, .lambda = 0.3f, .target = 0.7f, .clip_norm = 5});
    parameter_list<float, adapter::any_regularizer> parameters;
    for (const auto& group : wanted.groups()) {
        parameters.add_group({group.name, group.regularizer, group.lambda_scale, group.counted});
        const Tensor& t = group.tensors[0];
        parameters.add_view(t.data_ptr<float>(), t.grad().data_ptr<float>(),
                            {tensor_extents(t.sizes().begin(), t.sizes().end())});
    }
    for (int k = 0; k < 12; ++k) {
        method.step();
        core.step(parameters);
        BOOST_TEST(method.last().sparsity == core.last().sparsity);
        BOOST_TEST(method.last().next_lambda == core.last().next_lambda);
    }
    BOOST_TEST(same_bits(seen.all(), wanted.all()));
    BOOST_TEST(method.core().counts()[0].name == "convolution");
    BOOST_TEST(sparsity_of_all(method.core().counts()) > 0);
}

BOOST_AUTO_TEST_CASE(two_hundred_tensors_are_one_step) {
    std::vector<Tensor> many, joined{parameter({4000}, 7)};
    for (std::int64_t i = 0; i < 200; ++i) {
        Tensor t = joined[0].detach().slice(0, 20 * i, 20 * (i + 1)).clone().set_requires_grad(true);
        t.mutable_grad() = joined[0].grad().slice(0, 20 * i, 20 * (i + 1)).clone();
        many.push_back(t);
    }
    adapter::adabreg<> one({{"w", l1{}, 1, true, joined}}, {.lambda = 0.3f}),
        other({{"w", l1{}, 1, true, many}}, {.lambda = 0.3f});
    for (int k = 0; k < 5; ++k) one.step(), other.step();
    std::vector<float> values;
    for (const Tensor& t : many) {
        const auto part = values_of(t);
        values.insert(values.end(), part.begin(), part.end());
    }
    BOOST_TEST(same_bits(values, values_of(joined[0])));
    BOOST_TEST(other.last().step == 5);
}

BOOST_AUTO_TEST_CASE(a_network_learns_to_the_sparsity_asked_for) {
    torch::manual_seed(1);
    torch::nn::Sequential net(torch::nn::Linear(20, 40), torch::nn::ReLU(), torch::nn::Linear(40, 1));
    const Tensor x = torch::randn({256, 20}), y = x.slice(1, 0, 1) - 2 * x.slice(1, 1, 2);
    std::vector<Tensor> weights, biases;
    for (const auto& named : net->named_parameters())
        (named.key().find("weight") != std::string::npos ? weights : biases).push_back(named.value());
    adapter::adabreg<> method({{"weights", l1{}, 1, true, weights}, {"biases", none{}, 1, false, biases}},
                              {.step_size = 0.01f, .lambda = 0.1f, .target = 0.8f});
    BOOST_TEST(method.core().law().name == "settling"); // what one gets by typing least
    const auto loss_of = [&] { return torch::mse_loss(net->forward(x), y); };
    const double before = loss_of().item<double>();
    for (int k = 0; k < 300; ++k) {
        const Tensor loss = method.step([&] {
            method.zero_grad();
            Tensor value = loss_of();
            value.backward();
            return value;
        });
        BOOST_TEST_REQUIRE(loss.defined());
    }
    BOOST_TEST(loss_of().item<double>() < 0.2 * before);
    BOOST_TEST(std::abs(method.last().sparsity - 0.8f) < 0.002f);
}

BOOST_AUTO_TEST_CASE(the_closure_is_called_once_with_gradients_on) {
    const Tensor t = parameter({5}, 1);
    int calls = 0;
    float seen_loss = 0;
    adapter::linbreg<> method({{"w", l1{}, 1, true, {t}}}, {}, [&](const observation<float>& seen) {
        seen_loss = seen.loss;
        return seen.lambda;
    });
    torch::NoGradGuard no_gradients;
    const Tensor loss = method.step([&] {
        ++calls;
        BOOST_TEST(torch::GradMode::is_enabled());
        return torch::full({}, 4.5f);
    });
    BOOST_TEST(calls == 1);
    BOOST_TEST(loss.item<float>() == 4.5f);
    BOOST_TEST(seen_loss == 4.5f);
    method.set_loss(2.5);
    method.step();
    BOOST_TEST(seen_loss == 2.5f);
    BOOST_TEST(calls == 1);
}

BOOST_AUTO_TEST_CASE(schedulers_set_the_step_size_through_the_options) {
    const Tensor t = parameter({5}, 1);
    adapter::linbreg<> method({{"w", l1{}, 1, true, {t}}}, {.step_size = 0.4f});
    BOOST_TEST(method.learning_rate() == double(0.4f));
    method.step();
    BOOST_TEST(method.core().step_size() == 0.4f);
    for (auto& group : method.param_groups()) group.options().set_lr(0.1);
    method.step();
    BOOST_TEST(method.core().step_size() == 0.1f);
    torch::optim::StepLR schedule(method, 1, 0.5);
    schedule.step();
    schedule.step(); // the first one only says where counting starts
    method.step();
    BOOST_TEST(method.core().step_size() == 0.05f);
    BOOST_TEST(adapter::adabreg<>({{"w", l1{}, 1, true, {t}}}).learning_rate() == double(0.01f));
}

BOOST_AUTO_TEST_CASE(autograd_notices_that_parameters_have_changed) {
    const Tensor t = parameter({5}, 1);
    adapter::linbreg<> method({{"w", l1{}, 1, true, {t}}});
    const Tensor loss = (t * t).sum(); // saves t for the backward pass
    method.step();
    BOOST_CHECK_THROW(loss.backward(), std::exception);
}

BOOST_AUTO_TEST_CASE(a_gradient_that_is_not_finite_changes_nothing) {
    model m;
    adapter::adabreg<> method(m.groups(), {.lambda = 0.2f});
    method.step();
    const auto before = m.all();
    const std::string state = saved(method);
    m.linear.mutable_grad()[3][4] = NAN;
    method.step();
    BOOST_TEST(method.last().refused);
    BOOST_TEST(same_bits(m.all(), before));
    BOOST_TEST((saved(method) == state));
}

BOOST_AUTO_TEST_CASE(a_sparse_start_keeps_the_share_asked_for) {
    const Tensor weights = parameter({200, 200}, 1), bias = parameter({200}, 2);
    adapter::linbreg<> method({{"w", l1{}, 1, true, {weights}}, {"b", none{}, 1, true, {bias}}});
    method.thin_out({.density = 0.05});
    BOOST_TEST(std::abs(double(count_nonzeros(values_of(weights))) / 40000 - 0.05) < 0.005);
    BOOST_TEST(count_nonzeros(values_of(bias)) == 200);
    method.step();
    CHECK_REFUSES(method.thin_out({}), "thin out before the first step");
}

namespace {

/// Continues after copying the state with `transfer(from, to)`.
template <class Transfer>
void check_continuation(Transfer&& transfer) {
    model whole, other;
    const adapter::adabreg<>::settings settings{.step_size = 0.03f, .lambda = 0.2f};
    adapter::adabreg<> method(whole.groups(), settings);
    for (int k = 0; k < 4; ++k) method.step();
    method.set_learning_rate(0.02);
    method.step();
    {
        torch::NoGradGuard no_gradients;
        other.convolution.copy_(whole.convolution), other.linear.copy_(whole.linear);
        other.weights.copy_(whole.weights), other.bias.copy_(whole.bias);
    }
    adapter::adabreg<> resumed(other.groups());
    transfer(method, resumed);
    BOOST_TEST(float(resumed.learning_rate()) == 0.02f);
    for (int k = 0; k < 4; ++k) method.step(), resumed.step();
    BOOST_TEST(same_bits(whole.all(), other.all()));
    BOOST_TEST((saved(method) == saved(resumed)));
}

} // namespace

BOOST_AUTO_TEST_CASE(a_run_continues_from_a_stream) {
    check_continuation([](auto& from, auto& to) {
        std::istringstream in(saved(from));
        to.load_state(in);
    });
}

BOOST_AUTO_TEST_CASE(a_run_continues_from_a_torch_archive) {
    const scratch_folder folder;
    check_continuation([&](auto& from, auto& to) {
        torch::save(from, folder / "optimizer.pt");
        torch::load(to, folder / "optimizer.pt");
    });
}

BOOST_AUTO_TEST_CASE(a_state_of_another_optimizer_is_refused) {
    model m;
    adapter::adabreg<> method(m.groups());
    adapter::linbreg<> other(m.groups());
    std::istringstream in(saved(other));
    CHECK_REFUSES(method.load_state(in), "direction gradient");
}

BOOST_AUTO_TEST_CASE(tensors_that_do_not_fit_are_refused) {
    const auto with = [](const Tensor& t) { return adapter::linbreg<>({{"head", l1{}, 1, true, {t}}}); };
    CHECK_REFUSES(adapter::linbreg<>(std::vector<adapter::parameter_group<>>{}), "number of parameter groups = 0");
    CHECK_REFUSES(with(Tensor()), "parameter 0 (group \"head\") = undefined");
    CHECK_REFUSES(with(parameter({3}, 1) * 2), "parameter 0 (group \"head\") = a computed tensor");
    CHECK_REFUSES(with(parameter({3}, 1).detach().to(torch::kFloat64).set_requires_grad(true)), "scalar type = Double");
    CHECK_REFUSES(with(parameter({3, 4}, 1).detach().slice(1, 0, 2).set_requires_grad(true)), "memory = with gaps");
    const Tensor t = parameter({3}, 1);
    CHECK_REFUSES(adapter::linbreg<>({{"a", l1{}, 1, true, {t}}, {"b", none{}, 1, true, {t}}}),
                  "parameter 1 = the same tensor as parameter 0");
    const Tensor view = t.detach().set_requires_grad(true); // another tensor on the same memory
    CHECK_REFUSES(adapter::linbreg<>({{"a", l1{}, 1, true, {t, view}}}), "memory of tensor 1 = shared with tensor 0");
}

BOOST_AUTO_TEST_CASE(double_modules_have_an_optimizer_too) {
    Tensor t = torch::ones({4}, torch::kFloat64).set_requires_grad(true);
    t.mutable_grad() = torch::zeros({4}, torch::kFloat64);
    adapter::linbreg<double> method({{"w", l1{}, 1, true, {t}}}, {.lambda = 0.25}, fixed_law());
    method.step();
    BOOST_TEST(t[0].item<double>() == 1.0);
    BOOST_TEST(method.core().dual()[0] == 1.25);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing

// The adapter behaves as torch::optim's optimizers do: with lambda 0 AdaBreg is Adam and LinBreg is SGD, through
// learning rates, frozen and late parameters, and memory that moves. What cannot be followed is refused untouched.
#include <cmath>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include <torch/torch.h>

#include <bregman/torch.hpp>

#include "support/checks.hpp"
#include "support/torch_model.hpp"
#include "tolerances.hpp"

namespace bregman::testing {

namespace {

using fixed_lambda = fixed_law;
using torch::optim::Optimizer;

/// A small network with convolutions, matrices, norms and biases, the same for the same seed.
struct network : torch::nn::Module {
    torch::nn::Conv2d convolution{nullptr};
    torch::nn::BatchNorm2d norm{nullptr};
    torch::nn::Linear hidden{nullptr}, unused{nullptr}, head{nullptr};

    // Without a bias before the norm, whose gradient is rounding: Adam would blow that up.
    network() {
        torch::manual_seed(3);
        convolution = register_module("convolution", torch::nn::Conv2d(torch::nn::Conv2dOptions(3, 6, 3).bias(false)));
        norm = register_module("norm", torch::nn::BatchNorm2d(6));
        hidden = register_module("hidden", torch::nn::Linear(6, 8));
        unused = register_module("unused", torch::nn::Linear(8, 8));
        head = register_module("head", torch::nn::Linear(8, 4));
    }
    Tensor forward(const Tensor& x) {
        return head->forward(torch::relu(hidden->forward(norm->forward(convolution->forward(x)).mean({2, 3}))));
    }
};

Tensor batch(int step) {
    torch::manual_seed(std::uint64_t(100 + step));
    return torch::randn({5, 3, 7, 7});
}

/// Two networks that are the same at the start, ours and LibTorch's optimizer, and the same of everything for both.
template <class Ours, class Theirs>
struct race {
    std::shared_ptr<network> our_network = std::make_shared<network>(), their_network = std::make_shared<network>();
    std::unique_ptr<Ours> ours;
    std::unique_ptr<Theirs> theirs;
    int steps = 0;

    template <class Action>
    void both(Action&& action) {
        action(*our_network, static_cast<Optimizer&>(*ours));
        action(*their_network, static_cast<Optimizer&>(*theirs));
    }
    void run(int count) {
        for (int k = 0; k < count; ++k) {
            both([&](network& net, Optimizer& optimizer) {
                optimizer.zero_grad();
                net.forward(batch(steps)).square().mean().backward();
                optimizer.step();
            });
            ++steps;
            check();
        }
    }
    void check() const {
        const auto a = our_network->parameters(), b = their_network->parameters();
        for (std::size_t i = 0; i < a.size(); ++i) {
            const double off = (a[i] - b[i]).abs().max().template item<double>();
            BOOST_TEST(off <= tolerance<float>::many_steps,
                       "parameter " << i << " after " << steps << " steps: " << off);
        }
    }
};

/// Groups as both optimizers have them: the convolution, the rest but the head, the head, which has another rate.
std::vector<std::vector<Tensor>> three_groups(network& net) {
    std::vector<Tensor> rest;
    for (const auto& module : {net.norm->parameters(), net.hidden->parameters(), net.unused->parameters()})
        rest.insert(rest.end(), module.begin(), module.end());
    return {net.convolution->parameters(), rest, net.head->parameters()};
}

constexpr double rate = 0.02, rate_of_head = 0.005;

template <class Ours, class Theirs, class Options>
race<Ours, Theirs> start_race() {
    race<Ours, Theirs> result;
    const auto mine = three_groups(*result.our_network);
    result.ours = std::make_unique<Ours>(
        std::vector<adapter::parameter_group<>>{{"convolution", group_kernels{}, 1, true, mine[0]},
                                                {"rest", none{}, 1, true, mine[1]},
                                                {"head", l1{}, 1, true, mine[2], 0, rate_of_head}},
        typename Ours::settings{.step_size = float(rate), .lambda = 0}, fixed_lambda{});
    std::vector<torch::optim::OptimizerParamGroup> groups;
    const auto yours = three_groups(*result.their_network);
    for (std::size_t g = 0; g < 3; ++g) {
        auto options = std::make_unique<Options>(g == 2 ? rate_of_head : rate);
        groups.emplace_back(yours[g], std::move(options));
    }
    result.theirs = std::make_unique<Theirs>(groups, Options(rate));
    return result;
}
auto race_with_adam() { return start_race<adapter::adabreg<>, torch::optim::Adam, torch::optim::AdamOptions>(); }
auto race_with_sgd() { return start_race<adapter::linbreg<>, torch::optim::SGD, torch::optim::SGDOptions>(); }

template <class Check>
void in_both_races(Check&& check) {
    auto adam = race_with_adam();
    check(adam);
    auto sgd = race_with_sgd();
    check(sgd);
}

/// Groups with all parameters of a network.
std::vector<adapter::parameter_group<>> all_of(network& net) { return adapter::weights_and_rest(net.parameters()); }

/// The call is refused with these words, and parameters and state are what they were.
template <class Method, class Call>
void check_untouched(Method& method, network& net, Call&& call, const char* words) {
    std::vector<std::vector<float>> before;
    for (const Tensor& t : net.parameters()) before.push_back(values_of(t));
    const std::string state = saved(method);
    CHECK_REFUSES(call(), words);
    const auto parameters = net.parameters();
    for (std::size_t i = 0; i < parameters.size(); ++i) BOOST_TEST(same_bits(values_of(parameters[i]), before[i]));
    BOOST_TEST((saved(method) == state));
}

/// Gradients for all parameters.
void backward(network& net, int step = 0) {
    net.zero_grad();
    (net.forward(batch(step)).square().mean() + net.unused->weight.sum()).backward();
}

} // namespace

BOOST_AUTO_TEST_SUITE(torch_contract)

// ---- with lambda 0 the optimizers are LibTorch's ----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(steps_are_those_of_adam_and_sgd) {
    in_both_races([](auto& both) { both.run(20); });
}

BOOST_AUTO_TEST_CASE(each_group_has_its_own_learning_rate_and_zero_holds_it_still) {
    in_both_races([](auto& both) {
        both.run(3);
        both.both([](network&, Optimizer& optimizer) {
            optimizer.param_groups()[0].options().set_lr(0);
            optimizer.param_groups()[2].options().set_lr(0.05);
        });
        const auto held = values_of(both.our_network->convolution->weight);
        both.run(3);
        BOOST_TEST(same_bits(values_of(both.our_network->convolution->weight), held));
        both.both([](network&, Optimizer& optimizer) { optimizer.param_groups()[0].options().set_lr(0.01); });
        both.run(3);
    });
}

BOOST_AUTO_TEST_CASE(schedulers_of_libtorch_act_on_all_groups) {
    in_both_races([](auto& both) {
        torch::optim::StepLR ours(*both.ours, 2, 0.5), theirs(*both.theirs, 2, 0.5);
        for (int k = 0; k < 8; ++k) {
            both.run(1);
            ours.step(), theirs.step();
        }
        for (std::size_t g = 0; g < 3; ++g)
            BOOST_TEST(float(both.ours->param_groups()[g].options().get_lr()) ==
                       float(both.theirs->param_groups()[g].options().get_lr()));
        BOOST_TEST(both.ours->learning_rate() < rate);
    });
}

BOOST_AUTO_TEST_CASE(frozen_and_unused_parameters_are_skipped) {
    in_both_races([](auto& both) {
        const auto unused = values_of(both.our_network->unused->weight);
        both.both([](network& net, Optimizer&) { net.hidden->weight.set_requires_grad(false); });
        const auto frozen = values_of(both.our_network->hidden->weight);
        both.run(5);
        BOOST_TEST(same_bits(values_of(both.our_network->hidden->weight), frozen));
        BOOST_TEST(same_bits(values_of(both.our_network->unused->weight), unused));
        both.both([](network& net, Optimizer&) { net.hidden->weight.set_requires_grad(true); });
        both.run(5); // Adam's correction counts the parameter's own steps
        BOOST_TEST(!same_bits(values_of(both.our_network->hidden->weight), frozen));
        both.both([](network& net, Optimizer&) {
            net.convolution->weight.set_requires_grad(false);
            net.convolution->weight.mutable_grad() = Tensor();
        });
        both.run(3);
        both.both([](network& net, Optimizer&) { net.convolution->weight.set_requires_grad(true); });
        both.run(3);
    });
}

BOOST_AUTO_TEST_CASE(parameters_may_be_frozen_from_the_start) {
    const Tensor frozen = torch::ones({5});
    adapter::adabreg<> method({{"w", l1{}, 1, true, {frozen, parameter({40}, 1)}}}, {.lambda = 0.2f});
    for (int k = 0; k < 20; ++k) method.step();
    BOOST_TEST(same_bits(values_of(frozen), std::vector<float>(5, 1.0f)));
    BOOST_TEST(method.core().counts()[0].size == 45);
}

BOOST_AUTO_TEST_CASE(a_parameter_without_a_gradient_outlives_a_lambda_that_rises) {
    const Tensor without = parameter({1000}, 1, false), with = parameter({1000}, 2);
    const auto before = values_of(without);
    adapter::adabreg<> method({{"w", l1{}, 1, true, {without, with}}}, {.lambda = 0.1f, .target = 0.99f});
    for (int k = 0; k < 200; ++k) method.step();
    BOOST_TEST(method.core().lambda() > 1.0f);
    BOOST_TEST(same_bits(values_of(without), before));
    BOOST_TEST(method.core().counts()[0].nonzeros == count_nonzeros(before) + count_nonzeros(values_of(with)));
}

// LibTorch moves a frozen parameter that still has a gradient; here frozen is frozen.
BOOST_AUTO_TEST_CASE(a_frozen_parameter_with_an_old_gradient_stays) {
    const Tensor t = parameter({5}, 1);
    adapter::adabreg<> method({{"w", none{}, 1, true, {t}}});
    method.step();
    t.set_requires_grad(false);
    const auto frozen = values_of(t);
    method.step();
    BOOST_TEST(same_bits(values_of(t), frozen));
}

BOOST_AUTO_TEST_CASE(a_group_may_be_added_between_steps) {
    in_both_races([](auto& both) {
        both.run(3);
        both.both([](network& net, Optimizer& optimizer) {
            torch::manual_seed(8);
            net.register_module("more", torch::nn::Linear(4, 4));
            optimizer.add_param_group(torch::optim::OptimizerParamGroup(net.named_children()["more"]->parameters()));
        });
        const auto step = [&](int count) {
            for (int k = 0; k < count; ++k) {
                both.both([&](network& net, Optimizer& optimizer) {
                    optimizer.zero_grad();
                    net.named_children()["more"]
                        ->template as<torch::nn::Linear>()
                        ->forward(net.forward(batch(both.steps)))
                        .square()
                        .mean()
                        .backward();
                    optimizer.step();
                });
                ++both.steps;
                both.check();
            }
        };
        step(4);
        BOOST_TEST(both.ours->core().counts().size() == 4u);
        // And a parameter at the end of a group that was there.
        both.both([](network& net, Optimizer& optimizer) {
            torch::manual_seed(9);
            auto scale = net.register_parameter("scale", torch::ones({1}));
            optimizer.param_groups()[1].params().push_back(scale);
        });
        for (int k = 0; k < 3; ++k) {
            both.both([&](network& net, Optimizer& optimizer) {
                optimizer.zero_grad();
                (net.forward(batch(both.steps)) * net.named_parameters(false)["scale"]).square().mean().backward();
                optimizer.step();
            });
            ++both.steps;
            both.check();
        }
        BOOST_TEST(both.our_network->named_parameters(false)["scale"].template item<float>() != 1.0f);
    });
}

BOOST_AUTO_TEST_CASE(an_added_group_has_what_it_says) {
    const Tensor first = parameter({30}, 1), second = parameter({4, 6}, 2), third = parameter({7}, 3);
    adapter::adabreg<> method({{"first", l1{}, 1, true, {first}}}, {.step_size = 0.1f, .lambda = 0.2f});
    method.step();
    method.add_param_group({"rows", group_rows{}, 2, false, {second}, 0.5, 0.03});
    BOOST_TEST(method.param_groups()[1].options().get_lr() == 0.03);
    method.add_param_group(torch::optim::OptimizerParamGroup({third}));
    BOOST_TEST(method.param_groups()[2].options().get_lr() == double(0.1f));
    method.step();
    const auto& counts = method.core().counts();
    BOOST_TEST(counts[1].name == "rows");
    BOOST_TEST(!counts[1].counted);
    BOOST_TEST(counts[2].regularized); // l1, as a parameter_group has by default
    BOOST_TEST(method.last().step == 2);
}

// ---- memory -------------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(channels_last_weights_are_stepped_right) {
    in_both_races([](auto& both) {
        both.both([](network& net, Optimizer&) {
            torch::NoGradGuard guard;
            net.convolution->weight.set_data(net.convolution->weight.contiguous(torch::MemoryFormat::ChannelsLast));
        });
        both.run(4);
        BOOST_TEST(both.our_network->convolution->weight.is_contiguous(torch::MemoryFormat::ChannelsLast));
        both.both(
            [](network& net, Optimizer&) { net.convolution->weight.set_data(net.convolution->weight.contiguous()); });
        both.run(4);
        both.both([](network& net, Optimizer&) { net.to(torch::kFloat32); });
        both.run(2);
    });
}

// Regularized too: the same numbers whatever the order in memory, before the first step or between steps.
BOOST_AUTO_TEST_CASE(the_order_in_memory_changes_no_number) {
    const auto run = [](int change_at) {
        network net;
        adapter::adabreg<> method({{"kernels", group_kernels{}, 1, true, {net.convolution->weight}},
                                   {"transposed", group_rows{}, 1, true, {net.hidden->weight}}},
                                  {.step_size = 0.03f, .lambda = 0.05f});
        for (int k = 0; k < 6; ++k) {
            if (k == change_at) {
                net.convolution->weight.set_data(net.convolution->weight.contiguous(torch::MemoryFormat::ChannelsLast));
                net.hidden->weight.set_data(net.hidden->weight.t().contiguous().t());
            }
            backward(net, k);
            method.step();
        }
        auto values = values_of(net.convolution->weight);
        const auto rest = values_of(net.hidden->weight);
        values.insert(values.end(), rest.begin(), rest.end());
        return values;
    };
    const auto never = run(-1);
    BOOST_TEST(count_nonzeros(never) < index_t(never.size()));
    for (int at : {0, 1, 3}) check_close(run(at), never, tolerance<float>::many_steps);
}

// v has moved by then, and so must theta, also where it is a copy that is written back.
BOOST_AUTO_TEST_CASE(a_law_that_throws_leaves_a_step_that_was_made) {
    Tensor t = parameter({4, 6}, 1).detach().t().set_requires_grad(true);
    t.mutable_grad() = torch::ones({6, 4});
    bool throws = false;
    adapter::linbreg<> method({{"w", l1{}, 1, true, {t}}}, {.lambda = 0.1f}, [&](const observation<float>& seen) {
        if (throws) throw std::runtime_error("no law today");
        return seen.lambda;
    });
    method.step();
    const auto before = values_of(t);
    throws = true;
    BOOST_CHECK_THROW(method.step(), std::runtime_error);
    BOOST_TEST(method.last().step == 2);
    BOOST_TEST(!same_bits(values_of(t), before));
    method.require_image();
}

BOOST_AUTO_TEST_CASE(what_cannot_be_followed_is_refused_and_touches_nothing) {
    network net;
    adapter::adabreg<> method(all_of(net), {.lambda = 0.05f});
    backward(net), method.step();
    const auto step = [&] { method.step(); };
    const Tensor weight = net.hidden->weight, data = weight.detach().clone(), gradient = weight.grad().clone();
    const auto restore = [&] {
        net.hidden->weight.set_data(data.clone());
        net.hidden->weight.mutable_grad() = gradient.clone();
    };

    net.hidden->weight.set_data(torch::ones({2, 3})); // smaller
    check_untouched(method, net, step, "sizes = (2, 3); allowed: those that it had, 48 elements; make a new optimizer");
    restore(), net.hidden->weight.set_data(data.reshape({6, 8}).clone()); // as many elements
    check_untouched(method, net, step, "sizes = (6, 8)");
    restore(), net.hidden->weight.mutable_grad() = torch::ones({2, 3});
    check_untouched(method, net, step, "sizes = (2, 3); allowed: (8, 6)");
    restore(), net.hidden->weight.mutable_grad() = torch::ones({8, 6}, torch::kFloat64);
    check_untouched(method, net, step, "scalar type = Double; allowed: Float");
    restore(), net.hidden->weight.mutable_grad() = gradient.to_sparse();
    check_untouched(method, net, step, "sparse; allowed: strided");
    restore(), net.hidden->weight.set_data(torch::ones({8, 12}).slice(1, 0, 12, 2));
    check_untouched(method, net, step, "memory = with gaps");
    restore(), net.hidden->weight.set_data(net.head->weight.detach().view({-1}).slice(0, 0, 1).expand({8, 6}));
    check_untouched(method, net, step, "memory = with gaps");
    restore(), net.unused->weight.set_data(torch::ones({8, 8})), net.hidden->weight.set_data(data.clone());
    net.hidden->bias.set_data(net.head->weight.detach().view({-1}).slice(0, 3, 11)); // 8 of its 32 floats
    check_untouched(method, net, step, "shared with tensor");
    net.hidden->bias.set_data(torch::ones({8}));

    const Tensor added = parameter({3}, 5).detach().to(torch::kFloat64).set_requires_grad(true);
    check_untouched(
        method, net,
        [&] {
            method.add_param_group({"more", l1{}, 1, true, {added}});
        },
        "(group \"more\") scalar type = Double");
    BOOST_TEST(method.param_groups().size() == 2u);
    check_untouched(
        method, net,
        [&] {
            method.add_param_group({"more", l1{}, 1, true, {net.head->weight}});
        },
        "the same tensor as parameter");
    const Tensor more = parameter({3}, 5), shared = net.head->weight.detach().set_requires_grad(true);
    check_untouched(
        method, net,
        [&] {
            method.add_param_group({"more", l1{}, -1, true, {more}});
        },
        "lambda_scale of group \"more\" = -1");
    check_untouched(
        method, net,
        [&] {
            method.add_param_group({"more", l1{}, 1, true, {shared}});
        },
        "shared with tensor");
    check_untouched(
        method, net,
        [&] {
            method.add_param_group(torch::optim::OptimizerParamGroup(
                {more}, std::make_unique<torch::optim::AdamOptions>(torch::optim::AdamOptions(0.1))));
        },
        "options of torch parameter group 2 = of another optimizer");
    BOOST_TEST(method.param_groups().size() == 2u);
    auto removed = method.param_groups()[0].params();
    method.param_groups()[0].params().pop_back();
    check_untouched(method, net, step, "number of parameters in torch group 0");
    method.param_groups()[0].params() = removed;
    std::swap(method.param_groups()[0].params()[0], method.param_groups()[0].params()[1]);
    check_untouched(method, net, step, "another tensor than in the step before");
    method.param_groups()[0].params() = removed;
    method.step();
    BOOST_TEST(method.last().step == 2);
}

BOOST_AUTO_TEST_CASE(double_tensors_after_the_first_step_are_refused) {
    network net;
    adapter::adabreg<> method(all_of(net));
    backward(net), method.step();
    net.to(torch::kFloat64);
    CHECK_REFUSES(method.step(), "scalar type = Double; allowed: Float; convert the module with module->to()");
}

// ---- theta from outside, states ------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(parameters_loaded_from_outside_stay_after_a_restart) {
    network net, checkpoint;
    {
        torch::NoGradGuard guard;
        for (auto& t : checkpoint.parameters()) t.mul_(0.5).add_(0.125);
    }
    adapter::linbreg<> method(all_of(net), {.step_size = 1e-6f, .lambda = 0.01f}, fixed_law());
    backward(net), method.step();
    BOOST_TEST(method.distance_from_image() <= 1e-6);
    {
        torch::NoGradGuard guard;
        const auto from = checkpoint.parameters();
        auto to = net.parameters();
        for (std::size_t i = 0; i < to.size(); ++i) to[i].copy_(from[i]);
    }
    BOOST_TEST(method.distance_from_image() > 0.1);
    CHECK_REFUSES(method.require_image(), "call restart_from(theta) after changing theta");
    method.restart_from_parameters();
    method.require_image();
    BOOST_TEST(method.distance_from_image() <= 1e-6);
    backward(net), method.step();
    const auto from = checkpoint.parameters(), seen = net.parameters();
    for (std::size_t i = 0; i < seen.size(); ++i) BOOST_TEST((seen[i] - from[i]).abs().max().item<double>() < 1e-4);
}

BOOST_AUTO_TEST_CASE(a_state_knows_its_groups_and_their_rates) {
    network net, other;
    const auto make = [](network& of) {
        const auto groups = three_groups(of);
        return std::make_unique<adapter::adabreg<>>(std::vector<adapter::parameter_group<>>{
            {"a", l1{}, 1, true, groups[0]}, {"b", l1{}, 1, true, groups[1]}, {"c", l1{}, 1, true, groups[2]}});
    };
    auto method = make(net), resumed = make(other);
    for (std::size_t g = 0; g < 3; ++g) method->param_groups()[g].options().set_lr(0.01 * double(g));
    for (int k = 0; k < 3; ++k) backward(net, k), method->step();
    const auto& constant = *method;
    const std::string state = saved(constant);
    {
        torch::NoGradGuard guard;
        const auto from = net.parameters();
        auto to = other.parameters();
        for (std::size_t i = 0; i < to.size(); ++i) to[i].copy_(from[i]);
    }
    std::istringstream in(state);
    resumed->load_state(in);
    for (std::size_t g = 0; g < 3; ++g) BOOST_TEST(resumed->param_groups()[g].options().get_lr() == 0.01 * double(g));
    for (int k = 3; k < 6; ++k) {
        other.norm->running_mean.copy_(net.norm->running_mean);
        backward(net, k), method->step();
        backward(other, k), resumed->step();
    }
    BOOST_TEST((saved(*resumed) == saved(*method)));

    network third;
    adapter::adabreg<> one_group({{"all", l1{}, 1, true, third.parameters()}});
    std::istringstream again(state);
    CHECK_REFUSES(one_group.load_state(again), "number of parameter groups in the state file = 3; allowed: that of the "
                                               "optimizer, 1");
    BOOST_TEST(one_group.core().steps() == 0);
}

// ---- the policies of a user ----------------------------------------------------------------------------------------

namespace {

/// |x| for positive numbers, nothing for negative ones.
struct one_sided_l1 {
    static constexpr const char* name = "one_sided_l1";
    static constexpr bool is_homogeneous = true;
    template <class V>
    V value(const V& x) const {
        return max(x, V(0));
    }
    template <class V>
    V subgradient(const V& x) const {
        return select(x > V(0), V(1), V(0));
    }
    template <class V, class T>
    V prox(const V& x, T t) const {
        return min(x, V(0)) + max(x - V(t), V(0));
    }
};

} // namespace

BOOST_AUTO_TEST_CASE(regularizers_and_mirror_maps_of_a_user_are_taken) {
    using mine = std::variant<none, l1, one_sided_l1>;
    Tensor t = parameter({400}, 1), u = parameter({400}, 2);
    adapter::adabreg<float, mine> method({{"mine", one_sided_l1{}, 1, true, {t}}, {"l1", l1{}, 1, true, {u}}},
                                         {.lambda = 0.5f});
    method.step();
    const auto values = values_of(t);
    BOOST_TEST(std::ranges::none_of(values, [](float x) { return x > 0 && x < 1e-7f; }));
    BOOST_TEST(count_nonzeros(values) > 200); // the negative half stays
    BOOST_TEST(method.core().description().find("none|l1|one_sided_l1") != std::string::npos);

    using hyperbolic = adapter::linbreg<double, l1, hypentropy<double>>;
    Tensor w = torch::tensor({0.5, -0.25, 0.0}, torch::kFloat64).set_requires_grad(true);
    w.mutable_grad() = torch::zeros({3}, torch::kFloat64);
    hyperbolic single({{"w", l1{}, 1, true, {w}}}, {.lambda = 0.1}, fixed_law{}, {}, {.beta = 0.1});
    single.step();
    BOOST_TEST(std::abs(w[0].item<double>() - 0.5) < 1e-12);
    BOOST_TEST(std::abs(single.core().dual()[0] - (std::asinh(5.0) + 0.1)) < 1e-12);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing

// docs/libtorch.md and README.md: what they show, run. Built where there is a LibTorch.
#include <cmath>
#include <functional>
#include <iostream>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <variant>

#include <bregman/torch.hpp> // brings <torch/torch.h>

double train(torch::nn::Sequential net, const torch::Tensor& x, const torch::Tensor& y) {
    bregman::libtorch::adabreg<> optimizer(bregman::libtorch::weights_and_rest(net->parameters()),
                                           {.lambda = 0.1f, .target = 0.8f});
    optimizer.thin_out({.density = 0.2});
    for (int k = 0; k < 600; ++k) {
        optimizer.zero_grad();
        torch::mse_loss(net->forward(x), y).backward();
        optimizer.step();
    }
    return optimizer.last().sparsity; // of all parameters
}

namespace {

using bregman::libtorch::adabreg;
using bregman::libtorch::weights_and_rest;

torch::nn::Sequential network() {
    torch::manual_seed(1);
    return torch::nn::Sequential(torch::nn::Linear(20, 64), torch::nn::ReLU(), torch::nn::Linear(64, 1));
}
struct data {
    torch::Tensor x, y;
};
data sample() {
    torch::manual_seed(2);
    const auto x = torch::randn({256, 20});
    return {x, x.slice(1, 0, 1) - 2 * x.slice(1, 1, 2)};
}
std::vector<float> values(const torch::nn::Sequential& net) {
    std::vector<float> all;
    for (const auto& t : net->parameters()) {
        const auto flat = t.detach().contiguous();
        all.insert(all.end(), flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel());
    }
    return all;
}

bool training_works() {
    auto net = network();
    const auto [x, y] = sample();
    const double before = torch::mse_loss(net->forward(x), y).item<double>();
    const double sparsity = train(net, x, y);
    return torch::mse_loss(net->forward(x), y).item<double>() < 0.1 * before && std::abs(sparsity - 0.8) < 0.02;
}

bool groups_work() {
    auto net = network();
    const auto [x, y] = sample();
    const auto hidden = net->ptr<torch::nn::LinearImpl>(0), head = net->ptr<torch::nn::LinearImpl>(2);

    adabreg<> optimizer(
        {{.name = "hidden", .regularizer = bregman::group_rows{}, .tensors = {hidden->weight}},
         {.name = "head", .lambda_scale = 0.5, .tensors = {head->weight}, .learning_rate = 1e-3},
         {.name = "biases", .regularizer = bregman::none{}, .counted = false, .tensors = {hidden->bias, head->bias}}},
        {.step_size = 0.01f, .lambda = 0.1f, .target = 0.5f}, bregman::quantile_law());

    torch::optim::StepLR schedule(optimizer, 100, 0.5); // all groups: their rates are halved every 100 steps
    for (int k = 0; k < 300; ++k) {
        const auto loss = optimizer.step([&] { // the control law then sees the loss
            optimizer.zero_grad();
            auto value = torch::mse_loss(net->forward(x), y);
            value.backward();
            return value;
        });
        if (optimizer.last().refused) std::cerr << "the gradient was not finite: no step was made\n";
        schedule.step();
    }
    std::cout << "sparsity without the head: " << bregman::sparsity_without(optimizer.core().counts(), "head") << '\n';

    const auto& counts = optimizer.core().counts();
    return counts[0].name == "hidden" && std::abs(optimizer.last().sparsity - 0.5f) < 0.05f && !counts[2].counted &&
           std::abs(optimizer.param_groups()[1].options().get_lr() - 2.5e-4) < 1e-9;
}

bool freezing_and_adding_work() {
    auto net = network();
    const auto [x, y] = sample();
    adabreg<> optimizer(weights_and_rest(net->parameters()));
    const auto step = [&] {
        optimizer.zero_grad();
        torch::mse_loss(net->forward(x), y).backward();
        optimizer.step();
    };
    step();

    auto weight = net->ptr<torch::nn::LinearImpl>(0)->weight;
    weight.set_requires_grad(false); // frozen: it keeps its values, v and moments, also where it has a gradient
    const auto frozen = weight.detach().clone();
    step();
    const bool stays = torch::equal(weight, frozen);
    weight.set_requires_grad(true); // goes on as if the steps in between had not been

    net->push_back(torch::nn::Linear(1, 1));
    optimizer.add_param_group({.name = "new", .tensors = net->ptr<torch::nn::LinearImpl>(3)->parameters()});
    step();
    return stays && !torch::equal(weight, frozen) && optimizer.core().counts().size() == 3;
}

bool restart_works() {
    auto net = network();
    const auto [x, y] = sample();
    adabreg<> optimizer(weights_and_rest(net->parameters()));
    torch::mse_loss(net->forward(x), y).backward();
    optimizer.step();
    std::vector<torch::Tensor> best;
    for (const auto& t : net->parameters()) best.push_back(torch::full_like(t, 0.25));

    {
        const torch::NoGradGuard guard;
        for (std::size_t i = 0; i < best.size(); ++i) net->parameters()[i].copy_(best[i]); // rolls back
    }
    optimizer.restart_from_parameters(); // without it the next step makes the parameters from v, and undoes that

    return optimizer.distance_from_image() < 1e-6;
}

bool saving_works() {
    auto net = network(), other = network();
    const auto [x, y] = sample();
    const auto steps = [&x = x, &y = y](auto& net, auto& optimizer) {
        for (int k = 0; k < 5; ++k) {
            optimizer.zero_grad();
            torch::mse_loss(net->forward(x), y).backward();
            optimizer.step();
        }
    };
    adabreg<> optimizer(weights_and_rest(net->parameters()), {.lambda = 0.1f});
    steps(net, optimizer);

    std::stringstream file;
    torch::serialize::OutputArchive parameters;
    net->save(parameters); // the parameters are the module's to save
    std::stringstream model;
    parameters.save_to(model);
    optimizer.save_state(file); // v, moments, lambda, law, learning rates, settings

    torch::serialize::InputArchive from;
    from.load_from(model);
    other->load(from);
    adabreg<> resumed(weights_and_rest(other->parameters()));
    resumed.load_state(file);

    steps(net, optimizer);
    steps(other, resumed);
    return values(net) == values(other);
}

/// Each is refused with these words.
bool refusals_are_what_the_page_says() {
    const auto says = [](const std::function<void()>& call, const std::string& text) {
        try {
            call();
        } catch (const std::invalid_argument& error) {
            if (std::string(error.what()).find(text) != std::string::npos) return true;
            std::cout << "says: " << error.what() << '\n';
            return false;
        }
        std::cout << "not refused: " << text << '\n';
        return false;
    };
    const auto of = [](std::vector<torch::Tensor> tensors) {
        return [=] { adabreg<>({{.name = "w", .tensors = tensors}}).step(); };
    };
    const auto t = torch::ones({4, 6}).set_requires_grad(true);
    bool all = says(of({torch::Tensor()}), "parameter 0 (group \"w\") = undefined; allowed: a tensor; pass "
                                           "module->parameters()");
    all &= says(of({t * 2}), "parameter 0 (group \"w\") = a computed tensor; allowed: a leaf");
    all &= says(of({t, t}), "parameter 1 = the same tensor as parameter 0; allowed: distinct tensors; put each "
                            "parameter in one group");
    all &= says(of({t, t.detach()}), "memory of tensor 1 = shared with tensor 0");
    all &= says(of({torch::ones({3}, torch::kFloat64)}), "scalar type = Double; allowed: Float; convert the module "
                                                         "with module->to(), or use the optimizer of that type");
    all &= says(of({torch::ones({3, 4}).slice(1, 0, 2)}), "memory = with gaps; allowed: without gaps; replace the "
                                                          "parameter by parameter.contiguous()");
    all &= says(of({torch::eye(3).to_sparse()}), "layout = sparse; allowed: strided; use dense parameters");
    all &= says([&] { adabreg<>({{.name = "w", .lambda_scale = -1, .tensors = {t}}}); }, "lambda_scale of group \"w\"");
    all &= says([&] { adabreg<>({{.name = "w", .tensors = {t}, .learning_rate = -1}}).step(); },
                "step_size of group \"w\" = -1; allowed: >= 0 and finite");
    adabreg<> stepped({{.name = "w", .tensors = {t}}});
    t.mutable_grad() = torch::ones({4, 6});
    stepped.core().set_step_size(7); // of no effect: the step takes the rate of the group
    stepped.step();
    all &= stepped.core().step_size() == 0.01f && stepped.core().counts()[0].regularized;
    all &= says([&] { stepped.thin_out({}); }, "steps = 1; allowed: 0; thin out before the first step");
    t.mutable_grad() = torch::ones({3});
    all &= says([&] { stepped.step(); }, "gradient 0 sizes = (3); allowed: (4, 6); pass the gradient of the same");
    t.mutable_grad() = torch::ones({4, 6}, torch::kFloat64);
    all &= says([&] { stepped.step(); }, "gradient 0 scalar type = Double; allowed: Float");
    t.mutable_grad() = torch::ones({4, 6});
    stepped.step();
    const auto fresh = torch::ones({2}).set_requires_grad(true);
    stepped.param_groups()[0].params()[0] = fresh;
    all &= says([&] { stepped.step(); }, "parameter 0 (group \"w\") = another tensor than in the step before; allowed: "
                                         "the same; add new parameters at the end of a group");
    stepped.param_groups()[0].params() = {};
    all &= says([&] { stepped.step(); }, "number of parameters in torch group 0 = 0; allowed: 1 or more");
    stepped.param_groups()[0].params() = {t};
    stepped.param_groups().emplace_back(std::vector<torch::Tensor>{fresh},
                                        std::make_unique<torch::optim::AdamOptions>());
    all &= says([&] { stepped.step(); }, "options of torch parameter group 1 = of another optimizer");
    return all;
}

} // namespace

int main() {
    int failures = 0;
    const auto check = [&](const char* name, bool works) {
        std::cout << (works ? "ok      " : "FAILED  ") << name << std::endl;
        failures += !works;
    };
    check("training", training_works());
    check("groups", groups_work());
    check("freezing and adding", freezing_and_adding_work());
    check("restart", restart_works());
    check("saving", saving_works());
    check("refusals", refusals_are_what_the_page_says());
    return failures;
}

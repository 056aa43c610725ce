#include "small_training.hpp"
#include "tiny_network.hpp"

#include "speaker_verification/training/optimizers/parameter_groups.hpp"
#include "speaker_verification/training/optimizers/regularised_weights.hpp"
#include "speaker_verification/training/optimizers/sparsity_count.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <map>
#include <set>

using namespace speaker_verification;
using namespace speaker_verification::testing;

namespace {

torch::Tensor shrink(const torch::Tensor& x, double t) { return x.sign() * (x.abs() - t).clamp_min(0); }

/// Kernels (o, i, :) scaled by max(1 - t sqrt(n) / norm, 0).
torch::Tensor shrink_kernels(const torch::Tensor& x, double t) {
    const auto norms = x.square().sum(2, /*keepdim=*/true).sqrt();
    return x * (1 - t * std::sqrt(double(x.size(2))) / norms).clamp_min(0);
}

bool nearly_equal(const torch::Tensor& one, const torch::Tensor& other) {
    return torch::allclose(one, other, 1e-5, 1e-6);
}

} // namespace

BOOST_AUTO_TEST_SUITE(optimizers_with_a_lambda)

BOOST_AUTO_TEST_CASE(proximal_sgd_is_its_formula) {
    for (const char* architecture : {"ecapa_tdnn", "resnet34"}) {
        settings all = plain_settings("proxsgd");
        all.model.network = architecture;
        all.optimizer.learning_rate = 0.2;
        all.sparsity.law = "fixed";
        all.sparsity.lambda = 0.5;
        random_descent descent(all);
        const auto prox_of_convolution = [&](const torch::Tensor& x) {
            return all.model.network == "ecapa_tdnn" ? shrink_kernels(x, 0.1) : shrink(x, 0.1);
        };
        const char* const names[] = {"conv.weight", "linear.weight", "projection.weight", "linear.bias"};
        std::map<std::string, torch::Tensor> theta, momentum;
        for (const char* name : names) {
            theta[name] = descent.network.values(name);
            momentum[name] = torch::zeros_like(theta[name]);
        }
        for (int k = 0; k < 2; ++k) {
            descent.draw_gradients();
            for (const char* name : names) {
                momentum[name] = 0.9 * momentum[name] + 0.1 * descent.network.gradient(name);
                theta[name] = theta[name] - 0.2 * momentum[name];
            }
            theta["conv.weight"] = prox_of_convolution(theta["conv.weight"]);
            for (const char* name : {"linear.weight", "projection.weight"}) theta[name] = shrink(theta[name], 0.1);
            const auto outcome = descent.step_on_gradients();
            for (const char* name : names) {
                BOOST_TEST(nearly_equal(descent.network.values(name), theta[name]), architecture << ' ' << name);
            }
            BOOST_TEST(outcome.lambda == 0.5);
            BOOST_TEST(outcome.sparsity == count_sparsity(*descent.network.module).sparsity(),
                       boost::test_tools::tolerance(1e-6));
        }
        const auto zeros = zeros_of(descent.network.values("linear.weight"));
        BOOST_TEST(zeros > 0);
        BOOST_TEST(zeros < 160);
    }
}

BOOST_AUTO_TEST_CASE(the_quantile_law_holds_proximal_sgd_at_the_target) {
    settings all = plain_settings("proxsgd");
    all.model.network = "resnet34"; // no kernels, which become zero as a whole
    all.sparsity.law = "quantile";
    all.sparsity.every = 1;
    all.sparsity.target = 0.8;
    random_descent descent(all);
    for (int k = 0; k < 5; ++k) {
        BOOST_TEST(std::llround(descent.step().sparsity * tiny_network::parameters) ==
                   std::llround(0.8 * tiny_network::parameters));
    }
}

BOOST_AUTO_TEST_CASE(steps_on_a_gpu_need_a_program_and_a_network_for_it) {
    for (const char* optimizer : {"adabreg", "linbreg"}) {
        settings all = plain_settings(optimizer);
        all.run.device = "cuda";
        const auto message = message_of([&] { random_descent descent(all); }); // the network is on the CPU
        const bool without_cuda = contains(message, "built without CUDA: set it to cpu, or configure with "
                                                    "-DBREGMAN_WITH_CUDA=ON and a LibTorch 2.x with CUDA");
        BOOST_TEST((without_cuda || contains(message, "device = cpu; allowed: cuda")), message);
    }
}

BOOST_AUTO_TEST_CASE(the_sparse_starts_of_all_optimizers_with_a_lambda_are_the_same) {
    std::vector<torch::Tensor> supports;
    for (const char* optimizer : {"adabreg", "linbreg", "proxsgd"}) {
        settings all = plain_settings(optimizer);
        all.sparsity.density = 0.3;
        supports.push_back(random_descent(all).network.values("linear.weight").ne(0));
    }
    BOOST_TEST(torch::equal(supports[0], supports[2]));
    BOOST_TEST(torch::equal(supports[1], supports[2]));
    BOOST_TEST(supports[2].any().item<bool>());
}

BOOST_AUTO_TEST_CASE(each_law_steers_and_resumes_to_the_bit) {
    for (const char* optimizer : {"adabreg", "adabreg_mini", "linbreg", "proxsgd"}) {
        for (const std::string law : {"paper", "fixed", "quantile", "settling", "additive", "pid", "nupi", "band"}) {
            BOOST_TEST_CONTEXT(optimizer << " with the law " << law) {
                settings all = plain_settings(optimizer);
                all.sparsity.law = law;
                all.sparsity.density = 0.01; // sparser than the target: lambda must fall
                all.sparsity.lambda = 1;
                all.sparsity.target = 0.5;
                random_descent whole(all), parts(all);
                const double first = whole.step().lambda;
                const double later = whole.steps(4).lambda;
                if (law == "fixed") {
                    BOOST_TEST(later == first);
                } else if (law == "settling") {
                    BOOST_TEST(later < all.sparsity.lambda); // it may be there at once
                } else {
                    BOOST_TEST(later < first);
                }
                parts.continue_from(whole);
                const auto one = whole.steps(15), other = parts.steps(15);
                BOOST_TEST(std::isfinite(one.lambda));
                BOOST_TEST(one.lambda == other.lambda);
                BOOST_TEST(same_parameters(whole, parts));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(a_leak_and_a_decay_pull_on_the_dual_variable) {
    settings all = plain_settings("linbreg");
    all.optimizer.learning_rate = 0.2;
    all.optimizer.leak = 0.25;
    all.optimizer.dual_decay = 0.5;
    random_descent descent(all);
    const auto before = descent.network.values("linear.bias"); // no regularizer: theta = v
    descent.draw_gradients();
    const auto g = descent.network.gradient("linear.bias");
    descent.step_on_gradients();
    BOOST_TEST(nearly_equal(descent.network.values("linear.bias"), 0.75 * before - 0.1 * before - 0.2 * g));
}

BOOST_AUTO_TEST_CASE(a_support_is_frozen_from_a_share_of_training_on) {
    for (const char* optimizer : {"adabreg", "adabreg_mini", "linbreg"}) {
        settings all = plain_settings(optimizer);
        all.sparsity.target = 0.5;
        all.sparsity.law = "quantile";
        all.sparsity.every = 1;
        all.sparsity.freeze_from = 0.5;
        random_descent descent(all);
        BOOST_TEST(descent.steps(random_descent::length / 2).lambda > 0);
        const auto support = descent.network.values("linear.weight").ne(0);
        const auto zeros = descent.zeros();
        const auto outcome = descent.steps(5);
        random_descent resumed(all);
        resumed.continue_from(descent);
        BOOST_TEST(outcome.lambda == 0);
        for (random_descent* each : {&descent, &resumed}) {
            each->steps(10);
            BOOST_TEST(each->zeros() == zeros);
            BOOST_TEST(torch::equal(each->network.values("linear.weight").ne(0), support));
        }
        BOOST_TEST(same_parameters(descent, resumed));
    }
}

BOOST_AUTO_TEST_CASE(births_by_evidence_are_adabregs_with_less_for_small_gradients) {
    settings all = plain_settings("adabreg");
    all.sparsity.law = "fixed";
    all.sparsity.lambda = 0.05;
    all.sparsity.prune_head = false;
    const auto born_of = [&](double birth_leak, double size) {
        all.optimizer.birth_leak = birth_leak;
        random_descent descent(all);
        const torch::NoGradGuard no_gradient;
        auto weight = descent.network.weight("linear.weight");
        weight.slice(0, 1).zero_();
        for (int k = 0; k < 20; ++k) {
            descent.network.set_gradients([](const torch::Tensor& each) { return torch::zeros_like(each); });
            auto gradient = weight.grad();
            gradient.slice(0, 0, 1).fill_(1);
            gradient.slice(0, 1).fill_(-size); // of zeros, always in one direction
            descent.step_on_gradients();
        }
        return 160 - zeros_of(descent.network.values("linear.weight")) > 16;
    };
    BOOST_TEST(born_of(0, 1e-3)); // Adam takes any size for the same
    BOOST_TEST(!born_of(1e-3, 1e-3));
    BOOST_TEST(born_of(1e-3, 1));
    random_descent whole(all), parts(all);
    whole.steps(6);
    parts.continue_from(whole);
    whole.steps(6);
    parts.steps(6);
    BOOST_TEST(same_parameters(whole, parts));
}

BOOST_AUTO_TEST_CASE(each_dual_rule_is_the_librarys) {
    for (const char* optimizer : {"adabreg", "linbreg"}) {
        settings all = plain_settings(optimizer);
        all.sparsity.target = 0.5;
        random_descent keeps(all);
        keeps.steps(10);
        for (const char* rule : {"ratio", "ratio_with_clip", "additive", "predictive", "reset", "prox_rescaled"}) {
            BOOST_TEST_CONTEXT(optimizer << " with the rule " << rule) {
                all.sparsity.dual_rule = rule;
                random_descent whole(all), parts(all);
                BOOST_TEST(std::isfinite(whole.steps(10).lambda));
                BOOST_TEST(!same_parameters(whole, keeps));
                parts.continue_from(whole);
                whole.steps(10);
                parts.steps(10);
                BOOST_TEST(same_parameters(whole, parts));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(prox_rescaled_divides_weights_by_lambda_and_leaves_biases_alone) {
    settings all = plain_settings("linbreg");
    all.sparsity.law = "fixed";
    all.sparsity.dual_rule = "prox_rescaled";
    all.sparsity.lambda = 0.25;
    random_descent descent(all);
    const auto weight = descent.network.values("linear.weight"), bias = descent.network.values("linear.bias");
    descent.step();
    const auto gradient = descent.network.gradient("linear.weight");
    const auto v = 0.25 * weight + 0.25 * weight.sign() - 0.1 * gradient;
    BOOST_TEST(nearly_equal(descent.network.values("linear.weight"), shrink(v, 0.25) / 0.25));
    BOOST_TEST(
        nearly_equal(descent.network.values("linear.bias"), bias - 0.1 * descent.network.gradient("linear.bias")));
}

BOOST_AUTO_TEST_CASE(a_head_that_is_not_pruned_stays_dense_and_one_that_is_not_counted_leaves_s) {
    const auto head = std::string("projection.weight");
    for (const char* optimizer : {"adabreg", "linbreg", "proxsgd"}) {
        BOOST_TEST_CONTEXT(optimizer) {
            settings all = plain_settings(optimizer);
            all.sparsity.law = "quantile";
            all.sparsity.target = 0.6;
            random_descent pruned(all);
            pruned.steps(6);
            BOOST_TEST(zeros_of(pruned.network.values(head)) > 0);

            all.sparsity.prune_head = false;
            random_descent dense(all);
            const double of_all = dense.steps(6).sparsity;
            BOOST_TEST(zeros_of(dense.network.values(head)) == 0);
            BOOST_TEST(of_all == count_sparsity(*dense.network.module).sparsity(), boost::test_tools::tolerance(1e-6));
            BOOST_TEST(std::abs(of_all - 0.6) < 0.02);

            all.sparsity.count_head = false;
            random_descent uncounted(all);
            const double without = uncounted.steps(6).sparsity;
            BOOST_TEST(without == count_sparsity(*uncounted.network.module).sparsity_without_head(),
                       boost::test_tools::tolerance(1e-6));
            BOOST_TEST(std::abs(without - 0.6) < 0.02);
        }
    }
}

BOOST_AUTO_TEST_CASE(norms_and_biases_leave_s_and_a_target_out_of_reach_is_refused) {
    for (const char* optimizer : {"adabreg", "linbreg", "proxsgd"}) {
        BOOST_TEST_CONTEXT(optimizer) {
            settings all = plain_settings(optimizer);
            all.sparsity.law = "quantile";
            all.sparsity.target = 0.999; // the tiny network has more biases than that leaves
            BOOST_CHECK_EXCEPTION(random_descent{all}, std::invalid_argument, [](const auto& error) {
                return std::string(error.what()).find("counted parameters may become zero") != std::string::npos;
            });
            all.sparsity.law = "fixed"; // has no target
            BOOST_CHECK_NO_THROW(random_descent{all});

            all.sparsity.law = "quantile";
            all.sparsity.target = 0.6;
            all.sparsity.count_rest = false;
            random_descent weights(all);
            const double of_weights = weights.steps(6).sparsity;
            BOOST_TEST(of_weights == count_sparsity(*weights.network.module).sparsity_of_regularised(),
                       boost::test_tools::tolerance(1e-6));
            const auto count = count_sparsity(*weights.network.module, all.sparsity);
            BOOST_TEST(of_weights == count.sparsity_of_counted(), boost::test_tools::tolerance(1e-6));
            BOOST_TEST(count.sparsity_of_counted() > count.sparsity());
            BOOST_TEST(std::abs(of_weights - 0.6) < 0.02);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_target_is_refused_by_what_may_become_zero_and_only_with_remedies_that_are_left) {
    // conv.weight has 36 numbers, linear.weight 160, the head 60, and norms and biases 22.
    const auto refusal = [](const std::function<void(sparsity_settings&)>& change) {
        settings all = plain_settings("adabreg");
        all.sparsity.law = "paper";
        change(all.sparsity);
        try {
            random_descent{all};
        } catch (const std::invalid_argument& error) {
            return std::string(error.what());
        }
        return std::string("nothing was thrown");
    };
    BOOST_TEST(
        refusal([](auto& chosen) { chosen.target = 0.95; }) ==
        "setting 'target' is 0.95 but at most 0.9208 can be reached, for 256 of the 278 counted parameters may become "
        "zero: lower it, or set count_rest to false");
    BOOST_TEST(
        refusal([](auto& chosen) {
            chosen.target = 0.95;
            chosen.prune_head = false;
        }) ==
        "setting 'target' is 0.95 but at most 0.705 can be reached, for 196 of the 278 counted parameters may become "
        "zero: lower it, or set count_rest to false, prune_head to true or count_head to false");
    BOOST_TEST(
        refusal([](auto& chosen) {
            chosen.target = 0.95;
            chosen.prune_head = chosen.count_rest = false;
        }) ==
        "setting 'target' is 0.95 but at most 0.7656 can be reached, for 196 of the 256 counted parameters may become "
        "zero: lower it, or set prune_head to true or count_head to false");
    // Of a tenth of each layer, rounded up, 4 and 16 stay.
    const auto a_tenth = [](double target, bool count_rest) {
        return [target, count_rest](sparsity_settings& chosen) {
            chosen.layer_density = 0.1;
            chosen.count_rest = count_rest;
            chosen.target = target;
        };
    };
    BOOST_TEST(
        refusal(a_tenth(0.86, true)) ==
        "setting 'target' is 0.86 but at most 0.8489 can be reached, for 236 of the 278 counted parameters may become "
        "zero: lower it, or set count_rest to false or layer_density lower");
    BOOST_TEST(
        refusal(a_tenth(0.93, false)) ==
        "setting 'target' is 0.93 but at most 0.9218 can be reached, for 236 of the 256 counted parameters may become "
        "zero: lower it, or set layer_density lower");
    BOOST_TEST(refusal(a_tenth(0.92, false)) == "nothing was thrown"); // with the head, of which nothing need stay
    BOOST_TEST(refusal([](auto& chosen) {
                   chosen.target = 1;
                   chosen.count_rest = false;
               }) == "nothing was thrown");
}

BOOST_AUTO_TEST_CASE(a_density_of_layers_keeps_whole_channels) {
    // A tenth of 4 rows and of 10: one of each stays, 9 of 36 numbers and 16 of 160.
    settings all = plain_settings("adabreg");
    all.sparsity.granularity = "channels";
    all.sparsity.count_rest = all.sparsity.count_head = false;
    all.sparsity.layer_density = 0.1;
    all.sparsity.target = 0.88;
    BOOST_CHECK_EXCEPTION(random_descent{all}, std::invalid_argument, [](const auto& error) {
        return std::string(error.what()).find("at most 0.8724 can be reached, for 171 of the 196") != std::string::npos;
    });
    all.sparsity.target = 0.87;
    BOOST_CHECK_NO_THROW(random_descent{all});
}

BOOST_AUTO_TEST_CASE(the_log_tells_norms_and_layers_of_the_weights_that_may_become_sparse) {
    for (const bool prune_head : {true, false}) {
        small_training training;
        training.all.sparsity.prune_head = prune_head;
        training.all.sparsity.target = 0.8; // the head alone is an eighth of this network
        trainer trainer(training.all, training.material(), training.folder("run"));
        trainer.run();
        double l1 = 0, squares = 0;
        std::int64_t nonzeros = 0;
        for (const auto& parameter : classify_parameters(*trainer.network().embedder)) {
            const bool is_head = parameter.role == parameter_role::head_weight;
            if (parameter.tensor.dim() < 2 || (is_head && !prune_head)) continue;
            l1 += parameter.tensor.detach().to(torch::kFloat64).abs().sum().item<double>();
            squares += parameter.tensor.detach().to(torch::kFloat64).square().sum().item<double>();
            nonzeros += parameter.tensor.ne(0).sum().item<std::int64_t>();
        }
        const auto log = read_step_log(training.folder("run") / "log.jsonl");
        const auto& line = log[log.size() - 2];
        BOOST_TEST(line.at("l1_norm").get<double>() == l1, boost::test_tools::tolerance(1e-6));
        BOOST_TEST(line.at("l2_norm").get<double>() == std::sqrt(squares), boost::test_tools::tolerance(1e-6));
        double of_layers = 0;
        std::int64_t nonzeros_of_layers = 0;
        std::set<std::string> names, roles;
        for (const auto& layer : log.back().at("layers")) {
            of_layers += std::pow(layer.at("l2_norm").get<double>(), 2);
            nonzeros_of_layers += layer.at("nonzeros").get<std::int64_t>();
            BOOST_TEST(layer.at("size").get<std::int64_t>() >= layer.at("nonzeros").get<std::int64_t>());
            names.insert(layer.at("name").get<std::string>());
            roles.insert(layer.at("role").get<std::string>());
        }
        BOOST_TEST(of_layers == squares, boost::test_tools::tolerance(1e-6));
        BOOST_TEST(nonzeros_of_layers == nonzeros);
        BOOST_TEST(names.size() == log.back().at("layers").size());
        BOOST_TEST(names.contains("layer1.conv.weight"));
        BOOST_TEST(roles.contains("head weight") == prune_head);
    }
}

BOOST_AUTO_TEST_CASE(the_oscillation_guard_quarters_the_rate_and_resumes_to_the_bit) {
    small_training training;
    training.all.schedule.schedule = "constant";
    training.all.schedule.warm_up = 0;
    training.all.schedule.max_steps = 120;
    training.all.monitoring.validate_every = 0;
    training.all.sparsity.law = "additive"; // jumps between hardly a zero and nothing else
    training.all.sparsity.alpha = 100;
    training.all.sparsity.lambda = 0.05;
    training.all.sparsity.every = 1;
    training.all.sparsity.target = 0.5;
    training.all.sparsity.density = 1;
    const auto last_rate = [&](const char* name) {
        for (auto log = read_step_log(training.folder(name) / "log.jsonl"); !log.empty(); log.pop_back()) {
            if (log.back().contains("learning_rate")) return log.back()["learning_rate"].get<double>();
        }
        return 0.;
    };
    training.train("unguarded");
    BOOST_TEST(last_rate("unguarded") == training.all.optimizer.learning_rate);
    training.all.sparsity.oscillation_guard = true;
    training.train("whole");
    const double quarters = std::log(last_rate("whole") / training.all.optimizer.learning_rate) / std::log(0.25);
    BOOST_TEST(quarters >= 1);
    BOOST_TEST(quarters == std::round(quarters), boost::test_tools::tolerance(1e-9));
    training.train("parts", 60);
    check_same_training(training.last("whole"), training.last("parts"));
    BOOST_TEST(last_rate("parts") == last_rate("whole"));
}

BOOST_AUTO_TEST_CASE(a_dense_state_of_another_network_is_refused_and_changes_nothing) {
    for (const char* name : {"adamw", "sgd"}) {
        settings all = plain_settings(name);
        all.optimizer.momentum = 0.5;
        random_descent one(all), same(all);
        for (auto* each : {&one, &same}) each->steps(3);
        // As many parameters, which is all that LibTorch looks at.
        torch::nn::Module other;
        for (std::size_t i = 0; i < one.network.module->parameters().size(); ++i) {
            other.register_parameter("p" + std::to_string(i), torch::ones({2})).mutable_grad() = torch::ones({2});
        }
        resolve_defaults(all);
        const auto optimizer = make_training_optimizer(all, other);
        optimizer->step(1);
        std::stringstream state(std::ios::in | std::ios::out | std::ios::binary);
        optimizer->save(state);
        BOOST_TEST(contains(message_of([&] { one.optimizer->load(state); }), "its moments do not fit the network"));
        one.steps(2);
        same.steps(2);
        BOOST_TEST(same_parameters(one, same), name);
    }
}

BOOST_AUTO_TEST_SUITE_END()

// Training in several processes: every process runs all cases, in the same order; scripts/launch starts two.
#include "small_training.hpp"
#include "speaker_verification/training/loop/head_gradient.hpp"
#include "speaker_verification/training/loop/training_processes.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <csignal>
#include <limits>
#include <typeinfo>

using namespace speaker_verification;
using namespace speaker_verification::testing;

namespace {

const training_processes& everybody() {
    static const training_processes all = join_training_processes();
    return all;
}

/// A training whose files are those of the first process; the folders of the others must stay empty.
struct shared_training : small_training {
    shared_training() {
        all.batches.batch_size = 5; // not the same number of rows in each process
        all.sparsity.target = 0.6;
        all.monitoring.compare_every = 4;
    }
    trainer made(const char* name, const trainer::optimizer_maker& make = {}) {
        return {all, material(), folder(name), make, everybody()};
    }
};

/// What the action throws, which must be the same in all processes.
std::string same_refusal(const std::function<void()>& action) {
    const std::string said = message_of(action);
    for (const auto& other : everybody().gather(said)) BOOST_TEST(other == said);
    return said;
}

/// Looks at what an optimizer is given in its first step, and may do something to the network after each.
class watching final : public training_optimizer {
  public:
    struct first_step {
        double loss = 0;
        std::vector<torch::Tensor> theta, gradients;
    };
    watching(std::unique_ptr<training_optimizer> within, torch::nn::Module& network, std::shared_ptr<first_step> seen,
             std::function<void()> after)
        : within_(std::move(within)), parameters_(network.parameters()), seen_(std::move(seen)),
          after_(std::move(after)) {}

    void set_learning_rate(double rate) override { within_->set_learning_rate(rate); }
    void zero_gradients() override { within_->zero_gradients(); }
    step_outcome step(double loss) override {
        if (seen_->theta.empty()) {
            seen_->loss = loss;
            for (const auto& each : parameters_) {
                seen_->theta.push_back(each.detach().clone());
                seen_->gradients.push_back(each.grad().defined() ? each.grad().clone() : torch::Tensor());
            }
        }
        const auto outcome = within_->step(loss);
        if (after_) after_();
        return outcome;
    }
    void save(std::ostream& stream) override { within_->save(stream); }
    void load(std::istream& stream) override { within_->load(stream); }

  private:
    std::unique_ptr<training_optimizer> within_;
    std::vector<torch::Tensor> parameters_;
    std::shared_ptr<first_step> seen_;
    std::function<void()> after_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(many_processes)

BOOST_AUTO_TEST_CASE(loss_and_gradient_are_those_of_all_rows) {
    shared_training training;
    const auto seen = std::make_shared<watching::first_step>();
    auto together = training.made("first", [&](const settings& all, torch::nn::Module& network) {
        return std::make_unique<watching>(make_training_optimizer(all, network), network, seen, nullptr);
    });
    together.run(1);

    // The same by one process that sends each share through the network by itself, as batch normalization sees it.
    const auto split = hold_out(training.material().utterances, training.all.batches.held_out);
    std::vector<feature_view> views;
    for (const auto& each : split.training) views.push_back(each.features);
    const auto levels = level_normalization::measure(
        views, {training.all.features.subtract_level, training.all.features.subtract_band_mean});
    const batch_maker batches(split.training, 4, training.all, levels);
    auto network =
        make_network({training.all, filter_bank_of(training.all.features), levels, training.material().speakers});
    const auto parameters = network.embedder->parameters();
    {
        const torch::NoGradGuard no_gradients;
        for (std::size_t i = 0; i < parameters.size(); ++i) torch::Tensor(parameters[i]).copy_(seen->theta[i]);
    }
    const std::int64_t size = training.all.batches.batch_size, processes = everybody().size();
    torch::Tensor loss = torch::zeros({});
    for (std::int64_t p = 0; p < processes; ++p) {
        const auto rows = rows_of(size, p, processes);
        const auto share = batches.make(0, rows);
        const auto result = network.head->forward(network.embedder->forward(tensor_of(share)), classes_of(share), 0);
        loss = loss + result.loss * double(rows.last - rows.first) / double(size);
    }
    BOOST_TEST(loss.item<double>() == seen->loss, boost::test_tools::tolerance(1e-5));
    loss.backward();
    bound_head_gradient(network.head->weight, training.all.loss.shortest_row);
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        const auto alone = parameters[i].grad();
        BOOST_REQUIRE_EQUAL(alone.defined(), seen->gradients[i].defined());
        if (alone.defined()) BOOST_TEST(torch::allclose(alone, seen->gradients[i], 1e-3, 1e-5));
    }
}

BOOST_AUTO_TEST_CASE(a_run_repeats_to_the_bit_whether_its_state_is_split_or_resumed_by_others) {
    shared_training training;
    training.all.schedule.schedule = "plateau"; // goes by the validation, which the first process makes
    training.all.schedule.plateau_patience = 0;
    const auto run = [&](const char* name, std::int64_t pause = 0) {
        auto one = training.made(name);
        if (everybody().told_by_first(
                [&] { return std::string(std::filesystem::exists(training.folder(name)) ? "yes" : "no"); }) == "yes")
            one.resume();
        one.run(pause);
        BOOST_TEST(std::filesystem::exists(training.folder(name)) == everybody().is_first());
        return one.clock().step;
    };
    BOOST_TEST(run("whole") == training.all.schedule.max_steps);
    run("again");
    for (const char* optimizer : {"adabreg", "linbreg"}) {
        training.choose(optimizer);
        run((std::string(optimizer) + "-replicated").c_str());
        training.all.run.shard_state = true;
        run((std::string(optimizer) + "-sharded").c_str());
        training.all.run.shard_state = false;
    }
    training.choose("adabreg");
    BOOST_TEST(run("parts", 11) == 11);
    training.all.run.shard_state = true;
    {
        const auto network =
            make_network({training.all, filter_bank_of(training.all.features), {}, training.material().speakers});
        const auto split = make_training_optimizer(training.all, *network.embedder, everybody());
        const auto whole = make_training_optimizer(training.all, *network.embedder);
        const training_optimizer &one = *split, &other = *whole;
        BOOST_TEST((typeid(one) != typeid(other)));
    }
    BOOST_TEST(run("parts", 23) == 23);
    training.all.run.shard_state = false;
    run("parts");
    if (!everybody().is_first()) return;
    check_same_training(training.last("whole"), training.last("again"));
    for (const std::string other : {"adabreg-replicated", "adabreg-sharded", "parts"}) {
        BOOST_TEST_CONTEXT(other) {
            check_same_training(training.last("whole"), training.last(other.c_str()));
            BOOST_TEST((training.last("whole").blocks == training.last(other.c_str()).blocks));
        }
    }
    check_same_training(training.last("linbreg-replicated"), training.last("linbreg-sharded"));
    BOOST_TEST((training.last("linbreg-replicated").blocks == training.last("linbreg-sharded").blocks));

    // One process goes on with what two have split.
    training.all.schedule.max_steps += 3;
    trainer alone(training.all, training.material(), training.folder("adabreg-sharded"));
    alone.resume();
    BOOST_TEST(alone.clock().step == 40);
    BOOST_TEST((alone.run() == training_end::finished));
}

BOOST_AUTO_TEST_CASE(what_is_not_finite_in_one_process_is_refused_by_all) {
    constexpr float nan = std::numeric_limits<float>::quiet_NaN();
    const bool spoils = everybody().rank() == 1;
    shared_training training;
    training.all.monitoring.max_refused = 3;
    auto loss = training.made("loss");
    if (spoils) {
        for (const auto& each : training.speakers.features())
            std::fill_n(const_cast<float*>(each.features.data), each.features.frames * each.features.bins, nan);
    }
    const shared_training whole;
    auto all = whole.all;
    all.monitoring.max_refused = 3;
    const auto spoil = [&](const settings& chosen, torch::nn::Module& network) {
        if (spoils) {
            network.parameters().front().register_hook(
                [](const torch::Tensor& gradient) { return gradient * double(nan); });
        }
        return make_training_optimizer(chosen, network);
    };
    trainer gradient(all, whole.material(), whole.folder("gradient"), spoil, everybody());
    for (trainer* each : {&loss, &gradient}) {
        const auto said = same_refusal([&] { each->run(); });
        BOOST_TEST(contains(said, "loss or gradient was not finite in 3 steps in a row up to step 3"), said);
    }
}

BOOST_AUTO_TEST_CASE(what_the_first_process_cannot_write_ends_all) {
    shared_training training;
    if (everybody().is_first()) write_bytes(training.folder("taken"), "a file");
    auto one = training.made("taken");
    const auto said = same_refusal([&] { one.run(); });
    BOOST_TEST(contains(said, "cannot "), said);
}

BOOST_AUTO_TEST_CASE(processes_that_differ_are_refused_by_all) {
    shared_training training;
    auto material = training.material();
    if (everybody().rank() == 1) material.utterances.pop_back();
    const auto other_material =
        same_refusal([&] { trainer(training.all, material, training.folder("fewer"), {}, everybody()); });
    BOOST_TEST(contains(other_material, "number of utterances of process 1 = 47; allowed: that of process 0, 48"),
               other_material);

    const auto change_one = [&](const settings& all, torch::nn::Module& network) {
        const auto change = [last = network.parameters().back()]() mutable {
            const torch::NoGradGuard no_gradients;
            if (everybody().rank() == 1) last.add_(1);
        };
        return std::make_unique<watching>(make_training_optimizer(all, network), network,
                                          std::make_shared<watching::first_step>(), change);
    };
    auto apart = training.made("apart", change_one);
    const auto said = same_refusal([&] { apart.run(); });
    BOOST_TEST(contains(said, ", a hash, of process 1 = "), said);
    BOOST_TEST(contains(said, "the processes have gone apart: start all of them again"), said);
    BOOST_TEST(apart.clock().step == training.all.monitoring.compare_every);

    training.all.batches.batch_size = 3;
    BOOST_TEST(contains(same_refusal([&] { training.made("few"); }),
                        "setting 'batch_size' is 3 but 2 processes need at least two crops each: raise it to 4"));
}

BOOST_AUTO_TEST_CASE(a_signal_to_one_process_ends_all_with_a_checkpoint) {
    shared_training training;
    int step = 0;
    auto one = training.made("run", [&](const settings& all, torch::nn::Module& network) {
        return std::make_unique<watching>(make_training_optimizer(all, network), network,
                                          std::make_shared<watching::first_step>(), [&step] {
                                              if (++step == 7 && everybody().rank() == 1) std::raise(SIGTERM);
                                          });
    });
    BOOST_TEST((one.run() == training_end::paused));
    BOOST_TEST(one.interrupted());
    BOOST_TEST(one.clock().step == 7);
    BOOST_TEST(std::filesystem::exists(one.last_checkpoint()) == everybody().is_first());
}

BOOST_AUTO_TEST_SUITE_END()

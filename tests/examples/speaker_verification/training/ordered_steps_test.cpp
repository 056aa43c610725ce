// Training with steps that are ordered and not waited for, as on a GPU: an optimizer that makes them at once and hides what
// it knows until it is asked.
#include "small_training.hpp"
#include "speaker_verification/training/loop/buffer_snapshot.hpp"
#include "speaker_verification/training/optimizers/training_optimizer.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <limits>
#include <set>

using namespace speaker_verification;
using namespace speaker_verification::testing;

namespace {

/// The optimizer of the settings, with gradients that are not finite in some steps.
class spoiling : public training_optimizer {
  public:
    spoiling(std::unique_ptr<training_optimizer> within, torch::nn::Module& network, std::set<int> spoilt)
        : within_(std::move(within)), weight_(network.parameters().front()), spoilt_(std::move(spoilt)) {}

    void set_learning_rate(double rate) override { within_->set_learning_rate(rate); }
    void zero_gradients() override { within_->zero_gradients(); }
    step_outcome step(double loss) override {
        if (spoilt_.count(++steps_)) weight_.mutable_grad().fill_(std::numeric_limits<float>::quiet_NaN());
        return within_->step(loss);
    }
    void save(std::ostream& stream) override { within_->save(stream); }
    void load(std::istream& stream) override { within_->load(stream); }

  private:
    std::unique_ptr<training_optimizer> within_;
    torch::Tensor weight_;
    std::set<int> spoilt_;
    int steps_ = 0;
};

class ordering final : public spoiling {
  public:
    using spoiling::spoiling;
    bool can_order() const override { return true; }
    void order() override {
        last_ = step(0);
        if (!last_.refused) known_ = last_;
        refused_.fill_(last_.refused);
    }
    torch::Tensor refused() override { return refused_; }
    step_outcome finish() override {
        return last_.refused ? step_outcome{known_.lambda, known_.sparsity, std::nan(""), true} : last_;
    }

  private:
    step_outcome last_, known_;
    torch::Tensor refused_ = torch::zeros({}, torch::kBool);
};

template <class Optimizer>
trainer::optimizer_maker making(std::set<int> spoilt) {
    return [spoilt](const settings& all, torch::nn::Module& network) {
        return std::make_unique<Optimizer>(make_training_optimizer(all, network), network, spoilt);
    };
}

/// The lines of the log without what depends on the clock, and without what is not counted where the host does not wait.
std::vector<nlohmann::json> lines_of(const small_training& training, const char* name) {
    auto lines = read_step_log(training.folder(name) / "log.jsonl");
    for (auto& line : lines)
        for (const char* timed : {"seconds", "samples_per_second", "waited", "copies", "optimizer", "waits",
                                  "births_in_steps", "deaths_in_steps"})
            line.erase(timed);
    return lines;
}

template <class Optimizer>
void run(const small_training& training, const char* name, const std::set<int>& spoilt) {
    trainer run(training.all, training.material(), training.folder(name), making<Optimizer>(spoilt));
    BOOST_REQUIRE((run.run() == training_end::finished));
}

} // namespace

BOOST_AUTO_TEST_SUITE(ordered_steps)

BOOST_AUTO_TEST_CASE(they_train_the_same_network_and_write_the_same_log) {
    small_training training;
    training.all.monitoring.max_refused = 3;
    const int every = int(training.all.monitoring.log_every), last = int(training.all.schedule.max_steps);
    // Within a line of the log, at the beginning of one, and two in a row. At its end the norm of the step before is not known.
    const std::set<int> spoilt{2, every + 1, last - 2, last - 1};
    run<spoiling>(training, "waiting", spoilt);
    run<ordering>(training, "ordered", spoilt);
    check_same_training(training.last("waiting"), training.last("ordered"));
    const auto wanted = lines_of(training, "waiting"), seen = lines_of(training, "ordered");
    BOOST_TEST((seen == wanted));
    BOOST_TEST(wanted.back()["step"] == last);
    BOOST_TEST(wanted[wanted.size() - 2]["refused"] == std::int64_t(spoilt.size()));
}

BOOST_AUTO_TEST_CASE(a_pause_between_two_lines_changes_nothing) {
    small_training training;
    run<ordering>(training, "whole", {});
    const auto make = making<ordering>({});
    BOOST_REQUIRE(
        (trainer(training.all, training.material(), training.folder("parts"), make).run(13) == training_end::paused));
    trainer rest(training.all, training.material(), training.folder("parts"), make);
    rest.resume();
    rest.run();
    check_same_training(training.last("whole"), training.last("parts"));
    auto whole = lines_of(training, "whole"), parts = lines_of(training, "parts");
    for (auto* lines : {&whole, &parts})
        for (auto& line : *lines)
            if (line["step"] == 15)
                line.erase("births"), line.erase("deaths"), line.erase("survivors"); // since the pause
    BOOST_TEST((parts == whole));
}

BOOST_AUTO_TEST_CASE(buffers_go_back_where_a_step_was_refused) {
    const auto mean = torch::ones({3}), count = torch::ones({}, torch::kInt64);
    buffer_snapshot before({mean, count});
    before.take();
    mean.fill_(std::nan("")), count.add_(1);
    before.restore_where(torch::tensor(false));
    BOOST_TEST(count.item<std::int64_t>() == 2);
    before.restore_where(torch::tensor(true));
    BOOST_TEST(count.item<std::int64_t>() == 1);
    BOOST_TEST(mean.eq(1).all().item<bool>());
}

BOOST_AUTO_TEST_CASE(too_many_refusals_end_the_run_when_they_are_noticed) {
    small_training training;
    training.all.monitoring.max_refused = 3;
    trainer run(training.all, training.material(), training.folder("run"), making<ordering>({2, 3, 4}));
    BOOST_CHECK_EXCEPTION(run.run(), std::runtime_error, [&](const std::runtime_error& error) {
        return std::string(error.what())
                   .find("not finite in 3 steps in a row up to step " +
                         std::to_string(training.all.monitoring.log_every)) ==
               0 + std::string("loss or gradient was ").size();
    });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(phantom_speakers)

BOOST_AUTO_TEST_CASE(they_have_rows_of_their_own_and_their_deaths_are_counted) {
    small_training training;
    training.all.loss.phantom_speakers = 7;
    training.all.loss.head_gate = 0.3;
    training.train("run", 13); // the pause too
    const auto read = load_trained_network(training.folder("run") / "last.checkpoint");
    const auto rows = read.network.head->weight;
    BOOST_TEST(rows.size(0) == read.run.present_classes() + 7);
    const auto last = read_step_log(training.folder("run") / "log.jsonl").back();
    BOOST_TEST(last["phantoms_dead"] == rows.slice(0, rows.size(0) - 7).eq(0).all(1).sum().item<std::int64_t>());
}

BOOST_AUTO_TEST_SUITE_END()

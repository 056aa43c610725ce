// What a step of data-parallel training takes with as many processes as scripts/launch starts: ECAPA-TDNN of 512 channels with
// a classifier, a fixed number of crops on each process, AdaBreg held at 90 % by the quantile law. Three ways take turns, so
// that whatever else the machine does hits all of them:
//   apart        the same processes without a word: what the step costs but for communication
//   replicated   gradients averaged, the whole step made by each process
//   sharded      gradients averaged, v and moments split among the processes
// Writes the rounds, and what messages cost while nothing is computed, as JSON. benchmarks/processes_report.py reads it.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <exception>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include <torch/torch.h>

#include <bregman/distributed/c10d.hpp>
#include <bregman/distributed/c10d_gradients.hpp>
#include <bregman/distributed/sharded.hpp>
#include <bregman/torch.hpp>

#include "files.hpp"
#include "speaker_verification/model/ecapa_tdnn.hpp"
#include "timed_communicator.hpp"

namespace {

using bench::seconds_of;
using communicator = bench::timed_communicator<bregman::gloo_communicator>;
using regularizer = std::variant<bregman::none, bregman::l1>;
using shared_backend = bregman::sharded<bregman::eigen_backend<float>, communicator>;
using replicated_optimizer = bregman::libtorch::torch_optimizer<bregman::adam, float, regularizer>;
using sharded_optimizer =
    bregman::libtorch::torch_optimizer<bregman::adam, float, regularizer, bregman::euclidean<float>, shared_backend>;

struct options {
    std::int64_t crops = 4, frames = 200, speakers = 1000;
    int rounds = 5, messages = 20;
};

/// An embedder with a classifier; the same start everywhere.
struct classifier : torch::nn::Module {
    std::shared_ptr<speaker_verification::ecapa_tdnn_module> embedder;
    torch::nn::Linear head{nullptr};

    explicit classifier(std::int64_t speakers) {
        torch::manual_seed(1);
        embedder = register_module("embedder", std::make_shared<speaker_verification::ecapa_tdnn_module>());
        head = register_module("head", torch::nn::Linear(embedder->options.embedding_size, speakers));
    }
    torch::Tensor loss(const torch::Tensor& features, const torch::Tensor& classes) {
        return torch::cross_entropy_loss(head->forward(embedder->forward(features)), classes);
    }
};

/// Of one step of one process.
struct step_times {
    double whole = 0;       ///< seconds
    double network = 0;     ///< of it forward and backward, with what is sent meanwhile
    double averaging = 0;   ///< of it in gradient_average::wait()
    double optimizer = 0;   ///< of it in the optimizer, with what it tells
    double telling = 0;     ///< of that in calls of the communicator
    double calls = 0;       ///< how many
    double cpu = 0;         ///< seconds of processor time of all threads: waiting takes none
    double theta_bytes = 0; ///< its share of theta, encoded
};

/// Of this process, all threads.
double cpu_seconds() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return double(now.tv_sec) + 1e-9 * double(now.tv_nsec);
}

/// A network with its optimizer; step() is one step on its batch.
template <class Optimizer>
struct training {
    classifier net;
    Optimizer optimizer;
    std::unique_ptr<bregman::gradient_average<c10d::ProcessGroupGloo>> average; ///< empty: apart

    template <class... Backend>
    explicit training(const options& chosen, Backend... backend)
        : net(chosen.speakers),
          optimizer(bregman::libtorch::weights_and_rest<regularizer>(net.parameters()),
                    {.lambda = 0.1f, .target = 0.9f}, bregman::quantile_law(), {}, {}, std::move(backend)...) {}

    step_times step(const torch::Tensor& features, const torch::Tensor& classes) {
        step_times times;
        const double cpu_before = cpu_seconds();
        times.whole = seconds_of([&] {
            times.network = seconds_of([&] {
                optimizer.zero_grad();
                net.loss(features, classes).backward();
            });
            if (average) times.averaging = seconds_of([&] { average->wait(); });
            times.optimizer = seconds_of([&] { optimizer.step(); });
        });
        times.cpu = cpu_seconds() - cpu_before;
        return times;
    }
};

/// The numbers of all processes: result[p][i].
std::vector<std::vector<double>> gathered(communicator& all, const std::vector<double>& own) {
    std::vector<std::vector<double>> result;
    const std::string bytes(reinterpret_cast<const char*>(own.data()), own.size() * sizeof(double));
    for (const std::string& each : all.gather(bytes)) {
        result.emplace_back(each.size() / sizeof(double));
        std::memcpy(result.back().data(), each.data(), each.size());
    }
    return result;
}

/// A step of which all processes wait for the slowest. What it spends waiting is the least of the processes': the others wait
/// for those that still compute, too.
bench::json round_of(communicator& all, const step_times& own) {
    const auto each = gathered(
        all, {own.whole, own.network, own.averaging, own.optimizer, own.telling, own.calls, own.theta_bytes, own.cpu});
    const auto largest = [&](std::size_t i) {
        double most = 0;
        for (const auto& process : each) most = std::max(most, process[i]);
        return most;
    };
    const auto least = [&](std::size_t i) {
        double fewest = each[0][i];
        for (const auto& process : each) fewest = std::min(fewest, process[i]);
        return fewest;
    };
    return {{"seconds", largest(0)},           {"network_seconds", largest(1)}, {"averaging_seconds", least(2)},
            {"optimizer_seconds", largest(3)}, {"telling_seconds", least(4)},   {"calls", largest(5)},
            {"theta_bytes", largest(6)},       {"cpu_seconds", largest(7)}};
}

/// Bytes that have gone through this machine's loopback, with what other programs sent and the headers of TCP.
double sent_here() {
    std::ifstream file("/sys/class/net/lo/statistics/tx_bytes");
    double bytes = 0;
    if (!(file >> bytes)) throw std::runtime_error("cannot read /sys/class/net/lo/statistics/tx_bytes; it needs Linux");
    return bytes;
}

/// Median seconds of a call that all processes make at once, the slowest's.
template <class Function>
double message_seconds(communicator& all, int times, Function&& function) {
    std::vector<double> slowest;
    for (int i = 0; i < times; ++i) {
        gathered(all, {0}); // all begin together
        double most = 0;
        for (const auto& each : gathered(all, {seconds_of(function)})) most = std::max(most, each[0]);
        slowest.push_back(most);
    }
    std::nth_element(slowest.begin(), slowest.begin() + times / 2, slowest.end());
    return slowest[std::size_t(times / 2)];
}

/// What messages cost while nothing is computed: all that the model of docs/distributed.md is fitted to.
bench::json measure_messages(communicator& all, const bregman::gloo_communicator& processes, const options& chosen) {
    auto sums = bench::json::array(), gathers = bench::json::array();
    for (const std::int64_t bytes : {8, 1 << 16, 1 << 20, 25 << 20}) {
        const torch::Tensor values = torch::zeros({bytes / 4});
        sums.push_back(
            {{"bytes", bytes}, {"seconds", message_seconds(all, chosen.messages, [&] { processes.add_up(values); })}});
        const std::string text(std::size_t(bytes), 'x');
        gathers.push_back(
            {{"bytes", bytes}, {"seconds", message_seconds(all, chosen.messages, [&] { processes.gather(text); })}});
    }
    return {{"add_up", sums}, {"gather", gathers}};
}

bench::json measure(const options& chosen) {
    const auto processes = bregman::join_processes();
    communicator all(processes);
    torch::set_num_threads(1);
    training<replicated_optimizer> apart(chosen), replicated(chosen);
    training<sharded_optimizer> sharded(chosen, shared_backend(all));
    for (auto* each : {&replicated.average, &sharded.average})
        *each = std::make_unique<bregman::gradient_average<c10d::ProcessGroupGloo>>(
            each == &replicated.average ? replicated.net.parameters() : sharded.net.parameters(), processes);

    torch::manual_seed(std::uint64_t(100 + all.rank()));
    auto rounds_apart = bench::json::array(), rounds_replicated = bench::json::array(),
         rounds_sharded = bench::json::array();
    for (int round = 0; round <= chosen.rounds; ++round) {
        const auto features = torch::randn({chosen.crops, chosen.frames, 80});
        const auto classes = torch::randint(chosen.speakers, {chosen.crops}, torch::kInt64);
        const auto take = [&](bench::json& into, auto& which, auto&& finish) {
            gathered(all, {0}); // all begin together
            all.take_told();
            const double sent_before = sent_here();
            step_times times = which.step(features, classes);
            finish(times);
            bench::json row = round_of(all, times);
            row["sent_bytes"] = (sent_here() - sent_before) / all.size();
            if (round > 0) into.push_back(row); // the first one allocates
        };
        take(rounds_apart, apart, [](step_times&) {});
        take(rounds_replicated, replicated, [](step_times&) {});
        take(rounds_sharded, sharded, [&](step_times& times) {
            const bench::told told = all.take_told();
            times.telling = told.seconds;
            times.calls = told.calls;
            times.theta_bytes = double(sharded.optimizer.core().get_backend().exchanged().last);
        });
    }
    // Split or not, the step is the same: a benchmark of something else would be of no use.
    const auto ours = replicated.net.parameters(), theirs = sharded.net.parameters();
    std::int64_t parameters = 0;
    for (std::size_t i = 0; i < ours.size(); ++i) {
        parameters += ours[i].numel();
        if (!torch::equal(ours[i], theirs[i])) throw std::runtime_error("the sharded steps have other bits");
    }
    return {{"processes", all.size()},
            {"parameters", parameters},
            {"crops", chosen.crops},
            {"frames", chosen.frames},
            {"sparsity", double(sharded.optimizer.last().sparsity)},
            {"gradient_bytes", replicated.average->bytes()},
            {"buckets", replicated.average->buckets()},
            {"ways", {{"apart", rounds_apart}, {"replicated", rounds_replicated}, {"sharded", rounds_sharded}}},
            {"messages", measure_messages(all, processes, chosen)}};
}

} // namespace

int main(int argc, char** argv) {
    try {
        options chosen;
        const bool quick = argc == 3 && std::string(argv[2]) == "--quick";
        if (argc != 2 && !quick) {
            std::fprintf(stderr, "usage: scripts/launch --processes N -- bench_processes RESULTS.json [--quick]\n");
            return 1;
        }
        if (quick) chosen = {.crops = 2, .frames = 50, .speakers = 100, .rounds = 1, .messages = 3};
        const bench::json results = measure(chosen);
        if (bregman::process_place::from_environment().rank == 0) bench::write_json(argv[1], results);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench_processes: %s\n", error.what());
        return 1;
    }
}

// What c10d adds: the communicator over Gloo, gradients averaged while backward runs, and processes that refuse alike. Every
// process runs all cases, in the same order; scripts/launch starts two.
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include <torch/torch.h>

#include <bregman/distributed/c10d.hpp>
#include <bregman/distributed/c10d_gradients.hpp>
#include <bregman/distributed/sharded.hpp>
#include <bregman/torch.hpp>

#include "support/checks.hpp"

namespace bregman::testing {

namespace {

using torch::Tensor;

static_assert(communicator<gloo_communicator>);

gloo_communicator& everybody() {
    static gloo_communicator all = join_processes();
    return all;
}

/// Two layers of which a process may leave the second out, and one that nobody uses.
struct branches : torch::nn::Module {
    torch::nn::Linear first{nullptr}, second{nullptr}, unused{nullptr};

    explicit branches(std::uint64_t seed) {
        torch::manual_seed(seed);
        unused = register_module("unused", torch::nn::Linear(3, 3));
        first = register_module("first", torch::nn::Linear(30, 20));
        second = register_module("second", torch::nn::Linear(20, 5));
    }
    Tensor forward(const Tensor& x, bool all = true) {
        const Tensor y = torch::relu(first->forward(x));
        return all ? second->forward(y).sum() : y.sum();
    }
};

/// Other numbers on each process.
Tensor batch_of(int rank) {
    torch::manual_seed(std::uint64_t(40 + rank));
    return torch::randn({4, 30});
}

/// The gradients that the process of this rank has on its own.
std::vector<Tensor> gradients_alone(const std::vector<Tensor>& parameters, int rank, bool all) {
    branches net(1);
    const torch::NoGradGuard no_gradients;
    for (std::size_t i = 0; i < parameters.size(); ++i) net.parameters()[i].copy_(parameters[i]);
    const torch::AutoGradMode with(true);
    net.forward(batch_of(rank), all).backward();
    std::vector<Tensor> gradients;
    for (const Tensor& parameter : net.parameters()) gradients.push_back(parameter.grad());
    return gradients;
}

void check_average(const std::vector<Tensor>& parameters, bool (*uses_all)(int rank), double times) {
    const int processes = everybody().size();
    std::vector<Tensor> sum(parameters.size());
    for (int rank = 0; rank < processes; ++rank) {
        const auto alone = gradients_alone(parameters, rank, uses_all(rank));
        for (std::size_t i = 0; i < alone.size(); ++i)
            if (alone[i].defined()) sum[i] = sum[i].defined() ? sum[i] + alone[i] : alone[i];
    }
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        BOOST_REQUIRE_EQUAL(parameters[i].grad().defined(), sum[i].defined());
        if (sum[i].defined()) BOOST_TEST(torch::allclose(parameters[i].grad(), times * sum[i] / processes, 1e-5, 1e-6));
    }
}

/// The addresses at which this process listens, in the kernel's words: 0100007F is 127.0.0.1.
std::vector<std::string> listening_addresses() {
    std::set<std::string> own; // "socket:[number]" of this process
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
        std::error_code gone;
        own.insert(std::filesystem::read_symlink(entry.path(), gone).string());
    }
    std::vector<std::string> addresses;
    for (const char* table : {"/proc/self/net/tcp", "/proc/self/net/tcp6"}) {
        std::ifstream lines(table);
        for (std::string line; std::getline(lines, line);) {
            std::istringstream words(line);
            std::vector<std::string> column{std::istream_iterator<std::string>(words), {}};
            if (column.size() > 9 && column[3] == "0A" && own.count("socket:[" + column[9] + "]"))
                addresses.push_back(column[1].substr(0, column[1].find(':')));
        }
    }
    return addresses;
}

} // namespace

BOOST_AUTO_TEST_SUITE(c10d)

BOOST_AUTO_TEST_CASE(sums_are_exact_and_bytes_arrive) {
    auto& all = everybody();
    const int n = all.size(), r = all.rank();
    BOOST_REQUIRE(n >= 2);
    std::vector<double> numbers{0.1 * r, r == 1 ? 1 / 3.0 : 0.0};
    all.add_up(numbers);
    BOOST_TEST(numbers[1] == 1 / 3.0);
    BOOST_TEST(std::abs(numbers[0] - 0.1 * n * (n - 1) / 2) < 1e-15);
    const std::int64_t large = std::numeric_limits<std::int64_t>::max() / 4;
    std::vector<std::int64_t> counts{large + r, r};
    all.add_up(counts);
    BOOST_TEST(counts[0] == n * large + n * (n - 1) / 2);
    all.add_up(std::span<double>());

    const auto texts = all.gather(std::string(std::size_t(r) * 3, char('a' + r)));
    BOOST_REQUIRE_EQUAL(texts.size(), std::size_t(n));
    for (int p = 0; p < n; ++p) BOOST_TEST(texts[std::size_t(p)] == std::string(std::size_t(p) * 3, char('a' + p)));
    BOOST_TEST(all.gather("").at(1).empty());
    const std::string from_one = all.broadcast(r == 1 ? std::string("one\0of two", 10) : "else", 1);
    BOOST_TEST(from_one == std::string("one\0of two", 10));
}

// scripts/launch gives the processes of one machine a file to meet in.
BOOST_AUTO_TEST_CASE(processes_of_one_machine_listen_on_its_loopback_alone) {
    everybody();
    for (const auto& address : listening_addresses()) BOOST_TEST(address == "0100007F");
}

BOOST_AUTO_TEST_CASE(gradients_are_averaged_while_backward_runs) {
    auto& all = everybody();
    branches net(std::uint64_t(all.rank())); // takes the parameters of process 0
    gradient_average average(net.parameters(), all, 100);
    const auto same = all.gather(hash_in_words(net.first->weight.data_ptr<float>(), 600 * sizeof(float)));
    BOOST_TEST(same[0] == same[1]);
    BOOST_REQUIRE_GE(average.buckets(), 3u);

    net.forward(batch_of(all.rank())).backward();
    average.wait();
    BOOST_TEST(average.buckets_sent_early() >= 2u); // those of `second` leave before `first` is through
    check_average(
        net.parameters(), [](int) { return true; }, 1);

    net.zero_grad(); // process 0 alone leaves `second` out
    net.forward(batch_of(all.rank()), all.rank() != 0).backward();
    average.wait();
    check_average(
        net.parameters(), [](int rank) { return rank != 0; }, 1);

    net.zero_grad();
    average.pause();
    net.forward(batch_of(all.rank())).backward();
    average.resume();
    net.forward(batch_of(all.rank())).backward();
    average.wait();
    check_average(
        net.parameters(), [](int) { return true; }, 2);

    net.zero_grad();
    net.forward(batch_of(all.rank())).backward();
    CHECK_REFUSES(net.forward(batch_of(all.rank())).backward(), "two since the last wait(); allowed: one");
    average.wait();
}

BOOST_AUTO_TEST_CASE(all_take_the_same_steps_and_refuse_the_same_gradient) {
    auto& all = everybody();
    branches net(7);
    gradient_average average(net.parameters(), all);
    branches same(0);
    {
        const torch::NoGradGuard no_gradients;
        for (std::size_t i = 0; i < net.parameters().size(); ++i) same.parameters()[i].copy_(net.parameters()[i]);
    }
    using few = std::variant<none, l1>;
    const optimizer_settings<float> settings{.lambda = 0.1f, .target = 0.8f};
    libtorch::torch_optimizer<adam, float, few> optimizer(libtorch::weights_and_rest<few>(net.parameters()), settings,
                                                          quantile_law());
    // The same with v and moments split among the processes.
    using shared_backend = sharded<eigen_backend<float>, gloo_communicator>;
    libtorch::torch_optimizer<adam, float, few, euclidean<float>, shared_backend> split(
        libtorch::weights_and_rest<few>(same.parameters()), settings, quantile_law(), {}, {}, shared_backend(all));
    for (int k = 0; k < 6; ++k) {
        optimizer.zero_grad();
        const auto x = batch_of(10 * k + all.rank());
        net.forward(k == 3 && all.rank() == 1 ? x / 0 : x).backward();
        average.wait();
        for (std::size_t i = 0; i < net.parameters().size(); ++i)
            same.parameters()[i].mutable_grad() = net.parameters()[i].grad();
        optimizer.step();
        split.step();
        BOOST_TEST(optimizer.last().refused == (k == 3));
        BOOST_TEST(split.last().refused == (k == 3));
    }
    BOOST_TEST(optimizer.core().steps() == 5);
    BOOST_TEST((split.core().get_backend().exchanged().last > 0) == (all.size() > 1));
    BOOST_TEST((state_bytes(split.core()) == state_bytes(optimizer.core())));
    for (std::size_t i = 0; i < net.parameters().size(); ++i)
        BOOST_TEST(torch::equal(net.parameters()[i], same.parameters()[i]));
    const auto check = [&] {
        optimizer.visit_parameters([&](const auto& list) { check_same_state(optimizer.core(), list, all); });
    };
    check();
    if (all.rank() == 1) {
        const torch::NoGradGuard no_gradients;
        net.second->weight.view(-1)[7] += 1e-6f;
    }
    CHECK_REFUSES(check(), "theta of tensor 2 (group \"weights\"), a hash, of process 1 = ");
}

BOOST_AUTO_TEST_CASE(other_networks_are_refused_by_all) {
    auto& all = everybody();
    const torch::nn::Linear net(4, 3 + all.rank());
    CHECK_REFUSES(gradient_average(net->parameters(), all),
                  "parameter 0 of process 1 = Float x 4 x 4; allowed: that of process 0, Float x 3 x 4; start");
}

// The last: the group is of no use any more.
BOOST_AUTO_TEST_CASE(a_process_that_is_gone_is_told_to_the_others) {
    auto& all = everybody();
    if (all.rank() == 1) return; // and ends
    std::vector<double> numbers{1};
    BOOST_CHECK_EXCEPTION(all.add_up(numbers), std::runtime_error,
                          says("process " + std::to_string(all.rank()) + " of " + std::to_string(all.size()) +
                               " has lost the others while adding up: "));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing

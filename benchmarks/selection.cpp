// What the quantile law adds to a step: one selection over v, held against one read of v by as many threads in the same
// run. v moves between two selections, as it does in training. Medians. Prints lines and writes them as JSON.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>
#include <omp.h>

#include <bregman/bregman.hpp>

namespace {

using bregman::index_t;

constexpr int repetitions = 41, settling_steps = 30;

/// Milliseconds.
template <class Function>
double time_of(Function&& function) {
    const auto start = std::chrono::steady_clock::now();
    function();
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

double median(std::vector<double> values) {
    std::ranges::nth_element(values, values.begin() + std::ptrdiff_t(values.size() / 2));
    return values[values.size() / 2];
}

float sum_of(const float* values, index_t size) {
    constexpr index_t pieces = 64;
    double sum = 0;
#pragma omp parallel for schedule(static) reduction(+ : sum)
    for (index_t p = 0; p < pieces; ++p) {
        const index_t first = size / pieces * p, last = p + 1 == pieces ? size : first + size / pieces;
        sum += double(Eigen::Map<const Eigen::ArrayXf>(values + first, last - first).sum());
    }
    return float(sum);
}

/// Gradients that differ from step to step, without the time to draw them.
class noise {
  public:
    explicit noise(index_t size) : values_(std::size_t(size + shifts)) {
        std::mt19937 generator(1);
        std::normal_distribution<float> normal;
        for (float& x : values_) x = normal(generator);
    }
    float* next() { return values_.data() + (at_ = (at_ + 7919) % shifts); }

  private:
    static constexpr index_t shifts = 65536;
    std::vector<float> values_;
    index_t at_ = 0;
};

nlohmann::json measure(index_t size, noise& gradients, float target) {
    std::vector<float> theta(std::size_t(size), 0.0f);
    bregman::parameter_list<float, bregman::l1> parameters;
    parameters.add_view(theta.data(), gradients.next(), {{size}});
    bregman::linbreg<float, bregman::l1, bregman::fixed_law> optimizer({.lambda = 0.1f});
    const auto step = [&] {
        parameters.rebind(0, theta.data(), gradients.next());
        optimizer.step(parameters);
    };
    volatile float sink = 0;
    step();
    sink = optimizer.lambda_for(parameters, target); // which allocates
    step();
    const double first = time_of([&] { sink = optimizer.lambda_for(parameters, target); });
    for (int i = 0; i < settling_steps; ++i) {
        step();
        sink = optimizer.lambda_for(parameters, target);
    }
    std::vector<double> selections, reads, steps;
    for (int i = 0; i < repetitions; ++i) {
        steps.push_back(time_of(step));
        selections.push_back(time_of([&] { sink = optimizer.lambda_for(parameters, target); }));
        reads.push_back(time_of([&] { sink = sum_of(theta.data(), size); }));
    }
    const double selection = median(selections), read = median(reads), step_time = median(steps);
    const int threads = omp_get_max_threads();
    std::printf("%d thread%s, target %.2f: selection %6.2f ms, one read %6.2f ms, ratio %.2f, LinBreg step %6.2f ms; "
                "without expectation %6.2f ms\n",
                threads, threads == 1 ? " " : "s", double(target), selection, read, selection / read, step_time, first);
    return {{"parameters", size},   {"threads", threads},
            {"target", target},     {"selection_ms", selection},
            {"read_ms", read},      {"selection_over_read", selection / read},
            {"step_ms", step_time}, {"selection_without_expectation_ms", first}};
}

} // namespace

int main(int argc, char** argv) try {
    const bregman::index_t size = argc > 2 ? std::stol(argv[2]) : 15'000'000;
    if (argc < 2 || argc > 3 || size < 1) {
        std::fprintf(stderr, "usage: bench_selection_O2 RESULTS.json [parameters, default 15000000]\n");
        return 1;
    }
    noise gradients(size);
    auto results = nlohmann::json::array();
    for (int threads = 1; threads <= std::min(2, omp_get_num_procs()); ++threads) {
        omp_set_num_threads(threads);
        for (const float target : {0.5f, 0.75f, 0.9f, 0.95f, 0.99f})
            results.push_back(measure(size, gradients, target));
    }
    std::ofstream file(argv[1]);
    file << results.dump(2) << '\n';
    if (!file.flush()) throw std::runtime_error(std::string("cannot write ") + argv[1]);
} catch (const std::exception& error) {
    std::fprintf(stderr, "bench_selection: %s\n", error.what());
    return 1;
}

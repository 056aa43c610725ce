#include "measure.hpp"

#include <algorithm>
#include <chrono>
#include <limits>

#include <omp.h>

#include "passes.hpp"
#include "workload.hpp"

namespace bench {
namespace {

double seconds(const std::function<void()>& f) {
    const auto start = std::chrono::steady_clock::now();
    f();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

} // namespace

void measure(benchmark::State& state, const measurement& what) {
    constexpr index axpy_size = 15'000'000;
    static const Eigen::ArrayXf x = workload::noise(axpy_size, 1, 1);
    static Eigen::ArrayXf y = workload::noise(axpy_size, 1, 2);

    use_threads(what.threads);
    what.step(); // allocates the state
    double best = std::numeric_limits<double>::infinity();
    double best_axpy = best;
    for (auto _ : state) {
        best_axpy = std::min(best_axpy, seconds([&] { axpy(1e-3f, x, y, what.threads); }));
        const double time = seconds(what.step);
        state.SetIterationTime(time);
        best = std::min(best, time);
    }
    const double bandwidth = axpy_bytes * double(axpy_size) / best_axpy;
    const double per_parameter = best / what.parameters;
    state.counters["threads"] = what.threads;
    state.counters["parameters"] = what.parameters;
    state.counters["ns_per_parameter"] = 1e9 * per_parameter;
    state.counters["axpy_gb_per_s"] = 1e-9 * bandwidth;
    if (what.bytes > 0) state.counters["bound_ratio"] = per_parameter / (what.bytes / bandwidth);
}

} // namespace bench

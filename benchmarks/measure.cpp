#include "measure.hpp"

#include <algorithm>
#include <ctime>
#include <limits>
#include <vector>

#include <omp.h>

#include "passes.hpp"
#include "workload.hpp"

namespace bench {
namespace {

// One thread is timed by its own processor time, so that other processes' turns on the core do not count; on
// an idle machine that is the same as the time on the wall, which is what several threads need.
double now(int threads) {
    timespec time{};
    clock_gettime(threads == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &time);
    return double(time.tv_sec) + 1e-9 * double(time.tv_nsec);
}

double seconds(int threads, const std::function<void()>& f) {
    const double start = now(threads);
    f();
    return now(threads) - start;
}

double median(std::vector<double> values) {
    const auto middle = values.begin() + std::ptrdiff_t(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

} // namespace

void measure(benchmark::State& state, const measurement& what) {
    constexpr index_t axpy_size = 15'000'000;
    static const Eigen::ArrayXf x = workload::noise(axpy_size, 1, 1);
    static Eigen::ArrayXf y = workload::noise(axpy_size, 1, 2);

    use_threads(what.threads);
    what.step(); // allocates the state
    if (what.beside) what.beside();
    double best_axpy = std::numeric_limits<double>::infinity(), best = best_axpy;
    const std::function<void()> pass = [&] { axpy(1e-3f, x, y, what.threads); };
    // Everything timed finds the cache as an axpy leaves it.
    const auto after_axpy = [&](const std::function<void()>& f) {
        best_axpy = std::min(best_axpy, seconds(what.threads, pass));
        return seconds(what.threads, f);
    };
    std::vector<double> over_beside;
    bool beside_first = false;
    for (auto _ : state) {
        beside_first = what.beside && !beside_first; // whoever goes second is at a slight disadvantage
        double other = beside_first ? after_axpy(what.beside) : 0;
        const double time = after_axpy(what.step);
        if (what.beside && !beside_first) other = after_axpy(what.beside);
        if (what.beside) over_beside.push_back(time / other);
        state.SetIterationTime(time);
        best = std::min(best, time);
    }
    const double bandwidth = axpy_bytes * double(axpy_size) / best_axpy;
    const double per_parameter = best / what.parameters;
    state.counters["threads"] = what.threads;
    state.counters["parameters"] = what.parameters;
    state.counters["ns_per_parameter"] = 1e9 * per_parameter;
    state.counters["axpy_gb_per_s"] = 1e-9 * bandwidth;
    if (what.beside) state.counters["over_beside"] = median(over_beside);
    if (what.bytes > 0) state.counters["bound_ratio"] = per_parameter / (what.bytes / bandwidth);
}

} // namespace bench

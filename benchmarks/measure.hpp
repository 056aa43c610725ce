#pragma once

#include <functional>

#include <benchmark/benchmark.h>

namespace bench {

/// How a case is timed.
struct measurement {
    std::function<void()> step; ///< what is timed
    double parameters = 0;
    double bytes = 0; ///< the fewest bytes per parameter that must move, 0 when no bound is claimed
    int threads = 1;
};

/// Times the step and an axpy over 15 M floats alternately, so that whatever else the machine does hits both.
/// Google Benchmark's own time is the step's mean; the counters hold the best of the iterations:
/// ns_per_parameter, axpy_gb_per_s and bound_ratio = ns_per_parameter / (bytes / axpy's bandwidth).
void measure(benchmark::State& state, const measurement& what);

/// OpenMP's and LibTorch's number of threads.
void use_threads(int threads);

} // namespace bench

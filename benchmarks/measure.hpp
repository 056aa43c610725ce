#pragma once

#include <functional>

#include <benchmark/benchmark.h>

namespace bench {

/// How a case is timed.
struct measurement {
    std::function<void()> step;   ///< what is timed
    std::function<void()> beside; ///< what it is compared with, timed alternately with it; may be empty
    double parameters = 0;
    double bytes = 0; ///< the fewest bytes per parameter that must move, 0 when no bound is claimed
    int threads = 1;
};

/// Times the step and an axpy over 15 M floats alternately, so that whatever else the machine does hits both.
/// One thread is timed by its processor time, several by the wall. Google Benchmark's own time is the step's
/// mean; the counters hold the best of the iterations: ns_per_parameter, axpy_gb_per_s and bound_ratio =
/// ns_per_parameter / (bytes / axpy's bandwidth). With `beside` there is over_beside, the median of the
/// iterations' ratios: two times a per cent apart are told from each other only in pairs.
void measure(benchmark::State& state, const measurement& what);

/// OpenMP's and LibTorch's number of threads.
void use_threads(int threads);

} // namespace bench

#pragma once

#include <algorithm>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include <benchmark/benchmark.h>

#include <bregman/regularizers/l1.hpp>
#include <bregman/tensors/parameters.hpp>

#include "measure.hpp"
#include "scalar_policies.hpp"
#include "workload.hpp"

/// \file
/// What the programs that measure steps have in common: cases, and how they are registered and run.

namespace bench {

using namespace bregman;

inline constexpr double linbreg_bytes = 16;  // reads g, v; writes v, theta
inline constexpr double momentum_bytes = 24; // and reads and writes m
inline constexpr double adabreg_bytes = 32;  // and reads and writes m1, m2

inline bool quick = false;

/// One line of the table: `prepare` is called right before it is timed, so that no other case holds memory.
struct bench_case {
    std::string name;
    std::vector<tensor_shape> shapes;
    double bytes;
    std::function<std::function<void()>(std::shared_ptr<workload>, int threads)> prepare;
    bool threaded = true;
    int iterations = 25;
    bool beside_one_tensor = false; ///< compare with one tensor of the same total size
    /// What it is compared with otherwise, given the case's memory; may be empty.
    std::function<std::function<void()>(std::shared_ptr<workload>, int threads)> beside;
};

inline std::shared_ptr<workload> one_tensor(index_t size) {
    return std::make_shared<workload>(std::vector<tensor_shape>{{{size}}});
}

inline void add(const bench_case& c) {
    for (int threads : c.threaded ? std::vector<int>{1, 2} : std::vector<int>{1}) {
        const auto run = [c, threads](benchmark::State& state) {
            const auto work = std::make_shared<workload>(c.shapes);
            measurement what{c.prepare(work, threads), {}, double(work->size), c.bytes, threads};
            if (c.beside_one_tensor) what.beside = c.prepare(one_tensor(work->size), threads);
            if (c.beside) what.beside = c.beside(work, threads);
            measure(state, what);
        };
        benchmark::RegisterBenchmark((c.name + "/threads:" + std::to_string(threads)).c_str(), run)
            ->UseManualTime()
            ->Unit(benchmark::kMillisecond)
            ->Iterations(quick ? 4 : c.iterations);
    }
}

/// A step of an optimizer on tensors that it shares with whoever else steps on them.
template <class Optimizer, class Regularizer = l1>
std::function<void()> our_step(const std::shared_ptr<workload>& work, Optimizer ours) {
    const auto optimizer = std::make_shared<Optimizer>(std::move(ours));
    const auto parameters = std::make_shared<parameter_list<float, Regularizer>>(work->parameters(Regularizer{}));
    return [work, optimizer, parameters] {
        optimizer->step(*parameters);
        benchmark::DoNotOptimize(optimizer->sparsity());
    };
}

template <class Optimizer>
typename Optimizer::settings our_settings(bool check_finite = false) {
    return {.lambda = 0.1f, .target = 0.9f, .check_finite = check_finite};
}

template <class Optimizer, class Regularizer = l1>
void add_ours(const std::string& name, const std::vector<tensor_shape>& shapes, double bytes,
              bool check_finite = false) {
    add({.name = name,
         .shapes = shapes,
         .bytes = bytes,
         .prepare = [check_finite](std::shared_ptr<workload> work, int) -> std::function<void()> {
             return our_step<Optimizer, Regularizer>(work, Optimizer(our_settings<Optimizer>(check_finite)));
         },
         .iterations = std::is_same_v<Regularizer, scalar_l1> ? 8
                       : shapes.size() > 1                    ? 40
                                                              : 25,
         .beside_one_tensor = shapes.size() > 1});
}

/// Runs what add_all() registers; --quick asks for few repetitions.
template <class AddAll>
int run_cases(int argc, char** argv, AddAll&& add_all) {
    for (int i = 1; i < argc; ++i)
        if (std::strcmp(argv[i], "--quick") == 0) {
            quick = true;
            std::copy(argv + i + 1, argv + argc, argv + i);
            --argc;
            --i;
        }
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
    add_all();
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
    return 0;
}

} // namespace bench

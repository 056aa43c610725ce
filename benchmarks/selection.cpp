// What the quantile law adds to a step: one selection over v, held against one read of v in the same run.
// Processor time of one thread, the best of 30.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <limits>
#include <random>
#include <vector>

#include <bregman/bregman.hpp>

namespace {

/// Milliseconds.
template <class Function>
double best_time(Function&& function) {
    const auto now = [] {
        std::timespec time;
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
        return 1e3 * double(time.tv_sec) + 1e-6 * double(time.tv_nsec);
    };
    double best = std::numeric_limits<double>::infinity();
    for (int i = 0; i < 30; ++i) {
        const double start = now();
        function();
        best = std::min(best, now() - start);
    }
    return best;
}

} // namespace

int main(int argc, char** argv) {
    const bregman::index size = argc > 1 ? std::atol(argv[1]) : 15'000'000;
    if (argc > 2 || size < 1) {
        std::fprintf(stderr, "usage: bench_selection [parameters, default 15000000]\n");
        return 1;
    }
    std::mt19937 generator(1);
    std::normal_distribution<float> normal;
    std::vector<float> theta(std::size_t(size), 0.0f), gradient(theta);
    for (float& g : gradient) g = normal(generator);
    bregman::parameter_list<float, bregman::l1> parameters;
    parameters.add(theta, gradient);
    bregman::linbreg<float, bregman::l1, bregman::fixed_law> optimizer({.lambda = 0.1f});
    optimizer.step(parameters);

    volatile float sink = 0;
    const Eigen::Map<const Eigen::ArrayXf> values(gradient.data(), size);
    std::printf("%td parameters\n", size);
    for (const float target : {0.5f, 0.75f, 0.9f, 0.95f, 0.99f}) {
        const double selection = best_time([&] { sink = optimizer.lambda_for(parameters, target); });
        const double read = best_time([&] { sink = values.sum(); });
        const double step = best_time([&] { optimizer.step(parameters); });
        std::printf("target %.2f: selection %6.2f ms, one read %6.2f ms, ratio %.2f, LinBreg step %6.2f ms\n",
                    double(target), selection, read, selection / read, step);
    }
}

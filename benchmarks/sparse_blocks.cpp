// Matrices whose zeros come in blocks of four rows and one column, in blocks and in compressed rows (docs/sparse.md).
// usage: bench_sparse_blocks RESULTS, which writes RESULTS/sparse_blocks.json; one thread, its own processor time
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <iostream>
#include <random>
#include <utility>
#include <vector>

#include <bregman/sparse/block_matrix.hpp>

#include "files.hpp"

namespace {

using bregman::index_t;

double now() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return 1e3 * double(time.tv_sec) + 1e-6 * double(time.tv_nsec);
}
template <class Run>
double best_ms(const Run& run) {
    run();
    double best = 1e30;
    for (int round = 0; round < 60; ++round) {
        const double begin = now();
        run();
        best = std::min(best, now() - begin);
    }
    return best;
}

bench::json measure(index_t size, double density) {
    constexpr index_t columns = 298; // frames of 3 s
    std::mt19937 generator(1);
    std::uniform_real_distribution<float> uniform(0, 1);
    std::vector<float> weights(std::size_t(size * size), 0.f); // column by column
    for (std::size_t block = 0; block < weights.size(); block += 4)
        if (uniform(generator) < float(density))
            for (std::size_t i = 0; i < 4; ++i) weights[block + i] = uniform(generator) - .5f;
    const bregman::sparse::csr_matrix<float> rows(weights.data(), size, size, bregman::storage_order::column_major);
    const bregman::sparse::block_matrix<float> blocks(rows);
    bregman::sparse::panels<float> x(size, columns), y(size, columns), z(size, columns);
    for (index_t c = 0; c < size; ++c)
        for (index_t p = 0; p < columns; ++p) x.view()(c, p) = uniform(generator);
    const auto in = std::as_const(x).view();
    const double by_rows = best_ms([&] { multiply(rows, in, y.view()); });
    const double by_blocks = best_ms([&] { multiply(blocks, in, z.view()); });
    const double error = double((y.matrix() - z.matrix()).norm() / y.matrix().norm());
    std::printf("%5td x %-5td density %.2f  rows %8.4f ms  blocks %8.4f ms  %.2f times  bytes %td, %td  error %.1e\n",
                size, size, density, by_rows, by_blocks, by_rows / by_blocks, rows.bytes(), blocks.bytes(), error);
    return {{"size", size},           {"density", density},         {"rows_ms", by_rows},
            {"blocks_ms", by_blocks}, {"rows_bytes", rows.bytes()}, {"blocks_bytes", blocks.bytes()},
            {"error", error}};
}

} // namespace

int main(int argc, char** argv) {
    try {
        if (argc != 2) throw std::invalid_argument("usage: bench_sparse_blocks RESULTS");
        bench::json results = bench::json::array();
        for (const index_t size : {256, 512, 1024, 1536})
            for (const double density : {.1, .05, .02}) results.push_back(measure(size, density));
        bench::write_json(std::filesystem::path(argv[1]) / "sparse_blocks.json", results);
        return 0;
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}

#pragma once

#include <cstdint>
#include <type_traits>

#include <bregman/backends/thrust/execution.hpp>
#include <bregman/base/portability.hpp>
#include <bregman/tensors/tensor.hpp>

#if THRUST_DEVICE_SYSTEM == THRUST_DEVICE_SYSTEM_CUDA
#include <cub/warp/warp_reduce.cuh>
#endif

/// \file
/// Many tensors in one kernel. A job is what happens to one tensor. Its units (elements or groups) are cut into
/// tiles, and the `lanes` threads of a warp work on a tile, each on every `lanes`-th unit, so that they read and
/// write consecutive memory. What the lanes have found is added up in the warp, and a tile leaves one partial result.
///
/// Sums have an order that depends on the tensors alone, so that they have the same bits in every run: within a lane its
/// units in their order, within a tile lane l and lane l + 1, then pairs and pairs, fours and fours, to 32.

namespace bregman::device {

inline constexpr index_t lanes = 32;

/// Units of a tile that one lane works on: [first + lane, last) in steps of `lanes`.
struct place {
    index_t first, last, lane;
};

template <class Body>
struct job {
    Body body;
    index_t units, per_tile;
    index_t first_tile; ///< among the jobs of this kind
    index_t first_slot; ///< where its partial results go
};

inline index_t tiles_of(index_t units, index_t per_tile) { return (units + per_tile - 1) / per_tile; }

template <class Job>
BREGMAN_HOST_DEVICE place place_of(const Job& job, index_t tile, index_t lane) {
    const index_t first = (tile - job.first_tile) * job.per_tile;
    const index_t last = first + job.per_tile < job.units ? first + job.per_tile : job.units;
    return {first, last, lane};
}

/// A body whose lanes need the sum of what they have found in a first half before they can go on: begin(place) and
/// finish(place, sum). All that the lanes have written in the first half can be read in the second.
template <class Body>
concept has_begin_and_finish = requires(const Body& body, const place& at) { body.finish(at, body.begin(at)); };

#if THRUST_DEVICE_SYSTEM == THRUST_DEVICE_SYSTEM_CUDA

inline constexpr int threads_of_block = 256;

struct add_values {
    template <class Value>
    __device__ Value operator()(Value a, const Value& b) const {
        a += b;
        return a;
    }
};

/// The sum of what the 32 threads of a warp bring, for its first.
template <class Value>
__device__ Value sum_of_warp(const Value& mine) {
    using reduce = cub::WarpReduce<Value>;
    __shared__ typename reduce::TempStorage storage[threads_of_block / lanes];
    reduce warp(storage[threadIdx.x / lanes]);
    if constexpr (std::is_arithmetic_v<Value>)
        return warp.Sum(mine);
    else
        return warp.Reduce(mine, add_values());
}

/// A warp for each tile. Four blocks on a processor, so at most 64 registers: with the 70 that AdaBreg would take there were
/// three, and fewer reads under way.
template <class Body, class Partial>
__global__ void __launch_bounds__(threads_of_block, 4)
    run_warps(const job<Body>* jobs, const std::int32_t* job_of_tile, index_t tiles, Partial* partials) {
    const index_t tile = (index_t(blockIdx.x) * threads_of_block + threadIdx.x) / lanes;
    if (tile >= tiles) return; // all threads of the warp
    const auto& job = jobs[job_of_tile[tile]];
    const place at = place_of(job, tile, threadIdx.x % lanes);
    const Body body = job.body; // in registers: in the table every store might change it
    Partial found;
    if constexpr (has_begin_and_finish<Body>) {
        const double sum = __shfl_sync(0xffffffffu, sum_of_warp(body.begin(at)), 0);
        __syncwarp(); // orders memory among the lanes
        found = Partial(body.finish(at, sum));
    } else {
        found = Partial(body(at));
    }
    found = sum_of_warp(found);
    if (at.lane == 0) partials[job.first_slot + tile - job.first_tile] = found;
}

#else

/// The same sum, in the same order.
template <class Value>
Value sum_of_lanes(Value* of_lane) {
    for (index_t offset = 1; offset < lanes; offset *= 2)
        for (index_t lane = 0; lane < lanes; lane += 2 * offset) of_lane[lane] += of_lane[lane + offset];
    return of_lane[0];
}

/// What a warp does, lane after lane.
template <class Body, class Partial>
struct run_lanes {
    const job<Body>* jobs;
    const std::int32_t* job_of_tile;
    Partial* partials;

    void operator()(index_t tile) const {
        const auto& job = jobs[job_of_tile[tile]];
        Partial found[lanes];
        if constexpr (has_begin_and_finish<Body>) {
            double begun[lanes];
            for (index_t lane = 0; lane < lanes; ++lane) begun[lane] = job.body.begin(place_of(job, tile, lane));
            const double sum = sum_of_lanes(begun);
            for (index_t lane = 0; lane < lanes; ++lane)
                found[lane] = Partial(job.body.finish(place_of(job, tile, lane), sum));
        } else {
            for (index_t lane = 0; lane < lanes; ++lane) found[lane] = Partial(job.body(place_of(job, tile, lane)));
        }
        partials[job.first_slot + tile - job.first_tile] = sum_of_lanes(found);
    }
};

#endif

/// partials[slot of the tile] = the sum of what the lanes have found, for all tiles of all jobs.
template <class Body, class Partial>
void run_tiles(const job<Body>* jobs, const std::int32_t* job_of_tile, index_t tiles, Partial* partials, stream on) {
#if THRUST_DEVICE_SYSTEM == THRUST_DEVICE_SYSTEM_CUDA
    const auto blocks = unsigned((tiles * lanes + threads_of_block - 1) / threads_of_block);
    run_warps<<<blocks, threads_of_block, 0, on>>>(jobs, job_of_tile, tiles, partials);
    check_call(cudaGetLastError(), "the launch of a kernel");
#else
    thrust::for_each(execution(on), thrust::counting_iterator<index_t>(0), thrust::counting_iterator<index_t>(tiles),
                     run_lanes<Body, Partial>{jobs, job_of_tile, partials});
#endif
}

} // namespace bregman::device

#pragma once

#include <algorithm>
#include <vector>

#include <thrust/device_vector.h>

#include <bregman/backends/thrust/job_table.hpp>
#include <bregman/backends/thrust/tiles.hpp>
#include <bregman/base/portability.hpp>
#include <bregman/tensors/tensor.hpp>

/// \file
/// What the tiles have left, added up in two kernels: one warp for each 1,024 partial results of a key, then one block
/// for the rest, whose first thread goes on with what depends on the totals.

namespace bregman::device {

/// A lane's share of a key's partial results.
template <class Partial, class Sum>
struct add_partials {
    const Partial* partials;

    BREGMAN_HOST_DEVICE Sum operator()(const place& at) const {
        Sum total{};
        for (index_t i = at.first + at.lane; i < at.last; i += lanes) total += Sum(partials[i]);
        return total;
    }
    traffic moves(index_t units) const { return {units * std::int64_t(sizeof(Partial)), 0}; }
};

/// Nothing comes after the totals.
struct no_more {
    BREGMAN_HOST_DEVICE void operator()() const {}
};

/// The sums of a key: [first, last).
struct range_of_sums {
    index_t first, last;
};

#if THRUST_DEVICE_SYSTEM == THRUST_DEVICE_SYSTEM_CUDA

/// One block: totals[r] for each range r, a warp each in turn, then then().
template <class Sum, class Then>
__global__ void __launch_bounds__(threads_of_block)
    add_up_in_block(const Sum* sums, const range_of_sums* ranges, index_t count, Sum* totals, Then then) {
    for (index_t r = threadIdx.x / lanes; r < count; r += threads_of_block / lanes) {
        Sum mine{};
        for (index_t i = ranges[r].first + threadIdx.x % lanes; i < ranges[r].last; i += lanes) mine += sums[i];
        mine = sum_of_warp(mine);
        if (threadIdx.x % lanes == 0) totals[r] = mine;
        __syncwarp(); // before the warp's storage is used again
    }
    __syncthreads();
    if (threadIdx.x == 0) then();
}

#else

/// The same, with the same order of sums.
template <class Sum, class Then>
struct add_up_on_host {
    const Sum* sums;
    const range_of_sums* ranges;
    index_t count;
    Sum* totals;
    Then then;

    void operator()(index_t) const {
        for (index_t r = 0; r < count; ++r) {
            Sum of_lane[lanes] = {};
            for (index_t i = ranges[r].first; i < ranges[r].last; ++i)
                of_lane[(i - ranges[r].first) % lanes] += sums[i];
            totals[r] = sum_of_lanes(of_lane);
        }
        then();
    }
};

#endif

/// Totals of partial results, one for each key.
template <class Partial, class Sum>
class sums_of_partials {
  public:
    /// partials[first of key] to partials[first of the next key], for each key; `firsts` ends with the number of all.
    void prepare(const Partial* partials, const std::vector<index_t>& firsts) {
        const std::size_t keys = firsts.size() - 1;
        first_sums_.clear();
        ranges_.host.clear();
        index_t sums = 0;
        for (std::size_t k = 0; k < keys; ++k) {
            const index_t count = firsts[k + 1] - firsts[k], per_tile = std::max(least_per_tile, count / most_sums + 1);
            first_sums_.add({partials + firsts[k]}, count, per_tile, sums);
            const index_t next = sums + tiles_of(count, per_tile);
            ranges_.host.push_back({sums, next});
            sums = next;
        }
        if (index_t(sums_.size()) < sums) sums_.resize(std::size_t(sums));
        if (totals_.size() < keys) totals_.resize(keys);
        first_sums_.upload();
        on_device_ = ranges_.upload();
    }

    /// then() in one thread of the device, when the totals are there.
    template <class Then>
    void run(const Then& then, stream on) {
        Sum* const sums = thrust::raw_pointer_cast(sums_.data());
        Sum* const totals = thrust::raw_pointer_cast(totals_.data());
        const index_t count = index_t(ranges_.host.size());
        first_sums_.run(sums, on, "sums");
        if constexpr (counts_calls) {
            const index_t read = count > 0 ? ranges_.host.back().last : 0;
            note_kernel("totals", {read * std::int64_t(sizeof(Sum)) + count * std::int64_t(sizeof(range_of_sums)),
                                   count * std::int64_t(sizeof(Sum))});
        }
#if THRUST_DEVICE_SYSTEM == THRUST_DEVICE_SYSTEM_CUDA
        add_up_in_block<<<1, threads_of_block, 0, on>>>(static_cast<const Sum*>(sums), on_device_, count, totals, then);
        check_call(cudaGetLastError(), "the launch of the totals");
#else
        thrust::for_each(execution(on), thrust::counting_iterator<index_t>(0), thrust::counting_iterator<index_t>(1),
                         add_up_on_host<Sum, Then>{sums, on_device_, count, totals, then});
#endif
    }

    const Sum* totals() const { return thrust::raw_pointer_cast(totals_.data()); }
    void read(Sum* to, index_t keys) const { copy_to_host(totals_.begin(), keys, to); }

  private:
    static constexpr index_t least_per_tile = 1024, most_sums = 256;

    job_table<add_partials<Partial, Sum>> first_sums_;
    table<range_of_sums> ranges_;
    const range_of_sums* on_device_ = nullptr;
    thrust::device_vector<Sum> sums_, totals_;
};

} // namespace bregman::device

#pragma once

#include <chrono>
#include <vector>

// Without it LibTorch's header is empty.
#if !defined(USE_C10D_NCCL)
#define USE_C10D_NCCL
#endif
#include <c10/cuda/CUDAFunctions.h>
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>

#include <bregman/base/error.hpp>
#include <bregman/distributed/c10d.hpp>
#include <bregman/distributed/place.hpp>

/// \file
/// Processes with a GPU each: NCCL for tensors on the GPUs, Gloo for what is in the host's memory. Needs a LibTorch that is built
/// with CUDA and NCCL, NCCL's header (nccl.h) and the CUDA toolkit's to compile.

namespace bregman {

/// The GPU of a process: the one of its number among those of its machine, LOCAL_RANK as torchrun sets it. Errors:
/// std::invalid_argument where the machine has fewer.
inline torch::Device gpu_of(const process_place& place) {
    const int gpus = int(c10::cuda::device_count());
    require(place.local_rank < gpus, "LOCAL_RANK", place.local_rank,
            "below the number of GPUs, " + std::to_string(gpus), "start one process for each GPU");
    return torch::Device(torch::kCUDA, c10::DeviceIndex(place.local_rank));
}

/// join_processes, with NCCL for tensors on GPUs. Makes the process's GPU the current one. Errors: those of both.
inline gloo_communicator join_processes_with_gpus(const process_place& place = process_place::from_environment(),
                                                  std::chrono::milliseconds timeout = std::chrono::minutes(10)) {
    const torch::Device gpu = gpu_of(place);
    c10::cuda::set_device(gpu.index());
    return contract::join_over_gloo(place, timeout, [&](const c10::intrusive_ptr<c10d::Store>& store) {
        const auto options = c10d::ProcessGroupNCCL::Options::create();
        options->timeout = timeout;
        const auto group = c10::make_intrusive<c10d::ProcessGroupNCCL>(
            c10::make_intrusive<c10d::PrefixStore>("nccl", store), place.rank, place.size, options);
        return device_group{[group](std::vector<torch::Tensor>& tensors) { return group->allreduce(tensors); },
                            [group](std::vector<torch::Tensor>& tensors, const c10d::BroadcastOptions& how) {
                                return group->broadcast(tensors, how);
                            }};
    });
}

} // namespace bregman

#pragma once

#include <c10/core/Device.h>
#include <c10/core/DeviceGuard.h>
#include <c10/core/Event.h>
#include <c10/core/Stream.h>
#include <c10/core/impl/VirtualGuardImpl.h>

/// \file
/// Thrust's work between LibTorch's. No header of CUDA: LibTorch's own registry knows the devices it was
/// built for.

namespace bregman::libtorch {

/// What is ordered on `waiting` from now on runs after all that has been ordered on `awaited`. The host does
/// not wait.
inline void let_wait(const c10::Stream& waiting, const c10::Stream& awaited) {
    if (waiting == awaited) return;
    c10::Event reached(awaited.device_type());
    reached.record(awaited);
    reached.block(waiting);
}

/// f() with `device` as the current one. On a GPU the kernels of f, which go to CUDA's default stream, run
/// after all that LibTorch's current stream was told so far, and before what it is told next: the streams of
/// LibTorch's pool and of CUDAStreamGuard do not wait for the default one by themselves. On the CPU just f().
template <class Function>
void on_default_stream(const c10::Device& device, Function&& f) {
    if (device.is_cpu()) return f();
    const c10::DeviceGuard guard(device);
    const c10::impl::VirtualGuardImpl streams(device.type());
    const c10::Stream current = streams.getStream(device), default_stream = streams.getDefaultStream(device);
    let_wait(default_stream, current);
    f();
    let_wait(current, default_stream);
}

} // namespace bregman::libtorch

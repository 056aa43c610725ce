#include "speaker_verification/training/loop/batch_source.hpp"

#include "speaker_verification/training/loop/network.hpp"
#include "speaker_verification/training/loop/stopwatch.hpp"

#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <utility>

namespace speaker_verification {

namespace {

batch_tensors tensors_of(const batch& made, bool pinned) {
    batch_tensors tensors{tensor_of(made), classes_of(made)};
    if (pinned) tensors = {tensors.features.pin_memory(), tensors.classes.pin_memory()};
    return tensors;
}

} // namespace

batch_source::batch_source(const batch_maker& batches, batch_rows rows, std::uint64_t first, const run_settings& run,
                           torch::Device device)
    : device_(device), made_([&batches, rows, pinned = device.is_cuda()](
                                 std::uint64_t step) { return tensors_of(batches.make(step, rows), pinned); },
                             first, std::size_t(run.workers), std::size_t(run.batches_ahead)) {
    if (!device.is_cuda()) return;
    device_.set_index(c10::impl::VirtualGuardImpl(device.type()).getDevice().index());
    copies_ = c10::impl::VirtualGuardImpl(device.type()).getStreamFromGlobalPool(device_);
}

batch_source::copied_batch batch_source::order_copy() {
    const auto made = made_.take();
    const timed_part part(copying_);
    const c10::StreamGuard on_copies(*copies_);
    copied_batch ordered{{made.features.to(device_, /*non_blocking=*/true), made.classes.to(device_, true)},
                         c10::Event(device_.type())};
    ordered.arrived->record(*copies_);
    return ordered;
}

batch_tensors batch_source::take() {
    if (!copies_) return made_.take();
    auto now = next_ ? std::move(*next_) : order_copy();
    next_ = order_copy();
    const timed_part part(copying_);
    const auto current = current_stream(device_);
    now.arrived->block(current);
    // Made on one stream and used on another: LibTorch must not give the memory away before that use.
    now.tensors.features.record_stream(current);
    now.tensors.classes.record_stream(current);
    return now.tensors;
}

} // namespace speaker_verification

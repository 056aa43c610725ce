#pragma once
#include "speaker_verification/training/loop/batches.hpp"
#include "speaker_verification/training/loop/prefetcher.hpp"

#include <c10/core/Event.h>
#include <c10/core/Stream.h>
#include <cstdint>
#include <optional>
#include <torch/torch.h>

namespace speaker_verification {

/// A batch as tensors: features (B,T,F) in float32 and classes (B) in int64.
struct batch_tensors {
    torch::Tensor features, classes;
};

/// These rows of the batches of a run from a step on, in order, where the network is.
///
/// For a GPU the threads that make batches leave them in pinned memory, from which they are copied on a stream of its own:
/// the batch after the one that is asked for is on its way while the network works, and nothing waits for it on the host.
class batch_source {
  public:
    batch_source(const batch_maker& batches, batch_rows rows, std::uint64_t first, const run_settings& run,
                 torch::Device device);

    batch_tensors take();

    double seconds_waited() const { return made_.seconds_waited(); } ///< for batches to be made
    double seconds_copying() const { return copying_; }              ///< of the host, to order copies

  private:
    struct copied_batch {
        batch_tensors tensors;
        std::optional<c10::Event> arrived;
    };
    copied_batch order_copy();

    torch::Device device_;
    prefetcher<batch_tensors> made_;
    std::optional<c10::Stream> copies_;
    std::optional<copied_batch> next_;
    double copying_ = 0;
};

} // namespace speaker_verification

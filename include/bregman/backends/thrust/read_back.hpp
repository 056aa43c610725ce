#pragma once

#include <memory>
#include <optional>
#include <type_traits>

#include <thrust/copy.h>

#include <bregman/backends/thrust/execution.hpp>
#include <bregman/base/portability.hpp>

#if defined(__CUDACC__)
#include <cuda_runtime.h>
#endif

namespace bregman::device {

/// Copies of a record in device memory, without waiting for it. One copy is under way at a time.
template <class Record>
class read_back {
    static_assert(std::is_trivially_copyable_v<Record>);

  public:
    read_back() = default;
    read_back(const read_back&) = delete;
    read_back& operator=(const read_back&) = delete;

#if defined(__CUDACC__)
    /// Orders a copy of what the record is after all that was ordered so far. Does nothing while one is under way.
    void request(const Record* from, stream on) {
        newest();
        if (is_under_way_) return;
        if (!pinned_) {
            Record* memory = nullptr;
            check_call(cudaMallocHost(reinterpret_cast<void**>(&memory), sizeof(Record)), "cudaMallocHost");
            pinned_.reset(memory);
            cudaEvent_t event = nullptr;
            check_call(cudaEventCreateWithFlags(&event, cudaEventDisableTiming), "cudaEventCreateWithFlags");
            arrived_.reset(event);
        }
        check_call(cudaMemcpyAsync(pinned_.get(), from, sizeof(Record), cudaMemcpyDeviceToHost, on), "cudaMemcpyAsync");
        check_call(cudaEventRecord(arrived_.get(), on), "cudaEventRecord");
        is_under_way_ = true;
    }

    /// The newest copy that has arrived.
    const std::optional<Record>& newest() {
        if (!is_under_way_) return known_;
        const cudaError_t error = cudaEventQuery(arrived_.get());
        if (error == cudaErrorNotReady) return known_;
        check_call(error, "cudaEventQuery");
        is_under_way_ = false;
        known_ = *pinned_;
        return known_;
    }

  private:
    struct free_pinned {
        void operator()(Record* memory) const { cudaFreeHost(memory); }
    };
    struct destroy_event {
        using pointer = cudaEvent_t;
        void operator()(cudaEvent_t event) const { cudaEventDestroy(event); }
    };
    std::unique_ptr<Record, free_pinned> pinned_;
    std::unique_ptr<CUevent_st, destroy_event> arrived_;
    bool is_under_way_ = false;
#else
    void request(const Record* from, stream) {
        note_copy_to_host(std::int64_t(sizeof(Record)), false);
        Record copy = *from; // host systems keep "device" memory on the host and are never behind
        known_ = copy;
    }
    const std::optional<Record>& newest() { return known_; }

  private:
#endif
    std::optional<Record> known_;
};

} // namespace bregman::device

#pragma once

#include <bregman/backends/thrust/device_steps.hpp>

#if defined(__CUDACC__)
#include <memory>
#include <type_traits>

#include <cuda_runtime.h>

#include <bregman/backends/thrust/read_back.hpp>
#include <bregman/base/error.hpp>

namespace bregman {

/// One step of device_steps as a CUDA graph: the kernels of a step with one launch for all of them.
///
///     bregman::device_steps steps(optimizer, parameters);
///     steps.step();                     // the first one loads the kernels, which capturing must not
///     bregman::step_graph graph(steps);
///     for (...) { /* write the gradients, on the stream */ graph.launch(stream); }
///     steps.finish();
///
/// The number of the step, lambda and the constants of the direction are in device memory, so that each launch makes the
/// step that comes next. The graph holds the addresses of theta, gradients and tables: `steps` must outlive it, and
/// after steps.rebind() or resume() a graph has to be made anew. set_loss, set_target, ... go between two launches.
///
/// CUDA only. Errors: std::invalid_argument before the first step and for a law that is asked on the host;
/// device_error when the runtime refuses to capture or to launch.
template <class Steps>
class step_graph {
  public:
    explicit step_graph(Steps& steps) {
        require(steps.law_is_on_device(), "control law", "one that runs on the host", "one that runs on the device",
                "a graph cannot ask the host: use a device_law with lambda_scope::shared and dual_rule::keep");
        require(steps.has_stepped(), "steps before the capture", 0, ">= 1", "call steps.step() once");
        cudaStream_t stream = nullptr;
        check(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "cudaStreamCreateWithFlags");
        const std::unique_ptr<std::remove_pointer_t<cudaStream_t>, destroy_stream> owner(stream);
        cudaGraph_t captured = nullptr;
        check(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal), "cudaStreamBeginCapture");
        try {
            steps.step(stream);
        } catch (...) {
            if (cudaStreamEndCapture(stream, &captured) == cudaSuccess) cudaGraphDestroy(captured);
            throw;
        }
        check(cudaStreamEndCapture(stream, &captured), "cudaStreamEndCapture");
        graph_.reset(captured);
        cudaGraphExec_t executable = nullptr;
        check(cudaGraphInstantiateWithFlags(&executable, captured, 0), "cudaGraphInstantiateWithFlags");
        executable_.reset(executable);
    }

    /// Orders one step.
    void launch(cudaStream_t on = {}) { check(cudaGraphLaunch(executable_.get(), on), "cudaGraphLaunch"); }

  private:
    static void check(cudaError_t error, const char* call) {
        if (error != cudaSuccess) throw device_error("the graph of a step", call, cudaGetErrorString(error));
    }

    struct destroy_stream {
        void operator()(cudaStream_t stream) const { cudaStreamDestroy(stream); }
    };
    struct destroy_graph {
        void operator()(cudaGraph_t graph) const { cudaGraphDestroy(graph); }
    };
    struct destroy_executable {
        void operator()(cudaGraphExec_t executable) const { cudaGraphExecDestroy(executable); }
    };
    std::unique_ptr<std::remove_pointer_t<cudaGraph_t>, destroy_graph> graph_;
    std::unique_ptr<std::remove_pointer_t<cudaGraphExec_t>, destroy_executable> executable_;
};

} // namespace bregman
#endif

/// The steps of the optimizers on a GPU, timed by CUDA events, against a copy of as many bytes on the same device.
///     thrust_device [OUTPUT.json]     compiled by nvcc; scripts/gpu-check runs it
/// A step ends with the counts on the host, so events enclose all of it, the control law included. "graph" is a launch
/// of the same step, captured, with the law on the device; beside it stands one with fixed_law: what a law costs.

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include <cuda_runtime.h>

#include <bregman/backends/thrust.hpp>
#include <bregman/backends/thrust/step_graph.hpp>

#include "ecapa_tdnn_shapes.hpp"

namespace {

using namespace bregman;
using law = multiplicative_law<float>;
using backend = thrust_backend<float>;

void check(cudaError_t error, const char* call) {
    if (error == cudaSuccess) return;
    std::fprintf(stderr, "thrust_device: %s: %s\n", call, cudaGetErrorString(error));
    std::exit(1);
}

/// The best of 30 times, in milliseconds, after 3 that are not looked at.
template <class Work> double milliseconds(Work&& work) {
    cudaEvent_t begin, end;
    check(cudaEventCreate(&begin), "cudaEventCreate");
    check(cudaEventCreate(&end), "cudaEventCreate");
    float best = 1e30f;
    for (int k = 0; k < 33; ++k) {
        check(cudaEventRecord(begin), "cudaEventRecord");
        work();
        check(cudaEventRecord(end), "cudaEventRecord");
        check(cudaEventSynchronize(end), "cudaEventSynchronize");
        float time = 0;
        check(cudaEventElapsedTime(&time, begin, end), "cudaEventElapsedTime");
        if (k >= 3) best = std::min(best, time);
    }
    check(cudaEventDestroy(begin), "cudaEventDestroy");
    check(cudaEventDestroy(end), "cudaEventDestroy");
    return double(best);
}

/// Bytes per millisecond of a copy on the device, reads and writes counted.
double copy_bandwidth(bregman::index elements) {
    thrust::device_vector<float> from(std::size_t(elements), 1.0f), to(std::size_t(elements), 0.0f);
    const double time = milliseconds([&] {
        check(cudaMemcpyAsync(thrust::raw_pointer_cast(to.data()), thrust::raw_pointer_cast(from.data()),
                              std::size_t(elements) * sizeof(float), cudaMemcpyDeviceToDevice),
              "cudaMemcpyAsync");
    });
    return 8.0 * double(elements) / time;
}

class results {
  public:
    explicit results(std::string device) : text_("{\n  \"device\": \"" + std::move(device) + "\",\n  \"cases\": [") {}

    void add(const std::string& name, bregman::index parameters, double time, double bytes, double bandwidth) {
        char line[400];
        const double share = bytes * double(parameters) / time / bandwidth;
        std::snprintf(line, sizeof line,
                      "%s\n    {\"case\": \"%s\", \"parameters\": %lld, \"milliseconds\": %.5f, "
                      "\"ns_per_parameter\": %.5f, \"share_of_copy_bandwidth\": %.4f}",
                      first_ ? "" : ",", name.c_str(), (long long)(parameters), time,
                      1e6 * time / double(parameters), share);
        text_ += line;
        first_ = false;
        std::printf("%-36s %12lld parameters %9.4f ms, %.3f of the copy's bandwidth\n", name.c_str(),
                    (long long)(parameters), time, share);
    }
    bool write(const std::string& path) const {
        std::FILE* const file = std::fopen((path + ".part").c_str(), "w");
        if (!file) return false;
        const bool written = std::fputs((text_ + "\n  ]\n}\n").c_str(), file) >= 0;
        return std::fclose(file) == 0 && written && std::rename((path + ".part").c_str(), path.c_str()) == 0;
    }

  private:
    std::string text_;
    bool first_ = true;
};

template <class Optimizer>
void measure(results& all, const std::string& name, const std::vector<tensor_shape>& shapes, double bytes,
             double bandwidth) {
    bregman::index size = 0;
    for (const auto& shape : shapes) size += shape.size();
    thrust::device_vector<float> theta(std::size_t(size), 0.5f), gradient(std::size_t(size), 1e-3f);
    parameter_list<float, l1> parameters;
    parameters.add_group({.name = "parameters"});
    bregman::index offset = 0;
    for (const auto& shape : shapes) {
        parameters.add_view(thrust::raw_pointer_cast(theta.data()) + offset,
                            thrust::raw_pointer_cast(gradient.data()) + offset, shape);
        offset += shape.size();
    }
    Optimizer optimizer({.lambda = 0.1f, .target = 0.9f, .check_finite = false});
    all.add(name, size, milliseconds([&] { optimizer.step(parameters); }), bytes, bandwidth);
    device_steps steps(optimizer, parameters);
    steps.step();
    step_graph graph(steps);
    all.add(name + "/graph", size, milliseconds([&] { graph.launch(); }), bytes, bandwidth);
    steps.finish();
}

void measure_algorithms(results& all, const std::string& where, const std::vector<tensor_shape>& shapes,
                        double bandwidth) {
    measure<linbreg<float, l1, law, backend>>(all, "linbreg/" + where, shapes, 16, bandwidth);
    measure<linbreg<float, l1, fixed_law, backend>>(all, "linbreg_fixed_law/" + where, shapes, 16, bandwidth);
    measure<adabreg<float, l1, law, backend>>(all, "adabreg/" + where, shapes, 32, bandwidth);
}

} // namespace

int main(int argc, char** argv) {
    int device = 0;
    check(cudaGetDevice(&device), "cudaGetDevice");
    cudaDeviceProp properties{};
    check(cudaGetDeviceProperties(&properties, device), "cudaGetDeviceProperties");
    results all(properties.name);
    for (const bregman::index millions : {15, 150}) {
        const bregman::index size = millions * 1'000'000;
        const double bandwidth = copy_bandwidth(size);
        measure_algorithms(all, "one_tensor_" + std::to_string(millions) + "M", {tensor_shape{{size}}}, bandwidth);
        measure_algorithms(all, "200_tensors_" + std::to_string(millions) + "M",
                           std::vector<tensor_shape>(200, tensor_shape{{size / 200}}), bandwidth);
    }
    const auto ecapa = bench::ecapa_tdnn_shapes(1024);
    measure_algorithms(all, "ecapa_1024", ecapa, copy_bandwidth(15'000'000));
    if (argc > 1 && !all.write(argv[1])) {
        std::fprintf(stderr, "thrust_device: cannot write %s\n", argv[1]);
        return 1;
    }
    return 0;
}

/// The steps of the optimizers on a GPU, timed by CUDA events, against a copy of as many bytes on the same device.
///     thrust_device [OUTPUT.json]     compiled by nvcc; scripts/gpu-check runs it
/// A step ends with the counts on the host, so events enclose all of it, the control law included. "graph" is a launch
/// of the same step, captured, with the law on the device; beside it stands one with fixed_law: what a law costs.
///     bench_thrust_device             compiled by CMake with BREGMAN_WITH_CUDA: also beside LibTorch, on the tensors of
///                                     ECAPA-TDNN: the same algorithms as tensor operations, and LibTorch's own Adam

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <cuda_bf16.h>
#include <cuda_runtime.h>

#include <bregman/backends/thrust.hpp>
#include <bregman/backends/thrust/step_graph.hpp>

#include "ecapa_tdnn_shapes.hpp"
#if defined(BENCH_BESIDE_LIBTORCH)
#include "tensor_operations.hpp"
#include "torch_adam.hpp"
#endif

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
template <class Work>
double milliseconds(Work&& work) {
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
double copy_bandwidth(bregman::index_t elements) {
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

    void add(const std::string& name, bregman::index_t parameters, double time, double bytes, double bandwidth) {
        char line[400];
        const double share = bytes * double(parameters) / time / bandwidth;
        std::snprintf(line, sizeof line,
                      "%s\n    {\"case\": \"%s\", \"parameters\": %lld, \"milliseconds\": %.5f, "
                      "\"ns_per_parameter\": %.5f, \"share_of_copy_bandwidth\": %.4f}",
                      first_ ? "" : ",", name.c_str(), (long long)(parameters), time, 1e6 * time / double(parameters),
                      share);
        text_ += line;
        first_ = false;
        times_[name] = time;
        std::printf("%-36s %12lld parameters %9.4f ms, %.3f of the copy's bandwidth\n", name.c_str(),
                    (long long)(parameters), time, share);
    }
    /// How many times as fast one case is as another.
    void compare(const std::string& name, const std::string& other) {
        const double times = times_.at(other) / times_.at(name);
        char line[400];
        std::snprintf(line, sizeof line, "%s\n    {\"case\": \"%s\", \"beside\": \"%s\", \"times_as_fast\": %.3f}",
                      ratios_.empty() ? "" : ",", name.c_str(), other.c_str(), times);
        ratios_ += line;
        std::printf("%-36s is %.2f times as fast as %s\n", name.c_str(), times, other.c_str());
    }
    bool write(const std::string& path) const {
        std::FILE* const file = std::fopen((path + ".part").c_str(), "w");
        if (!file) return false;
        const std::string end = ratios_.empty() ? "]\n}\n" : "\n  ]\n}\n";
        const std::string text = text_ + "\n  ],\n  \"ratios\": [" + ratios_ + end;
        const bool written = std::fputs(text.c_str(), file) >= 0;
        return std::fclose(file) == 0 && written && std::rename((path + ".part").c_str(), path.c_str()) == 0;
    }

  private:
    std::string text_, ratios_;
    std::map<std::string, double> times_;
    bool first_ = true;
};

/// theta and gradient of a list of tensors, each in one piece of memory.
struct device_tensors {
    std::vector<tensor_shape> shapes;
    bregman::index_t size = 0;
    thrust::device_vector<float> theta, gradient;

    explicit device_tensors(std::vector<tensor_shape> of) : shapes(std::move(of)) {
        for (const auto& shape : shapes) size += shape.size();
        theta.assign(std::size_t(size), 0.5f);
        gradient.assign(std::size_t(size), 1e-3f);
    }
    /// use(theta, gradient, shape) for each tensor.
    template <class Use>
    void for_each(Use&& use) {
        bregman::index_t offset = 0;
        for (const auto& shape : shapes) {
            use(thrust::raw_pointer_cast(theta.data()) + offset, thrust::raw_pointer_cast(gradient.data()) + offset,
                shape);
            offset += shape.size();
        }
    }
    parameter_list<float, l1> parameters() {
        parameter_list<float, l1> result;
        result.add_group({.name = "parameters"});
        for_each([&](float* x, float* g, const tensor_shape& shape) { result.add_view(x, g, shape); });
        return result;
    }
#if defined(BENCH_BESIDE_LIBTORCH)
    std::vector<bench::tensor_operations::tensor> list() {
        std::vector<bench::tensor_operations::tensor> result;
        for_each([&](float* x, float* g, const tensor_shape& shape) { result.push_back({x, g, shape}); });
        return result;
    }
#endif
};

template <class Optimizer>
void measure(results& all, const std::string& name, const std::vector<tensor_shape>& shapes, double bytes,
             double bandwidth) {
    device_tensors tensors(shapes);
    const auto parameters = tensors.parameters();
    Optimizer optimizer({.lambda = 0.1f, .target = 0.9f, .check_finite = false});
    all.add(name, tensors.size, milliseconds([&] { optimizer.step(parameters); }), bytes, bandwidth);
    device_steps steps(optimizer, parameters);
    steps.step();
    step_graph graph(steps);
    all.add(name + "/graph", tensors.size, milliseconds([&] { graph.launch(); }), bytes, bandwidth);
    steps.finish();
}

void measure_algorithms(results& all, const std::string& where, const std::vector<tensor_shape>& shapes,
                        double bandwidth) {
    measure<linbreg<float, l1, law, backend>>(all, "linbreg/" + where, shapes, 16, bandwidth);
    measure<linbreg<float, l1, fixed_law, backend>>(all, "linbreg_fixed_law/" + where, shapes, 16, bandwidth);
    measure<adabreg<float, l1, law, backend>>(all, "adabreg/" + where, shapes, 32, bandwidth);
}

/// One case as a graph: other settings, regularizers and types of theta and gradient.
template <class Optimizer>
void measure_graph(results& all, const std::string& name, const std::vector<tensor_shape>& shapes, double bytes,
                   double bandwidth, const optimizer_settings<float>& settings) {
    using stored = typename Optimizer::stored_scalar;
    bregman::index_t size = 0, offset = 0;
    for (const auto& shape : shapes) size += shape.size();
    thrust::device_vector<stored> theta(std::size_t(size), stored(0.5f)), gradient(std::size_t(size), stored(1e-3f));
    typename Optimizer::parameter_list parameters;
    parameters.add_group({.name = "parameters"});
    for (const auto& shape : shapes) {
        parameters.add_view(thrust::raw_pointer_cast(theta.data()) + offset,
                            thrust::raw_pointer_cast(gradient.data()) + offset, shape);
        offset += shape.size();
    }
    Optimizer optimizer(settings);
    device_steps steps(optimizer, parameters);
    steps.step();
    step_graph graph(steps);
    all.add(name + "/graph", size, milliseconds([&] { graph.launch(); }), bytes, bandwidth);
    steps.finish();
}

/// What options, groups, bfloat16 and very many tensors cost.
void measure_options(results& all) {
    const bregman::index_t size = 150'000'000;
    const double bandwidth = copy_bandwidth(size);
    const std::vector<tensor_shape> one{tensor_shape{{size}}};
    const optimizer_settings<float> plain{.lambda = 0.1f, .target = 0.9f, .check_finite = false};
    auto checked = plain, clipped = plain;
    checked.check_finite = true;
    clipped.clip_norm = 1e-3f;
    measure_graph<linbreg<float, l1, law, backend>>(all, "linbreg_check_finite/one_tensor_150M", one, 20, bandwidth,
                                                    checked);
    measure_graph<linbreg<float, l1, law, backend>>(all, "linbreg_clipping/one_tensor_150M", one, 20, bandwidth,
                                                    clipped);
    measure_graph<linbreg<float, l1, quantile_law, backend>>(all, "linbreg_quantile_law/one_tensor_150M", one, 16,
                                                             bandwidth, plain);
    measure_graph<linbreg<float, group_rows, law, backend>>(all, "linbreg_rows/one_tensor_150M",
                                                            {tensor_shape{{150'000, 1000}}}, 16, bandwidth, plain);
    measure_graph<linbreg<float, group_kernels, law, backend>>(
        all, "linbreg_kernels/one_tensor_150M", {tensor_shape{{4000, 4000, 3, 3}}}, 16, bandwidth, plain);
    measure_graph<linbreg<float, l1, law, mixed_precision_backend<__nv_bfloat16>>>(
        all, "linbreg_bfloat16/one_tensor_150M", one, 12, bandwidth, plain);
    const double of_20_million = copy_bandwidth(20'000'000);
    measure_graph<linbreg<float, l1, law, backend>>(all, "linbreg/one_tensor_20M", {tensor_shape{{20'000'000}}}, 16,
                                                    of_20_million, plain);
    measure_graph<linbreg<float, l1, law, backend>>(all, "linbreg/20000_tensors_20M",
                                                    std::vector<tensor_shape>(20'000, tensor_shape{{1000}}), 16,
                                                    of_20_million, plain);
}

#if defined(BENCH_BESIDE_LIBTORCH)

using bench::tensor_operations::tensor;
using step_function = std::function<void()>;

/// Stops the program unless three steps of the baseline end where ours do: what is slower must be the same.
void check_baseline(const std::string& name, const std::function<step_function(const std::vector<tensor>&)>& make,
                    float lambda, const std::function<step_function(device_tensors&, float)>& make_ours) {
    device_tensors theirs({tensor_shape{{1000, 30}}, tensor_shape{{77}}}), ours(theirs.shapes);
    const auto their_step = make(theirs.list()), our_step = make_ours(ours, lambda);
    for (int k = 0; k < 3; ++k) their_step(), our_step();
    double largest = 0;
    for (std::size_t i = 0; i < ours.theta.size(); i += 101)
        largest = std::max(largest, std::abs(double(ours.theta[i]) - double(theirs.theta[i])));
    if (largest < 1e-5) return;
    std::fprintf(stderr, "thrust_device: %s ends %g away from ours after three steps\n", name.c_str(), largest);
    std::exit(1);
}

template <template <class, class, class, class> class Method>
step_function steps_of_ours(device_tensors& on, float lambda) {
    using optimizer = Method<float, l1, fixed_law, backend>;
    optimizer_settings<float> settings{.lambda = lambda, .check_finite = false};
    return [method = std::make_shared<optimizer>(settings), parameters = on.parameters()] { method->step(parameters); };
}

/// The same algorithms as tensor operations of LibTorch, and its own Adam, on the tensors of `shapes`.
void measure_beside_libtorch(results& all, const std::string& where, const std::vector<tensor_shape>& shapes,
                             double bandwidth) {
    namespace operations = bench::tensor_operations;
    struct baseline {
        std::string name, ours;
        double bytes;
        std::function<step_function(const std::vector<tensor>&)> make;
    };
    const operations::options plain{.on_cuda = true}, counting{.count_zeros = true, .on_cuda = true};
    using list = const std::vector<tensor>&;
    const std::vector<baseline> baselines{
        {"linbreg_tensor_operations/", "linbreg/", 16, [=](list on) { return operations::linbreg(on, plain); }},
        {"linbreg_tensor_operations_counting/", "linbreg/", 16,
         [=](list on) { return operations::linbreg(on, counting); }},
        {"adabreg_tensor_operations/", "adabreg/", 32, [=](list on) { return operations::adabreg(on, plain); }},
        {"adabreg_tensor_operations_counting/", "adabreg/", 32,
         [=](list on) { return operations::adabreg(on, counting); }},
        {"adam_foreach/", "adabreg/", 28, [](list on) { return bench::torch_adam::foreach (on, true); }},
        {"adam_fused/", "adabreg/", 28, [](list on) { return bench::torch_adam::fused(on); }}};
    for (const baseline& each : baselines) {
        const bool is_adam = each.bytes == 28; // AdaBreg with lambda 0 is Adam
        check_baseline(each.name, each.make, is_adam ? 0.0f : 0.1f,
                       each.ours == "linbreg/" ? steps_of_ours<linbreg> : steps_of_ours<adabreg>);
        device_tensors tensors(shapes);
        const auto step = each.make(tensors.list());
        all.add(each.name + where, tensors.size, milliseconds(step), each.bytes, bandwidth);
        for (const char* how : {"", "/graph"}) all.compare(each.ours + where + how, each.name + where);
    }
}

#endif

} // namespace

int main(int argc, char** argv) {
    int device = 0;
    check(cudaGetDevice(&device), "cudaGetDevice");
    cudaDeviceProp properties{};
    check(cudaGetDeviceProperties(&properties, device), "cudaGetDeviceProperties");
    results all(properties.name);
    for (const bregman::index_t millions : {15, 150}) {
        const bregman::index_t size = millions * 1'000'000;
        const double bandwidth = copy_bandwidth(size);
        measure_algorithms(all, "one_tensor_" + std::to_string(millions) + "M", {tensor_shape{{size}}}, bandwidth);
        measure_algorithms(all, "200_tensors_" + std::to_string(millions) + "M",
                           std::vector<tensor_shape>(200, tensor_shape{{size / 200}}), bandwidth);
    }
    measure_options(all);
    const auto ecapa = bench::ecapa_tdnn_shapes(1024);
    const double bandwidth = copy_bandwidth(15'000'000);
    measure_algorithms(all, "ecapa_1024", ecapa, bandwidth);
#if defined(BENCH_BESIDE_LIBTORCH)
    measure_beside_libtorch(all, "ecapa_1024", ecapa, bandwidth);
#endif
    if (argc > 1 && !all.write(argv[1])) {
        std::fprintf(stderr, "thrust_device: cannot write %s\n", argv[1]);
        return 1;
    }
    return 0;
}

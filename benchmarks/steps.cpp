/// How long a step takes: our optimizers on one tensor and on ECAPA-TDNN's tensor list, beside plain passes
/// over memory, Eigen statements and tensor operations.
///     bench_steps_native [--quick] [Google Benchmark's options]

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include <bregman/bregman.hpp>
#include <bregman/distributed/sharded.hpp>

#include "cases.hpp"
#include "ecapa_tdnn_shapes.hpp"
#include "eigen_statements.hpp"
#include "measure.hpp"
#include "passes.hpp"
#include "scalar_policies.hpp"
#include "tensor_operations.hpp"
#include "workload.hpp"

namespace bench {
namespace {

/// The three algorithms on one memory layout.
void add_algorithms(const std::string& where, const std::vector<tensor_shape>& shapes) {
    add_ours<linbreg<>>("linbreg/" + where, shapes, linbreg_bytes);
    add_ours<linbreg_momentum<>>("momentum/" + where, shapes, momentum_bytes);
    add_ours<adabreg<>>("adabreg/" + where, shapes, adabreg_bytes);
}

/// An optimizer beside another that makes the same steps without what is measured.
template <class Make, class MakeOther>
void add_pair(const std::string& name, const std::vector<tensor_shape>& shapes, double bytes, Make make,
              MakeOther make_other) {
    add({.name = name,
         .shapes = shapes,
         .bytes = bytes,
         .prepare = [make](std::shared_ptr<workload> work, int) -> std::function<void()> {
             return our_step(work, make());
         },
         .iterations = 40,
         .beside = [make_other](std::shared_ptr<workload> work, int) -> std::function<void()> {
             // Tensors of its own: who starts from what the other has made sparse has another path.
             return our_step(std::make_shared<workload>(work->shapes), make_other());
         }});
}

/// An optimizer whose state could be shared out among processes, of which there is one, beside itself without a communicator.
template <template <class, class, class, class> class Optimizer>
void add_one_process(const std::string& name, const std::vector<tensor_shape>& shapes, double bytes) {
    using backend = sharded<eigen_backend<float>, one_process>;
    using shared = Optimizer<float, l1, settling_law, backend>;
    using alone = Optimizer<float, l1, settling_law, eigen_backend<float>>;
    add_pair(
        name + "_one_process/one_tensor_15M", shapes, bytes,
        [] { return shared(our_settings<shared>(), {}, {}, {}, {}, backend(one_process{})); },
        [] { return alone(our_settings<alone>()); });
}

/// An optimizer that counts births and deaths, beside itself without. The law takes no pass of its own.
template <class Direction>
void add_turnover(const std::string& name, const std::string& where, const std::vector<tensor_shape>& shapes,
                  double bytes) {
    using alone = optimizer<Direction, euclidean<float>, l1, multiplicative_law<float>, eigen_backend<float>>;
    using counting =
        optimizer<with_turnover<Direction>, euclidean<float>, l1, multiplicative_law<float>, eigen_backend<float>>;
    add_pair(
        name + "_turnover/" + where, shapes, bytes, [] { return counting(our_settings<counting>()); },
        [] { return alone(our_settings<alone>()); });
}

template <class Algorithm>
void add_eigen_statements(const std::string& name, const std::vector<tensor_shape>& shapes, double bytes) {
    add({.name = name,
         .shapes = shapes,
         .bytes = bytes,
         .prepare = [](std::shared_ptr<workload> work, int) -> std::function<void()> {
             return [work, state = std::make_shared<Algorithm>()] {
                 benchmark::DoNotOptimize(state->step(work->theta[0], work->gradient[0]));
             };
         },
         .threaded = false,
         .iterations = 10});
}

using tensor_algorithm = std::function<void()> (*)(const std::vector<tensor_operations::tensor>&,
                                                   tensor_operations::options);

void add_tensor_operations(const std::string& name, const std::vector<tensor_shape>& shapes, double bytes,
                           tensor_algorithm algorithm, tensor_operations::options how) {
    add({.name = name,
         .shapes = shapes,
         .bytes = bytes,
         .prepare = [=](std::shared_ptr<workload> work, int) -> std::function<void()> {
             std::vector<tensor_operations::tensor> tensors;
             for (std::size_t i = 0; i < work->shapes.size(); ++i)
                 tensors.push_back({work->theta[i].data(), work->gradient[i].data(), work->shapes[i]});
             return [work, step = algorithm(tensors, how)] { step(); };
         },
         .iterations = 5});
}

void add_tensor_operations(const std::string& where, const std::vector<tensor_shape>& shapes,
                           tensor_operations::shrinkage with) {
    const std::string name =
        with == tensor_operations::shrinkage::softshrink ? "_tensor_operations_softshrink" : "_tensor_operations";
    for (bool counting : {false, true}) {
        const std::string rest = name + (counting ? "_counting/" : "/") + where;
        add_tensor_operations("linbreg" + rest, shapes, linbreg_bytes, tensor_operations::linbreg, {counting, with});
        add_tensor_operations("momentum" + rest, shapes, momentum_bytes, tensor_operations::linbreg_momentum,
                              {counting, with});
        add_tensor_operations("adabreg" + rest, shapes, adabreg_bytes, tensor_operations::adabreg, {counting, with});
    }
}

void add_passes(const std::vector<tensor_shape>& shapes) {
    add({"axpy/one_tensor_15M", shapes, axpy_bytes,
         [](std::shared_ptr<workload> work, int threads) -> std::function<void()> {
             return [=] { axpy(1e-3f, work->gradient[0], work->theta[0], threads); };
         }});
    add({"copy/one_tensor_15M", shapes, copy_bytes,
         [](std::shared_ptr<workload> work, int threads) -> std::function<void()> {
             return [=] { copy(work->gradient[0], work->theta[0], threads); };
         }});
}

void add_all() {
    const std::vector<tensor_shape> large = {{{15'000'000}}};
    add_passes(large);
    add_algorithms("one_tensor_15M", large);
    add_one_process<linbreg>("linbreg", large, linbreg_bytes);
    add_one_process<adabreg>("adabreg", large, adabreg_bytes);
    for (const index_t millions : {15, 1}) {
        const std::string where = "one_tensor_" + std::to_string(millions) + "M";
        const std::vector<tensor_shape> shapes = {{{1'000'000 * millions}}};
        add_turnover<gradient>("linbreg", where, shapes, linbreg_bytes);
        add_turnover<momentum>("momentum", where, shapes, momentum_bytes);
        add_turnover<adam>("adabreg", where, shapes, adabreg_bytes);
    }
    add_ours<optimizer<gradient, euclidean<float>, l1, multiplicative_law<float>,
                       eigen_backend<float, primal_store::streaming>>>("linbreg_streaming/one_tensor_15M", large,
                                                                       linbreg_bytes);
    add_ours<linbreg<>>("linbreg_check_finite/one_tensor_15M", large, linbreg_bytes, true);
    add_ours<adabreg<>>("adabreg_check_finite/one_tensor_15M", large, adabreg_bytes, true);
    add_ours<linbreg<float, scalar_l1>, scalar_l1>("linbreg_scalar_policy/one_tensor_15M", large, linbreg_bytes);
    add_ours<adabreg<float, scalar_l1>, scalar_l1>("adabreg_scalar_policy/one_tensor_15M", large, adabreg_bytes);
    add_eigen_statements<eigen_statements::linbreg>("linbreg_eigen_statements/one_tensor_15M", large, linbreg_bytes);
    add_eigen_statements<eigen_statements::linbreg_momentum>("momentum_eigen_statements/one_tensor_15M", large,
                                                             momentum_bytes);
    add_eigen_statements<eigen_statements::adabreg>("adabreg_eigen_statements/one_tensor_15M", large, adabreg_bytes);

    for (index_t channels : {512, 1024}) {
        const auto shapes = ecapa_tdnn_shapes(channels);
        add_algorithms("ecapa_" + std::to_string(channels), shapes);
        add_tensor_operations("ecapa_" + std::to_string(channels), shapes,
                              tensor_operations::shrinkage::sign_and_clamp);
        if (channels == 512) add_tensor_operations("ecapa_512", shapes, tensor_operations::shrinkage::softshrink);
    }
}

} // namespace
} // namespace bench

int main(int argc, char** argv) { return bench::run_cases(argc, argv, bench::add_all); }

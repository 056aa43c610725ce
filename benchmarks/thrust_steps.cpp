/// The Thrust backend on the CPU with OpenMP: the optimizers on one tensor and on lists of tensors, against axpy.
///     bench_thrust_native [--quick] [Google Benchmark's options]
/// "elements" is the code that a GPU runs, here on the CPU: it shows what lists cost, not how fast that code is.

#include <omp.h>

#include <bregman/backends/thrust.hpp>

#include <bregman/backends/eigen.hpp>

#include "cases.hpp"
#include "ecapa_tdnn_shapes.hpp"

namespace bench {

void use_threads(int threads) { omp_set_num_threads(threads); }

namespace {

template <thrust_path Path>
void add_algorithms(const std::string& suffix, const std::string& where, const std::vector<tensor_shape>& shapes) {
    using law = multiplicative_law<float>;
    using backend = thrust_backend<float, Path>;
    add_ours<linbreg<float, l1, law, backend>>("linbreg_" + suffix + "/" + where, shapes, linbreg_bytes);
    add_ours<linbreg_momentum<float, l1, law, backend>>("momentum_" + suffix + "/" + where, shapes, momentum_bytes);
    add_ours<adabreg<float, l1, law, backend>>("adabreg_" + suffix + "/" + where, shapes, adabreg_bytes);
}

void add_all() {
    const std::vector<tensor_shape> large = {{{15'000'000}}}, equal(200, tensor_shape{{75'000}});
    const auto ecapa = ecapa_tdnn_shapes(1024);
    add_algorithms<thrust_path::lanes>("thrust", "one_tensor_15M", large);
    add_algorithms<thrust_path::lanes>("thrust", "ecapa_1024", ecapa);
    add_algorithms<thrust_path::lanes>("thrust", "200_tensors_15M", equal);
    add_algorithms<thrust_path::elements>("thrust_elements", "one_tensor_15M", large);
    add_algorithms<thrust_path::elements>("thrust_elements", "200_tensors_15M", equal);
}

} // namespace
} // namespace bench

int main(int argc, char** argv) { return bench::run_cases(argc, argv, bench::add_all); }

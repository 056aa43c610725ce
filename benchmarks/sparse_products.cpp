#include "sparse_products.hpp"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <functional>
#include <string>
#include <utility>

#include <Eigen/SparseCore>
#ifdef BENCH_LIBXSMM
#include <libxsmm.h>
#endif

#include <bregman/sparse/layers/linear.hpp>

#include "speaker_verification/deployment/product_threads.hpp"
#include "speaker_verification/model/state_dict.hpp"

namespace bench {

namespace {

using row_major = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// One thread by its processor time, as everything here.
double now() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return 1e3 * double(time.tv_sec) + 1e-6 * double(time.tv_nsec);
}

double best_ms(const std::function<void()>& run, int rounds) {
    double best = 1e30;
    run();
    for (int round = 0; round < rounds; ++round) {
        const double begin = now();
        run();
        best = std::min(best, now() - begin);
    }
    return best;
}

#ifdef BENCH_LIBXSMM
/// libxsmm's product of a sparse with a dense matrix, row-major, whose sparse one is cut into blocks of 128 x 128 before.
class libxsmm_product {
  public:
    libxsmm_product(const float* weight, Eigen::Index rows, Eigen::Index inner, Eigen::Index columns) {
        libxsmm_init();
        libxsmm_spmdm_init(int(rows), int(columns), int(inner), 1, &handle_, &slices_);
        for (int block = 0; block < libxsmm_spmdm_get_num_createSparseSlice_blocks(&handle_); ++block)
            libxsmm_spmdm_createSparseSlice_fp32_thread(&handle_, 'N', weight, slices_, block, 0, 1);
    }
    libxsmm_product(const libxsmm_product&) = delete;
    libxsmm_product& operator=(const libxsmm_product&) = delete;
    ~libxsmm_product() { libxsmm_spmdm_destroy(&handle_); }

    void operator()(const float* x, float* y) const {
        const float one = 1, zero = 0;
        for (int block = 0; block < libxsmm_spmdm_get_num_compute_blocks(&handle_); ++block)
            libxsmm_spmdm_compute_fp32_thread(&handle_, 'N', 'N', &one, slices_, x, 'N', &zero, y, block, 0, 1);
    }

  private:
    libxsmm_spmdm_handle handle_{};
    libxsmm_CSR_sparseslice* slices_ = nullptr;
};
#endif

} // namespace

void measure_products(const network_case& which, const speaker_verification::speaker_model& model, bool quick,
                      json& rows) {
    using namespace bregman::sparse;
    const torch::NoGradGuard no_gradient;
    constexpr Eigen::Index columns = 298;
    at::set_num_threads(1);
    speaker_verification::use_product_threads(1);
    for (const auto& [name, tensor] : speaker_verification::state_dict(*model.trained.network.embedder)) {
        if (name != "conv.weight" && name != "layer3.se_res2block.0.conv.weight") continue;
        const auto weight = tensor.detach().reshape({tensor.size(0), -1}).contiguous();
        const Eigen::Map<const row_major> w(weight.data_ptr<float>(), weight.size(0), weight.size(1));
        const row_major x = row_major::Random(w.cols(), columns);
        row_major y(w.rows(), columns);
        const Eigen::SparseMatrix<float, Eigen::RowMajor> eigen_rows = w.sparseView();
        const Eigen::SparseMatrix<float, Eigen::ColMajor> eigen_columns = w.sparseView();
        const Eigen::MatrixXf x_columns = x;
        Eigen::MatrixXf y_columns(w.rows(), columns);
        const csr_matrix<float> own(w);
        const linear<float> dense(own, {}, weight_form::dense);
        panels<float> in, out(w.rows(), columns);
        in.assign(x);
        const auto torch_x = torch::from_blob(const_cast<float*>(x.data()), {x.rows(), x.cols()});

        std::vector<std::pair<const char*, std::function<void()>>> ways = {
            {"bregman sparse", [&] { multiply<float>(own, in.view(), out.view()); }},
            {"bregman dense", [&] { dense(in.view(), out.view()); }},
            {"Eigen sparse, by rows", [&] { y.noalias() = eigen_rows * x; }},
            {"Eigen sparse, by columns", [&] { y_columns.noalias() = eigen_columns * x_columns; }},
            {"LibTorch dense (OpenBLAS)", [&] { (void)torch::mm(weight, torch_x); }}};
#ifdef BENCH_LIBXSMM
        const libxsmm_product libxsmm(weight.data_ptr<float>(), w.rows(), w.cols(), columns);
        libxsmm(x.data(), y.data());
        const double error = double((y - w * x).norm() / (w * x).norm());
        if (error > 1e-5) // libxsmm 1.17 loses a thousandth of the products where w has no zero
            std::fprintf(stderr, "bench: left out libxsmm's product of %s, which is off by %.3g\n", name.c_str(),
                         error);
        else
            ways.emplace_back("libxsmm sparse (spmdm)", [&] { libxsmm(x.data(), y.data()); });
#endif
        torch::Tensor compressed;
        try { // a LibTorch without MKL may have no such product
            compressed = weight.to_sparse_csr();
            (void)torch::mm(compressed, torch_x);
            ways.emplace_back("LibTorch CSR", [&] { (void)torch::mm(compressed, torch_x); });
        } catch (const std::exception& error) {
            std::fprintf(stderr, "bench: left out LibTorch's CSR product: %.120s\n", error.what());
        }
        for (const auto& [by, run] : ways) {
            const double ms = best_ms(run, quick ? 3 : 20);
            rows.push_back({{"network", which.network},
                            {"channels", which.channels},
                            {"tensor", name},
                            {"rows", w.rows()},
                            {"cols", w.cols()},
                            {"sparsity", 1 - own.density()},
                            {"by", by},
                            {"ms", ms}});
            std::printf("    %lld x %lld, %.3f zero: %-26s %.3f ms\n", static_cast<long long>(w.rows()),
                        static_cast<long long>(w.cols()), 1 - own.density(), by, ms);
        }
    }
}

} // namespace bench

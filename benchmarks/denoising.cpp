// Total variation denoising of a noisy phantom: the objective that is reached, and when.
// usage: bench_denoising FOLDER     writes FOLDER/denoising/ and FOLDER/denoising_ours.json; denoising_baselines.py goes on
#include <bregman/problems/sparse_signal.hpp>
#include <bregman/regularizers/total_variation_2d.hpp>

#include "inverse_problems/phantom.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace {

constexpr double weight = 0.1, noise = 0.1;

template <class T>
bregman::tensor_view<T> view(T* data, bregman::index_t side) {
    return {data, {{side, side}, bregman::storage_order::column_major}};
}

double seconds_since(std::chrono::steady_clock::time_point begin) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

} // namespace

int main(int argc, char** argv) try {
    const std::filesystem::path folder = argc > 1 ? argv[1] : "results/bench";
    std::filesystem::create_directories(folder / "denoising");
    nlohmann::json rows = nlohmann::json::array();
    for (const bregman::index_t side : {128, 256, 512}) {
        Eigen::VectorXd noisy = examples::shepp_logan(side).reshaped();
        bregman::add_noise(noisy, noise, 1);
        std::ofstream(folder / "denoising" / (std::to_string(side) + ".bin"), std::ios::binary)
            .write(reinterpret_cast<const char*>(noisy.data()), std::streamsize(noisy.size()) * 8);
        for (const double gap : {0.3, 0.1, 0.03, 1e-2, 3e-3, 1e-3, 3e-4, 1e-4, 1e-5}) {
            const bregman::total_variation_2d penalty{.gap = gap};
            Eigen::VectorXd x;
            bregman::total_variation_dual dual;
            double shortest = 1e300;
            for (int run = 0; run < 3; ++run) {
                x = noisy;
                dual.clear();
                const auto begin = std::chrono::steady_clock::now();
                penalty.prox(view(x.data(), side), weight, dual);
                shortest = std::min(shortest, seconds_since(begin));
            }
            const double objective =
                (x - noisy).squaredNorm() / 2 + weight * penalty.value(view<const double>(x.data(), side));
            rows.push_back({{"side", side},
                            {"solver", "bregman total_variation_2d"},
                            {"setting", gap},
                            {"seconds", shortest},
                            {"iterations", dual.iterations},
                            {"objective", objective}});
            std::cout << side << "  gap " << gap << "  " << shortest << " s  objective " << objective << '\n';
        }
    }
    std::ofstream(folder / "denoising_ours.json") << nlohmann::json{{"weight", weight}, {"rows", rows}}.dump(2) << '\n';
    return 0;
} catch (const std::exception& error) {
    std::cerr << "bench_denoising: " << error.what() << '\n';
    return 1;
}

// docs/granularities.md: what may become zero together.
#include <bregman/bregman.hpp>

#include <Eigen/SVD>

#include <random>
#include <variant>
#include <vector>

#include "snippets.hpp"

namespace granularities {

using bregman::index_t;

struct drawn {
    std::vector<float> weights, slope;
    explicit drawn(index_t size) : weights(std::size_t(size)), slope(weights) {
        std::mt19937 generator(7);
        std::normal_distribution<float> normal;
        for (float& w : weights) w = normal(generator);
        for (float& g : slope) g = 0.1f * normal(generator);
    }
};

/// Steps of the quantile law to half of the groups, and how many of `groups` groups of `size` consecutive numbers are zero.
template <class Optimizer, class List>
float after_steps(Optimizer& optimizer, const List& list) {
    for (int k = 0; k < 5; ++k) optimizer.step(list);
    return optimizer.sparsity();
}

bool near(float a, float b) { return std::abs(a - b) < 1e-3f; }

bool single_numbers_and_groups() {
    drawn linear(64 * 32), kernel(16 * 8 * 9);
    float *W = linear.weights.data(), *gW = linear.slope.data(), *K = kernel.weights.data(), *gK = kernel.slope.data();

    using any = std::variant<bregman::l1, bregman::group_rows, bregman::group_columns, bregman::group_kernels>;
    bregman::parameter_list<float, any> list;
    list.add_group({.name = "single weights", .regularizer = bregman::l1{}});
    list.add_view(W, gW, {{64, 32}});
    list.add_group({.name = "filters", .regularizer = bregman::group_rows{}}); // everything under one first index
    list.add_view(K, gK, {{16, 8, 3, 3}});
    bregman::optimizer<bregman::gradient, bregman::euclidean<float>, any, bregman::quantile_law,
                       bregman::eigen_backend<float>>
        optimizer({.step_size = 0.1f, .target = 0.5f});
    return std::abs(after_steps(optimizer, list) - 0.5f) < 0.03f; // a filter is 72 numbers of 3200
}

bool blocks_and_heads() {
    constexpr index_t k = 8, heads = 4, width = 16, inputs = 32;
    drawn blocks(64 * 32), attention(heads * width * inputs);
    float *W = blocks.weights.data(), *gW = blocks.slope.data();
    float *Q = attention.weights.data(), *gQ = attention.slope.data();

    bregman::parameter_list<float, bregman::group_rows> list;
    list.add_view(W, gW, {{64 * 32 / k, k}});        // blocks of k consecutive weights of a row
    list.add_view(Q, gQ, {{heads, width * inputs}}); // attention heads: rows of a (heads * width) x inputs matrix
    bregman::linbreg<float, bregman::group_rows, bregman::quantile_law> optimizer({.step_size = 0.1f, .target = 0.5f});
    return std::abs(after_steps(optimizer, list) - 0.5f) < 0.13f; // a head is an eighth of all
}

// The r largest singular values stay and the others are zero, whatever lambda: the nearest matrix of rank r.
struct rank_at_most {
    static constexpr bool ignores_lambda = true;
    int r = 2;

    template <class T>
    T value(const bregman::tensor_view<const T>&) const {
        return T(0);
    }
    template <class T>
    void subgradient(const bregman::tensor_view<const T>&, const bregman::tensor_view<T>& result) const {
        std::fill_n(result.data, result.size(), T(0));
    }
    template <class T>
    void prox(const bregman::tensor_view<T>& x, T) const {
        Eigen::Map<Eigen::MatrixX<T>> matrix(x.data, x.shape.extents[0], x.shape.extents[1]);
        const Eigen::JacobiSVD<Eigen::MatrixXd> svd(matrix.template cast<double>(),
                                                    Eigen::ComputeThinU | Eigen::ComputeThinV);
        Eigen::VectorXd values = svd.singularValues();
        values.tail(values.size() - r).setZero();
        matrix = (svd.matrixU() * values.asDiagonal() * svd.matrixV().transpose()).template cast<T>();
    }
};

bool ranks() {
    Eigen::MatrixXf matrix = Eigen::MatrixXf::Random(9, 6);
    const Eigen::MatrixXf slope = Eigen::MatrixXf::Random(9, 6);
    bregman::linbreg<float, rank_at_most, bregman::fixed_law> optimizer({.step_size = 0.1f}, {}, {}, {.r = 2});
    for (int step = 0; step < 3; ++step) optimizer.step(matrix, slope);
    return Eigen::JacobiSVD<Eigen::MatrixXf>(matrix).setThreshold(1e-4f).rank() == 2;
}

bool patterns() {
    drawn d(64);
    auto& [weights, slope] = d;
    bregman::linbreg<float, bregman::n_of_m, bregman::fixed_law> optimizer({.step_size = 0.1f}, {}, {},
                                                                           {.n = 2, .m = 4});
    optimizer.step(weights, slope); // of each four consecutive weights two stay
    return near(optimizer.sparsity(), 0.5f);
}

// A budget by the plain norm of a row, without the sqrt(n) that makes it the root mean square of its weights.
struct rows_by_norm : bregman::group_rows {
    static constexpr const char* name = "rows_by_norm";

    template <class T>
    BREGMAN_HOST_DEVICE T group_value(T norm, T) const {
        return norm;
    }
    template <class T>
    BREGMAN_HOST_DEVICE T group_subgradient(T norm, T) const {
        return norm > T(0) ? 1 / norm : T(0);
    }
    template <class T>
    BREGMAN_HOST_DEVICE T group_prox(T norm, T, T t) const {
        return norm > t ? 1 - t / norm : T(0);
    }
    template <class T>
    BREGMAN_HOST_DEVICE T critical_lambda(T norm, T) const {
        return norm;
    }
};

bool budgets() {
    drawn small(40 * 10), large(40 * 90);
    float *A = small.weights.data(), *gA = small.slope.data(), *B = large.weights.data(), *gB = large.slope.data();
    const auto share_of_small = [&](auto regularizer, double cost) {
        using R = decltype(regularizer);
        bregman::parameter_list<float, R> list;
        list.add_group({.name = "cheap", .regularizer = regularizer});
        list.add_view(A, gA, {{40, 10}});
        list.add_group({.name = "dear", .regularizer = regularizer, .lambda_scale = cost}); // dies at lambda / cost
        list.add_view(B, gB, {{40, 90}});
        bregman::linbreg<float, R, bregman::quantile_law> optimizer({.step_size = 1e-3f, .target = 0.5f});
        std::vector<float> keep_a = small.weights, keep_b = large.weights;
        after_steps(optimizer, list);
        const auto& counts = optimizer.counts()[0];
        std::copy(keep_a.begin(), keep_a.end(), A), std::copy(keep_b.begin(), keep_b.end(), B);
        return double(counts.nonzeros) / double(counts.size);
    };
    // By norm the short rows die first, by root mean square they do not; a cost of 3 spares them.
    return share_of_small(rows_by_norm{}, 1) < 0.1 && share_of_small(bregman::group_rows{}, 1) > 0.2 &&
           share_of_small(bregman::group_rows{}, 3) > 0.9;
}

} // namespace granularities

bool granularities_work() {
    using namespace granularities;
    return single_numbers_and_groups() && blocks_and_heads() && ranks() && patterns() && budgets();
}

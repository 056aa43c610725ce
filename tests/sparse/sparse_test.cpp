#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include <bregman/regularizers/l1.hpp>
#include <bregman/sparse/block_matrix.hpp>
#include <bregman/sparse/layers/batch_norm.hpp>
#include <bregman/sparse/layers/conv1d.hpp>
#include <bregman/sparse/layers/conv2d.hpp>
#include <bregman/sparse/layers/linear.hpp>
#include <bregman/sparse/product.hpp>

#include "support/checks.hpp"
#include "support/values.hpp"

namespace {

using namespace bregman;
using namespace bregman::testing;
using sparse::csr_matrix, sparse::panels, sparse::weight_form;

template <class T>
using matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>;

/// Normal numbers, of which the small ones are zero: about a share of `density` is left.
template <class T>
std::vector<T> numbers(index_t size, std::uint64_t seed, double density = 1) {
    auto values = normal_values<T>(size, seed);
    const counter_random random(seed + 1000);
    for (index_t i = 0; i < size; ++i)
        if (random.uniform(std::uint64_t(i)) >= density) values[std::size_t(i)] = T(0);
    return values;
}
template <class T>
matrix<T> matrix_of(index_t rows, index_t cols, std::uint64_t seed, double density = 1) {
    const auto values = numbers<T>(rows * cols, seed, density);
    return Eigen::Map<const matrix<T>>(values.data(), rows, cols);
}

/// The largest error of the product y = A x over what rounding allows: eps (n + 1) sum_j |a_j x_j| for sums of n products,
/// in whatever order they are added up.
template <class T>
double over_rounding(const matrix<T>& a, const matrix<T>& x, const matrix<T>& y) {
    double worst = 0;
    for (index_t r = 0; r < a.rows(); ++r)
        for (index_t p = 0; p < x.cols(); ++p) {
            double exact = 0, size = 0;
            for (index_t c = 0; c < a.cols(); ++c) {
                exact += double(a(r, c)) * double(x(c, p));
                size += std::abs(double(a(r, c)) * double(x(c, p)));
            }
            const double allowed = double(std::numeric_limits<T>::epsilon()) * double(a.cols() + 1) * size;
            worst = std::max(worst, std::abs(double(y(r, p)) - exact) / (allowed + 1e-300));
        }
    return worst;
}

/// Panels of the right size with something in them, which a layer must write over.
panels<double> filled(index_t channels, index_t positions) {
    panels<double> y(channels, positions);
    std::fill_n(y.view().data, channels * y.view().count() * sparse::panel_width, 7.);
    return y;
}
/// The sum of what the last panel has beyond the positions.
double beyond(sparse::panel_view<const double> y) {
    double sum = 0;
    for (index_t p = y.positions; p < y.count() * sparse::panel_width; ++p)
        for (index_t c = 0; c < y.channels; ++c) sum += std::abs(y(c, p));
    return sum;
}

struct shape {
    index_t rows, cols, positions;
};
constexpr std::array shapes = {shape{1, 1, 1}, shape{5, 7, 3}, shape{9, 40, 31}, shape{6, 12, 64}, shape{4, 3, 100},
                               shape{0, 3, 5}, shape{3, 0, 5}, shape{3, 4, 0},   shape{2, 50, 33}, shape{13, 33, 32}};

} // namespace

BOOST_AUTO_TEST_SUITE(sparse_products)

BOOST_AUTO_TEST_CASE_TEMPLATE(a_sparse_product_is_the_dense_one_within_rounding_in_registers_of_every_width, T,
                              scalars) {
    for (const auto& [rows, cols, positions] : shapes) {
        matrix<T> a = matrix_of<T>(rows, cols, 1, .3);
        if (rows > 2) a.row(1).setZero();
        const matrix<T> x = matrix_of<T>(cols, positions, 2);
        const csr_matrix<T> compressed(a);
        BOOST_TEST(over_rounding<T>(a, x, sparse::multiply(compressed, x)) <= 1);
        panels<T> in;
        in.assign(x);
        for (int bytes = 16; bytes <= sparse::widest_register(); bytes *= 2) {
            panels<T> out(rows, positions);
            for (index_t p = 0; p < out.view().count(); ++p)
                sparse::run_on_processor(sparse::contract::csr_panel<T, 32>{compressed.starts().data(),
                                                                            compressed.entries().data(),
                                                                            rows,
                                                                            in.view().panel(p),
                                                                            out.view().panel(p),
                                                                            {},
                                                                            nullptr},
                                         bytes);
            BOOST_TEST(over_rounding<T>(a, x, out.matrix()) <= 1);
        }
        panels<T> in_blocks(rows, positions);
        sparse::multiply(sparse::block_matrix<T>(compressed), std::as_const(in).view(), in_blocks.view());
        BOOST_TEST(over_rounding<T>(a, x, in_blocks.matrix()) <= 1);
        for (const auto form : {weight_form::dense, weight_form::sparse, weight_form::measured, weight_form::blocks}) {
            const sparse::linear<T> layer(compressed, {}, form);
            BOOST_TEST(over_rounding<T>(a, x, layer(x)) <= 1);
        }
        std::vector<T> y(std::size_t(rows), T(7));
        if (positions == 0) continue;
        compressed.apply(x.data(), y.data());
        BOOST_TEST(over_rounding<T>(a, x.leftCols(1), Eigen::Map<matrix<T>>(y.data(), rows, 1)) <= 1);
    }
}

BOOST_AUTO_TEST_CASE(what_follows_the_product_comes_in_the_documented_order) {
    const matrix<double> a = matrix_of<double>(5, 9, 3, .4), x = matrix_of<double>(9, 40, 4),
                         added = matrix_of<double>(5, 40, 5);
    const auto bias = numbers<double>(5, 6), scale = numbers<double>(5, 7), shift = numbers<double>(5, 8);
    const auto column = [](const std::vector<double>& v) { return Eigen::Map<const Eigen::ArrayXd>(v.data(), 5); };
    Eigen::ArrayXXd expected = (a * x + added).array().colwise() + column(bias);
    expected = (expected.max(0).colwise() * column(scale)).colwise() + column(shift);
    for (const auto form : {weight_form::sparse, weight_form::dense, weight_form::blocks}) {
        const sparse::linear<double> layer(csr_matrix<double>(a), {bias, true, scale, shift}, form);
        panels<double> in, residual, out = filled(5, 40);
        in.assign(x);
        residual.assign(added);
        layer(std::as_const(in).view(), out.view(), std::as_const(residual).view());
        BOOST_TEST((out.matrix().array() - expected).abs().maxCoeff() < 1e-13);
        BOOST_TEST(beyond(out.view()) == 0);
        BOOST_TEST(layer.weights().is_sparse() == (form == weight_form::sparse));
    }
}

BOOST_AUTO_TEST_CASE(a_matrix_is_the_same_from_wherever_it_comes) {
    const matrix<double> a = matrix_of<double>(6, 12, 9, .5);
    const Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> by_rows = a;
    std::vector<double> theta(by_rows.data(), by_rows.data() + 72), gradient(72);
    parameter_list<double, l1> parameters;
    parameters.add_view(theta.data(), gradient.data(), {{6, 3, 4}});
    const csr_matrix<double> of_list = sparse::csr_of(parameters, 0);
    BOOST_TEST((of_list.dense() == a));
    BOOST_TEST((csr_matrix<double>(a.block(1, 2, 3, 4)).dense() == a.block(1, 2, 3, 4)));
    BOOST_TEST((csr_matrix<double>(theta.data(), 6, 12).dense() == a));
    BOOST_TEST((csr_matrix<double>(a.data(), 6, 12, storage_order::column_major).dense() == a));
    BOOST_TEST(csr_matrix<double>(as_tensor(theta)).rows() == 72);
    BOOST_TEST(of_list.nonzeros() == count_nonzeros(theta));
    BOOST_TEST(of_list.density() == double(of_list.nonzeros()) / 72);
    BOOST_TEST(of_list.bytes() == 7 * 4 + of_list.nonzeros() * 16);
    BOOST_TEST((of_list.columns(3, 5).dense() == a.middleCols(3, 5)));
    CHECK_REFUSES(of_list.columns(8, 5), "columns = 8 and 5 of them; allowed: within [0, 12)");
    panels<double> panel(3, 40);
    panel.view()(2, 33) = 5;
    BOOST_TEST(panel.view().slice(1, 2)(1, 33) == 5);
    const std::array<double, 3> odd = {-0., nan_of<double>(), 0.};
    const csr_matrix<double> kept(odd.data(), 1, 3);
    BOOST_TEST((kept.nonzeros() == 1 && is_nan(kept.entries()[0].value)));
    // A NaN must reach the result through ReLU.
    const sparse::linear<double> layer(kept, {.relu = true});
    BOOST_TEST(is_nan(layer(matrix<double>::Ones(3, 1))(0, 0)));
}

BOOST_AUTO_TEST_CASE(a_matrix_in_blocks_keeps_four_numbers_for_each_block_that_has_one) {
    matrix<double> a = matrix<double>::Zero(10, 6);
    a(0, 2) = 1, a(3, 2) = 2, a(4, 0) = 3, a(9, 5) = 4; // the last rows are two
    const sparse::block_matrix<double> blocks{csr_matrix<double>(a)};
    BOOST_TEST((blocks.starts() == std::vector<std::int32_t>{0, 1, 2, 3}));
    BOOST_TEST((blocks.columns() == std::vector<std::int32_t>{2, 0, 5}));
    BOOST_TEST((blocks.values() == std::vector<double>{1, 0, 0, 2, 3, 0, 0, 0, 0, 4, 0, 0}));
    BOOST_TEST((blocks.blocks() == 3 && blocks.bytes() == 7 * 4 + 12 * 8));
    const sparse::conv1d_settings padded{.kernel = 2, .padding = 1};
    const matrix<double> x = matrix_of<double>(3, 40, 51);
    panels<double> in, plain(10, 41), by_blocks = filled(10, 41);
    in.assign(x);
    const csr_matrix<double> weight(a);
    sparse::conv1d<double>(weight, padded)(std::as_const(in).view(), plain.view());
    const sparse::conv1d<double> layer(weight, padded, {}, weight_form::blocks);
    BOOST_TEST((layer.weights().is_in_blocks() && !layer.weights().is_sparse()));
    layer(std::as_const(in).view(), by_blocks.view());
    BOOST_TEST((plain.matrix() == by_blocks.matrix())); // sums of one product
}

BOOST_AUTO_TEST_CASE(a_convolution_over_time_is_its_definition) {
    constexpr index_t inputs = 4, outputs = 6;
    const auto bias = numbers<double>(outputs, 11);
    for (index_t frames : {5, 33, 70})
        for (const auto& settings : {sparse::conv1d_settings{.kernel = 3, .dilation = 4, .padding = 4},
                                     {.kernel = 5, .padding = 2, .mirrored = true},
                                     {.kernel = 1, .groups = 2},
                                     {.kernel = 2, .stride = 3, .dilation = 2, .groups = 2, .padding = 1},
                                     {.kernel = 3, .stride = 2, .padding = 1, .mirrored = true},
                                     {.kernel = 3, .dilation = 90, .padding = 90},
                                     {.kernel = 3}}) {
            const index_t inner = inputs / settings.groups, k = settings.kernel;
            const auto w = numbers<double>(outputs * inner * k, 12, .5);
            const sparse::conv1d<double> layer(
                csr_matrix<double>(tensor_view<const double>{w.data(), {{outputs, inner, k}}}), settings,
                {.bias = bias, .relu = true});
            const matrix<double> x = matrix_of<double>(inputs, frames, 13);
            panels<double> in, out = filled(outputs, layer.output_positions(frames));
            in.assign(x);
            layer(std::as_const(in).view(), out.view());
            double worst = beyond(out.view());
            for (index_t o = 0; o < outputs; ++o)
                for (index_t t = 0; t < out.positions(); ++t) {
                    double sum = bias[std::size_t(o)];
                    for (index_t c = 0; c < inner; ++c)
                        for (index_t j = 0; j < k; ++j) {
                            index_t at = t * settings.stride + j * settings.dilation - settings.padding;
                            if (settings.mirrored && at < 0) at = -at;
                            if (settings.mirrored && at >= frames) at = 2 * (frames - 1) - at;
                            const index_t channel = o / (outputs / settings.groups) * inner + c;
                            if (at >= 0 && at < frames) sum += w[std::size_t((o * inner + c) * k + j)] * x(channel, at);
                        }
                    worst = std::max(worst, std::abs(out.view()(o, t) - std::max(sum, 0.)));
                }
            BOOST_TEST(worst < 1e-13);
            const index_t room = frames + 2 * settings.padding - (k - 1) * settings.dilation;
            BOOST_TEST(out.positions() == (room < 1 ? 0 : (room - 1) / settings.stride + 1));
        }
}

BOOST_AUTO_TEST_CASE(what_comes_after_a_panel_sees_it_whole) {
    const sparse::conv1d<double> layer(csr_matrix<double>(matrix_of<double>(4, 9, 31, .5)), {.kernel = 3, .padding = 1},
                                       {.bias = numbers<double>(4, 32)});
    panels<double> in, out = filled(4, 70);
    in.assign(matrix_of<double>(3, 70, 33));
    matrix<double> seen = matrix<double>::Constant(4 * sparse::panel_width, out.view().count(), -1);
    layer(std::as_const(in).view(), out.view(), {},
          [&](index_t p) { seen.col(p) = Eigen::Map<const Eigen::VectorXd>(out.view().panel(p), seen.rows()); });
    for (index_t p = 0; p < seen.cols(); ++p)
        BOOST_TEST((seen.col(p) == Eigen::Map<const Eigen::VectorXd>(out.view().panel(p), seen.rows())));
    BOOST_TEST(beyond(out.view()) == 0);
}

BOOST_AUTO_TEST_CASE(panels_fit_another_size_in_the_memory_that_they_have) {
    panels<double> y = filled(5, 64);
    const double* const memory = y.view().data;
    y.fit(5, 64);
    BOOST_TEST(y.view()(4, 63) != 0);
    y.fit(4, 33); // one position of 32 in the last panel
    BOOST_TEST(y.view().data == memory);
    BOOST_TEST(y.channels() == 4);
    BOOST_TEST(y.positions() == 33);
    BOOST_TEST(beyond(y.view()) == 0);
    const double* const end = y.view().data + y.view().count() * y.view().stride;
    BOOST_TEST(std::all_of(end, end + panels<double>::guard, [](double value) { return value == 0; }));
    y.fit(9, 200); // more than there was
    BOOST_TEST(y.matrix().isZero(0));
    BOOST_TEST(beyond(y.view()) == 0);
    CHECK_REFUSES(y.fit(-1, 2), "channels = -1");
    BOOST_TEST(y.channels() == 9);
}

BOOST_AUTO_TEST_CASE(a_convolution_over_images_is_its_definition) {
    constexpr index_t inputs = 2, outputs = 4;
    const auto bias = numbers<double>(outputs, 21);
    for (const auto& size : {sparse::image_size{1, 1}, {5, 7}, {3, 14}, {3, 15}, {3, 38}, {4, 70}})
        for (const auto& settings : {sparse::conv2d_settings{.kernel = 3, .padding = 1},
                                     {.kernel = 3, .stride = 2, .padding = 1},
                                     {.kernel = 1, .groups = 2},
                                     {.kernel = 1, .stride = 2},
                                     {.kernel = 5, .padding = 2}}) {
            const index_t inner = inputs / settings.groups, k = settings.kernel;
            const auto w = numbers<double>(outputs * inner * k * k, 22, .5);
            const sparse::conv2d<double> layer(
                csr_matrix<double>(tensor_view<const double>{w.data(), {{outputs, inner, k, k}}}), settings,
                {.bias = bias});
            const auto result = layer.output_size(size);
            panels<double> in(inputs, size.positions()), out = filled(outputs, result.positions()),
                                                         residual(outputs, result.positions());
            const auto pixels = numbers<double>(inputs * size.positions(), 23);
            for (index_t c = 0; c < inputs; ++c)
                for (index_t i = 0; i < size.height; ++i)
                    for (index_t j = 0; j < size.width; ++j)
                        in.view()(c, size.at(i, j)) = pixels[std::size_t(c * size.positions() + size.at(i, j))];
            residual.view()(1, result.at(0, 0)) = 5;
            layer(std::as_const(in).view(), size, out.view(), std::as_const(residual).view());
            double worst = beyond(out.view());
            for (index_t o = 0; o < outputs; ++o)
                for (index_t i = 0; i < result.height; ++i) {
                    worst = std::max(worst, std::abs(out.view()(o, result.at(i, result.width))));
                    for (index_t j = 0; j < result.width; ++j) {
                        double sum = bias[std::size_t(o)] + residual.view()(o, result.at(i, j));
                        for (index_t c = 0; c < inner; ++c)
                            for (index_t a = 0; a < k * k; ++a) {
                                const index_t row = i * settings.stride + a / k - settings.padding;
                                const index_t column = j * settings.stride + a % k - settings.padding;
                                if (row < 0 || row >= size.height || column < 0 || column >= size.width) continue;
                                sum += w[std::size_t((o * inner + c) * k * k + a)] *
                                       in.view()(o / (outputs / settings.groups) * inner + c, size.at(row, column));
                            }
                        worst = std::max(worst, std::abs(out.view()(o, result.at(i, j)) - sum));
                    }
                }
            BOOST_TEST(worst < 1e-13);
        }
}

BOOST_AUTO_TEST_CASE(a_batch_norm_folds_before_and_behind_relu) {
    const matrix<double> a = matrix_of<double>(4, 6, 31, .5), x = matrix_of<double>(6, 10, 32);
    const auto weight = numbers<double>(4, 33), bias = numbers<double>(4, 34), mean = numbers<double>(4, 35),
               own = numbers<double>(4, 36);
    const std::vector<double> variance = {.5, 0, 3, 1e-3};
    const auto norm = [&](const matrix<double>& y) {
        matrix<double> result = y;
        for (index_t c = 0; c < 4; ++c) {
            const auto i = std::size_t(c);
            for (index_t p = 0; p < y.cols(); ++p)
                result(c, p) = (y(c, p) - mean[i]) / std::sqrt(variance[i] + 1e-5) * weight[i] + bias[i];
        }
        return result;
    };
    const matrix<double> y = (a * x).colwise() + Eigen::Map<const Eigen::VectorXd>(own.data(), 4);
    const sparse::folded_batch_norm<double> folded(weight, bias, mean, variance);
    sparse::layer_epilogue<double> before{.bias = own, .relu = true}, behind = before;
    const auto scaled = folded.into(csr_matrix<double>(a), before);
    folded.after_relu(behind);
    BOOST_TEST(scaled.nonzeros() == csr_matrix<double>(a).nonzeros());
    const auto distance = [](const matrix<double>& one, const matrix<double>& other) {
        return (one - other).norm() / other.norm();
    };
    BOOST_TEST(distance(sparse::linear<double>(scaled, before)(x), norm(y).cwiseMax(0)) < 1e-13);
    BOOST_TEST(distance(sparse::linear<double>(csr_matrix<double>(a), behind)(x), norm(y.cwiseMax(0))) < 1e-13);
}

BOOST_AUTO_TEST_CASE(misuse_is_refused_before_anything_is_written) {
    const csr_matrix<float> a(matrix_of<float>(3, 5, 41, .5));
    panels<float> x(5, 40), y(3, 40), other(4, 40), longer(3, 41);
    const auto in = std::as_const(x).view();
    CHECK_REFUSES(sparse::multiply(a, std::as_const(other).view(), y.view()),
                  "channels of x = 4; allowed: the inputs, 5");
    CHECK_REFUSES(sparse::multiply(a, in, other.view()), "y = 4 x 40; allowed: 3 x 40");
    CHECK_REFUSES(sparse::multiply(a, in, longer.view()), "y = 3 x 41; allowed: 3 x 40");
    CHECK_REFUSES(sparse::multiply(a, in, y.view(), {.residual = std::as_const(longer).view()}), "residual = 3 x 41");
    CHECK_REFUSES(sparse::multiply(csr_matrix<float>(matrix_of<float>(5, 5, 42)), in, x.view()), "the memory of x");
    CHECK_REFUSES(csr_matrix<float>(static_cast<const float*>(nullptr), 1, 1), "matrix data = nullptr");
    CHECK_REFUSES(csr_matrix<float>(nullptr, 0, -1), "columns = -1; allowed: [0, 2^26)");
    CHECK_REFUSES(csr_matrix<float>(nullptr, 0, index_t(1) << 26), "allowed: [0, 2^26)");
    CHECK_REFUSES(csr_matrix<float>(nullptr, -1, 1), "rows = -1");
    CHECK_REFUSES(panels<float>(-1, 1), "channels = -1");
    CHECK_REFUSES(panels<float>(1, -1), "positions = -1");
    CHECK_REFUSES(y.view().slice(2, 2), "within [0, 3)");
    CHECK_REFUSES(sparse::linear<float>(a, {.bias = {1, 2}}), "bias of a layer = 2; allowed: as many as outputs, 3");
    CHECK_REFUSES(sparse::linear<float>(a, {.shift = {1}}), "shift of a layer = 1");
    CHECK_REFUSES(sparse::conv1d<float>(a, {.kernel = 3}),
                  "columns of the weights = 5; allowed: a multiple of kernel, 3");
    CHECK_REFUSES(sparse::conv1d<float>(a, {.groups = 2}), "rows of the weights = 3; allowed: a multiple of groups, 2");
    CHECK_REFUSES(sparse::conv1d<float>(a, {.stride = 0}), "stride = 0; allowed: >= 1");
    CHECK_REFUSES(sparse::conv1d<float>(a, {.padding = -1}), "padding = -1");
    CHECK_REFUSES(sparse::conv2d<float>(a, {.kernel = 2}), "a multiple of kernel * kernel, 4");
    const sparse::conv1d<float> mirrored(a, {.kernel = 5, .padding = 2, .mirrored = true});
    panels<float> two(1, 2), three(3, 2);
    CHECK_REFUSES(mirrored(std::as_const(two).view(), three.view()),
                  "positions of x = 2; allowed: more than the padding, 2");
    const sparse::conv2d<float> image(a, {.kernel = 1});
    CHECK_REFUSES(image(in, {4, 10}, y.view()), "positions of x = 40; allowed: height * (width + 1) = 44");
    CHECK_REFUSES((sparse::folded_batch_norm<float>({1}, {1}, {1}, {1, 2})), "channels of a batch norm = 1");
    CHECK_REFUSES((sparse::folded_batch_norm<float>({1}, {1}, {1}, {-1})), "variance + epsilon of channel 0");
    parameter_list<float, l1> none;
    CHECK_REFUSES(sparse::csr_of(none, 0), "tensor = 0; allowed: [0, 0)");
    CHECK_REFUSES((csr_matrix<float>::from_entries(2, 2,
                                                   [](const auto& put) {
                                                       put(1, 1, 1.f);
                                                       put(0, 1, 1.f);
                                                   })),
                  "entry of a csr_matrix = 0, 1");
    CHECK_REFUSES((csr_matrix<float>::from_entries(2, 2,
                                                   [](const auto& put) {
                                                       put(1, 1, 1.f);
                                                       put(1, 1, 1.f);
                                                   })),
                  "entry of a csr_matrix = 1, 1");
}

BOOST_AUTO_TEST_SUITE_END()

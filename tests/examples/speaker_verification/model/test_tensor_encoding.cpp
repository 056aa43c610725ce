#include "speaker_verification/model/tensor_encoding.hpp"

#include <algorithm>
#include <bit>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>
#include <random>

using namespace speaker_verification;

namespace {

constexpr auto all_encodings = {tensor_encoding::dense, tensor_encoding::bitmap, tensor_encoding::csr};

std::vector<float> sparse_values(matrix_size size, double density) {
    std::mt19937 random(7);
    std::vector<float> values(std::size_t(size.values()));
    for (auto& value : values) {
        if (random() < density * 4294967296.0) value = float(random()) / 1e9f - 2;
    }
    return values;
}

std::int64_t nonzeros_of(const std::vector<float>& values) {
    return std::count_if(values.begin(), values.end(), [](float value) { return value != 0; });
}

bool same_bits(const std::vector<float>& one, const std::vector<float>& other) {
    return std::equal(one.begin(), one.end(), other.begin(), other.end(), [](float a, float b) {
        return std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b);
    });
}

} // namespace

BOOST_AUTO_TEST_SUITE(tensor_encoding_suite)

BOOST_AUTO_TEST_CASE(every_weight_comes_back_and_every_byte_is_foreseen) {
    // Columns of one, two and four bytes; no rows, no columns, one of each; a last byte of bits that is full.
    for (const matrix_size size :
         {matrix_size{5, 256}, {3, 257}, {2, 70000}, {1, 1}, {0, 4}, {4, 0}, {1, 16}, {300, 3}}) {
        for (const double density : {0., .05, .5, 1.}) {
            const auto values = sparse_values(size, density);
            for (const auto encoding : all_encodings) {
                const auto bytes = encode(values, size, encoding);
                BOOST_TEST(std::int64_t(bytes.size()) == encoded_bytes(encoding, size, nonzeros_of(values)),
                           name_of(encoding));
                BOOST_TEST(same_bits(decode(bytes, size, encoding), values), name_of(encoding));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(odd_values_keep_their_bits_and_minus_zero_becomes_zero) {
    const float inf = std::numeric_limits<float>::infinity();
    const std::vector<float> values = {std::nanf("7"), -inf, std::numeric_limits<float>::denorm_min(), -0.f};
    for (const auto encoding : {tensor_encoding::bitmap, tensor_encoding::csr}) {
        const auto bytes = encode(values, {2, 2}, encoding);
        BOOST_TEST(std::int64_t(bytes.size()) == encoded_bytes(encoding, {2, 2}, 3));
        auto expected = values;
        expected[3] = 0;
        BOOST_TEST(same_bits(decode(bytes, {2, 2}, encoding), expected));
    }
}

BOOST_AUTO_TEST_CASE(the_smallest_encoding_is_chosen) {
    const matrix_size size{64, 576};
    BOOST_TEST((smallest_encoding(size, size.values()) == tensor_encoding::dense));
    BOOST_TEST((smallest_encoding(size, size.values() / 5) == tensor_encoding::bitmap));
    BOOST_TEST((smallest_encoding(size, size.values() / 200) == tensor_encoding::csr));
    for (const std::int64_t nonzeros : {0, 300, 2000, 9000, 30000}) {
        const auto best = encoded_bytes(smallest_encoding(size, nonzeros), size, nonzeros);
        for (const auto encoding : all_encodings) BOOST_TEST(best <= encoded_bytes(encoding, size, nonzeros));
    }
}

BOOST_AUTO_TEST_CASE(shapes_become_matrices) {
    const auto rows_and_columns = [](std::vector<std::int64_t> shape) {
        const auto size = matrix_of(shape);
        return std::vector<std::int64_t>{size.rows, size.columns};
    };
    BOOST_TEST(rows_and_columns({8, 4, 3}) == (std::vector<std::int64_t>{8, 12}));
    BOOST_TEST(rows_and_columns({8}) == (std::vector<std::int64_t>{1, 8}));
    BOOST_TEST(rows_and_columns({}) == (std::vector<std::int64_t>{1, 1}));
}

BOOST_AUTO_TEST_CASE(bytes_of_another_matrix_are_refused) {
    const matrix_size size{3, 5};
    const auto values = sparse_values(size, .5);
    for (const auto encoding : all_encodings) {
        const auto bytes = encode(values, size, encoding);
        for (std::size_t length = 0; length < bytes.size(); ++length) {
            BOOST_CHECK_THROW(decode(bytes.substr(0, length), size, encoding), std::invalid_argument);
        }
        BOOST_CHECK_THROW(decode(bytes + "x", size, encoding), std::invalid_argument);
        BOOST_TEST((encoding_named(name_of(encoding)) == encoding));
    }
    auto bytes = encode(values, size, tensor_encoding::csr);
    bytes[16] = 5; // the first column index of a matrix of columns 0 to 4
    BOOST_CHECK_THROW(decode(bytes, size, tensor_encoding::csr), std::invalid_argument);
    bytes = encode(values, size, tensor_encoding::csr);
    bytes[4] = 127; // the first row's end lies beyond the second's
    BOOST_CHECK_THROW(decode(bytes, size, tensor_encoding::csr), std::invalid_argument);
    BOOST_CHECK_THROW(encoding_named("coo"), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()

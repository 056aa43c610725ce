#include "speaker_verification/scoring/cosine.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstdint>

using namespace speaker_verification;

namespace {

/// The references' generator: s <- (1103515245 s + 12345) mod 2^31, out = (s >> 16) - 16384.
Eigen::MatrixXd generated(std::uint32_t seed, int rows, int columns) {
    Eigen::MatrixXd matrix(rows, columns);
    std::uint32_t state = seed;
    for (int row = 0; row < rows; ++row) {
        for (int column = 0; column < columns; ++column) {
            state = (1103515245u * state + 12345u) & 0x7fffffffu;
            matrix(row, column) = (double(state >> 16) - 16384) / 16384;
        }
    }
    return matrix;
}

Eigen::RowVectorXd zero(int columns) { return Eigen::RowVectorXd::Zero(columns); }

double normalized_score(int ddof) {
    const auto vectors = center_and_normalize(generated(9, 4, 8), zero(8));
    const adaptive_score_norm norm(center_and_normalize(generated(10, 12, 8), zero(8)), 4, ddof);
    return adaptive_score_norm::normalize(vectors.row(0).dot(vectors.row(1)), norm.of(vectors.row(0)),
                                          norm.of(vectors.row(1)));
}

} // namespace

BOOST_AUTO_TEST_SUITE(cosine_suite)

BOOST_AUTO_TEST_CASE(golden_cosine) {
    const auto vectors = center_and_normalize(generated(9, 4, 8), zero(8));
    BOOST_TEST(vectors.row(0).dot(vectors.row(1)) == -.33746948, boost::test_tools::tolerance(1e-7));
}

BOOST_AUTO_TEST_CASE(golden_adaptive_score_norm) {
    BOOST_TEST(normalized_score(0) == -5.90374583, boost::test_tools::tolerance(1e-8));
    BOOST_TEST(normalized_score(1) == -5.11279387, boost::test_tools::tolerance(1e-8));
}

BOOST_AUTO_TEST_CASE(centering_removes_a_common_shift) {
    const Eigen::MatrixXd embeddings = generated(2, 6, 5);
    const Eigen::RowVectorXd shift = generated(3, 1, 5);
    const Eigen::MatrixXd shifted = embeddings.rowwise() + shift;
    const auto plain = center_and_normalize(embeddings, zero(5));
    BOOST_TEST((center_and_normalize(shifted, shift) - plain).cwiseAbs().maxCoeff() < 1e-14);
    BOOST_TEST((plain.rowwise().norm().array() - 1).abs().maxCoeff() < 1e-14);
}

BOOST_AUTO_TEST_CASE(an_embedding_equal_to_the_mean_stays_zero) {
    const Eigen::MatrixXd one = Eigen::MatrixXd::Ones(1, 4);
    BOOST_TEST(center_and_normalize(one, one.row(0)).cwiseAbs().maxCoeff() == 0);
}

BOOST_AUTO_TEST_CASE(means_of_speakers_follow_first_appearance) {
    Eigen::MatrixXd embeddings(3, 2);
    embeddings << 1, 2, 10, 20, 3, 6;
    Eigen::MatrixXd expected(2, 2);
    expected << 2, 4, 10, 20;
    BOOST_TEST(bool(speaker_means(embeddings, {"b", "a", "b"}) == expected));
    BOOST_CHECK_THROW(speaker_means(embeddings, {"b", "a"}), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(the_mean_gives_each_speaker_the_same_weight) {
    Eigen::MatrixXd means(2, 2);
    means << 2, 4, 10, 20;
    BOOST_TEST(bool(mean_of_speakers(means) == Eigen::RowVector2d(6, 12)));
    BOOST_TEST(bool(mean_of_speakers(means.topRows(0)) == Eigen::RowVector2d(0, 0)));
}

BOOST_AUTO_TEST_CASE(an_embedding_of_zeros_keeps_finite_normalised_scores) {
    const adaptive_score_norm norm(center_and_normalize(generated(10, 12, 8), zero(8)), 4);
    const auto nothing = norm.of(zero(8));
    BOOST_TEST(nothing.deviation == 1);
    BOOST_TEST(std::isfinite(adaptive_score_norm::normalize(0, nothing, nothing)));
}

BOOST_AUTO_TEST_CASE(settings_are_checked) {
    BOOST_CHECK_THROW(adaptive_score_norm(generated(1, 5, 3), 6), std::invalid_argument);
    BOOST_CHECK_THROW(adaptive_score_norm(generated(1, 5, 3), 1), std::invalid_argument);
    BOOST_CHECK_THROW(adaptive_score_norm(generated(1, 5, 3), 3, 2), std::invalid_argument);
    BOOST_CHECK_THROW(adaptive_score_norm(generated(1, 5, 3), 3).of(zero(4)), std::invalid_argument);
    BOOST_CHECK_THROW(center_and_normalize(generated(1, 5, 3), zero(4)), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()

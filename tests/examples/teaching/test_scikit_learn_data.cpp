#include "common/scikit_learn_data.hpp"

#include "support/scratch_folder.hpp"

#include <boost/test/unit_test.hpp>
#include <zlib.h>

#include <cmath>
#include <fstream>

namespace {

using bregman::testing::scratch_folder;

void write(const std::string& path, const std::string& text) { std::ofstream(path) << text; }

void write_packed(const std::string& path, const std::string& text) {
    const gzFile file = gzopen(path.c_str(), "wb");
    gzwrite(file, text.data(), unsigned(text.size()));
    gzclose(file);
}

/// A predicate: the message contains `fragment`.
auto says(std::string fragment) {
    return [fragment](const std::exception& error) {
        return std::string(error.what()).find(fragment) != std::string::npos;
    };
}

} // namespace

BOOST_AUTO_TEST_SUITE(scikit_learn_data)

BOOST_AUTO_TEST_CASE(packed_numbers_with_the_label_last) {
    const scratch_folder folder;
    write_packed(folder / "digits.csv.gz", "0.0,5.5,16,3\r\n1e0,2,3,9\n");
    const auto samples = examples::read_digits(folder / "");
    BOOST_TEST(samples.features.rows() == 3);
    BOOST_TEST(samples.features.cols() == 2);
    BOOST_TEST(samples.features(1, 0) == 5.5f);
    BOOST_TEST(samples.features(0, 1) == 1.0f);
    BOOST_TEST(samples.labels == (std::vector<int>{3, 9}), boost::test_tools::per_element());
    BOOST_TEST(samples.class_names.size() == 10u);
}

BOOST_AUTO_TEST_CASE(a_header_that_names_the_classes) {
    const scratch_folder folder;
    write(folder / "breast_cancer.csv", "2,2,malignant,benign\n1.5,-2,0\n3,4,1\n");
    const auto samples = examples::read_breast_cancer(folder / "");
    BOOST_TEST(samples.features.cols() == 2);
    BOOST_TEST(samples.features(1, 0) == -2.0f);
    BOOST_TEST(samples.class_names[1] == "benign");
}

BOOST_AUTO_TEST_CASE(standardised_features_have_mean_0_and_variance_1) {
    Eigen::MatrixXf x(2, 4);
    x << 1, 2, 3, 6, 5, 5, 5, 5;
    examples::standardise(x);
    BOOST_TEST(std::abs(x.row(0).mean()) < 1e-6f);
    BOOST_TEST(std::abs(x.row(0).squaredNorm() / 4 - 1) < 1e-6f);
    BOOST_TEST(x.row(1).norm() == 0.0f);
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_said_in_one_sentence) {
    const scratch_folder folder;
    using error = std::runtime_error;
    const auto digits = [&] { return examples::read_digits(folder / ""); };
    BOOST_CHECK_EXCEPTION(digits(), error, says("apt-get install python3-sklearn"));
    write(folder / "digits.csv.gz", "1,2,3\n1,x,3\n");
    BOOST_CHECK_EXCEPTION(digits(), error, says("line 2 has 'x' in place of a number"));
    write(folder / "digits.csv.gz", "1,2,3\n1,3\n");
    BOOST_CHECK_EXCEPTION(digits(), error, says("line 2 has another length"));
    write(folder / "digits.csv.gz", "1,2,12\n");
    BOOST_CHECK_EXCEPTION(digits(), error, says("line 1 has no known label"));
    write(folder / "digits.csv.gz", "");
    BOOST_CHECK_EXCEPTION(digits(), error, says("line 1 is missing"));
}

BOOST_AUTO_TEST_SUITE_END()

#pragma once

#include <Eigen/Core>

#include <filesystem>
#include <string>
#include <vector>

namespace examples {

/// Samples with a class each.
struct labelled_samples {
    Eigen::MatrixXf features;             ///< one column per sample
    std::vector<int> labels;              ///< class of each sample, from 0
    std::vector<std::string> class_names; ///< by label
};

/// Where Debian's package python3-sklearn keeps its data sets.
inline const std::filesystem::path scikit_learn_folder = "/usr/lib/python3/dist-packages/sklearn/datasets/data";

/// 1797 handwritten digits of 8 x 8 pixels, values 0 to 16: digits.csv.gz.
labelled_samples read_digits(const std::filesystem::path& folder = scikit_learn_folder);

/// 569 tumours, 30 measurements each, malignant (0) or benign (1): breast_cancer.csv. Measurements are of
/// very different sizes: see standardise().
labelled_samples read_breast_cancer(const std::filesystem::path& folder = scikit_learn_folder);

// Both throw std::runtime_error with one sentence when the file is missing or is not what it should be.

/// Gives each feature mean 0 and variance 1 over the samples; constant features become 0.
void standardise(Eigen::MatrixXf& features);

} // namespace examples

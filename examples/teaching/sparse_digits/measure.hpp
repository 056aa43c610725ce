#pragma once

#include <bregman/sparse/layers/linear.hpp>
#include <bregman/sparse/shrink.hpp>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "teaching/sparse_digits/network.hpp"

namespace sparse_digits {

/// scikit-learn's digits, the first four fifths to learn from.
struct digits {
    samples learned, tested;
};
digits read_samples();

/// {"accuracy", "bytes", "microseconds", "neurons"}: what the layers get right and take, for an image in a batch of all of `test`,
/// by one thread, the best of many rounds; "neurons" are the outputs of each layer.
nlohmann::json measure(const std::vector<bregman::sparse::layer_parts<float>>& parts, bregman::sparse::weight_form form,
                       const samples& test);

/// What the last layer gives for each column of x.
matrix scores(const std::vector<bregman::sparse::layer_parts<float>>& parts, matrix x);

/// A line of text for a row {"zeros", "form", "target", and what was measured}.
void print(const nlohmann::json& row);

/// Prints of each kind of zeros and each form the fastest row whose accuracy is at most .03 below the dense one's, which is the first,
/// and writes all to sparse_digits.json in the folder, with accuracy over microseconds as sparse_digits.svg and .png.
void report(const nlohmann::json& rows, int steps, const std::string& folder);

} // namespace sparse_digits

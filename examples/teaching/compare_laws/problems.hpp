#pragma once

#include <Eigen/Core>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace compare_laws {

/// One draw of a problem: where theta starts, and what gives its gradient, once per step.
struct problem_draw {
    Eigen::VectorXf start;
    float step_size; ///< of the gradient and of its running mean
    std::function<float(const Eigen::VectorXf& theta, Eigen::VectorXf& gradient)> objective;
    std::function<double(const Eigen::VectorXf& theta)> quality = {}; ///< see control_problem::quality
};

struct control_problem {
    std::string name;         ///< on the command line
    std::string title;        ///< above its table
    std::string quality;      ///< what is measured of theta beside its sparsity; empty: nothing
    bool larger_is_better;    ///< of the quality
    std::string optimizer;    ///< the problem's own, one of optimizer_names
    float adaptive_step_size; ///< of Adam's directions
    bool seeded;              ///< whether draws differ
    std::int64_t steps;
    std::function<problem_draw(std::uint64_t seed)> draw;
};

constexpr std::int64_t tested_digits = 360; ///< samples behind each test accuracy

inline const std::vector<std::string> optimizer_names{"linbreg", "momentum", "adabreg", "adabreg_mini"};

/// noise, regression, recovery, softmax, batches and network, in this order. The last three read the digits of
/// python3-sklearn from `data` when they are drawn for the first time.
std::vector<control_problem> all_problems(const std::filesystem::path& data);

} // namespace compare_laws

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
    float step_size;
    std::function<float(const Eigen::VectorXf& theta, Eigen::VectorXf& gradient)> objective;
    std::function<double(const Eigen::VectorXf& theta)> quality = {}; ///< see control_problem::quality
};

struct control_problem {
    std::string name;    ///< on the command line
    std::string title;   ///< above its table
    std::string quality; ///< what is measured of theta beside its sparsity; empty: nothing
    bool adaptive;       ///< AdaBreg; else LinBreg
    std::int64_t steps;
    std::function<problem_draw(std::uint64_t seed)> draw;
};

/// noise, regression and network, in this order. The network reads the digits of python3-sklearn from `data`
/// when it is drawn for the first time.
std::vector<control_problem> all_problems(const std::filesystem::path& data);

} // namespace compare_laws

#pragma once

#include <bregman/control/any_law.hpp>

#include <functional>
#include <string>
#include <vector>

namespace compare_laws {

struct compared_law {
    std::string name;
    std::string settings; ///< in words
    bool drawn;           ///< in the pictures
    bool starts_anywhere; ///< from the lambda0 that the user names; else from
    /// lambda0; `right` is the lambda that the quantile law ended with on the same draw.
    std::function<float(float right)> lambda0;
    std::function<bregman::any_law<float>()> make;

    std::string full_name() const { return name + " (" + settings + ")"; }
};

/// The quantile law first, since the fixed one takes its last lambda.
std::vector<compared_law> all_laws();

} // namespace compare_laws
